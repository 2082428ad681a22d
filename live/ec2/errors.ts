// How the EC2 interface says no: in the codes that clients of EC2 know. The codes of the service itself are translated here.
import { PROBLEMS, type ServiceError } from '../problems.ts';

/** Status by code; what is not here is 400. Lack of room is 400 as well: clients would ask again and again after a 5xx. */
const STATUS: Readonly<Record<string, number>> = {
  AuthFailure: 401,
  SignatureDoesNotMatch: 403,
  MissingAuthenticationToken: 403,
  UnauthorizedOperation: 403,
  DryRunOperation: 412,
  InternalError: 500,
  Unavailable: 503,
  RequestLimitExceeded: 503,
};

export class Ec2Error extends Error {
  override readonly name = 'Ec2Error';
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get status(): number {
    return STATUS[this.code] ?? 400;
  }
}

const CODES: Partial<Record<ServiceError['code'], string>> = {
  PEX_BAD_REQUEST: 'InvalidParameterValue',
  PEX_UNAUTHORIZED: 'AuthFailure',
  PEX_FORBIDDEN: 'UnauthorizedOperation',
  PEX_CSRF: 'UnauthorizedOperation',
  PEX_NOT_FOUND: 'InvalidParameterValue',
  PEX_REQUEST_FAILED: 'IncorrectState',
  PEX_QUOTA_EXCEEDED: 'InstanceLimitExceeded',
  PEX_INSUFFICIENT_BALANCE: 'InstanceLimitExceeded',
  PEX_BODY_TOO_LARGE: 'InvalidParameterValue',
  PEX_TOO_MANY_REQUESTS: 'RequestLimitExceeded',
  PEX_IDEMPOTENCY_MISMATCH: 'IdempotentParameterMismatch',
  PEX_UNAVAILABLE: 'Unavailable',
  PEX_OUTCOME_UNKNOWN: 'Unavailable',
};

/** @param toServiceError knows the errors of the framework and of the database */
export function asEc2Error(error: unknown, toServiceError: (error: unknown) => ServiceError): Ec2Error {
  if (error instanceof Ec2Error) return error;
  const known = toServiceError(error);
  const code = CODES[known.code] ?? 'InternalError';
  const message = code === 'InternalError' ? PROBLEMS.PEX_INTERNAL.meaning : known.message;
  return new Ec2Error(code, message, { cause: known.cause ?? error });
}

export function invalidValue(name: string, value: string, expected: string): Ec2Error {
  return new Ec2Error(
    'InvalidParameterValue',
    `Value (${value.slice(0, 100)}) for parameter ${name} is invalid. Expected ${expected}.`,
  );
}
