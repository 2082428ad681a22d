// The one table of how the service says no, beside the outcomes of the negotiation: code, HTTP status, what it means and what to do. The
// API turns them into problem+json, docs/errors.md lists them, and a test provokes each.

import { didYouMean } from '../written/suggestion.ts';
import { TROUBLES } from './troubles.ts';

export interface Problem {
  /** Of HTTP. */
  readonly status: number;
  readonly meaning: string;
  /** What the one who asked can do, in Markdown. */
  readonly remedy: string;
}

export const PROBLEMS = {
  PEX_BAD_REQUEST: {
    status: 400,
    meaning:
      'The request is not understood: a field, a query parameter or the body is not what it should be.',
    remedy: '`detail` and `errors` name the field and what was expected.',
  },
  PEX_UNAUTHORIZED: {
    status: 401,
    meaning: 'No valid credentials came with the request.',
    remedy: 'Send a name and a password by HTTP Basic, or log in. A disabled account has none.',
  },
  PEX_FORBIDDEN: {
    status: 403,
    meaning: 'The account may not do this.',
    remedy: 'It is for operators, or registration is closed: ask one.',
  },
  PEX_NOT_APPROVED: {
    status: 403,
    meaning: 'The program that approves of reservations here said no.',
    remedy: '`detail` has its reason. The offer stands until its hold is over.',
  },
  PEX_CSRF: {
    status: 403,
    meaning: 'A request that changes something came with a session cookie but without its token.',
    remedy: 'Send the `csrfToken` of the session in the header `X-OpenPEX-CSRF`.',
  },
  PEX_NOT_FOUND: {
    status: 404,
    meaning: 'There is no such thing, or it belongs to somebody else.',
    remedy: 'Look at the id, and at whose account it is.',
  },
  PEX_METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The resource does not know this method.',
    remedy: '[api.md](api.md) lists those that it knows.',
  },
  PEX_REQUEST_TIMEOUT: {
    status: 408,
    meaning: 'The request took too long to arrive.',
    remedy: 'Send it again, on a connection that is not so slow.',
  },
  PEX_CONFLICT: {
    status: 409,
    meaning: 'The name or e-mail address is taken.',
    remedy: 'Take another.',
  },
  PEX_REQUEST_FAILED: {
    status: 409,
    meaning: 'The reservation or instance is not in a state in which this can be done.',
    remedy: '`reason` and `state` say why; read it again with `GET`.',
  },
  PEX_IDEMPOTENCY_MISMATCH: {
    status: 422,
    meaning: 'The Idempotency-Key was used before with another request.',
    remedy: 'A new request needs a new key.',
  },
  PEX_INSUFFICIENT_BALANCE: {
    status: 402,
    meaning: 'The price is more than the balance of the account.',
    remedy:
      'Ask for less, or an operator for a deposit. Of a request nothing is held; an offer that was made before stands until its hold expires.',
  },
  PEX_QUOTA_EXCEEDED: {
    status: 403,
    meaning: 'The account may not have more at one instant of that window, or hold more by offers.',
    remedy: 'Ask for another time or less, cancel something, or ask an operator for a larger quota.',
  },
  PEX_BODY_TOO_LARGE: {
    status: 413,
    meaning: 'The body is larger than the service takes.',
    remedy: 'At most 64 KiB.',
  },
  PEX_UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The body is not JSON.',
    remedy: 'Send `Content-Type: application/json`.',
  },
  PEX_TOO_MANY_REQUESTS: {
    status: 429,
    meaning: 'Too many requests, or too many failed log-ins; try again after Retry-After seconds.',
    remedy: 'Wait as long as `Retry-After` says.',
  },
  PEX_POLICY_BROKE_RULES: {
    status: TROUBLES.PEX_POLICY_BROKE_RULES.status,
    meaning: TROUBLES.PEX_POLICY_BROKE_RULES.meaning,
    remedy: 'Nothing was changed. Operators: the log names the policy and the place in it.',
  },
  PEX_INTERNAL: {
    status: 500,
    meaning: 'A bug of the service. The log has it under the request id.',
    remedy: 'Report it with the lines of the log that have the id in `instance`.',
  },
  PEX_UNAVAILABLE: {
    status: 503,
    meaning: 'The service is starting, stopping, or waiting for its database. Nothing was changed.',
    remedy: 'Try again after `Retry-After` seconds. Operators: `/ready` and the log say why.',
  },
  PEX_OUTCOME_UNKNOWN: {
    status: 503,
    meaning:
      'The database failed while this was being stored, or the partner that holds what is confirmed did not answer: it was carried out, or it was not.',
    remedy:
      'Ask with GET what came of it, or send a POST again with the same `Idempotency-Key`, after `Retry-After` seconds. Operators: the log says why.',
  },
} as const satisfies Record<string, Problem>;
export type ProblemCode = keyof typeof PROBLEMS;

/** A refusal with a reason for people. `extra` becomes members of the problem document. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError';
  readonly code: ProblemCode;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    code: ProblemCode,
    detail: string,
    extra: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(detail, options);
    this.code = code;
    this.extra = extra;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

export function unknownNode(nodeId: string, known: readonly string[]): ServiceError {
  const meant = didYouMean(nodeId, known);
  return new ServiceError(
    'PEX_NOT_FOUND',
    `there is no node "${nodeId}"${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`,
  );
}
