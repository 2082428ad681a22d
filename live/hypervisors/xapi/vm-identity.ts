// How VMs and disks of the pool are known to be ours, and which of ours: by their name from the moment at which they exist, and by
// entries of other_config that stay when somebody renames them.
import type { VmSpec } from '../../../engine/index.ts';
import type { VmRecord } from './records.ts';

export const TAGS = {
  /** The id of the VM in OpenPEX. */
  vm: 'openpex:vm',
  reservation: 'openpex:reservation',
  user: 'openpex:user',
  /** The service that made it; several may share a pool. */
  owner: 'openpex:owner',
} as const;

/** Of one service: what it made, and nobody else's. */
export class VmIdentity {
  readonly owner: string;

  /** @param owner differs from service to service, and stays the same for the database of one */
  constructor(owner: string) {
    this.owner = owner;
  }

  nameOf(vmId: string): string {
    return `openpex-${this.owner}-${vmId}`;
  }

  /** The VM that a record is, complete or still being made; undefined when it is not ours. */
  vmIdOf({ isSnapshot, isTemplate, name, otherConfig }: VmRecord): string | undefined {
    if (isSnapshot) return undefined;
    // A clone has the entries of what it was made from until it gets its own, so while it is made its name counts.
    if (isTemplate) return this.#idInName(name);
    return otherConfig[TAGS.owner] === this.owner ? otherConfig[TAGS.vm] : undefined;
  }

  /** A disk's, by its other_config. */
  vmIdOfDisk(otherConfig: Readonly<Record<string, string>>): string | undefined {
    return otherConfig[TAGS.owner] === this.owner ? otherConfig[TAGS.vm] : undefined;
  }

  tagsOf({ reservationId, userId, vmId }: VmSpec): Record<string, string> {
    return {
      [TAGS.vm]: vmId,
      [TAGS.reservation]: reservationId,
      [TAGS.user]: userId,
      [TAGS.owner]: this.owner,
    };
  }

  diskTagsOf(vmId: string): Record<string, string> {
    return { [TAGS.vm]: vmId, [TAGS.owner]: this.owner };
  }

  #idInName(name: string): string | undefined {
    const prefix = this.nameOf('');
    return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
  }
}

/** Made, or being made, by any OpenPEX service. */
export function isOfOpenPex({ isSnapshot, isTemplate, name, otherConfig }: VmRecord): boolean {
  if (isSnapshot) return false;
  return isTemplate ? /^openpex-[0-9a-f]+-[0-9a-f-]{36}$/.test(name) : TAGS.vm in otherConfig;
}
