// A row of a workload: one user who wants something, with what they keep to themselves (how late is too late, how long the guest
// really runs). The proposal is what they tell the provider.
import type { Leeway, Proposal } from './proposal.ts';

/**
 * How the user means the request. advance: a given start; immediate: now or never; best-effort: any start will do; deadline: any
 * start that ends in time; flexible: any start up to `latestStartMs`, and as much of the rest as there is within the leeway;
 * preemptible: any start will do, and it may be interrupted.
 */
export const REQUEST_KINDS = [
  'advance',
  'immediate',
  'best-effort',
  'deadline',
  'flexible',
  'preemptible',
] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];

/** Does a lease of that kind wait in a queue? */
export function isQueuedKind(kind: string | undefined): boolean {
  return kind === 'best-effort' || kind === 'preemptible';
}

export interface UserRequest {
  /** From the workload; unique within it. */
  readonly requestId: string;
  readonly userId: string;
  readonly kind: RequestKind;
  readonly submitMs: number;
  readonly proposal: Proposal;
  /** The latest start that the user takes; Infinity when any start will do, the asked start when no other will. */
  readonly latestStartMs: number;
  /** What is said of it to a provider that has leases of such a kind, and known to the user alone elsewhere. Absent: nothing. */
  readonly leeway?: Leeway;
  /** How long the guests run before they shut down by themselves; Infinity: until they are stopped. */
  readonly runTimeMs: number;
  /** Name of the trace that its guests are as busy as; absent: as chance has it. */
  readonly loadTrace?: string;
  /** The user withdraws at this instant unless the reservation has started by then. */
  readonly cancelAtMs?: number;
  /** Where there is no room the user waits for some until then; absent: they do not. */
  readonly waitUntilMs?: number;
  /** Whether the user activates what they confirmed, and how many options they claim; absent: as chance has it. */
  readonly showsUp?: boolean;
  readonly claims?: number;
  /** Names of the only providers that are asked; absent: all. */
  readonly providers?: readonly string[];
  /** Name of the buyer policy that negotiates for this user; absent: the scenario's. */
  readonly buyer?: string;
}
