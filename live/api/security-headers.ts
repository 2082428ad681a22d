// What every answer tells browsers that they may do with it. Written here once: computing it anew for each request, as plugins do, costs more than
// looking the account up.
import type { FastifyInstance } from 'fastify';

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join(';'),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  // The filters of old browsers did more harm than good.
  'x-xss-protection': '0',
};

/** @param isSecure browsers come by TLS, and are to come by nothing else for a year */
export function setSecurityHeaders(app: FastifyInstance, isSecure: boolean): void {
  const headers = Object.entries(HEADERS);
  if (isSecure) headers.push(['strict-transport-security', 'max-age=31536000; includeSubDomains']);
  app.addHook('onRequest', (_request, reply, done) => {
    // So that answers that are written without fastify have them, too.
    for (const [name, value] of headers) reply.raw.setHeader(name, value);
    done();
  });
}
