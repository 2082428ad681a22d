// A Xen pool that outlives the service: the pool double, called within the process, and the service's own hypervisor `xapi` on it. Each call that
// changes something passes a gate where a fault may find it, as statements of the database do.
import { type HostTimers, Rng, type VmObservation } from '../../engine/index.ts';
import { NoConnection, XapiFailure } from '../../pool-double/errors.ts';
import { type InnerPool, startInnerPool } from '../../pool-double/pool.ts';
import { USUAL_POOL } from '../../pool-double/pool-description.ts';
import type { ServedProvider } from '../../scenarios/load/served-provider.ts';
import type { Hypervisor } from '../hypervisors/hypervisor.ts';
import type { PoolTransport } from '../hypervisors/xapi/pool-transport.ts';
import { fieldsOf, textMap, type VmRecord, vmRecord } from '../hypervisors/xapi/records.ts';
import { VmIdentity } from '../hypervisors/xapi/vm-identity.ts';
import { WaitingTime } from '../hypervisors/xapi/waiting-time.ts';
import { XenHypervisor } from '../hypervisors/xapi/xen-hypervisor.ts';
import { USUAL_PACE, type XenSettings } from '../hypervisors/xapi/xen-settings.ts';
import { InnerPoolClient, type PoolCall } from './inner-pool-client.ts';
import type { PoolFault } from './service-story.ts';
import type { HostedProcess, StoryHosts } from './story-hosts.ts';
import type { WorldTime } from './world-time.ts';

/**
 * What happens to a call that changes something.
 * - dies-before, dies-after: the process is killed when it sends it, or when the pool has taken it and nobody knows yet
 * - unanswered: it is carried out, and the connection is lost before the answer
 */
export type CallFault = 'dies-before' | 'dies-after' | 'unanswered';

export interface PoolHostsParts {
  readonly time: WorldTime;
  readonly provider: ServedProvider;
  /** Asked about each call of a living process that changes something, in order. */
  readonly faultOf: (method: string) => CallFault | undefined;
  /** The process that sent a call is to be killed. */
  readonly onDeath: () => void;
}

const SECOND = 1_000;
const OWNER = '0badcafe';
const TEMPLATE = 'Debian';
const QUIET = { info() {}, warn() {} };
/** What a host keeps for itself, and more than enough for what VMs need beside their memory. */
const HOST_SPARE_MIB = 4_096;

/** About what the provider of a story reckons with. */
const DURATIONS = {
  clone: 3 * SECOND,
  provision: SECOND,
  start: 9 * SECOND,
  resume: 7 * SECOND,
  suspend: 7 * SECOND,
  destroy: SECOND,
  hardShutdown: 2 * SECOND,
  cleanShutdown: 5 * SECOND,
  cleanShutdownTimeout: 1_200 * SECOND,
  migrate: 18 * SECOND,
  guestBoot: 10 * SECOND,
  guestAddress: 5 * SECOND,
  disk: SECOND / 2,
  failedLogin: 5 * SECOND,
  heartbeatTimeout: 30 * SECOND,
  contactTimeout: 10 * SECOND,
  toolstackRestart: 20 * SECOND,
} as const;

const SETTINGS: Omit<XenSettings, 'url'> = {
  user: 'root',
  password: 'xen',
  allowUnauthorized: false,
  hosts: [],
  transport: 'json-rpc',
  nodeNames: 'name',
  templates: { by: 'prefix', text: TEMPLATE },
  clone: 'fast',
  storageRepository: undefined,
  network: undefined,
  macs: [],
  stopGraceMs: 60 * SECOND,
  operationTimeoutMs: 600 * SECOND,
  perHostConcurrency: 4,
  console: undefined,
  resetLostVms: true,
  pace: USUAL_PACE,
};

/** So long what has changed may be unknown to the service: until the next look at everything, and what follows from it. */
const UNKNOWN_MS = SETTINGS.pace.sweepMs + 30 * SECOND;

/** Calls that change nothing, or nothing but who is listening. */
const HARMLESS = /\.(get_|assert_|get$)|^(session|event|system|task)\./;

export class PoolHosts implements StoryHosts {
  readonly #parts: PoolHostsParts;
  readonly #pool: InnerPool;
  readonly #identity = new VmIdentity(OWNER);
  readonly #failures: Rng;
  readonly #failureShare: number;
  /** By VM: when it last changed. */
  readonly #changedMs = new Map<string, number>();
  #isBlind = false;

