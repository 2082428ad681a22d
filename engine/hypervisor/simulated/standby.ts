// Nodes that are switched off while nothing is on them, and boot when something is to come.
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
  /** It will be switched off, or will have booted. */
  timer: TimerHandle | undefined;
}

export class Standby {
  readonly #parts: StandbyParts;
  readonly #nodes = new Map<string, Node>();

  constructor(parts: StandbyParts) {
    this.#parts = parts;
  }

  /** There is nothing on it, and it is on: it is switched off after a while. */
  emptied(nodeId: string): void {
    const { clock, settings } = this.#parts;
    const node = this.#node(nodeId);
    // One that boots is done with that first.
    if (node.isOff || node.readyMs > clock.now()) return;
    this.#at(node, clock.now() + settings.afterMs, () => {
      node.isOff = true;
      this.#parts.onChange(nodeId, 'off', settings.offW);
    });
  }

  /** Something is to run on it. @returns when it can: now, or when it has booted */
  occupied(nodeId: string, isEmpty: () => boolean): number {
    const { clock, onChange, rng, settings } = this.#parts;
    const node = this.#node(nodeId);
    const nowMs = clock.now();
    if (!node.isOff) {
      if (node.readyMs <= nowMs) this.#cancel(node);
      return Math.max(nowMs, node.readyMs);
    }
    node.isOff = false;
    node.readyMs = nowMs + drawSpread(rng.stream(nodeId), settings.boot);
    if (node.readyMs === nowMs) {
      onChange(nodeId, 'on', undefined);
      return nowMs;
    }
    onChange(nodeId, 'booting', settings.bootW);
    this.#at(node, node.readyMs, () => {
      onChange(nodeId, 'on', undefined);
      if (isEmpty()) this.emptied(nodeId);
    });
    return node.readyMs;
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
  }

  #at(node: Node, atMs: number, act: () => void): void {
    this.#cancel(node);
    node.timer = this.#parts.clock.at(atMs, Phase.Operation, () => {
      node.timer = undefined;
      act();
    });
  }

  #cancel(node: Node): void {
    if (node.timer !== undefined) this.#parts.clock.cancel(node.timer);
    node.timer = undefined;
  }

  #node(nodeId: string): Node {
    let node = this.#nodes.get(nodeId);
    if (node === undefined) {
      node = { isOff: false, readyMs: Number.NEGATIVE_INFINITY, timer: undefined };
      this.#nodes.set(nodeId, node);
    }
    return node;
  }
}
