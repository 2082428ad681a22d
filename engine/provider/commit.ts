// What one input led to, as data: the whole of it. Nobody reaches back into the provider for more.
import type { VmSpec } from '../domain/vm.ts';
import type { DomainEvent } from '../events/domain-event.ts';
import type { Due, Input } from './input.ts';
import type { ProviderState, ReservationSnapshot } from './state/snapshot.ts';

export interface Commit {
  /** Counted from 1 in the life of the provider, over restarts too. */
  readonly seq: number;
  readonly atMs: number;
  readonly input: Input;
  /** In order. */
  readonly events: readonly DomainEvent[];
  /** The reservations that it changed, as they stand now, ended ones with their end; empty unless the provider was told to keep track. */
  readonly changed: readonly ReservationSnapshot[];
  /** What the provider itself remembers beside its reservations, when that changed. */
  readonly provider: ProviderState | undefined;
  /** What is to be done in the world, in order, once the commit is recorded. */
  readonly effects: readonly Effect[];
  /** What now falls due that did not, and the reverse. */
  readonly armed: readonly Due[];
  readonly disarmed: readonly Due[];
  /** The answer to a command; null for every other input. */
  readonly reply: unknown;
}

/** An operation of the hypervisor that begins; `number` comes back in its report. Or one that is given up. */
export type Effect = { readonly vmId: string; readonly number: number } & (
  | { readonly kind: 'create'; readonly vm: VmSpec }
  /** From its last checkpoint, where the hypervisor has one, or anew. */
  | { readonly kind: 'start'; readonly nodeId: string; readonly fromCheckpoint?: true }
  | { readonly kind: 'stop'; readonly mode: 'clean' | 'hard' }
  | { readonly kind: 'reboot' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'unpause' }
  | { readonly kind: 'suspend' }
  | { readonly kind: 'resume'; readonly nodeId: string }
  | { readonly kind: 'migrate'; readonly toNodeId: string }
  | { readonly kind: 'destroy' }
  | { readonly kind: 'abandon' }
);
