// GET /OpenPEX/events and /OpenPEX/history: what happens to one's reservations as it is committed, and what has happened to them. The streams end
// with the session they belong to.
import type { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { filter, merge, Subject, timer } from 'rxjs';
import { Type } from 'typebox';
import { ServiceError } from '../problems.ts';
import type { Service } from '../service/service.ts';
import { EventsHeaders, EventsQuery, HistoryEntry, HistoryQuery } from '../wire/event.ts';
import { ref } from '../wire/field.ts';
import { type Authenticator, callerOf } from './authentication.ts';
import type { ApiConfig } from './config.ts';
import { EventFeed } from './event-feed.ts';
import { listScope, reachableReservation } from './ownership.ts';
import type { Journal, Projects, Reservations } from './stores.ts';
import { journalView, namesView } from './views.ts';

export interface EventRoutesParts {
  readonly service: Pick<Service, 'events$'>;
  readonly journal: Pick<Journal, 'page' | 'lastSeq'>;
  readonly projects: Pick<Projects, 'byName' | 'roleOf'>;
  readonly reservations: Pick<Reservations, 'get' | 'names'>;
  readonly authenticator: Pick<Authenticator, 'revocations$'>;
  readonly config: Pick<ApiConfig, 'eventFeed'>;
}

export function eventRoutes({
  service,
  journal,
  projects,
  reservations,
  authenticator,
  config,
}: EventRoutesParts): FastifyPluginAsyncTypebox {
  const { connectionsPerUser, maxAgeMs } = config.eventFeed;
  const shutdown$ = new Subject<void>();
  const connections = new Map<number, number>();

  const open = (request: FastifyRequest, scope: { userId?: number }, afterSeq: number | undefined) => {
    const { account, session, token: apiToken } = callerOf(request);
    const count = connections.get(account.userId) ?? 0;
    if (count >= connectionsPerUser) {
      throw new ServiceError(
        'PEX_TOO_MANY_REQUESTS',
        `One account may have ${connectionsPerUser} event streams at a time.`,
        { retryAfterSeconds: 30 },
      );
    }
    connections.set(account.userId, count + 1);
    const revoked$ = authenticator.revocations$.pipe(
      filter(
        ({ userId, token }) =>
          userId === account.userId &&
          (token === null || token === session?.token || token === apiToken?.tokenId),
      ),
    );
    const { stream } = new EventFeed({
      events$: service.events$,
      journal,
      userId: scope.userId,
      afterSeq,
      until$: merge(revoked$, shutdown$, timer(maxAgeMs)),
      settings: config.eventFeed,
    });
    stream.once('close', () => {
      const left = (connections.get(account.userId) ?? 1) - 1;
      if (left > 0) connections.set(account.userId, left);
      else connections.delete(account.userId);
    });
    return stream;
  };

  return async (app) => {
    app.addHook('preClose', async () => shutdown$.next());

    app.get(
      '/events',
      {
        exposeHeadRoute: false,
        config: { access: 'user' },
        schema: {
          operationId: 'streamEvents',
          summary: 'What happens to own reservations, as server-sent events; Last-Event-ID resumes',
          tags: ['events'],
          querystring: EventsQuery,
          headers: EventsHeaders,
          response: {
            200: {
              description:
                'id: number in the journal, event: its type, data: {seq, timeMs, userid, reservationId, event}',
              content: { 'text/event-stream': { schema: Type.Unsafe<Readable>({ type: 'string' }) } },
            },
          },
        },
      },
      async (request, reply) => {
        const lastEventId = request.headers['last-event-id'];
        const stream = open(
          request,
          await listScope(request, request.query, projects),
          lastEventId === undefined ? undefined : Number(lastEventId),
        );
        return (
          reply
            .type('text/event-stream; charset=utf-8')
            // nginx would hold back what is not yet a full buffer.
            .header('x-accel-buffering', 'no')
            .header('connection', 'close')
            .send(stream)
        );
      },
    );

    app.get(
      '/history',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listHistory',
          summary: 'What happened to own reservations, newest first; without what is in an archive by now',
          tags: ['events'],
          querystring: HistoryQuery,
          response: { 200: Type.Array(ref(HistoryEntry)) },
        },
      },
      async (request) => {
        const { all, limit = 100, project, reservation, type: types } = request.query;
        const one =
          reservation === undefined
            ? undefined
            : await reachableReservation(request, { projects, reservations }, reservation);
        // Who has a reservation now reads all of its story, also from before it was given to them.
        const userId =
          one === undefined ? (await listScope(request, { all, project }, projects)).userId : undefined;
        const entries = await journal.page({
          limit,
          newestFirst: true,
          ...(userId === undefined ? {} : { userId }),
          ...(one === undefined ? {} : { reservationId: one.reservationId }),
          ...(types === undefined ? {} : { types }),
        });
        const idOf = ({ event }: (typeof entries)[number]) =>
          'reservationId' in event ? event.reservationId : undefined;
        const names = await reservations.names([...new Set(entries.flatMap((entry) => idOf(entry) ?? []))]);
        return entries.map((entry) => {
          const { reservationName } = namesView(names, idOf(entry) ?? '');
          return { ...journalView(entry), reservationName };
        });
      },
    );
  };
}
