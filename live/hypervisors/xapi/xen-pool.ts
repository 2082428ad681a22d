// A pool as the operations on VMs see it: the connection with what is known beside it, and how VMs, nodes and other things of the pool
// are found again by the names that we keep.

import { type ClusterSpec, DispatcherError } from '../../../engine/index.ts';
import type { HypervisorLog } from '../definition.ts';
import type { PoolConnection } from './connection.ts';
import { PoolFailure } from './pool-error.ts';
import {
  fieldsOf,
  readRecord,
  readVm,
  reference,
  text,
  textMap,
  texts,
  type VmRecord,
  vmRecord,
} from './records.ts';
import { findTemplates, type PoolTemplate } from './templates.ts';
import type { DiskMarks, VmIdentity } from './vm-identity.ts';
import type { XenSettings } from './xen-settings.ts';

export interface XenPoolParts {
  readonly connection: PoolConnection;
  readonly settings: XenSettings;
  readonly identity: VmIdentity;
  readonly cluster: ClusterSpec;
  readonly log: HypervisorLog;
}

interface LooseDisk {
  /** That had it. */
  readonly vmId: string;
  readonly ref: string;
  readonly uuid: string;
  readonly isBeingRemoved: boolean;
}

export class XenPool {
  readonly connection: PoolConnection;
  readonly settings: XenSettings;
  readonly identity: VmIdentity;
  readonly log: HypervisorLog;
  readonly #nodeIds: ReadonlySet<string>;
  /** Clones under way that this process did not begin, or lost sight of: by task. */
  #foreignClones: ReadonlySet<string>;

  constructor({ cluster, connection, identity, log, settings }: XenPoolParts) {
    this.connection = connection;
    this.settings = settings;
    this.identity = identity;
    this.log = log;
    this.#nodeIds = new Set(cluster.nodes.map(({ nodeId }) => nodeId));
    this.#foreignClones = this.#clonesUnderWay();
    connection.onReconnected(() => {
      this.#foreignClones = this.#clonesUnderWay();
    });
  }

  // VMs

