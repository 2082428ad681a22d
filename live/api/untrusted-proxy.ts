// A proxy that nobody named: behind it all users have one address, and share what is counted by address. The log says so, once for each.
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Anybody can send the header: the log is not for them to fill. */
const MOST_TOLD = 10;

export function tellOfUntrustedProxies(app: FastifyInstance): void {
  const told = new Set<string>();
  const look = ({ headers, ip, log, socket }: FastifyRequest) => {
    if (headers['x-forwarded-for'] === undefined) return;
    // Of a proxy that is believed `ip` is what its header says.
    const peer = socket.remoteAddress;
    if (peer === undefined || peer !== ip || told.has(peer) || told.size >= MOST_TOLD) return;
    told.add(peer);
    log.warn(
      { peer },
      `requests come from ${peer} with X-Forwarded-For, which is not believed: if that is a proxy of yours, name it in listen.trustProxy, ` +
        'or all who come through it count as one address',
    );
  };
  app.addHook('onRequest', (request, _reply, next) => {
    look(request);
    next();
  });
}
