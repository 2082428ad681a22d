// What is to come of a lease that has one window: its hold expires, its window opens, nobody comes, its guests are shut down, its window ends.
import type { Due } from '../input.ts';
import type { Lease, LeaseDesk } from './lease-kind.ts';

export function windowDues(
  { endMs, holdUntilMs, openedMs, reservationId, state, terms }: Lease,
  { noShowGraceMs, nowMs, shutdownLeadMs }: Pick<LeaseDesk, 'noShowGraceMs' | 'nowMs' | 'shutdownLeadMs'>,
): readonly Due[] {
  if (state !== 'CONFIRMED' && state !== 'ACTIVATED') {
    return [{ kind: 'hold-expiry', reservationId, atMs: holdUntilMs }];
  }
  if (openedMs === undefined) return [{ kind: 'start', reservationId, atMs: terms.startMs }];
  const shutdownMs = endMs - shutdownLeadMs;
  const dues: Due[] = [{ kind: 'end', reservationId, atMs: endMs }];
  // A window that is no longer than the lead is used to its end.
  if (openedMs < shutdownMs && nowMs <= shutdownMs && shutdownMs < endMs)
    dues.push({ kind: 'shutdown', reservationId, atMs: shutdownMs });
  const noShowMs = openedMs + noShowGraceMs;
  if (state === 'CONFIRMED' && noShowMs < endMs)
    dues.push({ kind: 'no-show', reservationId, atMs: noShowMs });
  return dues;
}
