// How well instances ran where and when they should, and everything that kept them from it: migrations, suspensions, failures of guests
// and nodes, reservations that broke off.
import { type EndReason, type EventOf, endOf } from '../../engine/index.ts';
import {
  type Condition,
  type InstanceCondition,
  SHORTFALL_CAUSES,
  type ShortfallCause,
} from '../facts/derived.ts';
import { MeasuredWindows } from '../facts/measured-windows.ts';
import type { ReservationRecord } from '../facts/session-records.ts';
import { rounded } from '../summary-values.ts';
import { type Meter, metric, type StreamStart } from './metric.ts';

export interface DeliveryFigures {
  /** Live migrations, their whole duration, and the memory that was moved. */
  readonly migrations: number;
  readonly migrationMs: number;
  readonly migratedMemoryMib: number;
  /** The standstill in migrations, in all, of those whose hypervisor tells it; of how many it does not; and the mean of the former. */
  readonly migrationDowntimeMs: number;
  readonly migrationsOfUnknownDowntime: number;
  readonly meanMigrationDowntimeMs: number | null;
  /** Bookings that changed their node. */
  readonly moves: number;
  readonly suspensions: number;
  readonly suspendedMs: number;
  readonly guestCrashes: number;
  readonly guestHangs: number;
  readonly operationFailures: number;
  readonly nodeLosses: number;
  /** Instance-time up, and down through no wish of the user (the standstill of migrations included, where it is known). */
  readonly upMs: number;
  readonly downtimeMs: number;
  /** Instance-time not up yet in open windows. */
  readonly startUpMs: number;
  /** That, and what failed reservations still had ahead of them, as far as it was measured. */
  readonly undeliveredMs: number;
  /** All instance-time that was owed and not up, by what kept it from being up. */
  readonly hinderedMs: Readonly<Record<ShortfallCause, number>>;
  /** Instance-time up / up, down, suspended and undelivered; null when nothing was owed. */
  readonly availability: number | null;
}

