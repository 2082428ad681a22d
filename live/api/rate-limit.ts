// How many requests a minute are served: for each user, and for each address from which nobody logged in.
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ServiceError } from '../problems.ts';

const WINDOW_MS = 60_000;

export interface RequestLimits {
  /** @throws ServiceError PEX_TOO_MANY_REQUESTS, like the other */
  byAddress(request: FastifyRequest): Promise<void>;
  byUser(request: FastifyRequest): Promise<void>;
}

/** @param perMinute 0: no limit */
export async function requestLimits(app: FastifyInstance, perMinute: number): Promise<RequestLimits> {
  if (perMinute === 0) return { byAddress: async () => {}, byUser: async () => {} };
  await app.register(rateLimit, { global: false });
  const limitBy = (keyGenerator: (request: FastifyRequest) => string) => {
    const count = app.createRateLimit({ max: perMinute, timeWindow: WINDOW_MS, keyGenerator });
    return async (request: FastifyRequest) => {
      const verdict = await count(request);
      if (verdict.isAllowed || !verdict.isExceeded) return;
      throw new ServiceError('PEX_TOO_MANY_REQUESTS', `More than ${perMinute} requests in a minute.`, {
        retryAfterSeconds: verdict.ttlInSeconds,
      });
    };
  };
  return {
    byAddress: limitBy((request) => request.ip),
    byUser: limitBy((request) => String(request.caller?.account.userId)),
  };
}
