// What is logged about a request, and what never is.
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pino } from 'pino';

/** Wherever an object that is logged has them. */
const SECRETS = ['authorization', 'cookie', '["set-cookie"]', '["openpex-pass"]', '["x-openpex-csrf"]'];
const SECRET_FIELDS = ['password', 'current', 'token', 'csrfToken'];

const redact = {
  paths: [
    ...SECRETS.flatMap((name) => {
      const member = name.startsWith('[') ? name : `.${name}`;
      return [`headers${member}`, `req.headers${member}`, `res.headers${member}`, `*.headers${member}`];
    }),
    ...SECRET_FIELDS.flatMap((name) => [name, `body.${name}`, `*.${name}`, `req.body.${name}`]),
    'body.new',
    'req.body.new',
  ],
  censor: '[secret]',
};

/** A logger that keeps secrets to itself, whatever the one it writes to does. */
export function guardedLogger(logger: FastifyBaseLogger | undefined): FastifyBaseLogger {
  const target = logger ?? pino({ level: 'silent' });
  return target.child({}, { redact, serializers: { req: aboutRequest, res: aboutReply } });
}

/** One line for each request, when it is done. */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    request.log.info(
      {
        req: request,
        res: reply,
        userid: request.caller?.account.userId ?? null,
        ms: Math.round(reply.elapsedTime),
      },
      'request',
    );
  });
}

function aboutRequest({ method, url, ip }: FastifyRequest): object {
  return { method, url: url.slice(0, 500), ip };
}

function aboutReply({ statusCode }: FastifyReply): object {
  return { statusCode };
}