/** Counts what happens in the measured time, and measures the parts of intervals that lie in it. */
class Delivery implements Meter<DeliveryFigures> {
  readonly #measuredFromMs: number;
  readonly #conditionMs: Record<Condition, number> = {
    up: 0,
    down: 0,
    suspended: 0,
    starting: 0,
  };
  readonly #hinderedMs = Object.fromEntries(SHORTFALL_CAUSES.map((because) => [because, 0])) as Record<
    ShortfallCause,
    number
  >;
  readonly #lost: Readonly<Record<ShortfallCause, MeasuredWindows>>;
  #migrations = 0;
  #migrationMs = 0;
  #migrationDowntimeMs = 0;
  #unknownDowntimes = 0;
  #migratedMemoryMib = 0;
  #moves = 0;
  #suspensions = 0;
  #guestCrashes = 0;
  #guestHangs = 0;
  #operationFailures = 0;
  #nodeLosses = 0;

  constructor({ measuredFromMs }: StreamStart) {
    this.#measuredFromMs = measuredFromMs;
    this.#lost = Object.fromEntries(
      SHORTFALL_CAUSES.map((because) => [because, new MeasuredWindows(measuredFromMs)]),
    ) as Record<ShortfallCause, MeasuredWindows>;
  }

  readonly hears = {
    'vm-migrated': (event: EventOf<'vm-migrated'>) => {
      if (!this.#measures(event)) return;
      this.#migrations += 1;
      this.#migrationMs += event.atMs - event.startedMs;
      if (event.downtimeMs === null) this.#unknownDowntimes += 1;
      else this.#migrationDowntimeMs += event.downtimeMs;
      this.#migratedMemoryMib += event.memoryMib;
    },
    'vm-state-changed': (event: EventOf<'vm-state-changed'>) => {
      if (!this.#measures(event)) return;
      if (event.to === 'SUSPENDED' && event.from !== 'SUSPENDED') this.#suspensions += 1;
      if (event.cause === 'guest-crash') this.#guestCrashes += 1;
      if (event.cause === 'guest-hang') this.#guestHangs += 1;
    },
    'instance-moved': (event: EventOf<'instance-moved'>) => {
      if (this.#measures(event)) this.#moves += 1;
    },
    'operation-failed': (event: EventOf<'operation-failed'>) => {
      if (this.#measures(event)) this.#operationFailures += 1;
    },
    'node-lost': (event: EventOf<'node-lost'>) => {
      if (this.#measures(event)) this.#nodeLosses += 1;
    },
    'instance-was': ({ condition, fromMs, because, instances, toMs }: InstanceCondition) => {
      const forMs = instances * Math.max(0, toMs - Math.max(fromMs, this.#measuredFromMs));
      this.#conditionMs[condition] += forMs;
      if (because !== null) this.#hinderedMs[because] += forMs;
    },
    'reservation-over': (record: ReservationRecord) => {
      const { fate, instances, proposal, reason, untilMs } = record;
      if (fate !== 'failed') return;
      // From where it broke off, or from its start if it never began, to its agreed end.
      const fromMs = Math.max(untilMs, proposal.startMs);
      this.#lost[causeOf(reason)].add(fromMs, endOf(proposal), instances, untilMs);
    },
  };

  finish(endMs: number): DeliveryFigures {
    let restMs = 0;
    for (const because of SHORTFALL_CAUSES) {
      const lostMs = this.#lost[because].finish(endMs);
      restMs += lostMs;
      this.#hinderedMs[because] += lostMs;
    }
    const { starting: startUpMs } = this.#conditionMs;
    const undeliveredMs = startUpMs + restMs;
    const upMs = this.#conditionMs.up - this.#migrationDowntimeMs;
    const downtimeMs = this.#conditionMs.down + this.#migrationDowntimeMs;
    const { suspended: suspendedMs } = this.#conditionMs;
    const knownDowntimes = this.#migrations - this.#unknownDowntimes;
    const contractedMs = upMs + downtimeMs + suspendedMs + undeliveredMs;
    return {
      migrations: this.#migrations,
      migrationMs: this.#migrationMs,
      migratedMemoryMib: this.#migratedMemoryMib,
      migrationDowntimeMs: this.#migrationDowntimeMs,
      migrationsOfUnknownDowntime: this.#unknownDowntimes,
      meanMigrationDowntimeMs: knownDowntimes === 0 ? null : this.#migrationDowntimeMs / knownDowntimes,
      moves: this.#moves,
      suspensions: this.#suspensions,
      suspendedMs,
      guestCrashes: this.#guestCrashes,
      guestHangs: this.#guestHangs,
      operationFailures: this.#operationFailures,
      nodeLosses: this.#nodeLosses,
      upMs,
      downtimeMs,
      startUpMs,
      undeliveredMs,
      hinderedMs: {
        ...this.#hinderedMs,
        migration: this.#hinderedMs.migration + this.#migrationDowntimeMs,
      },
      availability: contractedMs === 0 ? null : upMs / contractedMs,
    };
  }

  #measures({ atMs }: { readonly atMs: number }): boolean {
    return atMs >= this.#measuredFromMs;
  }
}

function causeOf(reason: EndReason | null): ShortfallCause {
  if (reason === 'node-lost' || reason === 'too-many-restarts') return 'node-loss';
  return reason === 'node-drained' ? 'drain' : 'operation';
}

export const delivery = metric({
  name: 'delivery',
  over: 'by instant',
  start: (stream: StreamStart) => new Delivery(stream),
  summary: {
    migrations: {
      means: 'live migrations that were over in the measured time',
      of: ({ migrations }) => migrations,
    },
    migrationMs: {
      unit: 'ms',
      means: 'their whole duration, also of what of it came before the measured time',
      of: ({ migrationMs }) => migrationMs,
    },
    migrationDowntimeMs: {
      unit: 'ms',
      means: 'the standstill in it, as far as the hypervisor tells it; `null` when it tells none',
      of: ({ migrationDowntimeMs, migrations, migrationsOfUnknownDowntime: unknown }) =>
        unknown > 0 && unknown === migrations ? null : migrationDowntimeMs,
    },
    migrationsOfUnknownDowntime: {
      means: 'migrations whose standstill the hypervisor does not tell: no downtime counts it',
      of: (figures) => figures.migrationsOfUnknownDowntime,
    },
    moves: {
      means: 'bookings that changed their node, before or during their window',
      of: ({ moves }) => moves,
    },
    downtimeMs: {
      unit: 'ms',
      means:
        'instance-time down through no wish of the user: crashes, hangs, lost nodes, standstill of migrations',
      of: ({ downtimeMs }) => downtimeMs,
    },
    undeliveredMs: {
      unit: 'ms',
      means:
        'instance-time that was owed and never came: not up yet in open windows of activated reservations (startUpMs), and what failed reservations still had ahead of them',
      of: (figures) => figures.undeliveredMs,
    },
    startUpMs: {
      unit: 'ms',
      means:
        'the part of undeliveredMs in which instances were not up yet, from the opening of the window or the activation, whichever is later',
      of: (figures) => figures.startUpMs,
    },
    hinderedMs: {
      unit: 'ms',
      means:
        'all instance-time of downtimeMs, suspendedMs and undeliveredMs by what caused it: `start-up`, `node-loss`, `drain`, `guest` (crashes and hangs), `operation` (of the hypervisor, failed), `migration`',
      of: (figures) => figures.hinderedMs,
    },
    suspensions: { means: 'of VMs, by the provider or their users', of: ({ suspensions }) => suspensions },
    suspendedMs: {
      unit: 'ms',
      means: 'instance-time suspended through no wish of the user',
      of: ({ suspendedMs }) => suspendedMs,
    },
    availability: {
      unit: 'share',
      means:
        'instance-time up / instance-time up, down, suspended and undelivered, of whatever reservation; until the loss of a node is noticed, what was on it counts as up',
      of: ({ availability }) => rounded(availability),
    },
    guestCrashes: { means: 'seen by the VM Monitor', of: ({ guestCrashes }) => guestCrashes },
    guestHangs: { means: 'seen by the VM Monitor', of: ({ guestHangs }) => guestHangs },
    operationFailures: {
      means: 'hypervisor operations that failed, each try',
      of: ({ operationFailures }) => operationFailures,
    },
    nodeLosses: { means: 'seen by the Node Monitor', of: ({ nodeLosses }) => nodeLosses },
  },
});
