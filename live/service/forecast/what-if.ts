// What if nodes were drained, nodes added, policies changed? The time ahead is simulated twice from the provider as it is: without the changes
// and with them. Both times the requests that came in the time before come once more, each as much later. Nothing is changed by it.
import {
  type Command,
  type DomainEvent,
  Phase,
  type Proposal,
  type ProviderSnapshot,
} from '../../../engine/index.ts';
import { loadServedProvider, type ServedProvider } from '../../../scenarios/load/served-provider.ts';
import { applyPolicy } from '../../../scenarios/load/settings.ts';
import { WrittenDocument } from '../../../written/document.ts';
import { type Fork, forkOf } from './fork.ts';

/** What is to be different. */
export interface WhatIfChanges {
  /** Taken out at `fromMs`; null: nobody knows when they are back. */
  readonly drain?: {
    readonly nodeIds: readonly string[];
    readonly fromMs: number;
    readonly untilMs: number | null;
  };
  /** So many more, each like the first node. */
  readonly addNodes?: number;
  /** `allocation=best-fit`, as for `--policy`; names only. */
  readonly policies?: readonly string[];
}

/** A request that came, or comes once more. */
export interface Asked {
  readonly atMs: number;
  readonly userId: string;
  readonly proposal: Proposal;
}

export interface WhatIfQuestion {
  readonly changes: WhatIfChanges;
  readonly nowMs: number;
  readonly endMs: number;
  /** In the order in which they come. */
  readonly demand: readonly Asked[];
}

/** Worst last: what became of a reservation that there is already. */
export const BOOKING_FATES = ['kept', 'moved', 'suspended', 'failed'] as const;
export type BookingFate = (typeof BOOKING_FATES)[number];

export interface WhatIfTotals {
  /** Of the requests that come once more: accepted as they were asked for, countered, rejected or left waiting. */
  readonly accepted: number;
  readonly countered: number;
  readonly refused: number;
  /** Instances whose booking changed its node. */
  readonly moves: number;
  /** Reservations that failed. */
  readonly failed: number;
  /** What is charged for the requests that are accepted. */
  readonly chargedMicros: number;
  readonly refundMicros: number;
  readonly penaltyMicros: number;
}

/** A reservation that there is already, and that fares otherwise. */
export interface OtherFate {
  readonly reservationId: string;
  readonly userId: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly asIs: BookingFate;
  readonly changed: BookingFate;
}

export interface WhatIfAnswer {
  readonly nowMs: number;
  readonly endMs: number;
  readonly asIs: WhatIfTotals;
  readonly changed: WhatIfTotals;
  /** Those that fare worse first. */
  readonly bookings: readonly OtherFate[];
}

/**
 * @param yaml the settings of the provider, as a service stores them
 * @throws InputError when the changes make no provider
 */
export async function whatIf(
  yaml: string,
  snapshot: ProviderSnapshot,
  question: WhatIfQuestion,
): Promise<WhatIfAnswer> {
  const { changes, endMs, nowMs } = question;
  const asIs = ahead(await providerOf(yaml), snapshot, question, () => undefined);
  const changed = ahead(await providerOf(yaml, changes), snapshot, question, (fork) => drain(fork, changes));
  const bookings = snapshot.reservations.flatMap(({ proposal, reservationId, userId }): OtherFate[] => {
    const before = asIs.fates.get(reservationId) ?? 'kept';
    const after = changed.fates.get(reservationId) ?? 'kept';
    if (before === after || proposal === null) return [];
    const { durationMs, startMs } = proposal;
    return [{ reservationId, userId, startMs, endMs: startMs + durationMs, asIs: before, changed: after }];
  });
  const worse = (row: OtherFate) => BOOKING_FATES.indexOf(row.changed) - BOOKING_FATES.indexOf(row.asIs);
  return {
    nowMs,
    endMs,
    asIs: asIs.totals,
    changed: changed.totals,
    bookings: bookings.sort((a, b) => worse(b) - worse(a) || a.startMs - b.startMs),
  };
}

