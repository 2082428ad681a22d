// What happens on the hosts without OpenPEX having asked for it: guests that shut down or crash, VMs that somebody moves, stops or starts at
// another console, addresses and loads, hosts that die and come back. One look at all hosts every few seconds; what it shows of a VM that an
// operation of ours has touched meanwhile is not believed, and that a domain is gone only when a second look says so too.
import { setMaxListeners } from 'node:events';
import { type Observable, Subject } from 'rxjs';
import type { Observation, ProviderSnapshot, VmCause, VmObservation } from '../../../engine/index.ts';
import type { HypervisorLog } from '../definition.ts';
import type { Turns } from '../turns.ts';
import type { Fleet, Picture, SeenVm } from './fleet.ts';
import { KILL, REMOVE, SETTLE } from './host-scripts.ts';
import { homesOf } from './xl-settings.ts';

export interface XlWatchParts {
  readonly fleet: Fleet;
  readonly vmTurns: Turns;
  /** Fresh. */
  readonly picture: Picture;
  readonly snapshot: ProviderSnapshot | undefined;
  readonly lostNodeIds: readonly string[];
  /** Changes nothing on the hosts. */
  readonly isHandsOff: boolean;
  readonly log: HypervisorLog;
}

/** Smaller changes of the load, in thousandths, are not worth an entry in the journal. */
const NOTABLE_LOAD_PERMILLE = 50;
/** Looks in a row that have to say so: absence for a moment is part of reboots and moves. */
const LOOKS_TO_BELIEVE = { gone: 2, rebooting: 4 };

interface Known {
  told: VmObservation;
  /** Looks in a row that showed less than was told. */
  doubts: number;
  measured: { readonly domain: string; readonly cpuSeconds: number; readonly uptimeS: number } | undefined;
  loadPermille: number;
}

export class XlWatch {
  readonly #parts: XlWatchParts;
  readonly #observations = new Subject<Observation>();
  readonly #known = new Map<string, Known>();
  readonly #wanted = new Set<string>();
  readonly #up: Map<string, boolean>;
  readonly #silentSinceMs = new Map<string, number>();
  /** How many operations on a VM have begun and ended. */
  readonly #touched = new Map<string, number>();
  readonly #end = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #isLooking = false;

