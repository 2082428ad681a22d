// A change of a confirmed reservation: what a user asks to be otherwise, and what the changed terms need beyond the present ones.
import { endOf, type Proposal } from './proposal.ts';

/** Other terms for a reservation; what is absent stays as it is. */
export interface ChangeAsk {
  /** Only before its window opens. */
  readonly startMs?: number;
  /** More than 0. From the start on, also when that has passed. */
  readonly durationMs?: number;
  /** At least 1. */
  readonly numInstancesFixed?: number;
  /** The most that the whole reservation may then cost. Absent: whatever it costs. */
  readonly maxPriceMicros?: number;
}

/** What a user says to the offer of a change: as to that of a reservation, but that other terms are asked for by asking again. */
export type ChangeAnswer = 'ACCEPT' | 'CONFIRM' | 'REJECT';

/** So many instances for [startMs, endMs). */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly instances: number;
  /** Within the present window: instances beside the present ones. */
  readonly isWithin: boolean;
}

/** The terms as changed. What only concerned the negotiation before is not asked for again. */
export function changedTerms(terms: Proposal, asked: ChangeAsk): Proposal {
  const {
    earliestStartMs: _,
    leeway: ___,
    maxPriceMicros: __,
    otherwise: _____,
    startSlides: ____,
    ...same
  } = terms;
  return {
    ...same,
    startMs: asked.startMs ?? terms.startMs,
    durationMs: asked.durationMs ?? terms.durationMs,
    numInstancesFixed: asked.numInstancesFixed ?? terms.numInstancesFixed,
    ...(asked.maxPriceMicros === undefined ? {} : { maxPriceMicros: asked.maxPriceMicros }),
  };
}

/** What is left of terms from an instant inside their window on. */
export function restOf(terms: Proposal, fromMs: number): Proposal {
  if (terms.startMs >= fromMs) return terms;
  return { ...terms, startMs: fromMs, durationMs: endOf(terms) - fromMs };
}

/** Whether the second needs anything at any instant that the first does not have. */
export function takesMore(before: Proposal, after: Proposal): boolean {
  return addedStretches(before, after).length > 0;
}

/** What the second needs at each instant beyond what the first has. */
export function addedStretches(before: Proposal, after: Proposal): readonly Stretch[] {
  const more = after.numInstancesFixed - before.numInstancesFixed;
  const startMs = Math.max(before.startMs, after.startMs);
  const endMs = Math.min(endOf(before), endOf(after));
  return [
    ...outside(before, after).map((span) => ({
      ...span,
      instances: after.numInstancesFixed,
      isWithin: false,
    })),
    ...(more > 0 && startMs < endMs ? [{ startMs, endMs, instances: more, isWithin: true }] : []),
  ];
}

/** The times of the second that are none of the first: before it, and after it. */
export function outside(before: Proposal, after: Proposal): { startMs: number; endMs: number }[] {
  const spans = [
    { startMs: after.startMs, endMs: Math.min(endOf(after), before.startMs) },
    { startMs: Math.max(after.startMs, endOf(before)), endMs: endOf(after) },
  ];
  return spans.filter(({ endMs, startMs }) => startMs < endMs);
}
