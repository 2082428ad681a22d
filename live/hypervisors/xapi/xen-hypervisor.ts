// A Xen pool as the hypervisor of a service: one connection for all lives, a dispatcher for each.
import { type ClusterSpec, type HostTimers, lostNodesOf } from '../../../engine/index.ts';
import { consoleOf } from '../console.ts';
import type { HypervisorLog } from '../definition.ts';
import type { Carrier, Hypervisor, LifeWorld } from '../hypervisor.ts';
import { Turns } from '../turns.ts';
import { PoolConnection } from './connection.ts';
import type { PoolTransport } from './pool-transport.ts';
import { readAll, type VmRecord, vmRecord } from './records.ts';
import { VmIdentity } from './vm-identity.ts';
import { MacPool } from './vm-making.ts';
import { VmWatch } from './vm-watch.ts';
import { XapiDispatcher } from './xapi-dispatcher.ts';
import { isUnclear, XenPool } from './xen-pool.ts';
import type { XenSettings } from './xen-settings.ts';

export interface XenHypervisorParts {
  readonly settings: XenSettings;
  readonly cluster: ClusterSpec;
  /** Marks what this service makes; the same for all daemons of one database. */
  readonly owner: string;
  /** Changes nothing in the pool. */
  readonly isHandsOff: boolean;
  readonly log: HypervisorLog;
  readonly host: HostTimers;
  /** Default: the network. */
  readonly transport?: PoolTransport;
}

export class XenHypervisor implements Hypervisor {
  readonly #parts: XenHypervisorParts;
  readonly #connection: PoolConnection;
  readonly #pool: XenPool;
  readonly #macs: MacPool;
  readonly #vmTurns = new Turns(1);
  readonly #nodeTurns: Turns;
  #vms: readonly VmRecord[] = [];
  #unclearVmIds: readonly string[] = [];

  private constructor(parts: XenHypervisorParts, connection: PoolConnection) {
    const { cluster, log, owner, settings } = parts;
    this.#parts = parts;
    this.#connection = connection;
    this.#pool = new XenPool({ connection, settings, cluster, log, identity: new VmIdentity(owner) });
    this.#macs = new MacPool(settings.macs);
    this.#nodeTurns = new Turns(settings.perHostConcurrency);
  }

  /** @throws PoolUnreachable, PoolFailure */
  static async open(parts: XenHypervisorParts): Promise<XenHypervisor> {
    const { host, isHandsOff, log, settings, transport } = parts;
    const connection = await PoolConnection.open({
      settings,
      log,
      host,
      readOnly: isHandsOff,
      ...(transport === undefined ? {} : { transport }),
    });
    return new XenHypervisor(parts, connection);
  }

  /** Reads which VMs there are. @throws PoolUnreachable */
  async ready(): Promise<void> {
    await this.#connection.whenConnected(this.#parts.settings.pace.connectTimeoutMs);
    this.#unclearVmIds = this.#parts.isHandsOff ? [] : await this.#completeOldMarks();
    this.#vms = await this.#readVms();
  }

  /** Completes marks of 0.1.0. @returns of which VMs nobody can tell which they are */
  async #completeOldMarks(): Promise<readonly string[]> {
    const { identity } = this.#pool;
    const unclear: string[] = [];
    for (const vmId of new Set((await this.#readVms()).flatMap((vm) => identity.oldVmIdOf(vm) ?? []))) {
      try {
        await this.#pool.findVms(vmId);
      } catch (error) {
        if (!isUnclear(error)) throw error;
        unclear.push(vmId);
        this.#parts.log.warn({ vmId, reason: error.message }, 'a VM is not recognised: it is left alone');
      }
    }
    return unclear;
  }

  async #readVms(): Promise<readonly VmRecord[]> {
    const all = await readAll(this.#connection, 'VM');
    return Array.from(all, ([ref, fields]) => vmRecord(ref, fields));
  }

  carry({ snapshot }: Pick<LifeWorld, 'snapshot'>): Carrier {
    const pool = this.#pool;
    const vmIds = snapshot?.reservations.flatMap(({ instances }) =>
      instances.flatMap(({ vm }) => vm?.vmId ?? []),
    );
    const watch = new VmWatch({
      pool,
      vmTurns: this.#vmTurns,
      vms: this.#vms,
      unclearVmIds: this.#unclearVmIds,
      wantedVmIds: vmIds ?? [],
      lostNodeIds: snapshot === undefined ? [] : lostNodesOf(snapshot),
      isHandsOff: this.#parts.isHandsOff,
    });
    const dispatcher = new XapiDispatcher({
      pool,
      watch,
      macs: this.#macs,
      vmTurns: this.#vmTurns,
      nodeTurns: this.#nodeTurns,
    });
    return {
      dispatcher,
      consoleOf: (vmId) =>
        consoleOf(pool.settings.console, { vmId, vmUuid: watch.uuidOf(vmId), node: watch.nodeOf(vmId) }),
      end: () => dispatcher.end(),
    };
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }
}
