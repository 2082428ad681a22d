// Simulated nodes that outlive the service: when its process dies, VMs run on and what was begun goes on to its end, as on real hosts. Nobody
// tells the next process what it missed but a look.
import { defer, filter, Observable, Subject, type Subscriber } from 'rxjs';
import {
  type Dispatcher,
  DispatcherError,
  type Observation,
  Rng,
  SimulatedHypervisor,
  type VmObservation,
  type VmSpec,
} from '../../engine/index.ts';
import type { ServedProvider } from '../../scenarios/load/served-provider.ts';
import type { Hypervisor } from '../hypervisors/hypervisor.ts';
import type { HostedProcess, StoryHosts } from './story-hosts.ts';
import type { WorldTime } from './world-time.ts';

/** Between a life of the provider and the nodes. */
class Link {
  readonly #isDead: () => boolean;
  #hasEnded = false;

  constructor(isDead: () => boolean) {
    this.#isDead = isDead;
  }

  get isOpen(): boolean {
    return !this.#hasEnded && !this.#isDead();
  }

  end(): void {
    this.#hasEnded = true;
  }
}

interface Waiting {
  readonly link: Link;
  readonly begin: () => void;
}

export class EnduringHypervisor implements StoryHosts {
  isBlind = false;
  readonly #time: WorldTime;
  readonly #nodes: SimulatedHypervisor;
  readonly #down = new Set<string>();
  readonly #nodeIds: readonly string[];
  readonly #beside = new Subject<Observation>();
  /** By VM: what waits until the operation before it has ended. */
  readonly #lanes = new Map<string, Waiting[]>();
  /** VMs whose making began and that are not deleted. */
  readonly #made = new Map<string, VmSpec>();

