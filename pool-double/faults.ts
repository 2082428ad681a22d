// The switches: everything that can go wrong with a pool, to be turned on and off while it runs. Hosts and VMs are named by
// name, uuid, reference or, hosts, address; what is not named does not exist for the switch, and says so.
import type { Cluster, InFlight } from './cluster.ts';
import { type ClassName, NULL, type XapiValue } from './data-model.ts';
import { XapiFailure } from './errors.ts';
import type { Events } from './events.ts';
import type { InjectedFailure, Injections } from './injections.ts';
import { UPGRADING } from './placement.ts';
import type { Toolstack } from './toolstack.ts';
import type { Verbs } from './verbs.ts';

export interface FaultParts {
  readonly toolstack: Toolstack;
  readonly cluster: Cluster;
  readonly injections: Injections;
  readonly events: Events;
  readonly verbs: Verbs;
}

type HostNamed = { readonly host: string };
type VmNamed = { readonly vm: string };

export class Faults {
  readonly #toolstack: Toolstack;
  readonly #cluster: Cluster;
  readonly #injections: Injections;
  readonly #events: Events;
  readonly #verbs: Verbs;

  constructor({ toolstack, cluster, injections, events, verbs }: FaultParts) {
    this.#toolstack = toolstack;
    this.#cluster = cluster;
    this.#injections = injections;
    this.#events = events;
    this.#verbs = verbs;
  }

  /** Another host becomes master, as by pool.designate_new_master or, when the old one is dead, by an emergency transition. */
  async handOverMaster({ host }: HostNamed): Promise<void> {
    await this.#cluster.handOver(this.#host(host));
  }

  /** The master's toolstack dies; it stays down until `restartMaster`. Sessions and tasks are lost, the database is not. */
  async crashMaster({ inFlight = 'abandoned' }: { readonly inFlight?: InFlight } = {}): Promise<void> {
    await this.#cluster.crashMaster(inFlight);
  }

  async restartMaster(): Promise<void> {
    await this.#cluster.restartMaster();
  }

  /** A machine dies. Its VMs stay Running in the database until it is declared dead, returns, or they are reset. */
  async crashHost({ host }: HostNamed): Promise<void> {
    await this.#cluster.crashHost(this.#host(host));
  }

  async returnHost({ host }: HostNamed): Promise<void> {
    await this.#cluster.returnHost(this.#host(host));
  }

  /** A toolstack in emergency mode answers every call with a bare array; `error: null` ends it. */
  async setEmergency({
    host,
    error = ['HOST_STILL_BOOTING'],
  }: HostNamed & { readonly error?: readonly [string, ...string[]] | null }): Promise<void> {
    this.#cluster.setEmergency(this.#host(host), error ?? undefined);
  }

  async invalidateSessions(): Promise<void> {
    this.#toolstack.sessions.endAll();
  }

  /** While stalled, event.from does not answer. */
  async stallEvents({ stalled }: { readonly stalled: boolean }): Promise<void> {
    this.#events.stall(stalled);
  }

  /** Makes a method (`*` all) take `factor` times as long from its next step on; 1 ends it. */
  async slow({ method, factor }: { readonly method: string; readonly factor: number }): Promise<void> {
    this.#toolstack.pace.slow(method, factor);
  }

  /** Lets the next `times` calls of a method fail, before they have any effect or after all of it. */
  async fail({
    method,
    error,
    times = 1,
    afterEffect = false,
  }: Pick<InjectedFailure, 'method' | 'error'> & Partial<InjectedFailure>): Promise<void> {
    this.#injections.fail({ method, error, times, afterEffect });
  }

  /** The records of tasks under way vanish, of one method or of all; the operations go on. Returns how many. */
  async loseTasks({ method }: { readonly method?: string } = {}): Promise<number> {
    return this.#toolstack.tasks.loseRecords(method);
  }

  /** Takes all of a host's free memory but so much; null gives it back. */
  async leaveMemory({ host, freeMib }: HostNamed & { readonly freeMib: number | null }): Promise<void> {
    const { placement } = this.#toolstack;
    const ref = this.#host(host);
    placement.withhold(ref, 0);
    if (freeMib !== null) placement.withhold(ref, Math.max(0, placement.freeMemory(ref) - freeMib * 2 ** 20));
  }

  /** Others fill an SR up to so much; null takes that away again. */
  async fillStorage({
    sr,
    freeGib,
  }: {
    readonly sr: string;
    readonly freeGib: number | null;
  }): Promise<void> {
    const freeBytes = freeGib === null ? undefined : freeGib * 2 ** 30;
    this.#toolstack.storage.fill(this.#object('SR', sr), freeBytes);
  }

  /** A clock that is ahead, or behind. */
  async setClock({ host, aheadMs }: HostNamed & { readonly aheadMs: number }): Promise<void> {
    this.#toolstack.nodes.get(this.#host(host)).clockOffsetMs = aheadMs;
  }

  /** What a host tells of its processors: none when `count` is 0. `features` as words of hexadecimal digits. */
  async setCpu({
    host,
    count,
    features,
  }: HostNamed & { readonly count?: number; readonly features?: string }): Promise<void> {
    const { store } = this.#toolstack;
    const ref = this.#host(host);
    const { cpu_info } = store.get('host', ref);
    const told = {
      ...cpu_info,
      ...(count === undefined ? {} : { cpu_count: String(count) }),
      ...(features === undefined ? {} : { features_hvm: features, features_pv: features }),
    };
    store.update('host', ref, { cpu_info: count === 0 ? {} : told });
  }

