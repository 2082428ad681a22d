// What is logged about a request, and what never is.
import { type FastifyBaseLogger, type FastifyReply, type FastifyRequest, LogController } from 'fastify';
import { pino } from 'pino';
import type {} from './authentication.ts';
import type {} from './ownership.ts';

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
export class RequestLog extends LogController {
  override incomingRequest(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const userid = request.caller?.account.userId ?? null;
    const forUserid = request.actsFor === null ? {} : { forUserid: request.actsFor };
    const line = { req: request, res: reply, userid, ...forUserid, ms: Math.round(reply.elapsedTime) };
    if (error) request.log.warn({ ...line, err: error }, 'answer was cut short');
    else request.log.info(line, 'request');
  }
}

/** Clients of EC2 that ask by GET, and programs that read a calendar, have all that they say in the address. */
const SECRET_PARAMETERS = /([?&](?:Signature|UserData|token)=)[^&]*/g;

function aboutRequest({ method, url, ip }: FastifyRequest): object {
  return { method, url: url.replace(SECRET_PARAMETERS, '$1[secret]').slice(0, 500), ip };
}

function aboutReply({ statusCode }: FastifyReply): object {
  return { statusCode };
}
