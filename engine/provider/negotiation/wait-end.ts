// Until when a request may wait on the waitlist.
import type { Proposal } from '../../domain/proposal.ts';
import type { LeaseKind } from '../leases/lease-kind.ts';

/** When a request that waits is given up: it can start no later, or its user waits no longer. */
export function waitEnd(
  proposal: Proposal,
  kind: LeaseKind,
  nowMs: number,
  shortestDurationMs: number,
): number {
  const { untilMs = nowMs } = proposal.waitlist ?? {};
  return Math.min(untilMs, latestStart(proposal, kind, nowMs, shortestDurationMs));
}

/** The last start that is waited for. What its kind lets start at any time waits for the start that was asked for. */
export function latestStart(
  proposal: Proposal,
  kind: LeaseKind,
  nowMs: number,
  shortestDurationMs: number,
): number {
  const latestMs = kind.latestStartMs(proposal, nowMs, shortestDurationMs);
  return Number.isFinite(latestMs) ? latestMs : proposal.startMs;
}
