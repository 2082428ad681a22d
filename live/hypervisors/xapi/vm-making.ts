// From a template to a halted VM of ours: cloned under a name that says which, marked, sized, given its card, provisioned, and its mark
// completed last. What was left half-made is known by its mark, and gone on with or cleaned away.
import type { VmSpec } from '../../../engine/index.ts';
import { DispatcherError } from '../../../engine/index.ts';
import { PoolFailure } from './pool-error.ts';
import {
  fieldsOf,
  integer,
  readRecord,
  readVm,
  reference,
  text,
  textMap,
  texts,
  type VmRecord,
} from './records.ts';
import { LEAVE_BE, runTask, type TaskTerms } from './tasks.ts';
import type { PoolTemplate } from './templates.ts';
import { removeVm } from './vm-removal.ts';
import { diskMarks, type XenPool } from './xen-pool.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Gives out the addresses of the configuration, each to one VM at a time. */
export class MacPool {
  readonly #macs: readonly string[];
  readonly #given = new Map<string, string>();

  constructor(macs: readonly string[]) {
    this.#macs = macs.map((mac) => mac.toLowerCase());
  }

  get isEmpty(): boolean {
    return this.#macs.length === 0;
  }

  has(mac: string): boolean {
    return this.#macs.includes(mac.toLowerCase());
  }

