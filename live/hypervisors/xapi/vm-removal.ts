// Takes a VM away with what is its alone: its disks, never one that others have too. Disks carry our mark before their VM goes, so
// that a removal that was interrupted is found and finished.
import { readRecord, readVm, reference, text, textMap, texts, type VmRecord } from './records.ts';
import { runTask, type TaskTerms } from './tasks.ts';
import { TAGS } from './vm-identity.ts';
import { unlessGone, type XenPool } from './xen-pool.ts';

/** Whatever state the VM is in. @throws as the tasks do */
export async function removeVm(pool: XenPool, vm: VmRecord, terms: TaskTerms): Promise<void> {
  const { connection } = pool;
  if (vm.powerState !== 'Halted') {
    await unlessGone(runTask(connection, 'VM.hard_shutdown', [vm.ref], terms));
  }
  const current = await readVm(connection, vm.ref);
  if (current === undefined) return;
  const disks = await ownDisks(pool, current);
  await unlessGone(runTask(connection, 'VM.destroy', [vm.ref], terms));
  for (const disk of disks) await destroyDisk(pool, disk, terms);
}

/** What an interrupted removal left of a VM. */
export async function removeLooseDisks(pool: XenPool, vmId: string, terms: TaskTerms): Promise<void> {
  for (const disk of pool.looseDisks()) {
    if (disk.vmId === vmId) await destroyDisk(pool, disk.ref, terms);
  }
}

async function destroyDisk({ connection }: XenPool, ref: string, terms: TaskTerms): Promise<void> {
  await unlessGone(runTask(connection, 'VDI.destroy', [ref], terms));
}

/** The disks that go with a VM, all with our mark. */
async function ownDisks({ connection, identity }: XenPool, vm: VmRecord): Promise<string[]> {
  const vmId = identity.vmIdOf(vm) ?? vm.otherConfig[TAGS.vm];
  const own: string[] = vm.suspendVdi === undefined ? [] : [vm.suspendVdi];
  for (const vbd of vm.vbds) {
    const device = await readRecord(connection, 'VBD', vbd);
    const ref =
      device !== undefined && text(device['type']) === 'Disk' ? reference(device['VDI']) : undefined;
    const disk = ref === undefined ? undefined : await readRecord(connection, 'VDI', ref);
    if (ref === undefined || disk === undefined) continue;
    const isShared =
      disk['sharable'] === true ||
      disk['read_only'] === true ||
      texts(disk['VBDs']).some((other) => other !== vbd);
    if (isShared) continue;
    const tags = textMap(disk['other_config']);
    if (vmId !== undefined && identity.vmIdOfDisk(tags) !== vmId)
      await connection.call('VDI.set_other_config', ref, { ...tags, ...identity.diskTagsOf(vmId) });
    own.push(ref);
  }
  return own;
}
