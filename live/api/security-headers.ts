// What every answer tells browsers about what they may do with it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';

const CONTENT_SECURITY_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
};

/**
 * By their names in lower case. They are the same for every answer, so helmet, which would make each of them for each answer, is asked once.
 * @param isSecure the service is reached by HTTPS only
 */
export function securityHeaders(isSecure: boolean): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const answer: Pick<ServerResponse, 'setHeader' | 'removeHeader'> = {
    setHeader(name, value) {
      headers[name.toLowerCase()] = String(value);
      return answer as ServerResponse;
    },
    removeHeader() {},
  };
  const tell = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: CONTENT_SECURITY_POLICY },
    frameguard: { action: 'deny' },
    strictTransportSecurity: isSecure ? { maxAge: 31_536_000 } : false,
  });
  tell({} as IncomingMessage, answer as ServerResponse, () => {});
  return headers;
}
