// The guests inside the VMs of the simulated hypervisor: they run, for as long as they are to, stand still meanwhile, crash and hang. What becomes of
// their VMs then is up to the hypervisor.
import { type Clock, Phase } from '../../clock/clock.ts';
import type { VmCause } from '../../events/domain-event.ts';
import type { Rng } from '../../random/rng.ts';
import { DispatcherError } from '../dispatcher.ts';
import type { CheckpointSettings, FaultSettings, HypervisorSettings } from './hypervisor-settings.ts';
import type { Refusable, SimulatedVm } from './simulated-vm.ts';

export interface GuestsParts {
  readonly clock: Clock;
  readonly settings: Pick<HypervisorSettings, 'checkpoints'>;
  readonly faults: Pick<FaultSettings, 'guestCrashMtbfMs' | 'guestHangMtbfMs' | 'operationRefusal'>;
  readonly draws: Rng;
  /** Draws for what guests refuse. */
  readonly refusals: Rng;
  /** A guest runs from now on. */
  readonly onStart: () => void;
  /** It ends on its own account. */
  readonly onGone: (vm: SimulatedVm, cause: VmCause) => void;
  readonly onHang: (vm: SimulatedVm) => void;
}

export class Guests {
  readonly #parts: GuestsParts;

  constructor(parts: GuestsParts) {
    this.#parts = parts;
  }

  /** All that it did before is lost. */
  begin(vm: SimulatedVm): void {
    vm.ranMs = 0;
    vm.keptMs = 0;
    this.start(vm, this.#runTimeOf(vm));
  }

  /** It goes on from its last checkpoint. */
  restore(vm: SimulatedVm): void {
    vm.ranMs = vm.keptMs;
    this.start(vm, this.#runTimeOf(vm) - vm.keptMs);
  }

  /** @param runTimeMs how much it has still to run */
  start(vm: SimulatedVm, runTimeMs: number): void {
    const { clock, draws, faults, onGone, onHang, onStart } = this.#parts;
    const nowMs = clock.now();
    vm.runsFromMs = nowMs;
    onStart();
    // Suspending and resuming does not wake a guest that hangs; starting and rebooting does, before it gets here.
    if (vm.isHung) return;
    vm.guestEndMs = nowMs + runTimeMs;
    const { guestCrashMtbfMs, guestHangMtbfMs } = faults;
    this.#after(vm, runTimeMs, () => onGone(vm, 'guest-shutdown'));
    if (guestCrashMtbfMs !== Number.POSITIVE_INFINITY)
      this.#after(vm, draws.exponential(guestCrashMtbfMs), () => onGone(vm, 'guest-crash'));
    if (guestHangMtbfMs !== Number.POSITIVE_INFINITY)
      this.#after(vm, draws.exponential(guestHangMtbfMs), () => onHang(vm));
  }

  stop(vm: SimulatedVm): void {
    if (vm.power === 'running' && !vm.isHung && !vm.isStill) this.#settleProgress(vm);
    for (const timer of vm.guestTimers) this.#parts.clock.cancel(timer);
    vm.guestTimers.length = 0;
  }

  /** It is paused or suspended. */
  pause(vm: SimulatedVm): void {
    this.stop(vm);
    vm.guestEndMs -= this.#parts.clock.now();
  }

  /** It stands still between two nodes. */
  standStill(vm: SimulatedVm): void {
    if (vm.isHung) return;
    this.pause(vm);
    vm.isStill = true;
  }

  /** It runs on where it is, if it stood still, and needs no second node. */
  arrive(vm: SimulatedVm): void {
    vm.isSplit = false;
    if (!vm.isStill) return;
    vm.isStill = false;
    this.start(vm, vm.guestEndMs);
  }

  /** Of a guest that runs. @throws DispatcherError REFUSED */
  requireWilling(vm: SimulatedVm, operation: Refusable): void {
    const { faults, refusals } = this.#parts;
    const { vmId } = vm.spec;
    if (!vm.hasTools && operation !== 'reboot')
      throw new DispatcherError('REFUSED', `the guest of ${vmId} has no tools`, 'no-guest-tools');
    const isRefused = vm.refused.includes(operation) || happens(refusals, faults.operationRefusal);
    if (!isRefused) return;
    vm.refused.push(operation);
    throw new DispatcherError('REFUSED', `${vmId} cannot ${operation}`, 'not-supported');
  }

  /** From its beginning to its end, the pauses for its checkpoints included. */
  #runTimeOf({ guest: { runTimeMs } }: SimulatedVm): number {
    const { checkpoints } = this.#parts.settings;
    if (checkpoints === undefined || runTimeMs === Number.POSITIVE_INFINITY) return runTimeMs;
    const { everyMs, pauseMs } = checkpoints;
    return runTimeMs + Math.max(0, Math.ceil(runTimeMs / everyMs) - 1) * pauseMs;
  }

  #after(vm: SimulatedVm, delayMs: number, act: () => void): void {
    if (delayMs === Number.POSITIVE_INFINITY) return;
    const { clock } = this.#parts;
    vm.guestTimers.push(clock.at(Math.round(clock.now() + delayMs), Phase.Fault, act));
  }

  #settleProgress(vm: SimulatedVm): void {
    const { clock, settings } = this.#parts;
    const nowMs = clock.now();
    vm.ranMs += nowMs - vm.runsFromMs;
    vm.runsFromMs = nowMs;
    if (settings.checkpoints !== undefined) vm.keptMs = lastCheckpointMs(settings.checkpoints, vm.ranMs);
  }
}

/** Draws only where there is a choice. */
export function happens(rng: Rng, chance: number): boolean {
  return chance > 0 && (chance >= 1 || rng.next() < chance);
}

/** How long a guest had run when the last checkpoint of it was done. */
function lastCheckpointMs({ everyMs, pauseMs }: CheckpointSettings, ranMs: number): number {
  return Math.floor(ranMs / (everyMs + pauseMs)) * (everyMs + pauseMs);
}
