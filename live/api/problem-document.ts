// Every refusal and failure leaves as application/problem+json (RFC 9457), made here from the table of live/problems.ts. What went
// wrong inside goes to the log under the request's id, never to the client.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PolicyError } from '../../engine/index.ts';
import { isDatabaseFailure, isOutcomeUnknown } from '../database/database-error.ts';
import { PROBLEMS, type ProblemCode, ServiceError } from '../problems.ts';
import type { Service } from '../service/service.ts';
import { troubleOf } from '../troubles.ts';
import type {} from './audit.ts';
import { SAFE_METHODS, wantsChallenge } from './authentication.ts';

/** When to ask again while the service does not run. */
const RETRY_AFTER_SECONDS = 5;

export function answerProblems(app: FastifyInstance, service: Pick<Service, 'status'>): void {
  app.setErrorHandler((error: unknown, request, reply) =>
    sendProblem(toServiceError(error, service, request), request, reply),
  );
}

/** Of an error that Fastify met before a route was found, too. */
export function sendProblem(error: ServiceError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error.status >= 500) request.log.error({ err: error.cause ?? error, reqId: request.id }, error.message);
  request.refusedWith = error.code;
  const { retryAfterSeconds, ...members } = error.extra;
  if (typeof retryAfterSeconds === 'number')
    reply.header('retry-after', Math.max(1, Math.ceil(retryAfterSeconds)));
  else if (error.status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  if (error.code === 'PEX_UNAUTHORIZED' && wantsChallenge(request)) {
    reply.header('www-authenticate', 'Basic realm="OpenPEX", charset="UTF-8"');
  }
  return reply
    .code(error.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send({ ...members, ...problemDocument(error.code, error.message), instance: `urn:uuid:${request.id}` });
}

/** The members that every problem has. */
export function problemDocument(code: ProblemCode, detail: string) {
  const { status, meaning: title } = PROBLEMS[code];
  return { type: `urn:openpex:problem:${code}`, title, status, detail, code };
}

/** @param request absent: nothing was begun for it */
export function toServiceError(
  error: unknown,
  service: Pick<Service, 'status'>,
  request?: Pick<FastifyRequest, 'method' | 'routeOptions'>,
): ServiceError {
  if (error instanceof ServiceError) return error;
  if (isFrameworkError(error)) return ofFramework(error);
  if (isDatabaseFailure(error) && mayHaveChanged(request) && (isRunning(service) || isOutcomeUnknown(error)))
    return new ServiceError(
      'PEX_OUTCOME_UNKNOWN',
      PROBLEMS.PEX_OUTCOME_UNKNOWN.meaning,
      {},
      { cause: error },
    );
  // While the database is away, reads fail in the words of its driver, perhaps before the service knows.
  if (!isRunning(service) || isDatabaseFailure(error) || troubleOf(error)?.status === 503) {
    return new ServiceError('PEX_UNAVAILABLE', PROBLEMS.PEX_UNAVAILABLE.meaning, {}, { cause: error });
  }
  if (error instanceof PolicyError)
    return new ServiceError(error.code, PROBLEMS[error.code].meaning, {}, { cause: error });
  return new ServiceError('PEX_INTERNAL', PROBLEMS.PEX_INTERNAL.meaning, {}, { cause: error });
}

function isRunning({ status }: Pick<Service, 'status'>): boolean {
  return status.state === 'running';
}

/** What failed may have been the change, or the look at it afterwards. */
function mayHaveChanged(request: Pick<FastifyRequest, 'method' | 'routeOptions'> | undefined): boolean {
  return (
    request !== undefined &&
    !SAFE_METHODS.has(request.method) &&
    request.routeOptions.config.changesNothing !== true
  );
}

function isFrameworkError(error: unknown): error is FastifyError & { readonly statusCode: number } {
  return (
    error instanceof Error &&
    'statusCode' in error &&
    typeof error.statusCode === 'number' &&
    error.statusCode >= 400 &&
    error.statusCode < 500
  );
}

function ofFramework({ statusCode, code }: FastifyError & { readonly statusCode: number }): ServiceError {
  switch (statusCode) {
    case 404:
      return new ServiceError('PEX_NOT_FOUND', 'There is nothing at this address.');
    case 413:
      return new ServiceError('PEX_BODY_TOO_LARGE', PROBLEMS.PEX_BODY_TOO_LARGE.meaning);
    case 415:
      return new ServiceError('PEX_UNSUPPORTED_MEDIA_TYPE', PROBLEMS.PEX_UNSUPPORTED_MEDIA_TYPE.meaning);
    default:
      return new ServiceError('PEX_BAD_REQUEST', `The request is not understood (${code}).`);
  }
}
