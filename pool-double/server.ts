// A XenServer pool in memory, served as real ones are: start here. What the pool is made of is in pool-description.ts, how
// long things take in pace.ts, what can be made to go wrong in faults.ts.
import { Cluster } from './cluster.ts';
import { Dispatcher } from './dispatcher.ts';
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
import { type Durations, type Machine, Pace, THIS_MACHINE } from './pace.ts';
import { hostAddresses, type PoolDescription, USUAL_POOL } from './pool-description.ts';
import { setUpPool } from './pool-setup.ts';
import type { User } from './sessions.ts';
import { buildToolstack, type Toolstack } from './toolstack.ts';
import type { Verbs } from './verbs.ts';
import { openControl } from './wire/control.ts';
import { serveNode } from './wire/front.ts';
import { type Certificate, freePort, Listener } from './wire/listener.ts';

export interface XapiServerOptions {
  /** What differs from the usual pool. */
  readonly pool?: Partial<PoolDescription>;
  /** Of the first host, the master; the others follow it. Default 127.0.0.2. */
  readonly address?: string;
  /** One for all hosts; 0 takes a free one. Default 0. */
  readonly port?: number;
  /** Default: root with the password `xen`, who may do everything. */
  readonly users?: readonly User[];
  /** HTTPS with this certificate; plain HTTP without. */
  readonly tls?: Certificate;
  readonly durations?: Partial<Durations>;
  /** Everything takes this many times as long. Default 1. */
  readonly timeScale?: number;
  /** In whose time the pool lives; its sockets are real all the same. Default: this machine's. */
  readonly machine?: Machine;
  /** Opens the switches to other processes, on 127.0.0.1. */
  readonly control?: { readonly port: number; readonly token?: string };
}

export interface XapiServer {
  /** Of the first host, the master at the start. */
  readonly url: string;
  /** Of the hosts, in order. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Where the switches are for other processes. */
  readonly controlUrl: string | undefined;
  readonly faults: Faults;
  inventory(): Inventory;
  /** How often clients have called a method, `Async.` or not. */
  calls(method: string): number;
  /** Drops every connection; resolves when all ports are free. */
  close(): Promise<void>;
}

export const USUAL_USERS: readonly User[] = [{ name: 'root', password: 'xen', role: 'pool-admin' }];

/** @throws Error when an address or the port cannot be taken */
export async function startXapiServer(options: XapiServerOptions = {}): Promise<XapiServer> {
  const { address = '127.0.0.2', users = USUAL_USERS, durations = {}, timeScale = 1, tls, control } = options;
  const { machine = THIS_MACHINE } = options;
  const description: PoolDescription = { ...USUAL_POOL, ...options.pool };
  const addresses = hostAddresses(address, description.hosts);
  const port = options.port || (await freePort(addresses));

  const pace = new Pace(durations, timeScale, machine);
  const toolstack = buildToolstack(pace, users);
  setUpPool(toolstack, description, addresses);

  const listeners = new Map<string, Listener>();
  const cluster = new Cluster(toolstack, description, listeners);
  const events = new Events(toolstack.store, pace);
  const injections = new Injections();
  const verbs = allMethods(toolstack, cluster, events);
  const dispatcher = new Dispatcher(toolstack, verbs, injections);
  const front = { toolstack, dispatcher, injections, pace };
  for (const node of toolstack.nodes.all()) {
    const serve = serveNode(front, node);
    listeners.set(node.address, new Listener({ address: node.address, port, tls, serve }));
  }
  const faults = new Faults({ toolstack, cluster, injections, events, verbs });
  const inventory = () => takeInventory(toolstack);
  const closeListeners = () =>
    Promise.all([...listeners.values()].map((listener) => listener.block('closed')));
  try {
    await Promise.all([...listeners.values()].map((listener) => listener.open()));
    const switches =
      control === undefined
        ? undefined
        : await openControl({ port: control.port, token: control.token, faults, inventory });
    return {
      url: `${tls === undefined ? 'http' : 'https'}://${address}:${port}`,
      addresses,
      port,
      controlUrl: switches?.url,
      faults,
      inventory,
      calls: (method) => dispatcher.calls(method),
      close: async () => {
        pace.stop();
        await Promise.all([closeListeners(), switches?.close()]);
        toolstack.tasks.loseAll();
      },
    };
  } catch (error) {
    await closeListeners();
    throw error;
  }
}

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
