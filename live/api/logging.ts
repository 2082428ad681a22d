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

/**
 * The logger of a request, which tells its id. pino takes a while to make one, and hardly any is ever used: so it is made when it is.
 */
class RequestLogger implements FastifyBaseLogger {
  readonly #parent: FastifyBaseLogger;
  readonly #bindings: Bindings;
  readonly #options: ChildOptions;
  #made: FastifyBaseLogger | undefined;

  constructor(parent: FastifyBaseLogger, bindings: Bindings, options: ChildOptions) {
    this.#parent = parent;
    this.#bindings = bindings;
    this.#options = options;
  }

  get level() {
    return this.#own.level;
  }

  fatal(...said: unknown[]): void {
    this.#own.fatal(...(said as Said));
  }

  error(...said: unknown[]): void {
    this.#own.error(...(said as Said));
  }

  warn(...said: unknown[]): void {
    this.#own.warn(...(said as Said));
  }

  info(...said: unknown[]): void {
    this.#own.info(...(said as Said));
  }

  debug(...said: unknown[]): void {
    this.#own.debug(...(said as Said));
  }

  trace(...said: unknown[]): void {
    this.#own.trace(...(said as Said));
  }

  silent(): void {}

  child(bindings: Bindings, options?: ChildOptions): FastifyBaseLogger {
    return this.#own.child(bindings, options);
  }

  get #own(): FastifyBaseLogger {
    this.#made ??= this.#parent.child(this.#bindings, this.#options);
    return this.#made;
  }
}

type Bindings = Parameters<FastifyBaseLogger['child']>[0];
type ChildOptions = Parameters<FastifyBaseLogger['child']>[1];
type Said = [facts: object, message: string];

export function requestLogger(
  parent: FastifyBaseLogger,
  bindings: Bindings,
  options: ChildOptions,
): FastifyBaseLogger {
  return new RequestLogger(parent, bindings, options);
}

/** One line for each request, when it is done. */
export class RequestLog extends LogController {
  readonly #logger: FastifyBaseLogger;

  constructor(logger: FastifyBaseLogger) {
    super();
    this.#logger = logger;
  }

  override incomingRequest(): void {}

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    const userid = request.caller?.account.userId ?? null;
    const forUserid = request.actsFor === null ? {} : { forUserid: request.actsFor };
    const ms = Math.round(reply.elapsedTime);
    const line = { reqId: request.id, req: request, res: reply, userid, ...forUserid, ms };
    if (error) this.#logger.warn({ ...line, err: error }, 'answer was cut short');
    else this.#logger.info(line, 'request');
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
