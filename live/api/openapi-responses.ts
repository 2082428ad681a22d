// What the OpenAPI document says of answers beside their bodies: headers, and the refusals that any operation may meet. The schemas of the
// routes cannot say it, and would have to repeat it.
import { ref } from '../wire/field.ts';
import { Problem } from '../wire/problem.ts';

/** Any operation may answer it; problem-document.ts writes it, so that the routes need no schema for it. */
export const PROBLEM = {
  description: 'A problem document',
  content: { 'application/problem+json': { schema: ref(Problem) } },
};

/** By their names among the components. */
export const HEADERS = {
  RequestId: {
    description: 'The name of this request in the log of the service, and `instance` of a problem',
    schema: { type: 'string', format: 'uuid' },
  },
  RetryAfter: { description: 'Seconds to wait before the next try', schema: { type: 'integer', minimum: 1 } },
  TotalCount: { description: 'Items on all pages together', schema: { type: 'integer', minimum: 0 } },
  Link: {
    description: 'The next page, with `rel="next"`; absent on the last',
    schema: { type: 'string', examples: ['</OpenPEX/reservations?cursor=41>; rel="next"'] },
  },
  Location: {
    description: 'Where the reservation is',
    schema: { type: 'string', examples: ['/OpenPEX/reservations/5D0FA0EB-90A8-F4E6-1DFF-61B2CEC6AD91'] },
  },
} as const;

interface Response {
  description: string;
  headers?: Record<string, object>;
}

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  responses: Record<string, Response>;
}

/** Completes the operations of a document. */
export function describeResponses(
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>,
): void {
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path))) {
    const { operationId, parameters = [], security = [], summary = '' } = operation;
    const needsAccount = security.length > 0 && !security.some((way) => Object.keys(way).length === 0);
    const { '4XX': refused, '5XX': failed, ...done } = operation.responses;
    const waits = { description: PROBLEM.description, headers: { 'Retry-After': header('RetryAfter') } };
    operation.responses = {
      ...done,
      ...(needsAccount
        ? { 401: { ...refused!, description: 'The request does not say who makes it, or not rightly' } }
        : {}),
      429: { ...refused!, ...waits, description: 'Too many requests' },
      '4XX': refused!,
      503: { ...failed!, ...waits, description: 'The service does not run at the moment' },
      '5XX': failed!,
    };
    for (const [status, response] of Object.entries(operation.responses)) {
      response.headers = { 'X-Request-Id': header('RequestId'), ...response.headers };
      if (!status.startsWith('2')) continue;
      response.description = summary;
      if (parameters.some(({ name }) => name === 'cursor'))
        Object.assign(response.headers, { 'X-Total-Count': header('TotalCount'), Link: header('Link') });
      if (operationId === 'createReservation') response.headers['Location'] = header('Location');
    }
  }
}

function header(name: keyof typeof HEADERS): object {
  return { $ref: `#/components/headers/${name}` };
}
