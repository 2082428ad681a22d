// The header Idempotency-Key: what makes it safe to send a request again.
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { RequestNote } from '../../engine/index.ts';
import { accountOf } from './authentication.ts';

type KeyedRequest = FastifyRequest & {
  readonly headers: { readonly 'idempotency-key'?: string };
  readonly body: object;
};

/**
 * What a client said of its request; undefined when it gave no key.
 * @param about which request it is, beside what its body says
 */
export function noteOf(request: KeyedRequest, about: readonly string[] = []): RequestNote | undefined {
  const idempotencyKey = request.headers['idempotency-key'];
  if (idempotencyKey === undefined) return undefined;
  // Of the request as it came, whatever the order of its fields.
  const fields = Object.entries(request.body).sort(([a], [b]) => (a < b ? -1 : 1));
  const requestFingerprint = createHash('sha256')
    .update(JSON.stringify([...about, ...fields]))
    .digest('hex');
  return { askedBy: String(accountOf(request).userId), idempotencyKey, requestFingerprint };
}
