// What was delivered in a history, in few figures: for holding what a simulation delivers against what was delivered.
import type { DomainEvent, EventOf } from '../../engine/index.ts';

export interface Delivered {
  /** Hours in which VMs were up, summed over them. */
  readonly vmHours: number;
  /** VMs that came up for the first time. */
  readonly starts: number;
  /** From when a VM was owed (its window opened, its reservation was activated, it was claimed: the last of these) until it was up; null without any. */
  readonly startDelayMedianMs: number | null;
  readonly startDelayMeanMs: number | null;
  readonly migrations: number;
  readonly migrationMeanMs: number | null;
  /** Of those whose standstill is known. */
  readonly migrationDowntimeMeanMs: number | null;
  readonly operationFailures: number;
}

const HOUR_MS = 3_600_000;
const UP: ReadonlySet<string> = new Set(['RUNNING', 'UNDER_MIGRATION']);

export class DeliveryFigures {
  readonly #fromMs: number;
  /** Since when they are up. */
  readonly #upSinceMs = new Map<string, number>();
  readonly #hasRun = new Set<string>();
  readonly #owedSinceMs = new Map<string, number>();
  readonly #startDelaysMs: number[] = [];
  readonly #migrationsMs: number[] = [];
  readonly #downtimesMs: number[] = [];
  #upMs = 0;
  #operationFailures = 0;

  /** @param fromMs what was before is not measured */
  constructor(fromMs: number) {
    this.#fromMs = fromMs;
  }

  hear(event: DomainEvent): void {
    const { atMs } = event;
    const isMeasured = atMs >= this.#fromMs;
    switch (event.type) {
      case 'window-opened':
      case 'reservation-activated':
      case 'options-claimed':
        this.#owedSinceMs.set(event.reservationId, atMs);
        break;
      case 'reservation-ended':
        this.#owedSinceMs.delete(event.reservationId);
        break;
      case 'vm-state-changed':
        this.#changed(event);
        break;
      case 'vm-migrated':
        if (!isMeasured) break;
        this.#migrationsMs.push(atMs - event.startedMs);
        if (event.downtimeMs !== null) this.#downtimesMs.push(event.downtimeMs);
        break;
      case 'operation-failed':
        if (isMeasured) this.#operationFailures += 1;
        break;
      default:
        break;
    }
  }

  /** @param endMs what is up then has been up until then */
  finish(endMs: number): Delivered {
    for (const sinceMs of this.#upSinceMs.values()) this.#wasUp(sinceMs, endMs);
    this.#upSinceMs.clear();
    return {
      vmHours: this.#upMs / HOUR_MS,
      starts: this.#startDelaysMs.length,
      startDelayMedianMs: medianOf(this.#startDelaysMs),
      startDelayMeanMs: meanOf(this.#startDelaysMs),
      migrations: this.#migrationsMs.length,
      migrationMeanMs: meanOf(this.#migrationsMs),
      migrationDowntimeMeanMs: meanOf(this.#downtimesMs),
      operationFailures: this.#operationFailures,
    };
  }

  #changed({ atMs, reservationId, to, vmId }: EventOf<'vm-state-changed'>): void {
    const sinceMs = this.#upSinceMs.get(vmId);
    if (UP.has(to)) {
      if (sinceMs === undefined) this.#upSinceMs.set(vmId, atMs);
      if (!this.#hasRun.has(vmId)) this.#cameUp(vmId, reservationId, atMs);
      return;
    }
    if (sinceMs !== undefined) this.#wasUp(sinceMs, atMs);
    this.#upSinceMs.delete(vmId);
    if (to === 'DELETED') this.#hasRun.delete(vmId);
  }

  #cameUp(vmId: string, reservationId: string, atMs: number): void {
    this.#hasRun.add(vmId);
    const owedMs = this.#owedSinceMs.get(reservationId);
    if (owedMs !== undefined && atMs >= this.#fromMs) this.#startDelaysMs.push(atMs - owedMs);
  }

  #wasUp(sinceMs: number, untilMs: number): void {
    this.#upMs += Math.max(0, untilMs - Math.max(sinceMs, this.#fromMs));
  }
}

function meanOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function medianOf(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  if (upper === undefined) return null;
  return sorted.length % 2 === 1 ? upper : (upper + sorted[(sorted.length >> 1) - 1]!) / 2;
}
