// What happens in a pool without OpenPEX having asked for it: guests that shut down, VMs that somebody moves, stops or starts at another
// console, addresses and loads, hosts that die and come back. Events and a sweep now and then say where to look; only what a fresh look
// confirms is told, and never between the beginning and the end of an operation of ours on the same VM. That a guest shut down by itself
// is told only of a VM that was in sight until then: nothing else could have brought it down without being seen.
import { setMaxListeners } from 'node:events';
import { type Observable, Subject } from 'rxjs';
import type { Observation, VmCause, VmObservation, VmState } from '../../../engine/index.ts';
import type { Turns } from '../turns.ts';
import { addressOf } from './addresses.ts';
import { type PoolChange, withHost } from './connection.ts';
import { type Deed, deedOn } from './deeds.ts';
import { readLoads } from './load.ts';
import { readAll, textMap, type VmRecord, vmRecord } from './records.ts';
import { LEAVE_BE } from './tasks.ts';
import { removeLooseDisks, removeVm } from './vm-removal.ts';
import { isUnclear, type XenPool } from './xen-pool.ts';

export interface VmWatchParts {
  readonly pool: XenPool;
  readonly vmTurns: Turns;
  /** The VMs of the pool, fresh. */
  readonly vms: readonly VmRecord[];
  /** Of which nobody can tell which they are: {@link VmWatch.inventory} has them as UNRECOGNIZED. */
  readonly unclearVmIds: readonly string[];
  /** VMs that somebody wants; what is half-made and not among them is taken away. */
  readonly wantedVmIds: Iterable<string>;
  /** What the manager believes of the nodes. */
  readonly lostNodeIds: readonly string[];
  /** Changes nothing in the pool. */
  readonly isHandsOff: boolean;
}

/** Smaller changes of the load, in thousandths, are not worth an entry in the journal. */
const NOTABLE_LOAD_PERMILLE = 50;

const SHUTDOWNS = ['clean_shutdown', 'hard_shutdown', 'shutdown', 'power_state_reset'];

interface Known {
  told: VmObservation;
  /** Empty where it is not clear which VM it is. */
  readonly uuid: string;
  /** Where it runs, by reference; undefined when it does not. */
  host: string | undefined;
  /** Of that host, when the VM was first seen there. */
  bootTime: string;
  runningSinceMs: number | undefined;
  isSilenceNoted: boolean;
  /** Seen running, with nothing since then that it could have been brought down by unseen: no operation of ours, no gap in the events, nobody shutting it down. */
  isInSight: boolean;
}

export class VmWatch {
  readonly #parts: VmWatchParts;
  readonly #observations = new Subject<Observation>();
  readonly #known = new Map<string, Known>();
  readonly #wanted: Set<string>;
  readonly #loads = new Map<string, number>();
  readonly #up: Map<string, boolean>;
  /** Disks that the log has told of. */
  readonly #reported = new Set<string>();
  /** Looks that are due. */
  readonly #due = new Set<string>();
  /** Of the connections since the watch began. */
  #connections = 0;
  readonly #end = new AbortController();
  readonly #undo: (() => void)[] = [];

