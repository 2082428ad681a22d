// Every way in which a VM can stop, or something asked of it can be refused: a story for each row of the table in docs/xen.md. What a story
// leads to is read off the REST API and the pool, in the words of the table.
import { expect } from 'vitest';
import { type PoolDescription, USUAL_POOL } from '../../../../pool-double/pool-description.ts';
import type { XapiServer, XapiServerOptions } from '../../../../pool-double/server.ts';
import { isMap } from '../../../../pool-double/verbs.ts';
import { CallError, PoolClient } from '../../../pool-double/pool-client.ts';
import { startServer } from './pool-under-test.ts';
import { newFolder, reserve, startXenDaemon, YAML } from './xen-daemon.ts';

export const WAIT = { timeout: 30_000, interval: 20 };

const [DEBIAN, , WINDOWS] = USUAL_POOL.templates;
/** A guest with its own drivers to load, which nobody installed. */
const WITHOUT_TOOLS = { ...WINDOWS!, guest: null, diskGib: 8 };

/** As the table says it. */
export interface Outcome {
  readonly vm: string;
  readonly disk: string;
  readonly reservation: string;
  readonly money: string;
}

interface InstanceSeen {
  readonly vmID: string;
  readonly node: string;
  readonly status: string;
  readonly trouble: unknown;
}

interface Setting {
  readonly template?: typeof WITHOUT_TOOLS;
  readonly pool?: Partial<PoolDescription>;
  readonly durations?: XapiServerOptions['durations'];
  /** Of the window; an hour unless its end belongs to the story. */
  readonly durationMs?: number;
  /** One, and nobody may claim another, unless that is what the story is about. It is told of the first. */
  readonly instances?: number;
  readonly options?: number;
  readonly manager?: string;
  /** What is so when the VM is to come up; it is not waited for then. */
  readonly beforehand?: (server: XapiServer) => Promise<unknown>;
}

/** Ends when what it is about has happened; what follows from that is waited for. */
export type Story = Setting & { readonly happens: (world: World) => Promise<unknown> };

export class World {
  readonly server: XapiServer;
  readonly admin: PoolClient;
  readonly id: string;
  #daemon: Awaited<ReturnType<typeof startXenDaemon>>;
  vmId = '';
  /** In the pool, as they were when the VM had come up. */
  vm = '';
  disk = '';
  node = '';

  private constructor(
    server: XapiServer,
    admin: PoolClient,
    daemon: Awaited<ReturnType<typeof startXenDaemon>>,
    id: string,
  ) {
    this.server = server;
    this.admin = admin;
    this.#daemon = daemon;
    this.id = id;
  }

