// How VMs and disks of the pool are known to be ours, and which of ours. A mark in other_config names its bearer: who clones, copies or
// snapshots what is ours takes the mark along, and it then names another. Before the first mark is there a VM is known by its name.
import type { VmSpec } from '../../../engine/index.ts';
import type { VmRecord } from './records.ts';

const PREFIX = 'openpex:';

const TAGS = {
  /** The id of the VM in OpenPEX. */
  vm: `${PREFIX}vm`,
  reservation: `${PREFIX}reservation`,
  user: `${PREFIX}user`,
  /** The service that made it; several may share a pool. */
  owner: `${PREFIX}owner`,
  /** Of the VM or disk that the mark was made for; `making:UUID` while a VM is made. */
  uuid: `${PREFIX}uuid`,
  /** Of a disk that goes with its VM, from just before that goes: the uuid of the disk. */
  removal: `${PREFIX}removal`,
} as const;

const MAKING = 'making:';

/** What the pool itself notes of a VM that was cloned from a template. */
const BASE_TEMPLATE = 'base_template_name';

type Marks = Readonly<Record<string, string>>;

export interface DiskMarks {
  readonly uuid: string;
  readonly otherConfig: Marks;
}

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

  /** Rightly or not: of a copy, too. */
  isMarkedAs(vmId: string, otherConfig: Readonly<Record<string, unknown>>): boolean {
    return otherConfig[TAGS.vm] === vmId && otherConfig[TAGS.owner] === this.owner;
  }

  /** The VM that a record is, complete or half-made; undefined when it is not ours. */
  vmIdOf(vm: VmRecord): string | undefined {
    const { isSnapshot, isTemplate, otherConfig, uuid } = vm;
    if (isSnapshot) return undefined;
    const bearer = otherConfig[TAGS.owner] === this.owner ? otherConfig[TAGS.uuid] : undefined;
    // Somebody made a template of a VM that was complete: it is theirs.
    if (bearer === uuid) return isTemplate ? undefined : otherConfig[TAGS.vm];
    if (bearer === MAKING + uuid) return otherConfig[TAGS.vm];
    return isTemplate ? this.#idOfFreshClone(vm) : undefined;
  }

  /** It is made, and all its marks are there; until then it is half-made. */
  isComplete({ isTemplate, otherConfig, uuid }: VmRecord): boolean {
    return !isTemplate && otherConfig[TAGS.uuid] === uuid;
  }

  /** Of a complete VM with a mark of 0.1.0, which does not name its bearer: a clone of it may have the same. */
  oldVmIdOf({ isSnapshot, isTemplate, otherConfig }: VmRecord): string | undefined {
    if (isSnapshot || isTemplate || TAGS.uuid in otherConfig) return undefined;
    return otherConfig[TAGS.owner] === this.owner ? otherConfig[TAGS.vm] : undefined;
  }

  /** The VM whose disk it is or was. */
  vmIdOfDisk({ otherConfig, uuid }: DiskMarks): string | undefined {
    if (otherConfig[TAGS.owner] !== this.owner || otherConfig[TAGS.uuid] !== uuid) return undefined;
    return otherConfig[TAGS.vm];
  }

  /** As {@link oldVmIdOf}. */
  oldVmIdOfDisk({ otherConfig }: DiskMarks): string | undefined {
    if (otherConfig[TAGS.owner] !== this.owner || TAGS.uuid in otherConfig) return undefined;
    return otherConfig[TAGS.vm];
  }

  /** It is to go, and its VM with it or before it. */
  isBeingRemoved({ otherConfig, uuid }: DiskMarks): boolean {
    return otherConfig[TAGS.removal] === uuid;
  }

  // What other_config is to be

  whileMade({ otherConfig, uuid }: VmRecord, { reservationId, userId, vmId }: VmSpec): Marks {
    return {
      ...unmarked(otherConfig),
      [TAGS.vm]: vmId,
      [TAGS.reservation]: reservationId,
      [TAGS.user]: userId,
      [TAGS.owner]: this.owner,
      [TAGS.uuid]: MAKING + uuid,
    };
  }

  /** Of a VM that has its other marks. */
  complete({ otherConfig, uuid }: VmRecord): Marks {
    return { ...otherConfig, [TAGS.uuid]: uuid };
  }

  ofDisk({ otherConfig, uuid }: DiskMarks, vmId: string): Marks {
    return {
      ...unmarked(otherConfig),
      [TAGS.vm]: vmId,
      [TAGS.owner]: this.owner,
      [TAGS.uuid]: uuid,
    };
  }

  beforeRemoval(disk: DiskMarks, vmId: string): Marks {
    return { ...this.ofDisk(disk, vmId), [TAGS.removal]: disk.uuid };
  }

  /** A clone of a template of users, from the moment at which it exists; its marks are those of whatever that template was made of. */
  #idOfFreshClone({ name, otherConfig }: VmRecord): string | undefined {
    const prefix = this.nameOf('');
    const isOfOurs = otherConfig[BASE_TEMPLATE]?.startsWith(prefix) === true;
    return name.startsWith(prefix) && !isOfOurs ? name.slice(prefix.length) : undefined;
  }
}

/** Made, or being made, by any OpenPEX service. */
export function isOfOpenPex({ isSnapshot, isTemplate, name, otherConfig, uuid }: VmRecord): boolean {
  if (isSnapshot) return false;
  const bearer = otherConfig[TAGS.uuid];
  if (isTemplate) return bearer !== uuid && /^openpex-[0-9a-f]+-[0-9a-f-]{36}$/.test(name);
  return TAGS.vm in otherConfig && (bearer === undefined || bearer === uuid || bearer === MAKING + uuid);
}

function unmarked(otherConfig: Marks): Marks {
  return Object.fromEntries(Object.entries(otherConfig).filter(([key]) => !key.startsWith(PREFIX)));
}
