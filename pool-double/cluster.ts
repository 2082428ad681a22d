// The pool as several machines: toolstacks that restart and forget, machines that die and come back, and who is master.
import { setImmediate as turn } from 'node:timers/promises';
import type { Door } from './door.ts';
import { XapiFailure } from './errors.ts';
import type { HostActions } from './methods/hosts.ts';
import type { PoolDescription } from './pool-description.ts';
import { addMember, removeMember } from './pool-setup.ts';
import type { Toolstack } from './toolstack.ts';

/** What becomes of operations under way when the toolstack dies: the hosts drop them, or bring them to their end. */
export type InFlight = 'abandoned' | 'completed';

export class Cluster implements HostActions {
  readonly #toolstack: Toolstack;
  readonly #pool: PoolDescription;
  /** By address. */
  readonly #doors: ReadonlyMap<string, Door>;

  constructor(toolstack: Toolstack, pool: PoolDescription, doors: ReadonlyMap<string, Door>) {
    this.#toolstack = toolstack;
    this.#pool = pool;
    this.#doors = doors;
  }

  /** Another host becomes master; every toolstack restarts, and all is back when the promise resolves. */
  async handOver(host: string): Promise<void> {
    const { store, nodes } = this.#toolstack;
    if (!nodes.isAlive(host)) throw new XapiFailure('HOST_OFFLINE', host);
    store.update('pool', nodes.pool, { master: host });
    for (const node of nodes.all()) node.emergency = undefined;
    const alive = nodes.all().filter((node) => nodes.isAlive(node.host));
    await Promise.all(alive.map((node) => this.#door(node.host).block('toolstack')));
    this.#forget();
    await this.#restart(alive.map((node) => node.host));
  }

  designateNewMaster(host: string): void {
    // The call that asked for it is still answered.
    this.#toolstack.pace.after(20, () => {
      // A host that dies in these milliseconds becomes no master: the pool stays as it is.
      this.handOver(host).catch(() => undefined);
    });
  }

  /** The master's toolstack is gone, with its sessions and tasks, until it is restarted. */
  async crashMaster(inFlight: InFlight): Promise<void> {
    const { nodes, pace } = this.#toolstack;
    const { host } = nodes.master;
    const shut = this.#door(host).block('toolstack');
    if (inFlight === 'completed') {
      // Operations are a few steps each: every turn takes each a step further.
      for (let step = 0; step < 8; step += 1) {
        pace.hurry();
        await turn();
      }
    }
    this.#forget();
    await shut;
  }

  async restartMaster(): Promise<void> {
    await this.#door(this.#toolstack.nodes.master.host).unblock('toolstack');
  }

  /** A machine dies, and its VMs with it. The database learns of it when the heartbeat has been missing for long enough. */
  async crashHost(host: string): Promise<void> {
    const { nodes, guests, store, pace } = this.#toolstack;
    const wasMaster = nodes.master.host === host;
    nodes.kill(host);
    for (const vm of store.get('host', host).resident_VMs) guests.stop(vm);
    if (wasMaster) this.#forget();
    const death = nodes.get(host).life;
    pace.after(pace.ms('heartbeatTimeout'), () => {
      if (nodes.get(host).life === death) this.#setLive(host, false);
    });
    await this.#door(host).block('machine');
  }

  /** A machine boots: without the VMs that it had. */
  async returnHost(host: string): Promise<void> {
    const { nodes, domains } = this.#toolstack;
    if (nodes.isAlive(host)) return;
    nodes.revive(host);
    domains.haltAllOn(host);
    this.#setLive(host, true);
    await this.#door(host).unblock('machine');
  }

  /** The pool forgets a member, which is emptied and switched off. */
  eject(host: string): void {
    const { nodes, placement } = this.#toolstack;
    placement.withhold(host, 0);
    void this.#door(host).block('machine');
    nodes.leave(host);
    removeMember(this.#toolstack, host);
  }

  /** A machine that was ejected joins again, freshly installed: as another host with the same name and address. */
  async join(address: string): Promise<void> {
    const index = [...this.#doors.keys()].indexOf(address);
    const { host } = this.#toolstack.nodes.join(address, () =>
      addMember(this.#toolstack, this.#pool, { address, index }),
    );
    await this.#door(host).unblock('machine');
  }

  declareDead(host: string): void {
    this.#setLive(host, false);
    this.#toolstack.domains.haltAllOn(host);
  }

  /** A toolstack that answers every call with an error of its own; undefined ends it. */
  setEmergency(host: string, error: readonly [code: string, ...params: string[]] | undefined): void {
    this.#toolstack.nodes.get(host).emergency = error === undefined ? undefined : new XapiFailure(...error);
  }

  async setNetwork(host: string, up: boolean): Promise<void> {
    await (up ? this.#door(host).unblock('network') : this.#door(host).block('network'));
  }

  /** What lives in the memory of a toolstack is gone; what the hosts do not do any more is not under way any more. */
  #forget(): void {
    const { sessions, tasks, operations } = this.#toolstack;
    sessions.endAll();
    tasks.loseAll();
    operations.forget();
  }

  async #restart(hosts: readonly string[]): Promise<void> {
    const { pace } = this.#toolstack;
    await new Promise<void>((resolve) => pace.after(pace.ms('toolstackRestart'), resolve));
    await Promise.all(hosts.map((host) => this.#door(host).unblock('toolstack')));
  }

  #setLive(host: string, live: boolean): void {
    const { store } = this.#toolstack;
    store.update('host_metrics', store.get('host', host).metrics, { live });
    store.touch('host', host);
  }

  #door(host: string): Door {
    const door = this.#doors.get(this.#toolstack.nodes.get(host).address);
    if (door === undefined) throw new XapiFailure('HANDLE_INVALID', 'host', host);
    return door;
  }
}
