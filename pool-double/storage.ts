// Disks and the room they take on their storage repositories.
import type { RecordOf } from './data-model.ts';
import { XapiFailure } from './errors.ts';
import type { Pace } from './pace.ts';
import type { ObjectStore } from './store.ts';

export type Disk = Partial<RecordOf<'VDI'>> & Pick<RecordOf<'VDI'>, 'SR' | 'virtual_size'>;

export class Storage {
  readonly #store: ObjectStore;
  readonly #pace: Pace;
  readonly #fillers = new Map<string, string>();

  constructor(store: ObjectStore, pace: Pace) {
    this.#store = store;
    this.#pace = pace;
  }

  /** @throws XapiFailure SR_FULL [requested, maximum], HANDLE_INVALID */
  make(disk: Disk): string {
    const { physical_size, physical_utilisation } = this.#store.get('SR', disk.SR);
    const used = disk.physical_utilisation ?? disk.virtual_size;
    if (physical_utilisation + used > physical_size) {
      throw new XapiFailure('SR_FULL', String(used), String(physical_size - physical_utilisation));
    }
    const ref = this.#store.insert('VDI', {
      type: 'user',
      managed: true,
      allowed_operations: ['clone', 'copy', 'resize', 'snapshot', 'destroy', 'forget', 'update'],
      physical_utilisation: used,
      ...disk,
    });
    this.#store.update('VDI', ref, { location: this.#store.get('VDI', ref).uuid });
    this.#account(disk.SR);
    return ref;
  }

  /** Takes all of an SR but so much for a disk that nobody uses; what was taken before is given back. */
  fill(sr: string, freeBytes: number | undefined): void {
    const before = this.#fillers.get(sr);
    if (before !== undefined) this.remove(before);
    this.#fillers.delete(sr);
    if (freeBytes === undefined) return;
    const { physical_size, physical_utilisation } = this.#store.get('SR', sr);
    const taken = Math.max(0, physical_size - physical_utilisation - freeBytes);
    this.#fillers.set(sr, this.make({ name_label: 'what others keep here', SR: sr, virtual_size: taken }));
  }

  /** With the VBDs through which VMs had it. */
  remove(vdi: string): void {
    const { SR, VBDs } = this.#store.get('VDI', vdi);
    for (const vbd of VBDs) this.#store.remove('VBD', vbd);
    this.#store.remove('VDI', vdi);
    this.#account(SR);
  }

  /** @throws XapiFailure VDI_IN_USE [vdi, operation] */
  assertUnused(vdi: string, operation: string): void {
    const { VBDs } = this.#store.get('VDI', vdi);
    const attached = VBDs.some((vbd) => this.#store.get('VBD', vbd).currently_attached);
    if (attached) throw new XapiFailure('VDI_IN_USE', vdi, operation);
  }

  resize(vdi: string, virtual_size: number): void {
    const { SR } = this.#store.get('VDI', vdi);
    this.#store.update('VDI', vdi, { virtual_size, physical_utilisation: virtual_size });
    this.#account(SR);
  }

  /** As a disk was at a moment, for good; it shares what has not changed since. */
  snapshot(vdi: string): string {
    const { SR } = this.#store.get('VDI', vdi);
    const ref = this.duplicate(vdi, { sr: SR, full: false });
    const snapshot_time = this.#pace.stamp();
    this.#store.update('VDI', ref, { is_a_snapshot: true, snapshot_of: vdi, snapshot_time });
    return ref;
  }

  /** Another disk with the same content, marks and all; a clone shares what it does not change, a copy shares nothing. */
  duplicate(vdi: string, { sr, full }: { readonly sr: string; readonly full: boolean }): string {
    const { name_label, name_description, virtual_size, type, other_config, sharable, read_only, sm_config } =
      this.#store.get('VDI', vdi);
    return this.make({
      name_label,
      name_description,
      SR: sr,
      virtual_size,
      physical_utilisation: full ? virtual_size : Math.ceil(virtual_size / 100),
      type,
      other_config,
      sharable,
      read_only,
      sm_config,
    });
  }

  #account(sr: string): void {
    const disks = this.#store.get('SR', sr).VDIs.map((vdi) => this.#store.get('VDI', vdi));
    this.#store.update('SR', sr, {
      virtual_allocation: disks.reduce((sum, { virtual_size }) => sum + virtual_size, 0),
      physical_utilisation: disks.reduce((sum, { physical_utilisation }) => sum + physical_utilisation, 0),
    });
  }
}
