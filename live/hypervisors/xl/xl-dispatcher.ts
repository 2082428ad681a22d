// The Dispatcher on Xen hosts. Every operation looks at all hosts before it acts and again when it has acted, and believes what it sees
// rather than how `xl` ended: 0 may have done nothing, and 1 may happen yet. VMs are found by their uuid, domains addressed by their number.
import { setMaxListeners } from 'node:events';
import { defer, Observable, of } from 'rxjs';
import {
  type Dispatcher,
  DispatcherError,
  type Observation,
  type VmObservation,
  type VmOperation,
  type VmSpec,
} from '../../../engine/index.ts';
import type { HypervisorLog, Logins } from '../definition.ts';
import type { Turns } from '../turns.ts';
import type { Fleet, Picture, SeenVm, Sighting } from './fleet.ts';
import { guestConfig, macOf, nameOf } from './guest-config.ts';
import { KILL, MAKE, MOVE, REMOVE, RESTORE, SAVE, SETTLE, START, TELL } from './host-scripts.ts';
import { seedImage, seedOf } from './seed-image.ts';
import { recordText } from './vm-record.ts';
import { dispatcherErrorOf, HostUnreachable, JobFailed } from './xl-error.ts';
import type { XlHost } from './xl-host.ts';
import { homesOf } from './xl-settings.ts';
import type { XlWatch } from './xl-watch.ts';

export interface XlDispatcherParts {
  readonly fleet: Fleet;
  readonly watch: XlWatch;
  /** One operation at a time on each VM, whoever began it. */
  readonly vmTurns: Turns;
  /** So many at a time on each node. */
  readonly nodeTurns: Turns;
  /** One domain at a time is built on a node. */
  readonly buildTurns: Turns;
  readonly capabilities: ReadonlyMap<string, HostCapabilities>;
  readonly logins: Logins;
  readonly log: HypervisorLog;
}

/** What `xl info` says of a host, as far as it decides what can be done there. */
export interface HostCapabilities {
  /** Of PV guests: Xen keeps track of the pages that change. */
  readonly movesPv: boolean;
  /** Of PVH and HVM guests. */
  readonly movesHvm: boolean;
}

/** An operation under way. */
interface Terms {
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
}

/** An operation on a VM that exists. */
interface Step {
  readonly name: VmOperation;
  readonly vmId: string;
  /** On whose share of attention it goes; undefined: it waits for nobody. */
  readonly nodeId: string | undefined;
  readonly isBuilding?: boolean;
  /** What it is to bring about. */
  readonly isDone: (vm: SeenVm) => boolean;
  /** @throws DispatcherError when it cannot begin; what jobs throw */
  readonly act: (vm: SeenVm, terms: Terms) => Promise<void>;
}

/** Of `xl shutdown` and the like: Xen itself waits 60 s for a guest to take notice. */
const ASK_LIMIT_MS = 75_000;
const DESTROY_LIMIT_MS = 90_000;
const FILE_LIMIT_MS = 60_000;
/** A saved guest is its memory and a little. */
const IMAGE_KIB = (memoryMib: number) => Math.ceil((memoryMib * 1.03 + 8) * 1024);

export class XlDispatcher implements Dispatcher {
  readonly #parts: XlDispatcherParts;
  readonly #end = new AbortController();

