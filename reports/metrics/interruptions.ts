// Everything that kept instances from running where and when they should: migrations, suspensions, failures of guests and nodes.
import type { DomainEvent } from '../../engine/index.ts';
import type { Condition } from './session-ledger.ts';

export interface InterruptionFigures {
  /** Live migrations, their whole duration, the standstill in it, and the memory that was moved. */
  readonly migrations: number;
  readonly migrationMs: number;
  readonly migrationDowntimeMs: number;
  readonly migratedMemoryMib: number;
  /** Bookings that changed their node. */
  readonly moves: number;
  readonly suspensions: number;
  readonly suspendedMs: number;
  readonly guestCrashes: number;
  readonly guestHangs: number;
  readonly operationFailures: number;
  readonly nodeLosses: number;
  /** Instance-time up, and down through no wish of the user (standstill of migrations included). */
  readonly upMs: number;
  readonly downtimeMs: number;
}

/** Counts what happens in the measured time, and measures the parts of intervals that lie in it. */
export class Interruptions {
  readonly #measuredFromMs: number;
  readonly #conditionMs: Record<Condition, number> = { up: 0, down: 0, suspended: 0 };
  #migrations = 0;
  #migrationMs = 0;
  #migrationDowntimeMs = 0;
  #migratedMemoryMib = 0;
  #moves = 0;
  #suspensions = 0;
  #guestCrashes = 0;
  #guestHangs = 0;
  #operationFailures = 0;
  #nodeLosses = 0;

  constructor(measuredFromMs: number) {
    this.#measuredFromMs = measuredFromMs;
  }

  record(event: DomainEvent): void {
    if (event.atMs < this.#measuredFromMs) return;
    switch (event.type) {
      case 'vm-migrated':
        this.#migrations += 1;
        this.#migrationMs += event.atMs - event.startedMs;
        this.#migrationDowntimeMs += event.downtimeMs;
        this.#migratedMemoryMib += event.memoryMib;
        return;
      case 'vm-state-changed':
        if (event.to === 'SUSPENDED' && event.from !== 'SUSPENDED') this.#suspensions += 1;
        if (event.cause === 'guest-crash') this.#guestCrashes += 1;
        if (event.cause === 'guest-hang') this.#guestHangs += 1;
        return;
      case 'instance-moved':
        this.#moves += 1;
        return;
      case 'operation-failed':
        this.#operationFailures += 1;
        return;
      case 'node-lost':
        this.#nodeLosses += 1;
        return;
      default:
    }
  }

  /** An instance was in this condition during [fromMs, toMs). */
  instanceWas(condition: Condition, fromMs: number, toMs: number): void {
    this.#conditionMs[condition] += Math.max(0, toMs - Math.max(fromMs, this.#measuredFromMs));
  }

  get figures(): InterruptionFigures {
    return {
      migrations: this.#migrations,
      migrationMs: this.#migrationMs,
      migrationDowntimeMs: this.#migrationDowntimeMs,
      migratedMemoryMib: this.#migratedMemoryMib,
      moves: this.#moves,
      suspensions: this.#suspensions,
      suspendedMs: this.#conditionMs.suspended,
      guestCrashes: this.#guestCrashes,
      guestHangs: this.#guestHangs,
      operationFailures: this.#operationFailures,
      nodeLosses: this.#nodeLosses,
      upMs: this.#conditionMs.up - this.#migrationDowntimeMs,
      downtimeMs: this.#conditionMs.down + this.#migrationDowntimeMs,
    };
  }
}
