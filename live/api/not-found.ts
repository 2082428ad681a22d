// Addresses that no route serves: 405 with the methods that are allowed where others are, 404 elsewhere.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServiceError } from '../problems.ts';
import { sendProblem } from './problem-document.ts';

/** To be called before the routes are registered. */
export function answerUnknownAddresses(app: FastifyInstance): void {
  const methodsOf = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    if (url.endsWith('*')) return;
    const known = methodsOf.get(url) ?? { pattern: patternOf(url), methods: new Set() };
    for (const name of [method].flat()) known.methods.add(name);
    methodsOf.set(url, known);
  });
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = new Set(
      [...methodsOf.values()].flatMap(({ pattern, methods }) => (pattern.test(path) ? [...methods] : [])),
    );
    if (allowed.size === 0) {
      return sendProblem(
        new ServiceError('PEX_NOT_FOUND', 'There is nothing at this address.'),
        request,
        reply,
      );
    }
    const allow = [...allowed].sort().join(', ');
    reply.header('allow', allow);
    const refusal = new ServiceError(
      'PEX_METHOD_NOT_ALLOWED',
      `${request.method} is not known here, only ${allow}.`,
    );
    return sendProblem(refusal, request, reply);
  });
}

function patternOf(url: string): RegExp {
  const escaped = url.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z_]+/g, '[^/]+');
  return new RegExp(`^${escaped}/?$`);
}
