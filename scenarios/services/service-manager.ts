// What a service manager does in each control period: it reads the metrics, asks the rules how much of each component there is to be, and adds
// instances by asking for leases, or takes some away. It says what is to be asked for and given back; who talks to providers is another.
import type { Resources } from '../../engine/index.ts';
import { MOST_CPUS, MOST_MEMORY_MIB } from '../schema/instance-types.ts';
import type { Service, ServiceComponent } from './manifest.ts';

/** One instance for a stretch of time. */
export interface ReplicaLease {
  /** SERVICE-COMPONENT-number of the instance-number of its lease. */
  readonly id: string;
  readonly component: ServiceComponent;
  readonly startMs: number;
  readonly endMs: number;
  readonly size: string | Resources;
}

export interface ControlStep {
  readonly asked: readonly ReplicaLease[];
  /** Leases that are not needed any more: those that have begun end now, the others are called off. */
  readonly released: readonly ReplicaLease[];
}

/** What a manager goes on from after a restart: plain JSON. */
export interface ServiceMemory {
  /** Of each component that has been looked at. */
  readonly components: Readonly<
    Record<
      string,
      {
        readonly replicas: readonly {
          readonly number: number;
          readonly leases: readonly Omit<ReplicaLease, 'component'>[];
        }[];
        /** Absent: it has not changed yet. */
        readonly changedMs?: number;
      }
    >
  >;
  /** Leases that each instance has had. */
  readonly counts: Readonly<Record<string, number>>;
}

interface Replica {
  readonly number: number;
  /** One after the other; never empty. */
  readonly leases: ReplicaLease[];
}

interface State {
  replicas: Replica[];
  changedMs: number;
}

export class ServiceManager {
  readonly #service: Service;
  readonly #declared: (component: ServiceComponent) => Resources;
  readonly #endMs: number;
  readonly #states = new Map<string, State>();
  /** Leases that each instance has had, so that ids are used once. */
  readonly #counts = new Map<string, number>();

