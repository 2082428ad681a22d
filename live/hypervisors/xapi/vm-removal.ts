// Takes a VM away with what is its alone: the disks that were made for it, never one that others have too, nor one that others made or
// took off it. Its disks are marked before it goes, so that a removal that was interrupted is found and finished.
import { fieldsOf, readRecord, readVm, reference, text, texts, type VmRecord } from './records.ts';
import { runTask, type TaskTerms } from './tasks.ts';
import type { VmIdentity } from './vm-identity.ts';
import { diskMarks, unlessGone, type XenPool } from './xen-pool.ts';

/** Whatever state the VM is in. @throws as the tasks do */
export async function removeVm(pool: XenPool, vm: VmRecord, terms: TaskTerms): Promise<void> {
  const { connection, identity, log } = pool;
  if (vm.powerState !== 'Halted') {
    await unlessGone(runTask(connection, 'VM.hard_shutdown', [vm.ref], terms));
  }
  const current = await readVm(connection, vm.ref);
  const vmId = current === undefined ? undefined : identity.vmIdOf(current);
  if (current === undefined || vmId === undefined) return;
  const { left, own } = await disksOf(pool, current, vmId);
  if (left.length > 0)
    log.warn({ vmId, disks: left }, 'disks of others were attached to a VM that goes: they stay');
  const snapshots = await uuidsOf(pool, 'VM', current.snapshots);
  if (snapshots.length > 0) log.warn({ vmId, snapshots }, 'snapshots of a VM that goes stay behind');
  for (const { fields, ref } of own)
    await connection.call('VDI.set_other_config', ref, identity.beforeRemoval(diskMarks(fields), vmId));
  await unlessGone(runTask(connection, 'VM.destroy', [vm.ref], terms));
  for (const { ref } of own) await destroyDisk(pool, ref, terms);
}

/** What an interrupted removal left of a VM. */
export async function removeLooseDisks(pool: XenPool, vmId: string, terms: TaskTerms): Promise<void> {
  for (const disk of pool.looseDisks()) {
    if (disk.vmId === vmId && disk.isBeingRemoved) await destroyDisk(pool, disk.ref, terms);
  }
}

/** Unless somebody has taken it meanwhile. */
async function destroyDisk(pool: XenPool, ref: string, terms: TaskTerms): Promise<void> {
  const { connection, identity, log } = pool;
  const disk = await readRecord(connection, 'VDI', ref);
  if (disk === undefined) return;
  const snapshots = await uuidsOf(pool, 'VDI', texts(disk['snapshots']));
  const isWanted = texts(disk['VBDs']).length > 0 || !identity.isBeingRemoved(diskMarks(disk));
  if (isWanted)
    log.warn({ disk: text(disk['uuid']) }, 'a disk that was to go has been attached elsewhere: it stays');
  else {
    if (snapshots.length > 0)
      log.warn({ disk: text(disk['uuid']), snapshots }, 'snapshots of a disk that goes stay behind');
    await unlessGone(runTask(connection, 'VDI.destroy', [ref], terms));
  }
}

interface Disk {
  readonly ref: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The disks that go with a VM, and the uuids of those that do not. */
async function disksOf(
  { connection, identity }: XenPool,
  vm: VmRecord,
  vmId: string,
): Promise<{ readonly own: readonly Disk[]; readonly left: readonly string[] }> {
  const own: Disk[] = [];
  const left: string[] = [];
  const image = vm.suspendVdi === undefined ? undefined : await readRecord(connection, 'VDI', vm.suspendVdi);
  if (vm.suspendVdi !== undefined && image !== undefined) own.push({ ref: vm.suspendVdi, fields: image });
  for (const vbd of vm.vbds) {
    const device = fieldsOf(await readRecord(connection, 'VBD', vbd));
    const ref = text(device['type']) === 'Disk' ? reference(device['VDI']) : undefined;
    const fields = ref === undefined ? undefined : await readRecord(connection, 'VDI', ref);
    if (ref === undefined || fields === undefined) continue;
    if (isShared(fields, vbd) || !isMadeFor(identity, vm, vmId, fields)) left.push(text(fields['uuid']));
    else own.push({ ref, fields });
  }
  return { own, left };
}

function isShared(disk: Disk['fields'], vbd: string): boolean {
  return (
    disk['sharable'] === true ||
    disk['read_only'] === true ||
    texts(disk['VBDs']).some((other) => other !== vbd)
  );
}

/** A VM that is half-made has only what came with it, marked or not yet. */
function isMadeFor(identity: VmIdentity, vm: VmRecord, vmId: string, disk: Disk['fields']): boolean {
  return !identity.isComplete(vm) || identity.vmIdOfDisk(diskMarks(disk)) === vmId;
}

async function uuidsOf(
  { connection }: XenPool,
  type: 'VM' | 'VDI',
  refs: readonly string[],
): Promise<readonly string[]> {
  const records = await Promise.all(refs.map((ref) => readRecord(connection, type, ref)));
  return records.flatMap((record) => (record === undefined ? [] : [text(record['uuid'])]));
}
