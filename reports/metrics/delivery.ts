// How well instances ran where and when they should, and everything that kept them from it: migrations, suspensions, failures of guests
// and nodes, reservations that broke off.
import type { EventOf } from '../../engine/index.ts';
import type { Condition, InstanceCondition } from '../facts/derived.ts';
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
  /** Instance-time that failed reservations still had ahead of them. */
  readonly undeliveredMs: number;
  /** 1 - (down + suspended + never delivered) / contracted instance-time; null when nothing was contracted. */
  readonly availability: number | null;
}

/** Counts what happens in the measured time, and measures the parts of intervals that lie in it. */
class Delivery implements Meter<DeliveryFigures> {
  readonly #measuredFromMs: number;
  readonly #conditionMs: Record<Condition, number> = { up: 0, down: 0, suspended: 0 };
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
  #undeliveredMs = 0;

  constructor({ measuredFromMs }: StreamStart) {
    this.#measuredFromMs = measuredFromMs;
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
    'instance-was': ({ condition, fromMs, toMs }: InstanceCondition) => {
      this.#conditionMs[condition] += Math.max(0, toMs - Math.max(fromMs, this.#measuredFromMs));
    },
    'reservation-over': (record: ReservationRecord) => {
      if (record.measured && record.fate === 'failed') this.#undeliveredMs += undeliveredMs(record);
    },
  };

  finish(): DeliveryFigures {
    const upMs = this.#conditionMs.up - this.#migrationDowntimeMs;
    const downtimeMs = this.#conditionMs.down + this.#migrationDowntimeMs;
    const { suspended: suspendedMs } = this.#conditionMs;
    const knownDowntimes = this.#migrations - this.#unknownDowntimes;
    const contractedMs = upMs + downtimeMs + suspendedMs + this.#undeliveredMs;
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
      undeliveredMs: this.#undeliveredMs,
      availability: contractedMs === 0 ? null : upMs / contractedMs,
    };
  }

  #measures({ atMs }: { readonly atMs: number }): boolean {
    return atMs >= this.#measuredFromMs;
  }
}

/** From where the reservation broke off, or from its start if it never began, to its agreed end; for each instance. */
function undeliveredMs({ endedMs, instances, proposal }: ReservationRecord): number {
  const brokeOffMs = Math.max(endedMs ?? proposal.startMs, proposal.startMs);
  return instances * Math.max(0, proposal.startMs + proposal.durationMs - brokeOffMs);
}

export const delivery = metric({
  name: 'delivery',
  start: (stream: StreamStart) => new Delivery(stream),
  summary: {
    migrations: { means: 'live migrations', of: ({ migrations }) => migrations },
    migrationMs: { unit: 'ms', means: 'their whole duration', of: ({ migrationMs }) => migrationMs },
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
      means: 'instance-time that failed reservations still had ahead of them',
      of: (figures) => figures.undeliveredMs,
    },
    suspensions: { means: 'of VMs', of: ({ suspensions }) => suspensions },
    suspendedMs: { unit: 'ms', means: 'instance-time suspended', of: ({ suspendedMs }) => suspendedMs },
    availability: {
      unit: 'share',
      means: 'time up / time up, down, suspended and undelivered',
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