  /** A host is upgraded, or not yet: while hosts differ, an upgrade of the pool is in progress. */
  async setVersion({ host, version }: HostNamed & { readonly version: string }): Promise<void> {
    const { store, nodes, operations } = this.#toolstack;
    const ref = this.#host(host);
    const { software_version } = store.get('host', ref);
    store.update('host', ref, { software_version: { ...software_version, product_version: version } });
    const versions = new Set(store.all('host').map(([, each]) => each.software_version['product_version']));
    const { [UPGRADING]: _before, ...other_config } = store.get('pool', nodes.pool).other_config;
    store.update('pool', nodes.pool, {
      other_config: versions.size > 1 ? { ...other_config, [UPGRADING]: 'true' } : other_config,
    });
    for (const [vm] of store.all('VM')) operations.refresh(vm);
  }

  /** A machine that was ejected joins the pool again. */
  async joinHost({ address }: { readonly address: string }): Promise<void> {
    await this.#cluster.join(address);
  }

  /** Cuts an SR off from a host, or from all, whatever uses it. */
  async setStorage({
    sr,
    host,
    attached,
  }: {
    readonly sr: string;
    readonly host?: string;
    readonly attached: boolean;
  }): Promise<void> {
    const { store } = this.#toolstack;
    const only = host === undefined ? undefined : this.#host(host);
    for (const pbd of store.get('SR', this.#object('SR', sr)).PBDs) {
      if (only === undefined || store.get('PBD', pbd).host === only) {
        store.update('PBD', pbd, { currently_attached: attached });
      }
    }
  }

  /** A guest, or every guest, that does not hear when it is asked to shut down. */
  async setDeaf({ vm, deaf }: { readonly vm?: string; readonly deaf: boolean }): Promise<void> {
    this.#toolstack.guests.setDeaf(vm === undefined ? undefined : this.#object('VM', vm), deaf);
  }

  /** What follows is the VM's actions_after_crash, unless said. */
  async crashGuest({ vm, action }: VmNamed & { readonly action?: 'destroy' | 'restart' }): Promise<void> {
    const ref = this.#running(vm);
    const follows = action ?? this.#toolstack.store.get('VM', ref).actions_after_crash;
    this.#toolstack.messages.tell('VM_CRASHED', ref, 'has crashed');
    if (follows.includes('restart')) this.#toolstack.domains.reboot(ref);
    else this.#toolstack.domains.halt(ref);
  }

  /** Somebody logged in to the guest and shut it down. */
  async shutDownInside({ vm }: VmNamed): Promise<void> {
    this.#toolstack.domains.halt(this.#running(vm));
  }

  /** Somebody at another console sends a VM message: `VM.hard_shutdown`, `VM.pool_migrate` with the host, … */
  async atAnotherConsole({
    vm,
    method,
    host,
  }: VmNamed & { readonly method: string; readonly host?: string }): Promise<void> {
    const ref = this.#object('VM', vm);
    const verb = this.#verbs[method];
    if (verb?.params[0] !== 'ref VM') throw new XapiFailure('MESSAGE_METHOD_UNKNOWN', method);
    const args = verb.params.map((type): XapiValue => {
      if (type === 'ref VM') return ref;
      if (type === 'ref host') return host === undefined ? NULL : this.#host(host);
      return type === 'bool' ? false : {};
    });
    const job = {
      method,
      session: '',
      result: verb.result,
      run: (call: Parameters<typeof verb.run>[0]) => verb.run(call, args),
    };
    await this.#toolstack.tasks.runNow(job, undefined);
  }

  /** A host, or every host, refuses connections and drops those it has; what runs there goes on. */
  async setNetwork({ host, up }: { readonly host?: string; readonly up: boolean }): Promise<void> {
    const hosts =
      host === undefined ? this.#toolstack.nodes.all().map((node) => node.host) : [this.#host(host)];
    await Promise.all(hosts.map((each) => this.#cluster.setNetwork(each, up)));
  }

  /** Milliseconds before every answer. */
  async setLatency({ ms }: { readonly ms: number }): Promise<void> {
    this.#injections.latencyMs = ms;
  }

  /** Forgets injected failures that have not struck, slowness of all, latency, a stall and deafness. */
  async clear(): Promise<void> {
    this.#injections.clear();
    this.#toolstack.pace.clearSlowness();
    this.#events.stall(false);
    this.#toolstack.guests.setDeaf(undefined, false);
  }

  #running(name: string): string {
    const ref = this.#object('VM', name);
    const { power_state } = this.#toolstack.store.get('VM', ref);
    if (power_state === 'Running') return ref;
    throw new XapiFailure('VM_BAD_POWER_STATE', ref, 'running', power_state.toLowerCase());
  }

  #host(name: string): string {
    const byAddress = this.#toolstack.nodes.all().find(({ address }) => address === name);
    return byAddress?.host ?? this.#object('host', name);
  }

  #object(className: ClassName & ('VM' | 'host' | 'SR'), name: string): string {
    const found = this.#toolstack.store
      .all(className)
      .find(([ref, { uuid, name_label }]) => [ref, uuid, name_label].includes(name));
    if (found === undefined) throw new XapiFailure('HANDLE_INVALID', className, name);
    return found[0];
  }
}
