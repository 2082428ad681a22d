// A lease that waits for its turn: it starts as early as there is room, and moves forward when room comes free before it began.
import { type LeaseKind, type Proposal, windowDues } from '../../../engine/index.ts';

const windowOf = ({ demand, durationMs, numInstancesFixed, startMs }: Proposal) => ({
  demand,
  count: numInstancesFixed,
  startMs,
  endMs: startMs + durationMs,
});

export const queued: LeaseKind = {
  name: 'queued',
  summary: 'a window as soon as there is room, which moves forward when room comes free',
  accepts: ({ numInstancesOption }) => (numInstancesOption > 0 ? 'claim-risk' : undefined),
  latestStartMs: () => Number.POSITIVE_INFINITY,
  plan({ proposal, reservationId }, desk) {
    const { demand, durationMs, numInstancesFixed: count, startMs: notBeforeMs } = proposal;
    const startMs = desk.earliestStart({ demand, count, durationMs, notBeforeMs });
    if (startMs === undefined) return { kind: 'refused', reason: 'no-room' };
    const terms = startMs === notBeforeMs ? proposal : { ...proposal, startMs };
    return { kind: 'planned', terms, edits: desk.place(reservationId, windowOf(terms), terms.template) };
  },
  due: windowDues,
  onRoom(queue, desk) {
    for (const { pieces, reservationId, terms } of queue) {
      const { demand, durationMs, numInstancesFixed: count } = terms;
      const startMs = desk.earliestStart({ demand, count, durationMs, notBeforeMs: desk.nowMs });
      if (startMs === undefined || startMs >= terms.startMs) continue;
      const better = { ...terms, startMs };
      const edits = [
        ...pieces.map(({ booking }) => ({ edit: 'release' as const, id: booking })),
        ...desk.place(reservationId, windowOf(better), better.template),
      ];
      // One at a time: the room that this one leaves is asked for again.
      return [{ reservationId, terms: better, edits }];
    }
    return [];
  },
};