  constructor(parts: VmWatchParts) {
    this.#parts = parts;
    this.#wanted = new Set(parts.wantedVmIds);
    // As many as there are VMs may wait for their turn.
    setMaxListeners(0, this.#end.signal);
    const { identity, settings } = parts.pool;
    this.#up = new Map(
      [...parts.pool.livingNodes().keys()].map((nodeId) => [nodeId, !parts.lostNodeIds.includes(nodeId)]),
    );
    for (const vm of parts.vms) {
      const vmId = identity.vmIdOf(vm);
      if (vmId === undefined || !identity.isComplete(vm)) continue;
      this.seen(vmId, vm);
      // Nobody listened between the reading of the records and now.
      this.lookAway(vmId);
      if (!this.#wanted.has(vmId))
        parts.pool.log.warn(
          { vmId, uuid: vm.uuid },
          'a VM of this service is in no reservation; it is left alone',
        );
    }
    for (const vmId of parts.unclearVmIds) this.#known.set(vmId, unrecognised(vmId));
    const { connection } = parts.pool;
    const { time } = connection;
    const sweep = () => void this.#sweep();
    this.#undo.push(
      connection.onChange((change) => this.#hear(change)),
      connection.onReconnected(() => {
        this.#connections += 1;
        for (const vmId of this.#known.keys()) this.lookAway(vmId);
        sweep();
      }),
    );
    this.#undo.push(
      time.every(settings.pace.sweepMs, sweep),
      time.every(settings.pace.loadMs, () => void this.#measure()),
      // Whoever is to be told is there from the next turn on.
      time.after(0, sweep),
    );
  }

  /** Hot. */
  get observations$(): Observable<Observation> {
    return this.#observations;
  }

  /** VMs of ours that are complete. */
  inventory(): readonly VmObservation[] {
    return Array.from(this.#known.values(), ({ told }) => told);
  }

  nodeOf(vmId: string): string | undefined {
    return this.#known.get(vmId)?.told.nodeId ?? undefined;
  }

  /** Under which the pool knows it. */
  uuidOf(vmId: string): string | undefined {
    return this.#known.get(vmId)?.uuid;
  }

  /** From now on it may come to be. */
  expect(vmId: string): void {
    this.#wanted.add(vmId);
  }

  /** Something is done to it, or nothing could be seen for a while: until it is seen running again, it may go down for any reason. */
  lookAway(vmId: string): void {
    const known = this.#known.get(vmId);
    if (known !== undefined) known.isInSight = false;
  }

  /** Takes note of a fresh record, which the manager gets to know otherwise. @returns what to tell */
  seen(vmId: string, vm: VmRecord): VmObservation {
    const told = this.#observe(vmId, vm);
    const before = this.#known.get(vmId);
    const isUp = vm.powerState === 'Running' || vm.powerState === 'Paused';
    const isSameLife = isUp && before?.host === vm.residentOn;
    this.#known.set(vmId, {
      told,
      uuid: vm.uuid,
      host: isUp ? vm.residentOn : undefined,
      bootTime: isSameLife && before !== undefined ? before.bootTime : this.#bootTimeOf(vm),
      runningSinceMs: isUp ? (before?.runningSinceMs ?? this.#parts.pool.connection.time.now()) : undefined,
      isSilenceNoted: isUp && before?.isSilenceNoted === true,
      isInSight: this.#runsUndisturbed(vm),
    });
    return told;
  }

  /** It is gone, and is not to come back. */
  forget(vmId: string): void {
    this.#known.delete(vmId);
    this.#wanted.delete(vmId);
    this.#loads.delete(vmId);
  }

  end(): void {
    this.#end.abort(LEAVE_BE);
    for (const undo of this.#undo.splice(0)) undo();
    this.#observations.complete();
  }

  // Hints

  #hear({ changed, gone }: PoolChange): void {
    for (const record of changed) {
      if (record.$type === 'VM') this.#hearOfVm(vmRecord(record.$ref, record));
      else if (record.$type === 'VM_guest_metrics') this.#hearOfGuest(record.$ref);
      else if (record.$type === 'host_metrics' || record.$type === 'host') this.#lookAtNodes();
    }
    if (gone.length === 0) return;
    const lost = new Set(gone);
    for (const [vmId, { uuid }] of this.#known) if (lost.has(uuid)) this.#lookAt(vmId);
  }

  #hearOfVm(vm: VmRecord): void {
    const { identity } = this.#parts.pool;
    const vmId = identity.vmIdOf(vm);
    if (vmId === undefined) return;
    if (!identity.isComplete(vm)) {
      if (!this.#parts.vmTurns.isTaken(vmId)) this.#tidy(vmId);
      return;
    }
    const known = this.#known.get(vmId);
    if (known === undefined) return;
    if (isBeingShutDown(vm)) known.isInSight = false;
    if (this.#isNews(known, vm)) this.#lookAt(vmId);
  }

  #hearOfGuest(metrics: string): void {
    for (const { vm } of this.#parts.pool.knownVms()) {
      if (vm.guestMetrics === metrics) this.#hearOfVm(vm);
    }
  }

  /** Everything is compared: events get lost, streams stall. */
  async #sweep(): Promise<void> {
    this.#lookAtNodes();
    const connections = this.#connections;
    let records: VmRecord[];
    try {
      const all = await readAll(this.#parts.pool.connection, 'VM');
      records = Array.from(all, ([ref, fields]) => vmRecord(ref, fields));
    } catch {
      // The pool does not answer: the next connection brings a sweep with it.
      return;
    }
    if (this.#end.signal.aborted) return;
    const { identity } = this.#parts.pool;
    const missing = new Set(this.#known.keys());
    for (const vm of records) {
      const vmId = identity.vmIdOf(vm);
      if (vmId === undefined) continue;
      if (identity.isComplete(vm)) missing.delete(vmId);
      if (this.#connections === connections) this.#catchSight(vmId, vm);
      this.#hearOfVm(vm);
    }
    for (const vmId of missing) this.#lookAt(vmId);
    this.#tidyDisks();
    this.#noteSilence();
  }

  /** Of a VM that runs now, as the events say too. */
  #catchSight(vmId: string, vm: VmRecord): void {
    const known = this.#known.get(vmId);
    if (known?.told.state !== 'RUNNING' || this.#parts.vmTurns.isTaken(vmId)) return;
    if (this.#runsUndisturbed(vm) && this.#runsUndisturbed(this.#heardOf(vm))) known.isInSight = true;
  }

  #noteSilence(): void {
    const { connection, log, settings } = this.#parts.pool;
    const { addressTimeoutMs } = settings.pace;
    for (const [vmId, known] of this.#known) {
      const { runningSinceMs, told } = known;
      if (known.isSilenceNoted || told.ipAddress !== undefined || runningSinceMs === undefined) continue;
      if (connection.time.now() - runningSinceMs < addressTimeoutMs) continue;
      known.isSilenceNoted = true;
      log.warn(
        { vmId, uuid: known.uuid },
        'the guest has told no address yet: are the guest tools in its template?',
      );
    }
  }

  // Looks

  #lookAt(vmId: string): void {
    if (this.#due.has(vmId)) return;
    this.#due.add(vmId);
    const { pool, vmTurns } = this.#parts;
    vmTurns
      .take(vmId, this.#end.signal, async () => {
        this.#due.delete(vmId);
        const known = this.#known.get(vmId);
        if (known === undefined) return;
        const vm = await pool.findVm(vmId);
        if (this.#end.signal.aborted) return;
        if (vm === undefined) this.#tellGone(vmId, known);
        else if (wentDown(known, vm)) await this.#explain(vmId, known);
        else if (this.#isNews(known, vm)) this.#tell(vmId, vm, 'outside');
      })
      .catch((error: unknown) => {
        this.#due.delete(vmId);
        // It was told once, and is asked for again with the next sweep.
        if (!this.#end.signal.aborted && !isUnclear(error))
          pool.log.warn({ vmId, reason: String(error) }, 'a VM could not be looked at');
      });
  }

  #tell(vmId: string, vm: VmRecord, cause: VmCause): void {
    const observation = this.seen(vmId, vm);
    this.#observations.next({ kind: 'vm', vm: observation, cause });
  }

  /** Somebody destroyed it: as far as it is still wanted it has to be made anew. */
  #tellGone(vmId: string, { uuid }: Known): void {
    this.#known.delete(vmId);
    this.#parts.pool.log.warn(
      { vmId, uuid },
      'a VM was destroyed outside OpenPEX, or made a template: what is left of it is left alone',
    );
    const vm: VmObservation = { vmId, state: 'NOT_PROVISIONED', nodeId: null, loadPermille: 0 };
    this.#observations.next({ kind: 'vm', vm, cause: 'outside' });
  }

  /** A VM that ran is halted: what the pool has to say about that may come a moment later. */
  async #explain(vmId: string, known: Known): Promise<void> {
    const { pool } = this.#parts;
    await pool.connection.time.pause(pool.settings.pace.settleMs, this.#end.signal);
    const vm = await pool.findVm(vmId);
    if (vm === undefined) {
      if (!this.#end.signal.aborted) this.#tellGone(vmId, known);
      return;
    }
    const deed = wentDown(known, vm) ? await this.#deedOn(vm) : 'shut-down';
    if (this.#end.signal.aborted) return;
    if (deed === 'crashed') this.#tell(vmId, vm, 'guest-crash');
    else
      this.#tell(vmId, vm, deed === undefined && this.#wasInSight(known, vm) ? 'guest-shutdown' : 'outside');
  }

  /** What the pool does not tell may be anything. */
  async #deedOn(vm: VmRecord): Promise<Deed | undefined> {
    const { connection, log } = this.#parts.pool;
    try {
      return await deedOn(connection, vm);
    } catch (error) {
      log.info({ uuid: vm.uuid, reason: String(error) }, 'the pool does not tell what brought a VM down');
      return 'shut-down';
    }
  }

  /** To the last: its host did not go under it, and the events are not behind. */
  #wasInSight({ bootTime, host, isInSight }: Known, vm: VmRecord): boolean {
    const { pool } = this.#parts;
    const isHostFine = host !== undefined && pool.isLive(host) && pool.bootTimeOf(host) === bootTime;
    return isInSight && isHostFine && this.#heardOf(vm)?.powerState === 'Halted';
  }

  /** Runs, on a host that is alive, and nobody is about to change that. */
  #runsUndisturbed(vm: VmRecord | undefined): boolean {
    if (vm?.powerState !== 'Running' || vm.residentOn === undefined) return false;
    return !isBeingShutDown(vm) && this.#parts.pool.isLive(vm.residentOn);
  }

  /** The VM as the events tell it. */
  #heardOf({ ref }: VmRecord): VmRecord | undefined {
    const record = this.#parts.pool.connection.record(ref);
    return record === undefined ? undefined : vmRecord(ref, record);
  }

  #isNews({ told }: Known, vm: VmRecord): boolean {
    const now = this.#observe(told.vmId, vm);
    return (
      now.state !== told.state ||
      now.nodeId !== told.nodeId ||
      now.ipAddress !== told.ipAddress ||
      Math.abs(now.loadPermille - told.loadPermille) >= NOTABLE_LOAD_PERMILLE
    );
  }

  #observe(vmId: string, vm: VmRecord): VmObservation {
    const { pool } = this.#parts;
    const state = STATES[vm.powerState];
    const isUp = state === 'RUNNING' || state === 'PAUSED';
    const address = isUp ? this.#addressOf(vm) : undefined;
    return {
      vmId,
      state,
      nodeId: isUp ? (pool.nodeOf(vm.residentOn) ?? null) : null,
      loadPermille: state === 'RUNNING' ? (this.#loads.get(vmId) ?? 0) : 0,
      ...(address === undefined ? {} : { ipAddress: address }),
    };
  }

  /** What a guest told before its present life is under another reference: a start forgets it. */
  #addressOf({ guestMetrics }: VmRecord): string | undefined {
    const metrics = guestMetrics === undefined ? undefined : this.#parts.pool.connection.record(guestMetrics);
    return addressOf(textMap(metrics?.['networks']));
  }

  #bootTimeOf({ residentOn }: VmRecord): string {
    return residentOn === undefined ? '' : this.#parts.pool.bootTimeOf(residentOn);
  }