  /** Undefined when all are taken. */
  take(vmId: string, inUse: ReadonlySet<string>): string | undefined {
    const given = [...this.#given].find(([, holder]) => holder === vmId)?.[0];
    const mac = given ?? this.#macs.find((free) => !inUse.has(free) && !this.#given.has(free));
    if (mac !== undefined) this.#given.set(mac, vmId);
    return mac;
  }

  release(vmId: string): void {
    for (const [mac, holder] of this.#given) if (holder === vmId) this.#given.delete(mac);
  }
}

/**
 * The VM of the spec, made or found, halted when it was made here.
 * @throws as the tasks do, and DispatcherError when the pool lacks what it takes
 */
export async function makeVm(
  pool: XenPool,
  macs: MacPool,
  spec: VmSpec,
  terms: TaskTerms,
): Promise<VmRecord> {
  const template = pool.template(spec.template);
  if (template === undefined)
    throw new DispatcherError('OPERATION_FAILED', `the pool has no template "${spec.template}" for users`);
  const vm = await theOnlyOne(pool, spec.vmId, terms);
  if (vm?.isTemplate === false) return complete(pool, vm, spec);
  const found = vm ?? (await cloneOf(pool, template, spec, terms));
  const clone = await mark(pool, found, spec);
  await size(pool, clone, spec);
  terms.signal.throwIfAborted();
  await prepareDisks(pool, clone, spec);
  await giveCard(pool, macs, clone, spec, template);
  terms.signal.throwIfAborted();
  await runTask(pool.connection, 'VM.provision', [clone.ref], terms);
  const made = await readVm(pool.connection, clone.ref);
  if (made === undefined) throw new DispatcherError('UNKNOWN_VM', `${spec.vmId} vanished while it was made`);
  return complete(pool, made, spec);
}

/** Of a VM that is no template any more. */
async function complete(pool: XenPool, vm: VmRecord, spec: VmSpec): Promise<VmRecord> {
  const { connection, identity } = pool;
  if (identity.isComplete(vm)) return vm;
  // Disks that the template only described have come to be by now.
  await prepareDisks(pool, vm, spec);
  const otherConfig = identity.complete(vm);
  await connection.call('VM.set_other_config', vm.ref, otherConfig);
  return { ...vm, otherConfig };
}

/** Repeated requests whose answers were lost may have made several: all but the best go. */
async function theOnlyOne(pool: XenPool, vmId: string, terms: TaskTerms): Promise<VmRecord | undefined> {
  const [best, ...others] = await pool.findVms(vmId);
  for (const other of others) {
    pool.log.warn({ vmId, uuid: other.uuid }, 'a second VM with the same id is removed');
    await removeVm(pool, other, terms);
  }
  return best;
}

async function cloneOf(
  pool: XenPool,
  template: PoolTemplate,
  { vmId }: VmSpec,
  terms: TaskTerms,
): Promise<VmRecord> {
  const { connection, identity, settings } = pool;
  const source = text(await connection.call('VM.get_by_uuid', template.uuid));
  if (await foreignClonesEnded(pool, source, terms)) {
    const found = await theOnlyOne(pool, vmId, terms);
    if (found !== undefined) return found;
  }
  const name = identity.nameOf(vmId);
  const wholeCopy = settings.clone === 'full';
  const sr =
    settings.storageRepository === undefined ? 'OpaqueRef:NULL' : storage(pool, settings.storageRepository);
  try {
    const ref = wholeCopy
      ? await runTask(connection, 'VM.copy', [source, name, sr], terms)
      : await runTask(connection, 'VM.clone', [source, name], terms);
    const clone = await readVm(connection, ref);
    if (clone !== undefined) return clone;
    throw new DispatcherError('UNKNOWN_VM', `the clone for ${vmId} vanished`);
  } catch (error) {
    // Whoever gives up waits for what is still coming, or it would come when nobody looks any more.
    if (!(error instanceof PoolFailure) && terms.signal.reason !== LEAVE_BE)
      await idle(pool, source, terms.pollMs);
    throw error;
  }
}

/** Waits for clones of the template that an earlier life of this service may have asked for. @returns whether there were any */
async function foreignClonesEnded(pool: XenPool, source: string, terms: TaskTerms): Promise<boolean> {
  const isForeign = (vm: VmRecord | undefined) =>
    Object.keys(vm?.operations ?? {}).some((task) => pool.foreignClones.has(task));
  if (!isForeign(await readVm(pool.connection, source))) return false;
  const { time } = pool.connection;
  while (time.now() < terms.deadlineMs) {
    await time.pause(Math.min(terms.pollMs, 500));
    terms.signal.throwIfAborted();
    if (!isForeign(await readVm(pool.connection, source))) break;
  }
  return true;
}

/** Until nothing is cloned from the template, or for a minute. */
async function idle(pool: XenPool, source: string, pollMs: number): Promise<void> {
  const { time } = pool.connection;
  const untilMs = time.now() + 60_000;
  while (time.now() < untilMs) {
    const operations = Object.values((await readVm(pool.connection, source))?.operations ?? {});
    if (!operations.includes('clone') && !operations.includes('copy')) return;
    await time.pause(Math.min(pollMs, 500));
  }
}

async function mark({ connection, identity }: XenPool, vm: VmRecord, spec: VmSpec): Promise<VmRecord> {
  const { reservationId, userId } = spec;
  const otherConfig = identity.whileMade(vm, spec);
  await connection.call('VM.set_other_config', vm.ref, otherConfig);
  await connection.call('VM.set_name_description', vm.ref, `Reservation ${reservationId} of user ${userId}`);
  return { ...vm, otherConfig };
}

async function size({ connection }: XenPool, { ref, vcpusMax }: VmRecord, { demand }: VmSpec): Promise<void> {
  const vcpus = String(Math.max(1, Math.ceil(demand.milliCpus / 1000)));
  // At no moment may there be more at startup than at most.
  const order = ['VM.set_VCPUs_max', 'VM.set_VCPUs_at_startup'];
  if (Number(vcpus) < vcpusMax) order.reverse();
  for (const method of order) await connection.call(method, ref, Number(vcpus));
  const bytes = demand.memoryMib * MIB;
  // All four the same: the only limits that every edition takes.
  await connection.call('VM.set_memory_limits', ref, bytes, bytes, bytes, bytes);
  // A guest that crashes starts again where it is.
  await connection.call('VM.set_actions_after_crash', ref, 'restart');
}

/** Marks the disks as ours and makes the first as large as asked for, where the template allows it. Disks never shrink. */
async function prepareDisks(pool: XenPool, vm: VmRecord, spec: VmSpec): Promise<void> {
  const { connection, identity, settings } = pool;
  const { demand, vmId } = spec;
  const wantedBytes = demand.diskGib * GIB;
  const described = vm.otherConfig['disks'];
  if (vm.isTemplate && described !== undefined) {
    const sr = settings.storageRepository;
    const disks = describeDisk(
      described,
      wantedBytes,
      sr === undefined ? undefined : uuidOf(pool, storage(pool, sr)),
    );
    await connection.call('VM.set_other_config', vm.ref, { ...vm.otherConfig, disks });
  }
  for (const [index, vdi] of (await disksOf(pool, vm)).entries()) {
    const record = await readRecord(connection, 'VDI', vdi);
    if (record === undefined) continue;
    await connection.call('VDI.set_other_config', vdi, identity.ofDisk(diskMarks(record), vmId));
    await connection.call('VDI.set_name_label', vdi, `${identity.nameOf(vmId)} disk ${index}`);
    const canGrow = texts(record['allowed_operations']).includes('resize');
    if (index === 0 && canGrow && integer(record['virtual_size']) < wantedBytes)
      await connection.call('VDI.resize', vdi, wantedBytes);
  }
}

/** In order of their devices. */
async function disksOf({ connection }: XenPool, { vbds }: VmRecord): Promise<string[]> {
  const records = await Promise.all(vbds.map((ref) => readRecord(connection, 'VBD', ref)));
  return records
    .filter((vbd) => vbd !== undefined && text(vbd['type']) === 'Disk')
    .sort((a, b) => integer(a?.['userdevice']) - integer(b?.['userdevice']))
    .flatMap((vbd) => reference(vbd?.['VDI']) ?? []);
}

/** `<provision><disk device="0" size="8589934592" sr="" …/></provision>`: the first disk grows, all go where they should. */
function describeDisk(xml: string, wantedBytes: number, srUuid: string | undefined): string {
  let isFirst = true;
  return xml.replaceAll(/<disk\b[^>]*>/g, (disk) => {
    const grown = isFirst
      ? disk.replace(
          /\bsize="(\d+)"/,
          (_all, size: string) => `size="${Math.max(Number(size), wantedBytes)}"`,
        )
      : disk;
    isFirst = false;
    return srUuid === undefined ? grown : grown.replace(/\bsr="[^"]*"/, `sr="${srUuid}"`);
  });
}

/** The first card, with the address and on the network of the configuration; as the template has it where that says nothing. */
async function giveCard(
  pool: XenPool,
  macs: MacPool,
  vm: VmRecord,
  { vmId }: VmSpec,
  template: PoolTemplate,
): Promise<void> {
  const { connection, settings } = pool;
  if (settings.network === undefined && macs.isEmpty) return;
  const card = await firstCard(pool, vm.vifs);
  const source = await readVm(connection, text(await connection.call('VM.get_by_uuid', template.uuid)));
  const model = card ?? (await firstCard(pool, source?.vifs ?? []));
  const network =
    settings.network === undefined ? reference(model?.fields['network']) : networkOf(pool, settings.network);
  if (network === undefined) return;
  const hasMac = macs.isEmpty || macs.has(text(card?.fields['MAC']));
  if (card !== undefined && hasMac && card.fields['network'] === network) return;
  const mac = macs.isEmpty ? '' : macs.take(vmId, pool.macsInUse());
  if (mac === undefined) pool.log.warn({ vmId }, 'all addresses of xen.macs are taken: Xen makes one up');
  if (card !== undefined) await connection.call('VIF.destroy', card.ref);
  const fields = model?.fields ?? {};
  await connection.call('VIF.create', {
    VM: vm.ref,
    network,
    device: text(fields['device'] ?? '0'),
    MAC: mac ?? '',
    MTU: integer(fields['MTU'] ?? 1500),
    other_config: textMap(fields['other_config']),
    qos_algorithm_type: text(fields['qos_algorithm_type']),
    qos_algorithm_params: textMap(fields['qos_algorithm_params']),
  });
}

async function firstCard({ connection }: XenPool, vifs: readonly string[]) {
  const records = await Promise.all(
    vifs.map(async (ref) => ({ ref, fields: fieldsOf(await readRecord(connection, 'VIF', ref)) })),
  );
  records.sort((a, b) => integer(a.fields['device']) - integer(b.fields['device']));
  return records[0];
}

function storage(pool: XenPool, name: string): string {
  const ref = pool.find('SR', name);
  if (ref !== undefined) return ref;
  throw new DispatcherError('OPERATION_FAILED', `the pool has no storage repository "${name}"`);
}

function networkOf(pool: XenPool, name: string): string {
  const ref = pool.find('network', name);
  if (ref !== undefined) return ref;
  throw new DispatcherError('OPERATION_FAILED', `the pool has no network "${name}"`);
}

function uuidOf({ connection }: XenPool, ref: string): string | undefined {
  return connection.record(ref)?.uuid;
}