  constructor(parts: PoolHostsParts) {
    const { provider, time } = parts;
    const { cluster } = provider;
    const { faults, seed } = provider.setup();
    const rng = Rng.fromSeed(seed);
    const names = rng.stream('names of the pool');
    this.#parts = parts;
    this.#failures = rng.stream('operations of the pool');
    this.#failureShare = faults.operationFailure;
    const [{ capacity }] = cluster.nodes as [(typeof cluster.nodes)[number]];
    const [template] = USUAL_POOL.templates;
    this.#pool = startInnerPool({
      pool: {
        hosts: cluster.nodes.length,
        cpus: capacity.milliCpus / 1_000,
        memoryMib: capacity.memoryMib + HOST_SPARE_MIB,
        templates: [{ ...template!, name: TEMPLATE }],
      },
      durations: DURATIONS,
      machine: {
        now: () => time.now(),
        setTimer: (wake, delayMs) => time.timer(delayMs, wake),
        clearTimer: (timer) => time.clear(timer),
      },
      chance: (count) => Uint8Array.from({ length: count }, () => names.integer(0, 255)),
    });
    this.#pool.toolstack.store.onChange((className, ref) => {
      if (className === 'VM') this.#changedMs.set(ref, time.now());
      time.stir();
    });
  }

  get isBlind(): boolean {
    return this.#isBlind;
  }

  set isBlind(isBlind: boolean) {
    this.#isBlind = isBlind;
    this.#do(this.#pool.faults.setNetwork({ up: !isBlind }));
  }

  look(): readonly VmObservation[] {
    return this.#vms().map(({ vm, vmId }) => ({
      vmId,
      state: this.#identity.isComplete(vm) ? STATES[vm.powerState] : 'NOT_PROVISIONED',
      nodeId: null,
      loadPermille: 0,
    }));
  }

  isBusy(vmId: string): boolean {
    return this.#vms().some(
      ({ vm, vmId: of }) =>
        of === vmId &&
        (Object.keys(vm.operations).length > 0 ||
          this.#parts.time.now() - (this.#changedMs.get(vm.ref) ?? 0) < UNKNOWN_MS),
    );
  }

  reservationOf(vmId: string): string | undefined {
    return this.#vms().find((each) => each.vmId === vmId)?.vm.otherConfig['openpex:reservation'];
  }

  leftovers(): readonly string[] {
    return this.#pool.toolstack.store.all('VDI').flatMap(([, { VBDs, other_config, uuid }]) => {
      const vmId = this.#identity.vmIdOfDisk({ uuid, otherConfig: textMap(other_config) });
      return vmId === undefined || VBDs.length > 0 ? [] : [`disk ${uuid} of VM ${vmId}`];
    });
  }

  stopFromOutside(number: number): boolean {
    const vm = this.#idleRunning(number);
    if (vm === undefined) return false;
    this.#do(this.#pool.faults.atAnotherConsole({ vm: vm.uuid, method: 'VM.hard_shutdown' }));
    return true;
  }

  failNode(nodeId: string): void {
    this.#do(this.#pool.faults.crashHost({ host: nodeId }));
  }

  returnNode(nodeId: string): void {
    this.#do(this.#pool.faults.returnHost({ host: nodeId }));
  }

  /** @returns whether there was anything to go wrong */
  strike(fault: PoolFault): boolean {
    const { faults } = this.#pool;
    const { time } = this.#parts;
    switch (fault.kind) {
      case 'pool-away':
        this.#do(faults.setNetwork({ up: false }));
        time.after(fault.forMs, () => this.#do(faults.setNetwork({ up: !this.#isBlind })));
        return true;
      case 'slow-pool':
        this.#do(faults.setLatency({ ms: fault.latencyMs }));
        this.#do(faults.slow({ method: '*', factor: fault.factor }));
        time.after(fault.forMs, () => {
          this.#do(faults.setLatency({ ms: 0 }));
          this.#do(faults.slow({ method: '*', factor: 1 }));
        });
        return true;
      case 'stalled-events':
        this.#do(faults.stallEvents({ stalled: true }));
        time.after(fault.forMs, () => this.#do(faults.stallEvents({ stalled: false })));
        return true;
      case 'master-change': {
        const { nodes } = this.#pool.toolstack;
        const others = nodes.all().filter(({ host }) => host !== nodes.master.host && nodes.isAlive(host));
        const next = others[fault.node % Math.max(1, others.length)];
        if (next === undefined) return false;
        this.#do(faults.handOverMaster({ host: next.host }));
        return true;
      }
      case 'toolstack-crash':
        // What the hosts still bring to its end takes turns of the event loop, and no time.
        this.#do(time.during(() => faults.crashMaster({ inFlight: fault.inFlight })));
        time.after(fault.forMs, () => this.#do(faults.restartMaster()));
        return true;
      case 'lost-tasks':
        this.#do(faults.loseTasks());
        return true;
      case 'guest-crash': {
        const vm = this.#idleRunning(fault.vm);
        if (vm === undefined) return false;
        this.#do(faults.crashGuest({ vm: vm.uuid, action: fault.action }));
        return true;
      }
    }
  }

  forProcess(process: HostedProcess): Hypervisor {
    const { host } = process;
    const transport = process.replaced(this.#transport(process, host));
    let opened: Promise<XenHypervisor> | undefined;
    let hypervisor: XenHypervisor | undefined;
    return {
      ready: async () => {
        opened ??= XenHypervisor.open({
          settings: { ...SETTINGS, url: `http://${this.#pool.addresses[0]}` },
          cluster: this.#parts.provider.cluster,
          owner: OWNER,
          isHandsOff: false,
          log: QUIET,
          host,
          transport,
        });
        try {
          hypervisor = await opened;
        } catch (error) {
          opened = undefined;
          throw error;
        }
        await hypervisor.ready();
      },
      carry: (world) => hypervisor!.carry(world),
      close: async () => {
        await hypervisor?.close();
      },
    };
  }

  close(): void {
    this.#pool.stop();
  }

  #transport({ isDead }: HostedProcess, host: HostTimers): PoolTransport {
    const time = new WaitingTime(host);
    const call: PoolCall = async (address, method, params, gone) => {
      const heard = async (answer: Promise<unknown>) => {
        const outcome = await answer.then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
        this.#parts.time.stir();
        // The dead hear nothing.
        if (isDead()) return never();
        if ('error' in outcome) throw outcome.error;
        return outcome.value;
      };
      if (isDead()) return never();
      const fault = HARMLESS.test(method) ? undefined : this.#parts.faultOf(method);
      if (fault === 'dies-before') {
        this.#parts.onDeath();
        return never();
      }
      if (this.#isToFail(method)) throw new XapiFailure('INTERNAL_ERROR', 'as the story has it');
      const answer = this.#pool.call(address, method, params as Parameters<InnerPool['call']>[2], gone);
      if (fault === 'dies-after') this.#parts.onDeath();
      const value = await heard(answer);
      if (fault === 'unanswered') throw new NoConnection(address, true);
      return value;
    };
    return {
      client: async (options) => new InnerPoolClient({ options, time, call }),
      page: async (url) => {
        const answer = this.#pool.loads(url.hostname, url.searchParams, new AbortController().signal);
        const page = await answer.then(
          (body) => ({ body }),
          (error: unknown) => ({ error }),
        );
        if (isDead()) return never();
        if ('error' in page) throw page.error;
        return page.body;
      },
    };
  }

  #isToFail(method: string): boolean {
    return method.startsWith('Async.') && this.#failures.next() < this.#failureShare;
  }

  /** One of those that run on a host that lives, and that nothing is done to. */
  #idleRunning(number: number): VmRecord | undefined {
    const { nodes } = this.#pool.toolstack;
    const idle = this.#vms().flatMap(({ vm }) =>
      vm.powerState === 'Running' &&
      Object.keys(vm.operations).length === 0 &&
      vm.residentOn !== undefined &&
      nodes.isAlive(vm.residentOn)
        ? [vm]
        : [],
    );
    return idle[number % Math.max(1, idle.length)];
  }

  /** Ours, complete or half-made. */
  #vms(): { readonly vmId: string; readonly vm: VmRecord }[] {
    return this.#pool.toolstack.store.all('VM').flatMap(([ref, fields]) => {
      const vm = vmRecord(ref, fieldsOf(fields));
      const vmId = this.#identity.vmIdOf(vm);
      return vmId === undefined ? [] : [{ vmId, vm }];
    });
  }

  /** What a switch cannot do at present is not done. */
  #do(switched: Promise<unknown>): void {
    switched.then(
      () => this.#parts.time.stir(),
      () => undefined,
    );
  }
}

const STATES: Readonly<Record<VmRecord['powerState'], VmObservation['state']>> = {
  Halted: 'HALTED',
  Paused: 'PAUSED',
  Running: 'RUNNING',
  Suspended: 'SUSPENDED',
  Unknown: 'UNRECOGNIZED',
};

/** The end of the dead; one each, so that nothing keeps them. */
function never(): Promise<never> {
  return new Promise(() => {});
}