  #lookAtNodes(): void {
    const { pool } = this.#parts;
    if (!pool.connection.isConnected) return;
    for (const [nodeId, isUp] of pool.livingNodes()) {
      if (this.#up.get(nodeId) === isUp) continue;
      this.#up.set(nodeId, isUp);
      if (!isUp) this.#noteLoss(nodeId);
      this.#observations.next({ kind: isUp ? 'node-up' : 'node-down', nodeId });
    }
  }

  /** Whatever becomes of its VMs, their guests did not choose it. */
  #noteLoss(nodeId: string): void {
    for (const known of this.#known.values()) {
      if (known.told.nodeId === nodeId) known.isInSight = false;
    }
  }

  // Loads

  async #measure(): Promise<void> {
    const { pool } = this.#parts;
    const vmIds = new Map(Array.from(this.#known, ([vmId, { uuid }]) => [uuid, vmId]));
    const { allowUnauthorized, pace, url } = pool.settings;
    for (const [nodeId, isUp] of this.#up) {
      const host = isUp ? pool.hostOf(nodeId) : undefined;
      if (host === undefined) continue;
      try {
        const session = await pool.connection.session();
        const question = {
          transport: pool.connection.transport,
          url: withHost(url, host.address),
          session,
          allowUnauthorized,
          timeoutMs: pace.callTimeoutMs,
        };
        for (const [uuid, load] of await readLoads(question)) {
          const vmId = vmIds.get(uuid);
          if (vmId !== undefined) this.#loaded(vmId, load);
        }
      } catch (error) {
        if (this.#end.signal.aborted) return;
        pool.log.info({ nodeId, reason: String(error) }, 'the load of a node could not be read');
      }
    }
  }

  #loaded(vmId: string, loadPermille: number): void {
    this.#loads.set(vmId, loadPermille);
    const told = this.#known.get(vmId)?.told;
    if (told?.state !== 'RUNNING') return;
    if (Math.abs(told.loadPermille - loadPermille) >= NOTABLE_LOAD_PERMILLE) this.#lookAt(vmId);
  }

  // Strays

  /** A VM that nobody wants any more, or a second one, came late: it is taken away while it is still half-made. */
  #tidy(vmId: string): void {
    const { isHandsOff, pool, vmTurns } = this.#parts;
    if (isHandsOff) return;
    const { operationTimeoutMs, pace } = pool.settings;
    const { signal } = this.#end;
    const clean = async () => {
      const vms = await pool.findVms(vmId);
      const isComplete = vms.some((vm) => pool.identity.isComplete(vm));
      // What is wanted and not complete is gone on with by the next try to make it.
      if (this.#wanted.has(vmId) && !isComplete) return;
      for (const vm of vms.filter((each) => !pool.identity.isComplete(each))) {
        pool.log.info({ vmId, uuid: vm.uuid }, 'a half-made VM is taken away');
        await removeVm(pool, vm, {
          signal,
          deadlineMs: pool.connection.time.now() + operationTimeoutMs,
          pollMs: pace.taskPollMs,
        });
      }
    };
    vmTurns.take(vmId, signal, clean).catch((error: unknown) => {
      if (!signal.aborted)
        pool.log.warn({ vmId, reason: String(error) }, 'a half-made VM could not be taken away');
    });
  }

  /** Disks that no VM has: a removal was interrupted between the two, or somebody took them off. */
  #tidyDisks(): void {
    const { isHandsOff, pool, vmTurns } = this.#parts;
    if (isHandsOff) return;
    const { operationTimeoutMs, pace } = pool.settings;
    const { signal } = this.#end;
    const loose = pool.looseDisks();
    for (const { isBeingRemoved, uuid, vmId } of loose) {
      if (isBeingRemoved || this.#reported.has(uuid)) continue;
      this.#reported.add(uuid);
      pool.log.warn({ vmId, disk: uuid }, 'a disk was taken off its VM outside OpenPEX: it is left alone');
    }
    const going = loose.filter(({ isBeingRemoved }) => isBeingRemoved);
    for (const vmId of new Set(going.map((disk) => disk.vmId))) {
      if (vmTurns.isTaken(vmId)) continue;
      const clean = async () => {
        if ((await pool.findVms(vmId)).length > 0) return;
        pool.log.info({ vmId }, 'disks of a VM that is gone are taken away');
        const terms = {
          signal,
          deadlineMs: pool.connection.time.now() + operationTimeoutMs,
          pollMs: pace.taskPollMs,
        };
        await removeLooseDisks(pool, vmId, terms);
      };
      vmTurns.take(vmId, signal, clean).catch((error: unknown) => {
        if (!signal.aborted) pool.log.warn({ vmId, reason: String(error) }, 'disks could not be taken away');
      });
    }
  }
}

function unrecognised(vmId: string): Known {
  return {
    told: { vmId, state: 'UNRECOGNIZED', nodeId: null, loadPermille: 0 },
    uuid: '',
    host: undefined,
    bootTime: '',
    runningSinceMs: undefined,
    isSilenceNoted: false,
    isInSight: false,
  };
}

function isBeingShutDown({ operations }: VmRecord): boolean {
  return Object.values(operations).some((operation) => SHUTDOWNS.includes(operation));
}

function wentDown({ told }: Known, { powerState }: VmRecord): boolean {
  return told.state === 'RUNNING' && powerState === 'Halted';
}

const STATES: Readonly<Record<VmRecord['powerState'], VmState>> = {
  Halted: 'HALTED',
  Paused: 'PAUSED',
  Running: 'RUNNING',
  Suspended: 'SUSPENDED',
  Unknown: 'UNRECOGNIZED',
};
