// Which bodies are read, and how: strict JSON where one is expected, anything or nothing where none is (the paper's clients send PUT
// without a body, and some with an odd content type).
import type { FastifyInstance } from 'fastify';
import { ServiceError } from '../problems.ts';
import { parseStrictJson } from './strict-json.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes no body; what comes is not looked at. */
    readonly ignoresBody?: boolean;
  }
}

export const BODY_LIMIT_BYTES = 65_536;

export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, parseStrictJson(String(text)));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  });
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, _text, done) => {
    if (request.routeOptions.config.ignoresBody) return done(null, undefined);
    done(
      new ServiceError(
        'PEX_UNSUPPORTED_MEDIA_TYPE',
        'The body must be JSON, with Content-Type: application/json.',
      ),
    );
  });
  // Without a content type the body goes to the second parser, whatever it was meant to be.
  app.addHook('onRequest', (request, _reply, next) => {
    if (request.routeOptions.config.ignoresBody) delete request.raw.headers['content-type'];
    next();
  });
}