async function providerOf(yaml: string, changes: WhatIfChanges = {}): Promise<ServedProvider> {
  const document = WrittenDocument.parse(yaml, 'the settings of the service');
  for (const policy of changes.policies ?? []) applyPolicy(document, policy);
  if (changes.addNodes !== undefined && changes.addNodes > 0) {
    const groups = document.get(['cluster', 'nodes']) as readonly {
      readonly group: string;
      readonly names?: unknown;
    }[];
    // Names are those of the nodes that there are.
    const { names: _names, ...like } = groups[0]!;
    const more = { ...like, group: newName(groups), count: changes.addNodes };
    document.set(['cluster', 'nodes'], [...groups, more], 'nodes to add');
  }
  return loadServedProvider(document, {});
}

/** "added", or with a number when there is such a group. */
function newName(groups: readonly { readonly group: string }[]): string {
  const taken = (name: string) => groups.some(({ group }) => group.startsWith(name));
  for (let name = 'added', number = 2; ; name = `added-${number++}`) if (!taken(name)) return name;
}

function drain({ clock, queue }: Fork, { drain: asked }: WhatIfChanges): void {
  if (asked === undefined) return;
  const { fromMs, nodeIds, untilMs } = asked;
  for (const nodeId of nodeIds) {
    const command: Command =
      untilMs === null
        ? { name: 'drain', nodeId, untilMs }
        : { name: 'plan-maintenance', maintenanceId: `what-if ${nodeId}`, nodeId, fromMs, untilMs };
    // What is planned is known from now on, and nothing is booked into it; who drains tells nobody before.
    const atMs = untilMs === null ? Math.max(fromMs, clock.now()) : clock.now();
    clock.at(atMs, Phase.Arrival, () => queue.execute(command, () => undefined));
  }
}

/** One of the two runs. */
function ahead(
  provider: ServedProvider,
  snapshot: ProviderSnapshot,
  { demand, endMs, nowMs }: WhatIfQuestion,
  change: (fork: Fork) => void,
) {
  const known = new Set(snapshot.reservations.map(({ reservationId }) => reservationId));
  const fates = new Map<string, BookingFate>();
  const totals = {
    accepted: 0,
    countered: 0,
    refused: 0,
    moves: 0,
    failed: 0,
    chargedMicros: 0,
    refundMicros: 0,
    penaltyMicros: 0,
  };
  const becomes = (reservationId: string, fate: BookingFate) => {
    const before = fates.get(reservationId) ?? 'kept';
    if (BOOKING_FATES.indexOf(fate) > BOOKING_FATES.indexOf(before)) fates.set(reservationId, fate);
  };
  const hear = (event: DomainEvent) => {
    if (event.type === 'instance-moved') {
      totals.moves++;
      becomes(event.reservationId, 'moved');
    } else if (event.type === 'vm-state-changed' && event.to === 'SUSPENDED') {
      // Nobody gives commands to VMs here: it is the provider that has none of the room.
      becomes(event.reservationId, 'suspended');
    } else if (event.type === 'reservation-confirmed' && !known.has(event.reservationId)) {
      totals.chargedMicros += event.priceMicros;
    } else if (event.type === 'reservation-ended') {
      totals.refundMicros += event.refundMicros;
      totals.penaltyMicros += event.penaltyMicros;
      if (event.state !== 'FAILED') return;
      totals.failed++;
      becomes(event.reservationId, 'failed');
    }
  };
  // Nobody is told what its VMs are called: to hash as many names as there are VMs takes its time.
  const fork = forkOf(provider, snapshot, hear, (reservationId, instance) => `${reservationId}/${instance}`);
  const { clock, queue } = fork;
  clock.runUntil(nowMs);
  change(fork);
  for (const [index, { atMs, proposal, userId }] of demand.entries()) {
    const reservationId = `what-if ${index}`;
    clock.at(atMs, Phase.Arrival, () => {
      queue.execute({ name: 'open', reservationId, userId, origin: null, proposal }, ({ reply }) => {
        if (reply === 'ACCEPT') {
          totals.accepted++;
          queue.execute({ name: 'reply', reservationId, answer: { reply: 'CONFIRM' } }, () => undefined);
          queue.execute({ name: 'activate', reservationId }, () => undefined);
        } else if (reply === 'COUNTER') {
          totals.countered++;
          queue.execute({ name: 'reply', reservationId, answer: { reply: 'REJECT' } }, () => undefined);
        } else {
          totals.refused++;
        }
      });
    });
  }
  clock.runUntil(endMs);
  return { fates, totals };
}