  constructor(parts: XlDispatcherParts) {
    this.#parts = parts;
    setMaxListeners(0, this.#end.signal);
  }

  get observations$(): Observable<Observation> {
    return this.#parts.watch.observations$;
  }

  inventory(): Observable<readonly VmObservation[]> {
    return defer(() => of(this.#parts.watch.inventory()));
  }

  /** Nothing more is begun. What hosts are doing goes on. */
  end(): void {
    this.#end.abort(new Error('the life is over'));
    this.#parts.watch.end();
  }

  create(spec: VmSpec): Observable<VmObservation> {
    const { nodeId, vmId } = spec;
    return this.#operation('create', vmId, { nodeId }, async (terms) => {
      const before = await this.#sight(vmId, terms);
      if (before.sighting.kind === 'seen') return this.#see(before.picture, before.sighting);
      await this.#make(spec, terms);
      return this.#seeNow(vmId, terms, ({ state }) => state === 'halted');
    });
  }

  start(vmId: string, nodeId: string): Observable<VmObservation> {
    return this.#step({
      name: 'start',
      vmId,
      nodeId,
      isBuilding: true,
      isDone: ({ state }) => state === 'running',
      act: async (vm, terms) => {
        if (vm.state === 'paused') return this.#tell(vm, 'unpause', terms);
        if (vm.home.hasImage) throw wrongState(vm, 'halted');
        await this.#bury(vm, terms);
        const homeNodeId = await this.#bringHome(vm, nodeId, terms);
        const host = this.#requireHost(homeNodeId);
        const limit = this.#limitMs(terms);
        await this.#job(host, vmId, START, [this.#home(vmId), nodeId, seconds(limit), host.xl], limit, terms);
      },
    });
  }

  stop(vmId: string, mode: 'clean' | 'hard'): Observable<VmObservation> {
    return this.#step({
      name: 'stop',
      vmId,
      nodeId: undefined,
      isDone: ({ state }) => state === 'halted',
      act: async (vm, terms) => {
        const isUp = vm.state === 'running' || vm.state === 'paused';
        const last = mode === 'clean' && isUp ? await this.#askToStop(vm, terms) : vm;
        if (last !== undefined) await this.#bury(last, terms);
        await this.#settle(vm, ['image.save', 'image.part', 'building', 'at'], terms);
      },
    });
  }

  reboot(vmId: string): Observable<VmObservation> {
    let before: number | undefined;
    return this.#step({
      name: 'reboot',
      vmId,
      nodeId: undefined,
      isDone: ({ domain, state }) => before !== undefined && state === 'running' && domain?.id !== before,
      act: async (vm, terms) => {
        if (vm.state !== 'running' || vm.nodeId === undefined) throw wrongState(vm, 'running');
        before = vm.domain?.id;
        const untilMs = Math.min(terms.deadlineMs, Date.now() + this.#parts.fleet.settings.stopGraceMs);
        const hasHeard = await this.#ask(vm, 'reboot', terms);
        const last = hasHeard
          ? await this.#until(vmId, untilMs, terms, ({ domain, state }) =>
              state === 'running' ? domain?.id !== before : domain?.reason !== 'reboot',
            )
          : vm;
        if (last !== undefined && last.state === 'running' && last.domain?.id !== before) return;
        this.#parts.log.info({ vmId }, 'the guest does not reboot: its power is taken and given back');
        const { sighting } = await this.#sight(vmId, terms);
        if (sighting.kind === 'seen') await this.#bury(sighting, terms);
        const host = this.#requireHost(vm.nodeId);
        const limit = this.#limitMs(terms);
        await this.#job(
          host,
          vmId,
          START,
          [this.#home(vmId), vm.nodeId, seconds(limit), host.xl],
          limit,
          terms,
        );
      },
    });
  }

  pause(vmId: string): Observable<VmObservation> {
    return this.#step({
      name: 'pause',
      vmId,
      nodeId: undefined,
      isDone: ({ state }) => state === 'paused',
      act: async (vm, terms) => {
        if (vm.state !== 'running') throw wrongState(vm, 'running');
        await this.#tell(vm, 'pause', terms);
      },
    });
  }

  unpause(vmId: string): Observable<VmObservation> {
    return this.#step({
      name: 'unpause',
      vmId,
      nodeId: undefined,
      isDone: ({ state }) => state === 'running',
      act: async (vm, terms) => {
        if (vm.state !== 'paused') throw wrongState(vm, 'paused');
        await this.#tell(vm, 'unpause', terms);
      },
    });
  }

  suspend(vmId: string): Observable<VmObservation> {
    return this.#step({
      name: 'suspend',
      vmId,
      nodeId: this.#parts.watch.nodeOf(vmId),
      isDone: ({ state }) => state === 'suspended',
      act: async (vm, terms) => {
        // One that is paused does not answer, and Xen would wait for it.
        if (vm.state !== 'running') throw wrongState(vm, 'running');
        const host = this.#requireHost(vm.nodeId);
        const limit = this.#limitMs(terms);
        const kib = String(IMAGE_KIB(vm.domain?.memoryMib ?? vm.record.vm.demand.memoryMib));
        const args = [this.#home(vmId), vmId, kib, seconds(limit), host.xl];
        await this.#job(host, vmId, SAVE, args, limit, terms);
      },
    });
  }

  resume(vmId: string, nodeId: string): Observable<VmObservation> {
    return this.#step({
      name: 'resume',
      vmId,
      nodeId,
      isBuilding: true,
      isDone: ({ state }) => state === 'running',
      act: async (vm, terms) => {
        if (!vm.home.hasImage) throw wrongState(vm, 'suspended');
        // A domain that a resume left half-way has not run, and the image is as it was.
        await this.#bury(vm, terms);
        const isHere = vm.homeNodeId === nodeId || this.#isShared;
        if (!isHere) throw this.#elsewhere(vm, nodeId);
        const host = this.#requireHost(nodeId);
        const limit = this.#limitMs(terms);
        const args = [this.#home(vmId), nodeId, seconds(limit), host.xl, vmId];
        await this.#job(host, vmId, RESTORE, args, limit, terms);
      },
    });
  }

  /** xl does not tell how long the guest stood still, so nor does the result. */
  migrate(vmId: string, toNodeId: string): Observable<VmObservation> {
    return this.#step({
      name: 'migrate',
      vmId,
      nodeId: toNodeId,
      isDone: ({ nodeId, state }) => state === 'running' && nodeId === toNodeId,
      act: async (vm, terms) => {
        if (vm.state !== 'running' || vm.nodeId === undefined) throw wrongState(vm, 'running');
        if (!this.#isShared) throw this.#elsewhere(vm, toNodeId);
        const [from, to] = [this.#requireHost(vm.nodeId), this.#requireHost(toNodeId)];
        for (const { nodeId } of [from, to])
          if (!this.#canMove(vm, nodeId))
            throw new DispatcherError('REFUSED', `Xen on ${nodeId} cannot move such guests`, 'not-supported');
        const limit = this.#limitMs(terms);
        const args = [this.#home(vmId), vmId, vm.nodeId, toNodeId, to.host.address, seconds(limit), from.xl];
        try {
          await this.#job(from, vmId, MOVE, args, limit, terms);
        } catch (error) {
          if (error instanceof JobFailed) await this.#afterFailedMove(vmId, terms);
          throw error;
        }
      },
    });
  }

  destroy(vmId: string): Observable<VmObservation> {
    return this.#operation('destroy', vmId, {}, async (terms) => {
      const { watch } = this.#parts;
      const { picture, sighting } = await this.#sight(vmId, terms);
      if (sighting.kind === 'seen') {
        if (sighting.state === 'running' || sighting.state === 'paused') throw wrongState(sighting, 'halted');
        await this.#bury(sighting, terms);
      }
      const group = this.#volumeGroup;
      for (const [nodeId, { homes, parts }] of picture.looks) {
        const host = this.#parts.fleet.host(nodeId);
        const isHere = homes.has(vmId) || parts.has(vmId);
        if (host === undefined || !isHere) continue;
        const args = [homesOf(this.#parts.fleet.settings), vmId, group, host.sudo];
        await this.#job(host, vmId, REMOVE, args, FILE_LIMIT_MS, terms);
        if (this.#isShared) break;
      }
      watch.forget(vmId);
      return { vmId, state: 'DELETED', nodeId: null, loadPermille: 0 };
    });
  }

  // How operations go

  #step({ act, isBuilding = false, isDone, name, nodeId, vmId }: Step): Observable<VmObservation> {
    return this.#operation(name, vmId, { nodeId, isBuilding }, async (terms) => {
      const before = await this.#require(vmId, terms);
      if (isDone(before.vm)) return this.#see(before.picture, before.vm);
      try {
        await act(before.vm, terms);
      } catch (error) {
        if (error instanceof DispatcherError) throw error;
        const after = await this.#require(vmId, terms).catch(() => undefined);
        if (after === undefined || !isDone(after.vm)) throw error;
        return this.#see(after.picture, after.vm);
      }
      return this.#seeNow(vmId, terms, isDone);
    });
  }

  /** One operation from its turn to its result, as an Observable. */
  #operation(
    name: VmOperation,
    vmId: string,
    place: { readonly nodeId?: string | undefined; readonly isBuilding?: boolean },
    carryOut: (terms: Terms) => Promise<VmObservation>,
  ): Observable<VmObservation> {
    return new Observable((subscriber) => {
      const { buildTurns, fleet, log, nodeTurns, vmTurns, watch } = this.#parts;
      const givenUp = new AbortController();
      const signal = AbortSignal.any([givenUp.signal, this.#end.signal]);
      const work = async () => {
        const terms = { signal, deadlineMs: Date.now() + fleet.settings.operationTimeoutMs };
        watch.touch(vmId);
        try {
          const result = await carryOut(terms);
          if (signal.aborted) return;
          // Within the turn: what happens to the VM from now on is told after this.
          subscriber.next(result);
          subscriber.complete();
        } finally {
          watch.touch(vmId);
        }
      };
      const { isBuilding = false, nodeId } = place;
      const onNode = () => {
        if (nodeId === undefined) return work();
        return nodeTurns.take(nodeId, signal, () =>
          isBuilding ? buildTurns.take(nodeId, signal, work) : work(),
        );
      };
      vmTurns.take(vmId, signal, onNode).catch((error: unknown) => {
        if (signal.aborted) return;
        const told = dispatcherErrorOf(error, name);
        log.warn({ vmId, operation: name, code: told.code, reason: told.message }, 'an operation failed');
        subscriber.error(told);
      });
      return () => givenUp.abort(new Error('given up'));
    });
  }

  #job(
    host: XlHost,
    vmId: string,
    script: string,
    args: readonly string[],
    limitMs: number,
    { signal }: Terms,
    input?: Buffer,
  ): Promise<string> {
    return host.job(vmId, script, args, { signal, limitMs, input });
  }

  // What is seen

  /**
   * What a VM is doing, once no host is at work with it.
   * @throws DispatcherError when that cannot be told
   */
  async #sight(
    vmId: string,
    { deadlineMs, signal }: Terms,
  ): Promise<{
    readonly picture: Picture;
    readonly sighting: Extract<Sighting, { kind: 'seen' | 'absent' }>;
  }> {
    const { fleet } = this.#parts;
    for (;;) {
      signal.throwIfAborted();
      const picture = await fleet.look();
      const sighting = picture.sightingOf(vmId);
      if (sighting.kind === 'seen' || sighting.kind === 'absent') return { picture, sighting };
      if (sighting.kind === 'unknown') throw new DispatcherError('NODE_UNREACHABLE', sighting.why);
      if (sighting.kind === 'twice')
        throw new DispatcherError(
          'REFUSED',
          `it runs on ${sighting.nodeIds.join(' and ')} at once`,
          'identity-unclear',
        );
      for (const { domain, nodeId } of sighting.leftovers) {
        const host = fleet.host(nodeId);
        if (host !== undefined) await this.#kill(host, vmId, domain.id, { deadlineMs, signal });
      }
      if (Date.now() >= deadlineMs)
        throw new DispatcherError('NOT_NOW', 'a host is at work with it', 'other-operation');
      await pause(fleet.settings.pace.pollMs, signal);
    }
  }

  async #require(vmId: string, terms: Terms): Promise<{ readonly picture: Picture; readonly vm: SeenVm }> {
    const { picture, sighting } = await this.#sight(vmId, terms);
    if (sighting.kind === 'seen') return { picture, vm: sighting };
    throw new DispatcherError('UNKNOWN_VM', `no host has a VM ${vmId}`);
  }

  /** @returns as soon as that is so, or undefined when it is not until then */
  async #until(
    vmId: string,
    untilMs: number,
    terms: Terms,
    isSo: (vm: SeenVm) => boolean,
  ): Promise<SeenVm | undefined> {
    for (;;) {
      const { sighting } = await this.#sight(vmId, terms);
      if (sighting.kind === 'seen' && isSo(sighting)) return sighting;
      if (Date.now() >= untilMs) return undefined;
      await pause(this.#parts.fleet.settings.pace.pollMs, terms.signal);
    }
  }

  async #seeNow(vmId: string, terms: Terms, isDone: (vm: SeenVm) => boolean): Promise<VmObservation> {
    const { picture, vm } = await this.#require(vmId, terms);
    if (isDone(vm)) return this.#see(picture, vm);
    throw new DispatcherError('OPERATION_FAILED', `${nameOf(vmId)} is ${vm.state} all the same`);
  }

  #see(picture: Picture, vm: SeenVm): VmObservation {
    return this.#parts.watch.seen(picture, vm);
  }

  // What is done

  async #make(spec: VmSpec, terms: Terms): Promise<void> {
    const { fleet } = this.#parts;
    const { settings } = fleet;
    const { demand, nodeId, vmId } = spec;
    const template = settings.templates.find(({ name }) => name === spec.template);
    if (template === undefined)
      throw new DispatcherError(
        'OPERATION_FAILED',
        `there is no template "${spec.template}" in xl.templates`,
      );
    const host = this.#requireHost(nodeId);
    const mac = settings.bridge === undefined ? null : await this.#macFor(vmId);
    const { cloudInit } = template;
    const seed =
      cloudInit === undefined
        ? undefined
        : seedImage(vmId, nameOf(vmId), seedOf(cloudInit, await this.#parts.logins.of(spec)));
    const limit = this.#limitMs(terms);
    const args = [
      homesOf(settings),
      vmId,
      recordText({ owner: fleet.owner, vm: spec, mac }),
      guestConfig(spec, template, mac, settings),
      template.image ?? '',
      String(Math.ceil(demand.diskGib)),
      seconds(limit),
      this.#volumeGroup,
      host.sudo,
      seed === undefined ? 'no' : 'yes',
    ];
    await this.#job(host, vmId, MAKE, args, limit, terms, seed);
  }

  /** The one that follows from its id, or the first of the configuration that no VM has. */
  async #macFor(vmId: string): Promise<string> {
    const { macs } = this.#parts.fleet.settings;
    if (macs.length === 0) return macOf(vmId);
    const { looks } = await this.#parts.fleet.look();
    const taken = new Set(
      [...looks.values()].flatMap(({ homes }) => Array.from(homes.values(), ({ record }) => record.mac)),
    );
    const free = macs
      .map((mac) => mac.toLowerCase())
      .find((mac) => !taken.has(mac) && this.#reserve(mac, vmId));
    if (free !== undefined) return free;
    throw new DispatcherError('OPERATION_FAILED', `all ${macs.length} addresses of xl.macs are taken`);
  }

  /** For VMs that are being made at once. */
  readonly #reserved = new Map<string, string>();

  #reserve(mac: string, vmId: string): boolean {
    const holder = this.#reserved.get(mac);
    if (holder !== undefined && holder !== vmId && this.#parts.vmTurns.isTaken(holder)) return false;
    this.#reserved.set(mac, vmId);
    return true;
  }

  /**
   * Where it can be started, for a node. One that has never run has nothing that would be lost: it is made anew.
   * @throws DispatcherError when its disk is elsewhere
   */
  async #bringHome(vm: SeenVm, nodeId: string, terms: Terms): Promise<string> {
    if (this.#isShared || vm.homeNodeId === nodeId) return nodeId;
    if (vm.home.hasRun) throw this.#elsewhere(vm, nodeId);
    await this.#make({ ...vm.record.vm, nodeId }, terms);
    const old = this.#requireHost(vm.homeNodeId);
    const args = [homesOf(this.#parts.fleet.settings), vm.vmId, this.#volumeGroup, old.sudo];
    await this.#job(old, vm.vmId, REMOVE, args, FILE_LIMIT_MS, terms);
    return nodeId;
  }

  /** Asks a guest to shut down, and waits. @returns what there is to be destroyed yet; undefined: nothing */
  async #askToStop(vm: SeenVm, terms: Terms): Promise<SeenVm | undefined> {
    const { fleet, log } = this.#parts;
    const { vmId } = vm;
    const untilMs = Math.min(terms.deadlineMs, Date.now() + fleet.settings.stopGraceMs);
    if (vm.state === 'paused') await this.#tell(vm, 'unpause', terms);
    const isDown = ({ domain, state }: SeenVm) =>
      state !== 'running' && state !== 'paused' && domain?.reason !== 'reboot';
    const last = (await this.#ask(vm, 'shutdown', terms))
      ? await this.#until(vmId, untilMs, terms, isDown)
      : undefined;
    if (last !== undefined) return last;
    log.info({ vmId }, 'the guest does not shut down: it loses its power');
    const { sighting } = await this.#sight(vmId, terms);
    return sighting.kind === 'seen' ? sighting : undefined;
  }

  /** @returns whether Xen thinks that the guest has heard; when not, force is what is left */
  async #ask(vm: SeenVm, verb: 'shutdown' | 'reboot', terms: Terms): Promise<boolean> {
    try {
      await this.#tell(vm, verb, terms);
      return true;
    } catch (error) {
      if (!(error instanceof JobFailed)) throw error;
      this.#parts.log.info({ vmId: vm.vmId, verb, reason: error.message }, 'the guest does not listen');
      return false;
    }
  }

  async #tell(vm: SeenVm, verb: 'shutdown' | 'reboot' | 'pause' | 'unpause', terms: Terms): Promise<void> {
    const host = this.#requireHost(vm.nodeId);
    const limit = Math.min(ASK_LIMIT_MS, this.#parts.fleet.settings.stopGraceMs + 1000, this.#limitMs(terms));
    const mark = verb === 'shutdown' ? 'stopping' : '';
    // -F: by ACPI where a guest has no PV drivers.
    const option = verb === 'shutdown' || verb === 'reboot' ? '-F' : '';
    const args = [this.#home(vm.vmId), vm.vmId, seconds(limit), host.xl, mark, verb, option];
    await this.#job(host, vm.vmId, TELL, args, limit, terms);
  }

  /** Whatever is there of its domain goes. */
  async #bury(vm: SeenVm, terms: Terms): Promise<void> {
    if (vm.domain === undefined || vm.nodeId === undefined) return;
    await this.#kill(this.#requireHost(vm.nodeId), vm.vmId, vm.domain.id, terms);
  }

  async #kill(host: XlHost, vmId: string, domain: number, terms: Terms): Promise<void> {
    const args = [seconds(DESTROY_LIMIT_MS), host.xl, String(domain), vmId];
    await this.#job(host, vmId, KILL, args, DESTROY_LIMIT_MS, terms);
  }

  async #settle(vm: SeenVm, files: readonly string[], terms: Terms): Promise<void> {
    const host = this.#requireHost(vm.homeNodeId);
    await this.#job(host, vm.vmId, SETTLE, [this.#home(vm.vmId), ...files], FILE_LIMIT_MS, terms);
  }

  /** The guest is on one of the two hosts, and must be on that alone. */
  async #afterFailedMove(vmId: string, terms: Terms): Promise<void> {
    try {
      await this.#sight(vmId, terms);
    } catch (error) {
      this.#parts.log.warn({ vmId, reason: String(error) }, 'after a move that failed nothing can be told');
    }
  }

  #elsewhere({ homeNodeId, vmId }: SeenVm, nodeId: string): DispatcherError {
    return new DispatcherError(
      'REFUSED',
      `the disk of ${nameOf(vmId)} is on ${homeNodeId} and cannot be reached from ${nodeId}; only with shared storage can VMs move`,
      'storage-not-there',
    );
  }

  #canMove({ record }: SeenVm, nodeId: string): boolean {
    const { capabilities, fleet } = this.#parts;
    const template = fleet.settings.templates.find(({ name }) => name === record.vm.template);
    const known = capabilities.get(nodeId);
    if (known === undefined) return true;
    return template === undefined || template.type === 'pv' ? known.movesPv : known.movesHvm;
  }

  /** @throws DispatcherError when there is no such host */
  #requireHost(nodeId: string | undefined): XlHost {
    const host = nodeId === undefined ? undefined : this.#parts.fleet.host(nodeId);
    if (host !== undefined) return host;
    throw new DispatcherError('NODE_UNREACHABLE', `there is no host ${nodeId}`);
  }

  get #isShared(): boolean {
    return this.#parts.fleet.settings.storage.kind === 'shared';
  }

  get #volumeGroup(): string {
    const { storage } = this.#parts.fleet.settings;
    return storage.kind === 'lvm' ? storage.volumeGroup : '';
  }

  #home(vmId: string): string {
    return `${homesOf(this.#parts.fleet.settings)}/${vmId}`;
  }

  /** @throws HostUnreachable when the time is over */
  #limitMs({ deadlineMs }: Terms): number {
    const leftMs = deadlineMs - Date.now();
    if (leftMs <= 0) throw new HostUnreachable('there is no time left for it');
    return leftMs;
  }
}

function wrongState({ state, vmId }: SeenVm, wanted: string): DispatcherError {
  return new DispatcherError('BAD_POWER_STATE', `${nameOf(vmId)} is ${state}, not ${wanted}`);
}

function seconds(ms: number): string {
  return String(Math.max(1, Math.ceil(ms / 1000)));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
  });
}
