// Long answers to questions are sent compressed to clients that take it: the calendar of a thousand nodes is megabytes of JSON otherwise.
// Answers that carry secrets are not: those follow what is sent (POST), and are short.
import { gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

/** Of characters. Shorter ones fit into a packet or two anyway. */
const LEAST_LENGTH = 2_000;
/** Most of what there is to gain, for a fraction of the time. */
const LEVEL = 4;

/** Of the routes that are registered after it. */
export function compressAnswers(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, send) => {
    if (request.method !== 'GET' || typeof payload !== 'string' || payload.length < LEAST_LENGTH)
      return send(null, payload);
    if (!String(reply.getHeader('content-type')).startsWith('application/json')) return send(null, payload);
    // What is kept on the way is kept apart for those who take it and those who do not.
    reply.header('vary', 'accept-encoding');
    if (!takesGzip(request.headers['accept-encoding'])) return send(null, payload);
    // In the thread pool of Node, not in the way of decisions.
    gzip(payload, { level: LEVEL }, (error, answer) => {
      if (error !== null) return send(error);
      reply.header('content-encoding', 'gzip').removeHeader('content-length');
      send(null, answer);
    });
  });
}

/** RFC 9110, section 12.5.3: named, or meant by `*`, and not at weight 0. */
export function takesGzip(accepted: string | string[] | undefined): boolean {
  const weights = new Map(
    String(accepted ?? '')
      .toLowerCase()
      .split(',')
      .map((coding) => {
        const [name = '', ...parameters] = coding.split(';').map((part) => part.trim());
        const weight = parameters.find((parameter) => parameter.startsWith('q='));
        return [name, weight === undefined ? 1 : Number(weight.slice(2))];
      }),
  );
  return (weights.get('gzip') ?? weights.get('*') ?? 0) > 0;
}
