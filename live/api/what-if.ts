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
/** More events of requests are not repeated: the latest are. */
const MOST_EVENTS = 100_000;
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
  const users = new Map<string, string>();
  const further = new Set<string>();
  const asked: { readonly atMs: number; readonly proposal: Proposal; readonly reservationId: string }[] = [];
  const { seq: lastSeq = 0 } = (await journal.page({ limit: 1, newestFirst: true }))[0] ?? {};
  // From the newest back: a journal is long, and only its end is wanted.
  for (let read = 0, upTo = lastSeq; upTo > 0 && read < MOST_EVENTS; ) {
    const afterSeq = Math.max(0, upTo - BATCH);
    const batch = (await journal.page({ afterSeq, limit: BATCH })).filter(({ seq }) => seq <= upTo);
    upTo = afterSeq;
    read += batch.length;
    for (const { event } of batch) {
      if (event.type === 'reservation-initiated') {
        users.set(event.reservationId, event.userId);
        if (event.partOf !== undefined) further.add(event.reservationId);
      } else if (event.type === 'proposal-received' && event.round === 1 && event.atMs >= fromMs)
        asked.push({ atMs: event.atMs, proposal: event.proposal, reservationId: event.reservationId });
    }
    const [oldest] = batch;
    // What is before is older, or archived.
    if (oldest === undefined || oldest.event.atMs < fromMs) break;
  }
  return asked
    .filter(({ reservationId }) => !further.has(reservationId))
    .map(({ atMs, proposal, reservationId }) => ({
      atMs: atMs + lengthMs,
      userId: users.get(reservationId) ?? 'unknown',
      proposal: later(proposal, lengthMs),
    }))
    .sort((a, b) => a.atMs - b.atMs);
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