  static async begin(story: Story): Promise<World> {
    const { beforehand, durationMs, durations, manager = '', pool, template = DEBIAN! } = story;
    const { instances = 1, options = 0 } = story;
    const server = await startServer({
      pool: { templates: [template], ...pool },
      ...(durations === undefined ? {} : { durations }),
    });
    await beforehand?.(server);
    const yaml = YAML.replace('retryDelay: 100ms', `retryDelay: 100ms${manager}`);
    const daemon = await startXenDaemon(server, { yaml, folder: newFolder() });
    await daemon.register('alice');
    const duration = durationMs === undefined ? {} : { duration: durationMs };
    const id = await reserve(daemon, 'alice', { ...duration, instances, options });
    const world = new World(server, await atMaster(server), daemon, id);
    await expect.poll(() => world.#remember(), WAIT).toBe(true);
    if (beforehand === undefined) await expect.poll(() => world.status(), WAIT).toBe('RUNNING');
    return world;
  }

  /** The VM's name in the pool. */
  get name(): string {
    const name = this.server.inventory().vms.find((vm) => vm.name.endsWith(this.vmId))?.name;
    return name ?? '';
  }

  call(user: string, method: string, path: string, body?: unknown) {
    return this.#daemon.call(user, method, path, body);
  }

  /** One more VM of its reservation, which cannot be started. */
  async anotherFails(): Promise<void> {
    await this.server.faults.fail({ method: 'VM.start_on', ...FAILS });
    const { body } = await this.call('alice', 'POST', `/reservations/${this.id}/claim`, { count: 1 });
    expect(body.granted).toBe(1);
    const other = async () => (await this.#instances()).find(({ vmID }) => vmID !== this.vmId);
    await expect.poll(async () => (await other())?.trouble, WAIT).toMatchObject({ kind: 'failed' });
  }

  async command(verb: string): Promise<void> {
    const answer = await this.call('alice', 'PUT', `/instances/${this.vmId}/${verb}`);
    expect(answer.status).toBe(200);
  }

  async stop(): Promise<void> {
    await this.command('stop');
    await expect.poll(() => this.status(), WAIT).toBe('HALTED');
  }

  delete(): Promise<unknown> {
    return this.call('alice', 'DELETE', `/instances/${this.vmId}`);
  }

  drain(): Promise<unknown> {
    return this.call('operator', 'PUT', `/nodes/${this.node}/drain`);
  }

  async status(): Promise<string> {
    return (await this.#instances()).find(({ vmID }) => vmID === this.vmId)?.status ?? '';
  }

  async trouble(): Promise<unknown> {
    return (await this.call('alice', 'GET', `/instances/${this.vmId}`)).body.trouble;
  }

  async isInTrouble(kind: 'waits' | 'refused' | 'failed', reason: string): Promise<void> {
    await expect.poll(() => this.trouble(), WAIT).toMatchObject({ kind, reason });
  }

  async isNodeUp(): Promise<boolean> {
    const nodes = (await this.call('operator', 'GET', '/nodes')).body;
    return nodes.find(({ node }: { node: string }) => node === this.node).up;
  }

  /** Somebody cancels the task of a method. */
  async cancel(method: string): Promise<void> {
    const cancelled = async () => {
      const tasks = await this.admin.call('task.get_all_records');
      for (const [ref, task] of Object.entries(isMap(tasks) ? tasks : {})) {
        if (!isMap(task) || task['name_label'] !== `Async.${method}` || task['status'] !== 'pending')
          continue;
        await this.admin.call('task.cancel', ref);
        return true;
      }
      return false;
    };
    await expect.poll(cancelled, WAIT).toBe(true);
  }

  async isUnderWay(operation: string): Promise<void> {
    const operations = () => this.server.inventory().vms.find(({ uuid }) => uuid === this.vm)?.operations;
    await expect.poll(operations, WAIT).toContain(operation);
  }

  /** Everything in the pool has been looked at twice since now. */
  async isSweptOver(): Promise<void> {
    const before = this.server.calls('VM.get_all_records');
    await expect.poll(() => this.server.calls('VM.get_all_records'), WAIT).toBeGreaterThan(before + 2);
  }

  /** The daemon is down while something is done to the pool. */
  async betweenDaemons(deed: () => Promise<unknown>): Promise<void> {
    await this.#daemon.stop();
    await deed();
    this.#daemon = await startXenDaemon(this.server, { folder: this.#daemon.folder });
  }

  async outcome(): Promise<Outcome> {
    const reservation = (await this.call('alice', 'GET', `/reservations/${this.id}`)).body;
    const { vdis } = this.server.inventory();
    return {
      vm: await this.#vmWord(),
      disk: vdis.some(({ uuid }) => uuid === this.disk) ? 'stays' : 'destroyed',
      reservation: RESERVATIONS[reservation.status] ?? reservation.status,
      money: moneyWord(reservation),
    };
  }

  async #vmWord(): Promise<string> {
    const status = await this.status();
    const { vms } = this.server.inventory();
    const isThere = vms.some(({ uuid }) => uuid === this.vm);
    if (status === 'DELETED' || status === '') return isThere ? 'lost sight of' : 'gone';
    if (status === 'UNRECOGNIZED' || status === 'NOT_PROVISIONED')
      return isThere ? 'is left alone' : 'is not made again';
    if (status !== 'RUNNING') return STATES[status] ?? status;
    if (!isThere) return 'is made anew';
    const told = (await this.call('operator', 'GET', '/journal?limit=500')).body
      .map(({ event }: { event: { type: string; to?: string; vmId?: string } }) => event)
      .filter(({ vmId }: { vmId?: string }) => vmId === this.vmId);
    // The newest first.
    const states = told.filter(({ type }: { type: string }) => type === 'vm-state-changed').reverse();
    const up = states.findIndex(({ to }: { to: string }) => to === 'RUNNING');
    if (states.slice(up).some(({ to }: { to: string }) => to === 'HALTED' || to === 'SUSPENDED'))
      return 'is brought back';
    const hasWaited = told.some(
      ({ operation, type }: { operation?: string; type: string }) =>
        type === 'operation-waits' && operation === 'start',
    );
    return hasWaited ? 'comes up when it can' : 'runs on';
  }

  async #instances(): Promise<readonly InstanceSeen[]> {
    return (await this.call('alice', 'GET', `/reservations/${this.id}/instances`)).body;
  }

  /** @returns whether it is there, with its disk */
  async #remember(): Promise<boolean> {
    const instance = (await this.#instances()).find(({ node }) => node === 'xen1');
    this.vmId = instance?.vmID ?? '';
    this.node = instance?.node ?? '';
    const vm = this.server.inventory().vms.find(({ name }) => this.vmId !== '' && name.endsWith(this.vmId));
    const disk = this.server
      .inventory()
      .vdis.find(({ name }) => this.vmId !== '' && name.includes(this.vmId));
    if (vm?.isTemplate !== false || disk === undefined) return false;
    this.vm = vm.uuid;
    this.disk = disk.uuid;
    return true;
  }
}

async function atMaster({ addresses, port }: XapiServer): Promise<PoolClient> {
  for (const address of addresses) {
    try {
      return await PoolClient.login(`http://${address}:${port}`);
    } catch (error) {
      if (!(error instanceof CallError) || error.code !== 'HOST_IS_SLAVE') throw error;
    }
  }
  throw new Error('no host of the pool is its master');
}

const RESERVATIONS: Readonly<Record<string, string>> = {
  ACTIVATED: 'goes on',
  EXPIRED: 'ends',
  FAILED: 'fails',
};

const STATES: Readonly<Record<string, string>> = {
  HALTED: 'stays down',
  SUSPENDED: 'stays suspended',
  PAUSED: 'stays paused',
};

function moneyWord({ priceMicros, refundMicros }: { priceMicros: number; refundMicros: number }): string {
  if (refundMicros === 0) return 'as agreed';
  return refundMicros === priceMicros ? 'paid back' : 'the rest is paid back';
}

async function crashesToTheEnd(world: World): Promise<void> {
  const powerState = () => world.server.inventory().vms.find(({ uuid }) => uuid === world.vm)?.powerState;
  for (let crash = 0; crash < 3; crash += 1) {
    // Starts are counted: a state between two of them can be over before it is looked at.
    await expect.poll(() => world.server.calls('VM.start_on'), WAIT).toBe(crash + 1);
    await expect.poll(powerState, WAIT).toBe('Running');
    await expect.poll(() => world.status(), WAIT).toBe('RUNNING');
    await world.server.faults.crashGuest({ vm: world.name, action: 'destroy' });
  }
  await world.isInTrouble('failed', 'failed');
}

const FAILS = { error: ['INTERNAL_ERROR', 'on purpose'], times: 999 } as const;
const SHORT = { durationMs: 8_000 };
/** So that the host of a VM is not the master, whose loss is another story. */
const QUICK_LOSS: Setting = {
  durations: { heartbeatTimeout: 1000 },
  beforehand: (server) => server.faults.handOverMaster({ host: 'xen2' }),
};

export const STORIES: Readonly<Record<string, Story>> = {
  'its guest shuts down by itself': {
    happens: ({ name, server }) => server.faults.shutDownInside({ vm: name }),
  },
  'its guest shuts down by itself, and its window ends': {
    ...SHORT,
    happens: async (world) => {
      await world.server.faults.shutDownInside({ vm: world.name });
      const until = async () =>
        (await world.call('alice', 'GET', `/instances/${world.vmId}`)).body.diskUntilTimeMs;
      // An hour later, as its user is told.
      await expect.poll(until, WAIT).toBeGreaterThan(Date.now() + 3_000_000);
    },
  },
  'its guest shuts down by itself, its window ends, and `manager.keepDisks` is over': {
    ...SHORT,
    manager: ', keepDisks: 1s',
    happens: ({ name, server }) => server.faults.shutDownInside({ vm: name }),
  },
  'its guest crashes, and Xen restarts it where it is': {
    happens: async (world) => {
      await world.server.faults.crashGuest({ vm: world.name, action: 'restart' });
      await world.isSweptOver();
    },
  },
  'its guest crashes, and Xen leaves it down': {
    happens: ({ name, server }) => server.faults.crashGuest({ vm: name, action: 'destroy' }),
  },
  'its guest crashes `manager.maxAttempts` times': { happens: crashesToTheEnd },
  'its guest crashes `manager.maxAttempts` times, and its window ends': {
    ...SHORT,
    happens: crashesToTheEnd,
  },
  'somebody shuts it down at another console': {
    happens: ({ name, server }) => server.faults.atAnotherConsole({ vm: name, method: 'VM.hard_shutdown' }),
  },
  'it goes down while something is done to it': {
    happens: async (world) => {
      await world.server.faults.slow({ method: 'VM.pool_migrate', factor: 50 });
      await world.drain();
      await world.isUnderWay('pool_migrate');
      await world.server.faults.shutDownInside({ vm: world.name });
      await world.server.faults.slow({ method: 'VM.pool_migrate', factor: 1 });
    },
  },
  'it goes down while events of the pool are late': {
    happens: async ({ name, server }) => {
      await server.faults.stallEvents({ stalled: true });
      await server.faults.shutDownInside({ vm: name });
    },
  },
  'it goes down while the pool is out of reach': {
    happens: async ({ name, server }) => {
      await server.faults.setNetwork({ up: false });
      await server.faults.shutDownInside({ vm: name });
      await server.faults.setNetwork({ up: true });
    },
  },
  'it goes down while no daemon runs': {
    happens: (world) => world.betweenDaemons(() => world.server.faults.shutDownInside({ vm: world.name })),
  },
  'somebody suspends it at another console': {
    happens: ({ name, server }) => server.faults.atAnotherConsole({ vm: name, method: 'VM.suspend' }),
  },
  'somebody pauses it at another console': {
    happens: ({ name, server }) => server.faults.atAnotherConsole({ vm: name, method: 'VM.pause' }),
  },
  'its user pauses it, and its node is drained': {
    happens: async (world) => {
      await world.command('pause');
      await world.drain();
      await world.isInTrouble('refused', 'paused');
    },
  },
  'somebody moves it at another console': {
    happens: async (world) => {
      const host = world.node === 'xen1' ? 'xen2' : 'xen1';
      await world.server.faults.atAnotherConsole({ vm: world.name, method: 'VM.pool_migrate', host });
      await world.isSweptOver();
    },
  },
  'somebody destroys it at another console': {
    happens: async (world) => {
      const { faults } = world.server;
      await faults.fail({
        method: 'VM.start_on',
        error: ['SR_BACKEND_FAILURE_46', '', 'locked'],
        times: 999,
      });
      await faults.atAnotherConsole({ vm: world.name, method: 'VM.hard_shutdown' });
      await world.isInTrouble('waits', 'disk-in-use');
      await faults.atAnotherConsole({ vm: world.name, method: 'VM.destroy' });
      await faults.clear();
    },
  },
  'its user stops it, and somebody makes it a template': {
    happens: async (world) => {
      await world.stop();
      const vm = await world.admin.text('VM.get_by_uuid', world.vm);
      await world.admin.call('VM.set_is_a_template', vm, true);
    },
  },
  'somebody takes its disk off, and its user deletes it': {
    happens: async (world) => {
      await world.stop();
      const vm = await world.admin.text('VM.get_by_uuid', world.vm);
      for (const vbd of await world.admin.refs('VM.get_VBDs', vm)) await world.admin.call('VBD.destroy', vbd);
      await world.delete();
    },
  },
  'its host dies, and the pool declares it dead': {
    ...QUICK_LOSS,
    happens: async (world) => {
      await expect.poll(() => world.status(), WAIT).toBe('RUNNING');
      await world.server.faults.crashHost({ host: world.node });
      await expect.poll(() => world.isNodeUp(), WAIT).toBe(false);
      const [host = ''] = await world.admin.refs('host.get_by_name_label', world.node);
      await world.admin.call('host.declare_dead', host);
    },
  },
  'its host dies, and nobody has declared it dead yet': {
    ...QUICK_LOSS,
    happens: async (world) => {
      await expect.poll(() => world.status(), WAIT).toBe('RUNNING');
      await world.server.faults.crashHost({ host: world.node });
      await expect.poll(() => world.isNodeUp(), WAIT).toBe(false);
      await world.isSweptOver();
    },
  },
  'its host dies, and no other has room': {
    ...QUICK_LOSS,
    pool: { cpus: 1 },
    instances: 2,
    happens: async (world) => {
      await expect.poll(() => world.status(), WAIT).toBe('RUNNING');
      await world.server.faults.crashHost({ host: world.node });
      await expect.poll(() => world.isNodeUp(), WAIT).toBe(false);
      const [host = ''] = await world.admin.refs('host.get_by_name_label', world.node);
      await world.admin.call('host.declare_dead', host);
      await world.isSweptOver();
    },
  },
  'the master’s toolstack restarts': {
    happens: async (world) => {
      await world.server.faults.crashMaster();
      await world.server.faults.restartMaster();
      await world.isSweptOver();
    },
  },
  'its suspension is refused: no guest tools, a device, no suspend storage': {
    template: WITHOUT_TOOLS,
    happens: async (world) => {
      await world.command('suspend');
      await world.isInTrouble('refused', 'no-guest-tools');
    },
  },
  'its suspension fails `manager.maxAttempts` times': {
    happens: async (world) => {
      const error = ['VM_FAILED_SUSPEND_ACKNOWLEDGMENT', 'a VM'] as const;
      await world.server.faults.fail({ method: 'VM.suspend', error, times: 999 });
      await world.command('suspend');
      await world.isInTrouble('failed', 'failed');
    },
  },
  'somebody cancels its suspension': {
    happens: async (world) => {
      await world.server.faults.slow({ method: 'VM.suspend', factor: 100 });
      await world.command('suspend');
      await world.cancel('VM.suspend');
      await world.isInTrouble('refused', 'cancelled-outside');
    },
  },
  'its reboot fails `manager.maxAttempts` times': {
    happens: async (world) => {
      await world.server.faults.fail({ method: 'VM.clean_reboot', ...FAILS });
      await world.command('reboot');
      await world.isInTrouble('failed', 'failed');
    },
  },
  'its reboot has to wait: its disk is in use': {
    happens: async (world) => {
      const error = ['SR_BACKEND_FAILURE_46', '', 'locked'] as const;
      await world.server.faults.fail({ method: 'VM.clean_reboot', error, times: 999 });
      await world.command('reboot');
      await world.isInTrouble('waits', 'disk-in-use');
    },
  },
  'its shutdown fails `manager.maxAttempts` times': {
    happens: async (world) => {
      await world.server.faults.fail({ method: 'VM.clean_shutdown', ...FAILS });
      await world.command('stop');
      await world.isInTrouble('failed', 'failed');
    },
  },
  'its node is drained, and its guest has no tools': {
    template: WITHOUT_TOOLS,
    happens: async (world) => {
      await world.drain();
      await world.isInTrouble('refused', 'no-guest-tools');
    },
  },
  'its node is drained, and the other processors are different': {
    happens: async (world) => {
      await world.server.faults.setCpu({ host: world.node === 'xen1' ? 'xen2' : 'xen1', features: '0' });
      await world.drain();
      await world.isInTrouble('refused', 'cpu-mismatch');
    },
  },
  'its node is drained, and the others are to be upgraded yet': {
    happens: async (world) => {
      await world.server.faults.setVersion({ host: world.node, version: '8.4.0' });
      await world.drain();
      await world.isInTrouble('waits', 'node-not-ready');
    },
  },
  'its start has to wait: its disk is in use, its node is being upgraded, memory is short': {
    beforehand: (server) =>
      server.faults.fail({ method: 'VM.start_on', error: ['SR_BACKEND_FAILURE_46', '', 'locked'], times: 8 }),
    happens: (world) => world.isInTrouble('waits', 'disk-in-use'),
  },
  'somebody cancels its start': {
    beforehand: (server) => server.faults.slow({ method: 'VM.start_on', factor: 300 }),
    happens: async (world) => {
      await world.cancel('VM.start_on');
      await world.server.faults.slow({ method: 'VM.start_on', factor: 1 });
    },
  },
  'its start has to wait to the end of its window': {
    ...SHORT,
    beforehand: (server) =>
      Promise.all(['xen1', 'xen2'].map((host) => server.faults.leaveMemory({ host, freeMib: 10 }))),
    happens: (world) => world.isInTrouble('waits', 'memory-short'),
  },
  'it has never run, and its start fails `manager.maxAttempts` times': {
    beforehand: (server) => server.faults.fail({ method: 'VM.start_on', ...FAILS }),
    happens: async () => undefined,
  },
  'another VM of its reservation cannot be brought up': {
    options: 1,
    happens: (world) => world.anotherFails(),
  },
  'another VM of its reservation cannot be brought up, and its window ends': {
    ...SHORT,
    options: 1,
    happens: (world) => world.anotherFails(),
  },
  'it has run, and its next start fails `manager.maxAttempts` times': {
    happens: async (world) => {
      await world.stop();
      await world.server.faults.fail({ method: 'VM.start_on', ...FAILS });
      await world.command('start');
      await world.isInTrouble('failed', 'failed');
    },
  },
  'it has run, its next start fails, and its window ends': {
    ...SHORT,
    happens: async (world) => {
      await world.stop();
      await world.server.faults.fail({ method: 'VM.start_on', ...FAILS });
      await world.command('start');
      await world.isInTrouble('failed', 'failed');
    },
  },
  'it is suspended to the storage of a host that is lost, and its user resumes it': {
    ...QUICK_LOSS,
    pool: { suspendsTo: 'local' },
    happens: async (world) => {
      await expect.poll(() => world.status(), WAIT).toBe('RUNNING');
      await world.command('suspend');
      await expect.poll(() => world.status(), WAIT).toBe('SUSPENDED');
      await world.server.faults.crashHost({ host: world.node });
      await expect.poll(() => world.isNodeUp(), WAIT).toBe(false);
      await world.command('resume');
      await world.isInTrouble('waits', 'image-out-of-reach');
    },
  },
  'a clone has the same marks of 0.1.0, and the same name': {
    happens: async (world) => {
      await world.stop();
      await world.betweenDaemons(async () => {
        const { admin, name } = world;
        const vm = await admin.text('VM.get_by_uuid', world.vm);
        await admin.call('VM.remove_from_other_config', vm, 'openpex:uuid');
        await admin.call('VM.clone', vm, name);
      });
    },
  },
  'its user deletes it': { happens: (world) => world.delete() },
  'its user deletes it, and its removal fails at first': {
    happens: async (world) => {
      for (const method of ['VM.destroy', 'VDI.destroy'])
        await world.server.faults.fail({ method, error: ['INTERNAL_ERROR', 'once'] });
      await world.delete();
    },
  },
  'its window ends': { ...SHORT, happens: async () => undefined },
};