  constructor(time: WorldTime, provider: ServedProvider) {
    const setup = provider.setup();
    const { cluster } = provider;
    this.#time = time;
    this.#nodeIds = cluster.nodes.map(({ nodeId }) => nodeId);
    this.#nodes = new SimulatedHypervisor({
      clock: time.clock,
      nodes: cluster.nodes,
      settings: setup.hypervisor,
      faults: setup.faults,
      rng: Rng.fromSeed(setup.seed).stream('hypervisor'),
      guestOf: () => ({ runTimeMs: Number.POSITIVE_INFINITY }),
    });
    this.#nodes.observations$.subscribe((seen) => {
      if (seen.kind === 'node-down') this.#down.add(seen.nodeId);
      if (seen.kind === 'node-up') this.#down.delete(seen.nodeId);
    });
  }

  look(): readonly VmObservation[] {
    let seen: readonly VmObservation[] = [];
    this.#nodes.inventory().subscribe((vms) => {
      seen = vms;
    });
    return seen;
  }

  isBusy(vmId: string): boolean {
    return this.#lanes.has(vmId);
  }

  reservationOf(vmId: string): string | undefined {
    return this.#made.get(vmId)?.reservationId;
  }

  leftovers(): readonly string[] {
    return [];
  }

  stopFromOutside(number: number): boolean {
    const running = this.look().filter(({ state, vmId }) => state === 'RUNNING' && !this.isBusy(vmId));
    const vmId = running[number % Math.max(1, running.length)]?.vmId;
    if (vmId === undefined) return false;
    // Whatever the service does about it waits until it is down.
    this.#lanes.set(vmId, []);
    this.#nodes.stop(vmId, 'hard').subscribe({
      next: (vm) => {
        this.#time.stir();
        this.#beside.next({ kind: 'vm', vm, cause: 'outside' });
        this.#next(vmId);
      },
      error: () => this.#next(vmId),
    });
    return true;
  }

  failNode(nodeId: string): void {
    this.#nodes.failNode(nodeId);
  }

  returnNode(nodeId: string): void {
    this.#nodes.returnNode(nodeId);
  }

  forProcess({ isDead }: HostedProcess): Hypervisor {
    return {
      ready: () =>
        this.isBlind
          ? Promise.reject(new DispatcherError('NODE_UNREACHABLE', 'no node answers'))
          : Promise.resolve(),
      carry: () => {
        const link = new Link(isDead);
        // How the nodes are is seen at the first look.
        this.#time.after(0, () => {
          for (const nodeId of this.#nodeIds)
            this.#beside.next({ kind: this.#down.has(nodeId) ? 'node-down' : 'node-up', nodeId });
        });
        return {
          dispatcher: this.#dispatcher(link),
          end: () => link.end(),
        };
      },
      close: () => Promise.resolve(),
    };
  }

  close(): void {}

  #dispatcher(link: Link): Dispatcher {
    const nodes = this.#nodes;
    const on = (vmId: string, operation: () => Observable<VmObservation>) =>
      this.#operation(link, vmId, operation);
    const observations = new Subject<Observation>();
    for (const source of [nodes.observations$, this.#beside])
      source.pipe(filter(() => link.isOpen)).subscribe((seen) => {
        this.#time.stir();
        observations.next(seen);
      });
    return {
      observations$: observations,
      inventory: () => defer(() => nodes.inventory()),
      create: (spec) =>
        on(spec.vmId, () => {
          this.#made.set(spec.vmId, spec);
          return nodes.create(spec);
        }),
      start: (vmId, nodeId, fromCheckpoint) => on(vmId, () => nodes.start(vmId, nodeId, fromCheckpoint)),
      stop: (vmId, mode) => on(vmId, () => nodes.stop(vmId, mode)),
      reboot: (vmId) => on(vmId, () => nodes.reboot(vmId)),
      pause: (vmId) => on(vmId, () => nodes.pause(vmId)),
      unpause: (vmId) => on(vmId, () => nodes.unpause(vmId)),
      suspend: (vmId) => on(vmId, () => nodes.suspend(vmId)),
      resume: (vmId, nodeId) => on(vmId, () => nodes.resume(vmId, nodeId)),
      migrate: (vmId, toNodeId) => on(vmId, () => nodes.migrate(vmId, toNodeId)),
      destroy: (vmId) => on(vmId, () => nodes.destroy(vmId)),
    };
  }

  /** One at a time on each VM. Who has lost the link hears nothing of the end, and gives nothing up. */
  #operation(
    link: Link,
    vmId: string,
    operation: () => Observable<VmObservation>,
  ): Observable<VmObservation> {
    return new Observable((subscriber) => {
      if (!link.isOpen) return undefined;
      let state: 'waits' | 'runs' | 'over' = 'waits';
      let giveUp = () => {};
      const begin = () => {
        if (state === 'over') {
          this.#next(vmId);
          return;
        }
        state = 'runs';
        const end = (tell: (subscriber: Subscriber<VmObservation>) => void, seen?: VmObservation) => {
          state = 'over';
          this.#time.stir();
          if (link.isOpen) tell(subscriber);
          // Whoever looks after the VMs by now did not ask for it.
          else if (seen !== undefined && seen.state !== 'DELETED')
            this.#beside.next({ kind: 'vm', vm: seen, cause: 'outside' });
          this.#next(vmId);
        };
        const run = operation().subscribe({
          next: (seen) =>
            end((to) => {
              to.next(seen);
              to.complete();
            }, seen),
          error: (error: unknown) => end((to) => to.error(error)),
        });
        giveUp = () => {
          run.unsubscribe();
          this.#next(vmId);
        };
      };
      const lane = this.#lanes.get(vmId);
      if (lane === undefined) {
        this.#lanes.set(vmId, []);
        begin();
      } else {
        lane.push({ link, begin });
      }
      return () => {
        if (!link.isOpen || state === 'over') return;
        const wasRunning = state === 'runs';
        state = 'over';
        if (wasRunning) giveUp();
      };
    });
  }

  #next(vmId: string): void {
    const lane = this.#lanes.get(vmId) ?? [];
    for (let next = lane.shift(); next !== undefined; next = lane.shift()) {
      // What had not begun when its process died was never asked for.
      if (!next.link.isOpen) continue;
      next.begin();
      return;
    }
    this.#lanes.delete(vmId);
  }
}
