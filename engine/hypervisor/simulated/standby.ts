// Nodes that are switched off while nothing is on them, and boot when something is to come, or when they are to be kept on.
import { type Clock, Phase, type TimerHandle } from '../../clock/clock.ts';
import type { Rng } from '../../random/rng.ts';
import { drawSpread } from '../../random/spread.ts';
import type { NodePower } from '../dispatcher.ts';
import type { StandbySettings } from './hypervisor-settings.ts';

export interface StandbyParts {
  readonly clock: Clock;
  readonly settings: StandbySettings;
  readonly rng: Rng;
  /** @param watts undefined: as its power model has it */
  readonly onChange: (nodeId: string, power: NodePower, watts: number | undefined) => void;
}

interface Node {
  isOff: boolean;
  /** When it has booted. */
  readyMs: number;
  /** Since when there is nothing on it; undefined: there is, or it is lost. */
  emptyFromMs: number | undefined;
  /** It stays on, whatever is on it. */
  isKept: boolean;
  /** It will be switched off, or will have booted. */
  timer: TimerHandle | undefined;
}

export class Standby {
  readonly #parts: StandbyParts;
  readonly #nodes = new Map<string, Node>();
  #timers = 0;

  constructor(parts: StandbyParts) {
    this.#parts = parts;
  }

  /** Timers that are pending. */
  get timers(): number {
    return this.#timers;
  }

  /** There is nothing on it, and it is on: it is switched off after a while. */
  emptied(nodeId: string): void {
    const node = this.#node(nodeId);
    node.emptyFromMs = this.#parts.clock.now();
    this.#rest(nodeId, node);
  }

  /** Something is to run on it. @returns when it can: now, or when it has booted */
  occupied(nodeId: string): number {
    const node = this.#node(nodeId);
    const nowMs = this.#parts.clock.now();
    node.emptyFromMs = undefined;
    if (node.isOff) this.#boot(nodeId, node);
    else if (node.readyMs <= nowMs) this.#cancel(node);
    return Math.max(nowMs, node.readyMs);
  }

  /** Whether it stays on although nothing is on it, from now on: one that is off boots, one that was kept and is empty is switched off after a while. */
  keep(nodeId: string, isKept: boolean): void {
    const node = this.#node(nodeId);
    node.isKept = isKept;
    if (!isKept) this.#rest(nodeId, node);
    else if (node.isOff) this.#boot(nodeId, node);
    else if (node.readyMs <= this.#parts.clock.now()) this.#cancel(node);
  }

  isKept(nodeId: string): boolean {
    return this.#node(nodeId).isKept;
  }

  powerOf(nodeId: string): NodePower {
    const { isOff, readyMs } = this.#node(nodeId);
    if (isOff) return 'off';
    return readyMs > this.#parts.clock.now() ? 'booting' : 'on';
  }

  /** When what is there can run. */
  readyMs(nodeId: string): number {
    return this.#nodes.get(nodeId)?.readyMs ?? Number.NEGATIVE_INFINITY;
  }

  /** It is lost, and will come back switched on. */
  lost(nodeId: string): void {
    const node = this.#node(nodeId);
    this.#cancel(node);
    if (node.isOff || node.readyMs > this.#parts.clock.now()) this.#parts.onChange(nodeId, 'on', undefined);
    node.isOff = false;
    node.readyMs = Number.NEGATIVE_INFINITY;
    node.emptyFromMs = undefined;
  }

  /** Switches it off when it has been empty for long enough. One that boots is done with that first. */
  #rest(nodeId: string, node: Node): void {
    const { clock, settings } = this.#parts;
    const nowMs = clock.now();
    if (node.isKept || node.isOff || node.emptyFromMs === undefined || node.readyMs > nowMs) return;
    this.#at(node, node.emptyFromMs + settings.afterMs, () => {
      node.isOff = true;
      this.#parts.onChange(nodeId, 'off', settings.offW);
    });
  }

  #boot(nodeId: string, node: Node): void {
    const { clock, onChange, rng, settings } = this.#parts;
    const nowMs = clock.now();
    node.isOff = false;
    node.readyMs = nowMs + drawSpread(rng.stream(nodeId), settings.boot);
    if (node.readyMs === nowMs) {
      onChange(nodeId, 'on', undefined);
      return;
    }
    onChange(nodeId, 'booting', settings.bootW);
    this.#at(node, node.readyMs, () => {
      onChange(nodeId, 'on', undefined);
      if (node.emptyFromMs !== undefined) this.emptied(nodeId);
    });
  }

  #at(node: Node, atMs: number, act: () => void): void {
    this.#cancel(node);
    this.#timers += 1;
    node.timer = this.#parts.clock.at(atMs, Phase.Operation, () => {
      this.#timers -= 1;
      node.timer = undefined;
      act();
    });
  }

  #cancel(node: Node): void {
    if (node.timer === undefined) return;
    this.#timers -= 1;
    this.#parts.clock.cancel(node.timer);
    node.timer = undefined;
  }

  #node(nodeId: string): Node {
    let node = this.#nodes.get(nodeId);
    if (node === undefined) {
      node = {
        isOff: false,
        readyMs: Number.NEGATIVE_INFINITY,
        emptyFromMs: undefined,
        isKept: false,
        timer: undefined,
      };
      this.#nodes.set(nodeId, node);
    }
    return node;
  }
}
