// When the Node Monitor notices that a node is lost or back: by signs of life that fail to come, or come again, a number of times in a row.
import type { Rng } from '../../random/rng.ts';
import type { HeartbeatSettings } from './hypervisor-settings.ts';

/** The signs of life of one node: at whole multiples of their interval after a phase that is drawn once. */
export class Heartbeats {
  readonly #settings: HeartbeatSettings;
  readonly #phaseMs: number;

  constructor(settings: HeartbeatSettings, draws: Rng) {
    this.#settings = settings;
    this.#phaseMs = draws.integer(0, settings.everyMs - 1);
  }

  /** When it is taken to be lost that is silent from then on. */
  lostMs(silentFromMs: number): number {
    return this.#nth(silentFromMs, this.#settings.misses);
  }

  /** When it is taken to be back that lives from then on. */
  backMs(aliveFromMs: number): number {
    return this.#nth(aliveFromMs, this.#settings.returns);
  }

  /** The last sign of life before then. */
  lastBeforeMs(silentFromMs: number): number {
    return this.#nth(silentFromMs, 0);
  }

  /** The n-th at or after an instant; 0: the last before it. */
  #nth(fromMs: number, n: number): number {
    const { everyMs } = this.#settings;
    const before = Math.ceil((fromMs - this.#phaseMs) / everyMs) - 1;
    return this.#phaseMs + (before + n) * everyMs;
  }
}
