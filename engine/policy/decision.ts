// What belongs to one decision of a policy: what it is about, the chance it may use, and what it remembers of earlier ones.

import { formatInstant } from '../domain/instant-text.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Rng } from '../random/rng.ts';
import type { PlacementRequest } from './views.ts';

/**
 * The last argument of every function of a policy. Valid only during the call.
 * @typeParam M what the policy remembers, as its definition declares it
 */
export interface Decision<M = object> {
  /**
   * Random numbers for this decision and no other: the same seed and the same decision draw the same ones, whatever was decided, drawn or
   * quoted before. Made when first read.
   */
  readonly rng: Rng;
  /**
   * What the policy remembers, to be read and written. What is written is kept when the decision is applied, and forgotten when it is not:
   * a policy may be asked in vain. Plain JSON.
   * @throws TypeError when the definition declares no memory
   */
  readonly memory: M;
}

/** What a decision is about: enough to know it again in another life, and to tell a person. */
export interface Matter {
  readonly nowMs: number;
  /** Id of the reservation or, on the side of the users, of the request; "quote" for a question without either. */
  readonly subject: string;
  /** Round of the negotiation. */
  readonly round?: number;
  /** Number of the instance within the reservation. */
  readonly instance?: number;
  readonly terms?: Proposal | PlacementRequest | undefined;
}

/** The key of the decision's random stream: equal for equal decisions, in this life and the next. */
export function keyOf({ instance, nowMs, round, subject }: Matter): string {
  return `${subject}/${round ?? ''}/${instance ?? ''}@${nowMs}`;
}

/** `R1, round 2: 3 x SMALL from 2009-08-21T10:00:00Z to 2009-08-21T12:00:00Z` */
export function formatMatter({ instance, round, subject, terms }: Matter): string {
  const parts = [
    subject,
    ...(round === undefined ? [] : [`round ${round}`]),
    ...(instance === undefined ? [] : [`instance ${instance}`]),
  ];
  return `${parts.join(', ')}${terms === undefined ? '' : `: ${formatTerms(terms)}`}`;
}

function formatTerms(terms: Proposal | PlacementRequest): string {
  const isProposal = 'durationMs' in terms;
  const count = isProposal ? terms.numInstancesFixed : terms.count;
  const { milliCpus, memoryMib } = terms.demand;
  const what = isProposal ? terms.type : `${milliCpus / 1000} vCPU and ${memoryMib} MiB`;
  const endMs = isProposal ? terms.startMs + terms.durationMs : terms.endMs;
  return `${count} x ${what} from ${formatInstant(terms.startMs)} to ${formatInstant(endMs)}`;
}
