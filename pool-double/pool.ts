// A XenServer pool in memory: start here. What it is made of is in pool-description.ts, how long things take in pace.ts, what can be made to go
// wrong in faults.ts. It is called through doors: server.ts gives it some that listen, `startInnerPool` some for callers in the same process.
import { Cluster } from './cluster.ts';
import type { XapiValue } from './data-model.ts';
import { Dispatcher } from './dispatcher.ts';
import { type Door, InnerDoor } from './door.ts';
import { NoConnection } from './errors.ts';
import { Events } from './events.ts';
import { Faults } from './faults.ts';
import { Injections } from './injections.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { bookkeepingMethods } from './methods/bookkeeping.ts';
import { genericMethods } from './methods/generic.ts';
import { hostMethods } from './methods/hosts.ts';
import { messageMethods } from './methods/message.ts';
import { storageMethods } from './methods/storage.ts';
import { vbdMethods } from './methods/vbd.ts';
import { vifMethods } from './methods/vif.ts';
import { vmMakingMethods } from './methods/vm-making.ts';
import { vmPowerMethods } from './methods/vm-power.ts';
import { vmSizingMethods } from './methods/vm-sizing.ts';
import { type Chance, Names } from './names.ts';
import type { Node } from './nodes.ts';
import { type Durations, type Machine, Pace, THIS_MACHINE } from './pace.ts';
import { hostAddresses, type PoolDescription, USUAL_POOL } from './pool-description.ts';
import { setUpPool } from './pool-setup.ts';
import { rrdUpdates } from './rrd.ts';
import type { User } from './sessions.ts';
import { buildToolstack, type Toolstack } from './toolstack.ts';
import type { Verbs } from './verbs.ts';

export interface PoolOptions {
  /** What differs from the usual pool. */
  readonly pool?: Partial<PoolDescription>;
  /** Of the first host, the master; the others follow it. Default 127.0.0.2. */
  readonly address?: string;
  /** Default: root with the password `xen`, who may do everything. */
  readonly users?: readonly User[];
  readonly durations?: Partial<Durations>;
  /** Everything takes this many times as long. Default 1. */
  readonly timeScale?: number;
  /** In whose time the pool lives. Default: this machine's. */
  readonly machine?: Machine;
  /** Of which its references, uuids and addresses of cards are made. Default: this machine's. */
  readonly chance?: Chance;
}

export interface Pool {
  /** Of the hosts, in order. */
  readonly addresses: readonly string[];
  readonly toolstack: Toolstack;
  readonly dispatcher: Dispatcher;
  readonly injections: Injections;
  readonly faults: Faults;
  inventory(): Inventory;
  /** No timer goes off after this, and nothing goes on. */
  stop(): void;
}

const USUAL_USERS: readonly User[] = [{ name: 'root', password: 'xen', role: 'pool-admin' }];

/** The addresses of its hosts, in order. */
export function addressesOf({ address = '127.0.0.2', pool }: PoolOptions): string[] {
  return hostAddresses(address, pool?.hosts ?? USUAL_POOL.hosts);
}

/** @param doors by address; they are looked up when something is done to one */
export function buildPool(options: PoolOptions, doors: ReadonlyMap<string, Door>): Pool {
  const { chance, durations = {}, machine = THIS_MACHINE, timeScale = 1, users = USUAL_USERS } = options;
  const description: PoolDescription = { ...USUAL_POOL, ...options.pool };
  const addresses = addressesOf(options);
  const pace = new Pace(durations, timeScale, machine);
  const toolstack = buildToolstack(pace, new Names(chance), users);
  setUpPool(toolstack, description, addresses);
  const cluster = new Cluster(toolstack, description, doors);
  const events = new Events(toolstack.store, pace);
  const injections = new Injections();
  const verbs = allMethods(toolstack, cluster, events);
  return {
    addresses,
    toolstack,
    injections,
    dispatcher: new Dispatcher(toolstack, verbs, injections),
    faults: new Faults({ toolstack, cluster, injections, events, verbs }),
    inventory: () => takeInventory(toolstack),
    stop: () => {
      pace.stop();
      toolstack.tasks.loseAll();
    },
  };
}

/** A pool that is called in this process: without sockets, and in no time but its machine's. */
export interface InnerPool extends Pick<Pool, 'addresses' | 'faults' | 'inventory' | 'stop' | 'toolstack'> {
  /**
   * Calls a method at a host, as over either wire.
   * @param gone aborted when the caller does not wait any more
   * @throws XapiFailure, NoConnection
   */
  call(address: string, method: string, params: readonly XapiValue[], gone: AbortSignal): Promise<XapiValue>;
  /** GET /rrd_updates of a host. @throws NoConnection, Error when it is refused */
  loads(address: string, query: URLSearchParams, gone: AbortSignal): Promise<string>;
}

export function startInnerPool(options: PoolOptions): InnerPool {
  const doors = new Map(addressesOf(options).map((address) => [address, new InnerDoor(address)]));
  const pool = buildPool(options, doors);
  const { addresses, dispatcher, faults, injections, inventory, stop, toolstack } = pool;
  const enter = <T>(address: string, gone: AbortSignal, serve: Serve<T>): Promise<T> => {
    const door = doors.get(address);
    const node = toolstack.nodes.all().find((each) => each.address === address);
    if (door === undefined || node === undefined) throw new NoConnection(address, false);
    return door.enter(gone, async (signal) => {
      const answer = await serve(node, signal);
      if (injections.latencyMs > 0) await toolstack.pace.sleep(injections.latencyMs, signal);
      return answer;
    });
  };
  return {
    addresses,
    faults,
    toolstack,
    inventory,
    stop,
    call: async (address, method, params, gone) => {
      const outcome = await enter(address, gone, (node, signal) =>
        dispatcher.handle(node, { method, params, id: null }, signal),
      );
      if (outcome.kind !== 'success') throw outcome.failure;
      return outcome.value;
    },
    loads: async (address, query, gone) => {
      const { body, status } = await enter(address, gone, async (node) =>
        rrdUpdates(toolstack, node.host, query),
      );
      if (status !== 200) throw new Error(`${address} answered with status ${status}`);
      return body;
    },
  };
}

type Serve<T> = (node: Node, gone: AbortSignal) => Promise<T>;

function allMethods(toolstack: Toolstack, cluster: Cluster, events: Events): Verbs {
  return {
    ...genericMethods(toolstack),
    ...vmPowerMethods(toolstack),
    ...vmMakingMethods(toolstack),
    ...vmSizingMethods(toolstack),
    ...vbdMethods(toolstack),
    ...vifMethods(toolstack),
    ...storageMethods(toolstack),
    ...hostMethods(toolstack, cluster),
    ...bookkeepingMethods(toolstack, events),
    ...messageMethods(toolstack),
  };
}