  /**
   * @param declared the amounts behind the size of a component
   * @param memory of the manager that this one goes on for; absent: it begins
   * @param endMs nothing is asked for beyond it
   */
  constructor(
    service: Service,
    declared: (component: ServiceComponent) => Resources,
    { endMs = Number.POSITIVE_INFINITY, memory }: { endMs?: number; memory?: ServiceMemory } = {},
  ) {
    this.#service = service;
    this.#declared = declared;
    this.#endMs = endMs;
    for (const component of service.components) {
      const { changedMs = Number.NEGATIVE_INFINITY, replicas = [] } =
        memory?.components[component.name] ?? {};
      this.#states.set(component.name, {
        replicas: replicas.map(({ leases, number }) => ({
          number,
          leases: leases.map((lease) => ({ ...lease, component })),
        })),
        changedMs,
      });
    }
    for (const [instance, count] of Object.entries(memory?.counts ?? {})) this.#counts.set(instance, count);
  }

  /** A manager that is made with it decides as this one would have. */
  memory(): ServiceMemory {
    return {
      components: Object.fromEntries(
        [...this.#states].map(([name, { changedMs, replicas }]) => [
          name,
          {
            replicas: replicas.map(({ leases, number }) => ({
              number,
              leases: leases.map(({ component: _component, ...lease }) => lease),
            })),
            ...(Number.isFinite(changedMs) && { changedMs }),
          },
        ]),
      ),
      counts: Object.fromEntries(this.#counts),
    };
  }

  /** What is measured, and what the rules make of it. @param measured by the names of figures */
  figures(measured: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const { components, rules } = this.#service;
    return rules.figures(measured, new Map(components.map((component) => [component.name, component])));
  }

  /** @param measured by the names of figures */
  step(nowMs: number, measured: ReadonlyMap<string, number>): ControlStep {
    const { components } = this.#service;
    const figures = this.figures(measured);
    const asked: ReplicaLease[] = [];
    const released: ReplicaLease[] = [];
    for (const component of components) this.#control(component, figures, nowMs, { asked, released });
    return { asked, released };
  }

  /** There was no agreement about it, or it has failed: the instance is missing, and asked for again in the next period if it is needed then. */
  lost(lease: ReplicaLease): void {
    const state = this.#states.get(lease.component.name)!;
    for (const { leases } of state.replicas) {
      const at = leases.findIndex(({ id }) => id === lease.id);
      if (at !== -1) leases.splice(at, 1);
    }
    state.replicas = state.replicas.filter(({ leases }) => leases.length > 0);
  }

  #control(
    component: ServiceComponent,
    figures: ReadonlyMap<string, number>,
    nowMs: number,
    { asked, released }: { asked: ReplicaLease[]; released: ReplicaLease[] },
  ): void {
    const { coolDownMs, everyMs } = this.#service;
    const state = this.#states.get(component.name)!;
    for (const { leases } of state.replicas)
      while (leases.length > 0 && leases[0]!.endMs <= nowMs) leases.shift();
    state.replicas = state.replicas.filter(({ leases }) => leases.length > 0);
    const count = figures.get(`Replicas.${component.name}`)!;
    const surplus = state.replicas.length - count;
    if (surplus > 0 && nowMs >= state.changedMs + coolDownMs) {
      // Whose time is over first anyway gives back least.
      const order = [...state.replicas].sort((a, b) => endOf(a) - endOf(b) || b.number - a.number);
      for (const { leases, number } of order.slice(0, surplus)) {
        released.push(...leases);
        state.replicas = state.replicas.filter((one) => one.number !== number);
      }
      state.changedMs = nowMs;
    }
    const size = this.#sizeOf(component, figures);
    const ask = (replica: Replica, startMs: number) => {
      const lease = this.#lease(component, replica.number, startMs, size);
      if (lease === undefined) return;
      replica.leases.push(lease);
      asked.push(lease);
    };
    for (const replica of state.replicas) if (endOf(replica) <= nowMs + everyMs) ask(replica, endOf(replica));
    const taken = new Set(state.replicas.map(({ number }) => number));
    let free = 1;
    for (let missing = count - state.replicas.length; missing > 0; missing -= 1) {
      while (taken.has(free)) free += 1;
      const replica = { number: free, leases: [] };
      free += 1;
      ask(replica, nowMs);
      if (replica.leases.length === 0) break;
      state.replicas.push(replica);
      state.changedMs = nowMs;
    }
  }

  #lease(
    component: ServiceComponent,
    number: number,
    startMs: number,
    size: string | Resources,
  ): ReplicaLease | undefined {
    const endMs = Math.min(startMs + this.#service.termMs, this.#endMs);
    if (endMs <= startMs) return undefined;
    const instance = `${this.#service.name}-${component.name}-${number}`;
    const count = (this.#counts.get(instance) ?? 0) + 1;
    this.#counts.set(instance, count);
    return { id: `${instance}-${count}`, component, startMs, endMs, size };
  }

  /** What is declared, or more where rules want more: RESERVOIR's C1 has 2 CPUs, and a rule that comes to 1. */
  #sizeOf(component: ServiceComponent, figures: ReadonlyMap<string, number>): string | Resources {
    const declared = this.#declared(component);
    const grown = {
      ...declared,
      milliCpus: grownTo(
        declared.milliCpus,
        (figures.get(`CPU.${component.name}`) ?? 0) * 1000,
        MOST_CPUS * 1000,
      ),
      memoryMib: grownTo(declared.memoryMib, figures.get(`Memory.${component.name}`) ?? 0, MOST_MEMORY_MIB),
    };
    const isAsDeclared = grown.milliCpus === declared.milliCpus && grown.memoryMib === declared.memoryMib;
    return isAsDeclared && typeof component.size === 'string' ? component.size : grown;
  }
}

function endOf({ leases }: Replica): number {
  return leases.at(-1)!.endMs;
}

/** What rules want, if it is more than is declared; never more than a manifest could declare, which nobody could store. */
function grownTo(declared: number, wanted: number, most: number): number {
  return wanted > declared ? Math.max(declared, Math.min(wanted, most)) : declared;
}
