// The rules by which systems take reservations, as data: how long ahead, for how long, how firmly, and whether what differs from the request is said.
// What they mean for a negotiation is decided here; the presets of real systems are in scenarios/reservation-rules/.
import { endOf, type Proposal } from '../../domain/proposal.ts';

export interface ReservationRules {
  /** A window ahead of time starts at least so long after it is asked for. */
  readonly leadMinMs: number;
  /** And at most so long; Infinity: within the booking horizon. */
  readonly leadMaxMs: number;
  /** Lengths that are sold: whole multiples of a step up to a length, the shorter steps first. Absent: any. */
  readonly durations?: readonly SoldDurations[];
  /**
   * What is confirmed is neither called off nor made less from so long before its start; Infinity: from its confirmation on. Absent: nothing
   * binds its user.
   */
  readonly binding?: { readonly fromMs: number; readonly untilMs: number };
  /** Terms that are not those asked for are given as if they were: simulated users take them without looking. */
  readonly isUntold: boolean;
}

/** Whole multiples of `stepMs`, more than 0, up to `upToMs`. */
export interface SoldDurations {
  readonly stepMs: number;
  readonly upToMs: number;
}

/** Takes everything that there is room for. */
export const NO_RULES: ReservationRules = {
  leadMinMs: 0,
  leadMaxMs: Number.POSITIVE_INFINITY,
  isUntold: false,
};

/** The shortest length that is sold and not less; undefined: none is so long. */
export function soldDurationMs(rules: ReservationRules, durationMs: number): number | undefined {
  if (rules.durations === undefined) return durationMs;
  for (const { stepMs, upToMs } of rules.durations) {
    const roundedMs = Math.ceil(durationMs / stepMs) * stepMs;
    if (roundedMs <= upToMs) return roundedMs;
  }
  return undefined;
}

/** The longest length that is sold and not more; undefined: none is so short. */
export function soldAtMostMs({ durations }: ReservationRules, durationMs: number): number | undefined {
  if (durations === undefined) return durationMs;
  let longestMs = 0;
  /** The longest that the steps before have: what is not more is sold by those alone. */
  let reachMs = 0;
  for (const { stepMs, upToMs } of durations) {
    const soldMs = Math.floor(Math.min(durationMs, upToMs) / stepMs) * stepMs;
    if (soldMs > reachMs) longestMs = Math.max(longestMs, soldMs);
    reachMs = Math.max(reachMs, Math.floor(upToMs / stepMs) * stepMs);
  }
  return longestMs > 0 ? longestMs : undefined;
}

/** Why a start is none that can be asked for now; undefined when it can. */
export function whyNotThen(
  { leadMaxMs, leadMinMs }: ReservationRules,
  startMs: number,
  nowMs: number,
): 'too-soon' | 'too-far-ahead' | undefined {
  if (startMs < nowMs + leadMinMs) return 'too-soon';
  return startMs > nowMs + leadMaxMs ? 'too-far-ahead' : undefined;
}

/** May its user not give up any of it now? @param terms of what is confirmed */
export function isBinding({ binding }: ReservationRules, terms: Proposal, nowMs: number): boolean {
  if (binding === undefined) return false;
  const { startMs } = terms;
  return nowMs >= startMs - binding.fromMs && nowMs < Math.min(endOf(terms), startMs + binding.untilMs);
}

/** Does the second give up nothing of the first? */
export function keepsAll(before: Proposal, after: Proposal): boolean {
  return (
    after.startMs <= before.startMs &&
    endOf(after) >= endOf(before) &&
    after.numInstancesFixed >= before.numInstancesFixed
  );
}