  /** Fresh records of a VM of ours: what is complete comes before what is still being made. More than one only after an accident. */
  async findVms(vmId: string): Promise<readonly VmRecord[]> {
    const named = texts(await this.connection.call('VM.get_by_name_label', this.identity.nameOf(vmId)));
    // Somebody may have renamed it.
    const marked = this.connection
      .records('VM')
      .filter(({ other_config }) => this.identity.isMarkedAs(vmId, fieldsOf(other_config)))
      .map(({ $ref }) => $ref);
    const refs = [...new Set([...named, ...marked])];
    const found = (await Promise.all(refs.map((ref) => readVm(this.connection, ref)))).filter(
      (vm) => vm !== undefined,
    );
    const ours = found.filter((vm) => this.identity.vmIdOf(vm) === vmId);
    if (ours.length > 0) return ours.sort((a, b) => this.#rank(a) - this.#rank(b));
    const old = found.filter((vm) => this.identity.oldVmIdOf(vm) === vmId);
    return old.length === 0 ? [] : [await this.#completeMarks(vmId, old)];
  }

  /**
   * Completes the marks of 0.1.0, of the one VM that has our name.
   * @throws DispatcherError REFUSED when there is not one: a clone has the same marks, and somebody may have renamed ours
   */
  async #completeMarks(vmId: string, old: readonly VmRecord[]): Promise<VmRecord> {
    const name = this.identity.nameOf(vmId);
    const [vm, ...others] = old.filter((each) => each.name === name);
    if (vm === undefined || others.length > 0)
      throw new DispatcherError(
        'REFUSED',
        `the pool has ${old.length} VMs with the marks of ${vmId}, ${vm === undefined ? 'none' : others.length + 1} of them called "${name}"; take other_config openpex:vm off those that are copies, and call the other so`,
        'identity-unclear',
      );
    for (const vbd of vm.vbds) {
      const ref = reference(fieldsOf(await readRecord(this.connection, 'VBD', vbd))['VDI']);
      const disk = ref === undefined ? undefined : await readRecord(this.connection, 'VDI', ref);
      if (ref === undefined || disk === undefined) continue;
      const marks = diskMarks(disk);
      if (this.identity.oldVmIdOfDisk(marks) === vmId && texts(disk['VBDs']).length === 1)
        await this.connection.call('VDI.set_other_config', ref, this.identity.ofDisk(marks, vmId));
    }
    const otherConfig = this.identity.complete(vm);
    await this.connection.call('VM.set_other_config', vm.ref, otherConfig);
    return { ...vm, otherConfig };
  }

  /** A fresh record of a VM that is complete. */
  async findVm(vmId: string): Promise<VmRecord | undefined> {
    return (await this.findVms(vmId)).find((vm) => this.identity.isComplete(vm));
  }

  /** What is known of our VMs without a question, by our ids; also of those that are still being made. */
  knownVms(): { readonly vmId: string; readonly vm: VmRecord }[] {
    return this.connection.records('VM').flatMap((record) => {
      const vm = vmRecord(record.$ref, record);
      const vmId = this.identity.vmIdOf(vm);
      return vmId === undefined ? [] : [{ vmId, vm }];
    });
  }

  /** Disks of ours that no VM has: a removal was interrupted, or somebody has taken them off. */
  looseDisks(): readonly LooseDisk[] {
    return this.connection.records('VDI').flatMap((record) => {
      if (texts(record['VBDs']).length > 0 || record['is_a_snapshot'] === true) return [];
      const { $ref: ref, uuid } = record;
      const marks = diskMarks(record);
      const vmId = this.identity.vmIdOfDisk(marks);
      return vmId === undefined
        ? []
        : [{ vmId, ref, uuid, isBeingRemoved: this.identity.isBeingRemoved(marks) }];
    });
  }

  get foreignClones(): ReadonlySet<string> {
    return this.#foreignClones;
  }

  template(name: string): PoolTemplate | undefined {
    return findTemplates(this.#vmRecords(), this.settings.templates).find(
      (template) => template.name === name,
    );
  }

  // Nodes

  /** Undefined when the pool has no such host at present. */
  hostOf(nodeId: string): { readonly ref: string; readonly address: string } | undefined {
    if (!this.#nodeIds.has(nodeId)) return undefined;
    const host = this.connection.records('host').find((record) => this.#nodeIdOfHost(record) === nodeId);
    return host === undefined ? undefined : { ref: host.$ref, address: text(host['address']) };
  }

  /** Undefined for a host that is not one of our nodes. */
  nodeOf(hostRef: string | undefined): string | undefined {
    const host = hostRef === undefined ? undefined : this.connection.record(hostRef);
    const nodeId = host === undefined ? undefined : this.#nodeIdOfHost(host);
    return nodeId !== undefined && this.#nodeIds.has(nodeId) ? nodeId : undefined;
  }

  /** Whether the pool hears the heartbeat of each of our nodes; nodes that it does not have are not alive. */
  livingNodes(): ReadonlyMap<string, boolean> {
    const living = new Map([...this.#nodeIds].map((nodeId) => [nodeId, false]));
    for (const host of this.connection.records('host')) {
      const nodeId = this.#nodeIdOfHost(host);
      if (living.has(nodeId)) living.set(nodeId, this.isLive(host.$ref));
    }
    return living;
  }

  isLive(hostRef: string): boolean {
    const metrics = reference(this.connection.record(hostRef)?.['metrics']);
    return metrics !== undefined && this.connection.record(metrics)?.['live'] === true;
  }

  /** The node that alone can reach a disk; undefined where others can, and where none can at present. */
  onlyNodeWith(diskRef: string): string | undefined {
    const storage = this.connection.record(text(this.connection.record(diskRef)?.['SR']));
    if (storage?.['shared'] !== false) return undefined;
    const [link] = texts(storage['PBDs']).map((ref) => this.connection.record(ref));
    const host = link?.['currently_attached'] === true ? text(link['host']) : undefined;
    return host !== undefined && this.isLive(host) ? this.nodeOf(host) : undefined;
  }

  /** When the host of a VM was booted, as far as it tells. */
  bootTimeOf(hostRef: string): string {
    return textMap(this.connection.record(hostRef)?.['other_config'])['boot_time'] ?? '';
  }

  // Other things

  /** By name or uuid. */
  find(type: 'SR' | 'network', nameOrUuid: string): string | undefined {
    return this.connection
      .records(type)
      .find(({ name_label, uuid }) => uuid === nameOrUuid || name_label === nameOrUuid)?.$ref;
  }

  macsInUse(): ReadonlySet<string> {
    return new Set(this.connection.records('VIF').map(({ MAC }) => text(MAC).toLowerCase()));
  }

  /** The further a VM has come, the lower. */
  #rank(vm: VmRecord): number {
    return this.identity.isComplete(vm) ? 0 : Number(vm.isTemplate) + 1;
  }

  #vmRecords(): VmRecord[] {
    return this.connection.records('VM').map((record) => vmRecord(record.$ref, record));
  }

  #clonesUnderWay(): ReadonlySet<string> {
    const operations = this.#vmRecords().flatMap(({ operations }) => Object.entries(operations));
    return new Set(
      operations.filter(([, name]) => name === 'clone' || name === 'copy').map(([task]) => task),
    );
  }

  #nodeIdOfHost({ name_label, uuid }: Readonly<Record<string, unknown>>): string {
    return this.settings.nodeNames === 'name' ? text(name_label) : text(uuid);
  }
}

/** Nobody can tell which VM of the pool one of ours is. */
export function isUnclear(error: unknown): error is DispatcherError {
  return error instanceof DispatcherError && error.hindrance === 'identity-unclear';
}

/** What tells whose a disk is. */
export function diskMarks(disk: Readonly<Record<string, unknown>>): DiskMarks {
  return { uuid: text(disk['uuid']), otherConfig: textMap(disk['other_config']) };
}

/** Runs a call that may find its object gone already. */
export async function unlessGone(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof PoolFailure) || error.code !== 'HANDLE_INVALID') throw error;
  }
}
