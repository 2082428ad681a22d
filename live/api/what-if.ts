// /OpenPEX/what-if, for operators: nodes drained, nodes added, other policies, and the time ahead beside what it would be without.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Proposal } from '../../engine/index.ts';
import type { Asked, WhatIfChanges } from '../service/forecast/what-if.ts';
import type { Service } from '../service/service.ts';
import { ref } from '../wire/field.ts';
import { WhatIf, WhatIfBody } from '../wire/what-if.ts';
import { badField, readDate } from './readers.ts';
import type { Journal, Reservations } from './stores.ts';
import { namesView } from './views.ts';

const DAY_MS = 86_400_000;
const DAYS = 14;
/** Of more requests the latest are repeated. */
const MOST_REQUESTS = 50_000;
const BATCH = 1000;

export interface WhatIfRoutesParts {
  readonly service: Pick<Service, 'now' | 'whatIf'>;
  readonly journal: Pick<Journal, 'page'>;
  readonly reservations: Pick<Reservations, 'names'>;
}

export function whatIfRoutes({
  journal,
  reservations,
  service,
}: WhatIfRoutesParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/what-if',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'whatIf',
          summary:
            'What if nodes were drained or added, or policies changed: the weeks ahead, beside what they would be. Nothing changes',
          tags: ['nodes'],
          body: WhatIfBody,
          response: { 200: ref(WhatIf) },
        },
      },
      async (request) => {
        const { days = DAYS, repeat = true } = request.body;
        const nowMs = service.now();
        const changes = readChanges(request.body, nowMs);
        const demand = repeat ? await demandOf(journal, { nowMs, lengthMs: days * DAY_MS }) : [];
        const answer = await service.whatIf(changes, nowMs + days * DAY_MS, demand);
        const names = await reservations.names(answer.bookings.map(({ reservationId }) => reservationId));
        return {
          startTimeMs: answer.nowMs,
          endTimeMs: answer.endMs,
          requests: demand.length,
          asIs: answer.asIs,
          changed: answer.changed,
          bookings: answer.bookings.map(({ asIs, changed, endMs, reservationId, startMs }) => ({
            reservationId,
            ...namesView(names, reservationId),
            startTimeMs: startMs,
            endTimeMs: endMs,
            asIs,
            changed,
          })),
        };
      },
    );
  };
}

function readChanges(body: WhatIfBody, nowMs: number): WhatIfChanges {
  const { addNodes = 0, drain = [], endTime, policies = [], startTime } = body;
  const fromMs = startTime === undefined ? nowMs : readDate(startTime, 'startTime');
  if (fromMs < nowMs) throw badField('startTime', startTime ?? '', 'a date that lies ahead');
  const untilMs = endTime === undefined ? null : readDate(endTime, 'endTime');
  if (untilMs !== null && untilMs <= fromMs)
    throw badField('endTime', endTime ?? '', 'a date after the start');
  return {
    ...(drain.length > 0 && { drain: { nodeIds: [...new Set(drain)], fromMs, untilMs } }),
    ...(addNodes > 0 && { addNodes }),
    policies: policies.map(({ kind, name }) => `${kind}=${name}`),
  };
}

/** The first proposals of the time before, each as much later. */
async function demandOf(
  journal: Pick<Journal, 'page'>,
  { lengthMs, nowMs }: { readonly lengthMs: number; readonly nowMs: number },
): Promise<readonly Asked[]> {
  const fromMs = nowMs - lengthMs;
  const asked: (Asked & { readonly reservationId: string })[] = [];
  /** What is a part of another's offer was asked for with that one. */
  const parts = new Set<string>();
  // From the newest back: a journal is long, and only its end is wanted.
  for (let beforeSeq: number | undefined; asked.length < MOST_REQUESTS; ) {
    const batch = await journal.page({
      types: ['proposal-received', 'reservation-initiated'],
      beforeSeq,
      limit: BATCH,
      newestFirst: true,
    });
    for (const { event, userId } of batch) {
      if (event.type === 'reservation-initiated' && event.partOf !== undefined)
        parts.add(event.reservationId);
      if (event.type !== 'proposal-received' || event.atMs < fromMs || event.round !== 1) continue;
      const { atMs, proposal, reservationId } = event;
      asked.push({
        atMs: atMs + lengthMs,
        userId: String(userId),
        proposal: later(proposal, lengthMs),
        reservationId,
      });
    }
    const oldest = batch.at(-1);
    // What is before is older, or archived.
    if (oldest === undefined || batch.length < BATCH || oldest.event.atMs < fromMs) break;
    beforeSeq = oldest.seq;
  }
  return asked
    .filter(({ reservationId }) => !parts.has(reservationId))
    .map(({ reservationId: _, ...each }) => each)
    .reverse();
}

function later(proposal: Proposal, byMs: number): Proposal {
  const { earliestStartMs, leeway, startMs, waitlist: _, ...rest } = proposal;
  return {
    ...rest,
    startMs: startMs + byMs,
    ...(earliestStartMs !== undefined && { earliestStartMs: earliestStartMs + byMs }),
    ...(leeway !== undefined && {
      leeway: {
        ...leeway,
        ...(leeway.latestStartMs !== undefined && { latestStartMs: leeway.latestStartMs + byMs }),
        ...(leeway.deadlineMs !== undefined && { deadlineMs: leeway.deadlineMs + byMs }),
      },
    }),
  };
}
