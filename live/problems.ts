// Every way in which the service says no, beside the outcomes of the negotiation: code, HTTP status and what it means. The API turns
// them into problem+json, docs/errors.md lists them.
import { TROUBLES } from './troubles.ts';

const { PEX_POLICY_BROKE_RULES } = TROUBLES;

export const PROBLEMS = {
  PEX_BAD_REQUEST: [
    400,
    'The request is not understood: a field, a query parameter or the body is not what it should be.',
  ],
  PEX_UNAUTHORIZED: [401, 'No valid credentials came with the request.'],
  PEX_FORBIDDEN: [403, 'The account may not do this.'],
  PEX_CSRF: [403, 'A request that changes something came with a session cookie but without its token.'],
  PEX_NOT_FOUND: [404, 'There is no such thing, or it belongs to somebody else.'],
  PEX_METHOD_NOT_ALLOWED: [405, 'The resource does not know this method.'],
  PEX_CONFLICT: [409, 'The name or e-mail address is taken.'],
  PEX_REQUEST_FAILED: [409, 'The reservation or instance is not in a state in which this can be done.'],
  PEX_IDEMPOTENCY_MISMATCH: [422, 'The Idempotency-Key was used before with another request.'],
  PEX_INSUFFICIENT_BALANCE: [402, 'The price is more than the balance of the account.'],
  PEX_QUOTA_EXCEEDED: [403, 'The account may not have more at a time.'],
  PEX_BODY_TOO_LARGE: [413, 'The body is larger than the service takes.'],
  PEX_UNSUPPORTED_MEDIA_TYPE: [415, 'The body is not JSON.'],
  PEX_TOO_MANY_REQUESTS: [
    429,
    'Too many requests, or too many failed log-ins; try again after Retry-After seconds.',
  ],
  PEX_POLICY_BROKE_RULES: [PEX_POLICY_BROKE_RULES.status, PEX_POLICY_BROKE_RULES.meaning],
  PEX_INTERNAL: [500, 'A bug of the service. The log has it under the request id.'],
  PEX_UNAVAILABLE: [503, 'The service is starting, stopping, or waiting for its database.'],
} as const satisfies Record<string, readonly [number, string]>;
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
    return PROBLEMS[this.code][0];
  }
}