  constructor(parts: XlWatchParts) {
    this.#parts = parts;
    setMaxListeners(0, this.#end.signal);
    const { fleet, log, lostNodeIds, picture, snapshot } = parts;
    this.#up = new Map(fleet.hosts.map(({ nodeId }) => [nodeId, !lostNodeIds.includes(nodeId)]));
    const believed = believedVms(snapshot);
    for (const vmId of believed.keys()) this.#wanted.add(vmId);
    for (const vmId of new Set([...picture.vmIds(), ...believed.keys()])) {
      const before = believed.get(vmId);
      const sighting = picture.sightingOf(vmId);
      if (sighting.kind === 'seen') {
        // Why a guest has ended stands in what is left of its domain, so that is told when somebody listens.
        const isEnd = before?.state === 'RUNNING' && sighting.state === 'ended' && !sighting.home.isStopping;
        if (isEnd) this.#note(vmId, before);
        else this.seen(picture, sighting);
      } else if (sighting.kind !== 'absent' && before !== undefined) this.#note(vmId, before);
      if (!this.#wanted.has(vmId))
        log.warn({ vmId }, 'a VM of this service is in no reservation; it is left alone');
    }
    this.#timer = setInterval(() => void this.sweep(), fleet.settings.pace.sweepMs);
    // Whoever is to be told is there from the next turn on.
    setImmediate(() => void this.sweep());
  }

  /** Hot. */
  get observations$(): Observable<Observation> {
    return this.#observations;
  }

  inventory(): readonly VmObservation[] {
    return Array.from(this.#known.values(), ({ told }) => told);
  }

  /** An operation on it begins or ends: what was looked at before is old. */
  touch(vmId: string): void {
    this.#wanted.add(vmId);
    this.#touched.set(vmId, (this.#touched.get(vmId) ?? 0) + 1);
  }

  /** Takes note of what the manager gets to know otherwise. @returns what to tell */
  seen(picture: Picture, vm: SeenVm): VmObservation {
    const told = this.#observe(picture, vm);
    this.#note(vm.vmId, told);
    return told;
  }

  nodeOf(vmId: string): string | undefined {
    return this.#known.get(vmId)?.told.nodeId ?? undefined;
  }

  /** It is gone, and is not to come back. */
  forget(vmId: string): void {
    this.#known.delete(vmId);
    this.#wanted.delete(vmId);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#end.abort(new Error('the life is over'));
    this.#observations.complete();
  }

  async sweep(): Promise<void> {
    if (this.#isLooking || this.#end.signal.aborted) return;
    this.#isLooking = true;
    try {
      const before = new Map(this.#touched);
      const picture = await this.#parts.fleet.look();
      if (this.#end.signal.aborted) return;
      this.#lookAtNodes(picture);
      for (const [vmId, known] of [...this.#known]) {
        const isTouched = this.#parts.vmTurns.isTaken(vmId) || this.#touched.get(vmId) !== before.get(vmId);
        if (!isTouched) this.#compare(picture, vmId, known);
      }
      if (!this.#parts.isHandsOff) this.#tidy(picture);
    } finally {
      this.#isLooking = false;
    }
  }

  #note(vmId: string, told: VmObservation): void {
    const before = this.#known.get(vmId);
    this.#known.set(vmId, {
      told,
      doubts: 0,
      measured: before?.measured,
      loadPermille: before?.loadPermille ?? 0,
    });
  }

  // Nodes

  #lookAtNodes({ looks, silent }: Picture): void {
    const { fleet, log } = this.#parts;
    for (const [nodeId, reason] of silent) {
      const sinceMs = this.#silentSinceMs.get(nodeId) ?? Date.now();
      if (!this.#silentSinceMs.has(nodeId))
        log.warn({ nodeId, reason: reason.message }, 'a host does not answer');
      this.#silentSinceMs.set(nodeId, sinceMs);
      if (this.#up.get(nodeId) !== true || Date.now() - sinceMs < fleet.settings.lostAfterMs) continue;
      this.#up.set(nodeId, false);
      // The manager takes what ran there for halted.
      for (const [vmId, { told }] of this.#known)
        if (told.nodeId === nodeId)
          this.#note(vmId, { vmId, state: 'HALTED', nodeId: null, loadPermille: 0 });
      this.#observations.next({ kind: 'node-down', nodeId });
    }
    for (const nodeId of looks.keys()) {
      if (this.#silentSinceMs.delete(nodeId)) log.info({ nodeId }, 'a host answers again');
      if (this.#up.get(nodeId) === true) continue;
      this.#up.set(nodeId, true);
      this.#observations.next({ kind: 'node-up', nodeId });
    }
  }

  // VMs

  #compare(picture: Picture, vmId: string, known: Known): void {
    const sighting = picture.sightingOf(vmId);
    if (sighting.kind === 'twice') {
      this.#parts.log.warn(
        { vmId, nodeIds: sighting.nodeIds },
        'a VM runs on several hosts at once: stop all but one, its disk is being ruined',
      );
      return;
    }
    if (sighting.kind === 'busy' || sighting.kind === 'unknown') return;
    const { told } = known;
    if (sighting.kind === 'absent') {
      known.doubts += 1;
      if (known.doubts < LOOKS_TO_BELIEVE.gone) return;
      this.#parts.log.warn({ vmId }, 'a VM was removed outside OpenPEX');
      this.#known.delete(vmId);
      this.#tell({ vmId, state: 'NOT_PROVISIONED', nodeId: null, loadPermille: 0 }, 'outside');
      return;
    }
    this.#measure(picture, known, sighting);
    const now = this.#observe(picture, sighting);
    const isNews =
      now.state !== told.state ||
      now.nodeId !== told.nodeId ||
      now.ipAddress !== told.ipAddress ||
      Math.abs(now.loadPermille - told.loadPermille) >= NOTABLE_LOAD_PERMILLE;
    if (!isNews) {
      known.doubts = 0;
      return;
    }
    const isDown = told.state === 'RUNNING' && now.state === 'HALTED';
    if (isDown && sighting.state !== 'ended') {
      known.doubts += 1;
      if (known.doubts < LOOKS_TO_BELIEVE.gone) return;
    }
    if (isDown && sighting.domain?.reason === 'reboot') {
      // xl starts it again, unless the process that would is gone.
      known.doubts += 1;
      if (known.doubts < LOOKS_TO_BELIEVE.rebooting) return;
    }
    this.#note(vmId, now);
    this.#tell(now, isDown ? causeOf(sighting) : 'outside');
  }

  #tell(vm: VmObservation, cause: VmCause): void {
    this.#observations.next({ kind: 'vm', vm, cause });
  }

  #observe(picture: Picture, vm: SeenVm): VmObservation {
    const { domain, home, vmId } = vm;
    const nodeId = vm.nodeId ?? null;
    const ipAddress = picture.addressOf(vm);
    const address = ipAddress === undefined ? {} : { ipAddress };
    switch (vm.state) {
      case 'running': {
        const known = this.#known.get(vmId);
        const isSame = known?.measured?.domain === identityOf(vm);
        const loadPermille = isSame && domain !== undefined ? known.loadPermille : 0;
        return { vmId, state: 'RUNNING', nodeId, loadPermille, ...address };
      }
      case 'paused':
        return { vmId, state: 'PAUSED', nodeId, loadPermille: 0, ...address };
      default: {
        const state = home.hasImage ? 'SUSPENDED' : 'HALTED';
        return { vmId, state, nodeId: null, loadPermille: 0 };
      }
    }
  }

  /** Loads are what a domain has used since it was last measured, long enough ago. */
  #measure({ looks }: Picture, known: Known, vm: SeenVm): void {
    const { domain, nodeId } = vm;
    const uptimeS = nodeId === undefined ? undefined : looks.get(nodeId)?.uptimeS;
    if (domain === undefined || uptimeS === undefined || vm.state !== 'running') {
      known.measured = undefined;
      known.loadPermille = 0;
      return;
    }
    const { cpuSeconds, vcpus } = domain;
    const now = { domain: identityOf(vm), cpuSeconds, uptimeS };
    const { measured } = known;
    if (measured?.domain !== now.domain) {
      known.measured = now;
      known.loadPermille = 0;
      return;
    }
    const passedS = uptimeS - measured.uptimeS;
    if (passedS * 1000 < this.#parts.fleet.settings.pace.loadMs) return;
    const share = (cpuSeconds - measured.cpuSeconds) / passedS / Math.max(1, vcpus);
    known.loadPermille = Math.round(1000 * Math.min(1, Math.max(0, share)));
    known.measured = now;
  }

  // What is left behind

  #tidy(picture: Picture): void {
    for (const vmId of picture.vmIds()) {
      const sighting = picture.sightingOf(vmId);
      const isLeft =
        sighting.kind === 'seen' &&
        sighting.state === 'ended' &&
        this.#known.get(vmId)?.told.state === 'HALTED';
      if (isLeft) this.#clean(vmId, 'a domain that has ended is taken away', () => this.#bury(vmId));
    }
    for (const [nodeId, { parts }] of picture.looks)
      for (const vmId of parts) {
        if (this.#wanted.has(vmId) || this.#known.has(vmId)) continue;
        this.#clean(vmId, 'a half-made VM is taken away', () => this.#removePart(nodeId, vmId));
      }
  }

  #clean(vmId: string, message: string, work: () => Promise<void>): void {
    const { log, vmTurns } = this.#parts;
    if (vmTurns.isTaken(vmId)) return;
    vmTurns
      .take(vmId, this.#end.signal, async () => {
        log.info({ vmId }, message);
        await work();
      })
      .catch((error: unknown) => {
        if (!this.#end.signal.aborted)
          log.warn({ vmId, reason: String(error) }, `${message}: it could not be`);
      });
  }

  /** Looks again: an operation may have come before. */
  async #bury(vmId: string): Promise<void> {
    const { fleet } = this.#parts;
    const sighting = (await fleet.look()).sightingOf(vmId);
    if (sighting.kind !== 'seen' || sighting.state !== 'ended' || sighting.nodeId === undefined) return;
    const host = fleet.host(sighting.nodeId);
    if (host === undefined || sighting.domain === undefined) return;
    const args = ['60', host.xl, String(sighting.domain.id), vmId];
    const terms = { signal: this.#end.signal, limitMs: 60_000 };
    await host.job(vmId, KILL, args, terms);
    await host.job(vmId, SETTLE, [`${homesOf(fleet.settings)}/${vmId}`, 'at'], terms);
  }

  async #removePart(nodeId: string, vmId: string): Promise<void> {
    const { fleet } = this.#parts;
    const { settings } = fleet;
    const host = fleet.host(nodeId);
    const sighting = (await fleet.look()).sightingOf(vmId);
    if (host === undefined || sighting.kind !== 'absent') return;
    const group = settings.storage.kind === 'lvm' ? settings.storage.volumeGroup : '';
    const args = [homesOf(settings), vmId, group, host.sudo];
    await host.job(vmId, REMOVE, args, { signal: this.#end.signal, limitMs: 60_000 });
  }
}

/** Of a guest that ran and does not any more. */
function causeOf({ domain, home }: SeenVm): VmCause {
  // What we have asked for is no wish of the guest, and without its domain nothing says what it was.
  if (domain === undefined || home.isStopping) return 'outside';
  if (domain.reason === 'crash' || domain.reason === 'watchdog') return 'guest-crash';
  return domain.reason === 'poweroff' ? 'guest-shutdown' : 'outside';
}

function identityOf({ domain, nodeId }: SeenVm): string {
  return `${nodeId}/${domain?.id}`;
}

/** What the manager believes of VMs that exist. */
function believedVms(snapshot: ProviderSnapshot | undefined): Map<string, VmObservation> {
  const believed = new Map<string, VmObservation>();
  for (const { instances } of snapshot?.reservations ?? [])
    for (const { vm } of instances) {
      if (vm === null || vm.state === 'NOT_PROVISIONED' || vm.state === 'DELETED') continue;
      const { ipAddress, loadPermille, nodeId, state, vmId } = vm;
      const isUp = state === 'RUNNING' || state === 'PAUSED';
      believed.set(vmId, {
        vmId,
        state,
        nodeId: isUp ? nodeId : null,
        loadPermille: state === 'RUNNING' ? loadPermille : 0,
        ...(isUp && ipAddress !== null ? { ipAddress } : {}),
      });
    }
  return believed;
}
