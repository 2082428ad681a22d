// Operations of the simulated hypervisor: how one of a kind begins and ends is said once (simulated-hypervisor.ts); a run is one of them on its way.
import type { Subscriber } from 'rxjs';
import { type Clock, Phase, type TimerHandle } from '../../clock/clock.ts';
import type { Spread } from '../../random/spread.ts';
import { DispatcherError, type VmObservation } from '../dispatcher.ts';
import { unreachable } from './simulated-node.ts';
import type { SimulatedVm } from './simulated-vm.ts';

/** What is to be done with which VM. */
export interface Order {
  readonly vmId: string;
}

/** How operations of a kind begin and what they bring about. All look at the VM as it is then. */
export interface Operation<O extends Order> {
  duration(order: O, vm: SimulatedVm): Spread;
  /** Instead of a duration: on its way until it says that it is done. @returns what stops it; undefined: it takes its duration, as where this is absent */
  proceed?(vm: SimulatedVm, done: (told: Told) => void): { cancel(): void } | undefined;
  /** It cannot fail by chance; absent: it can. */
  isCertain?(order: O): boolean;
  /** A guest boots in it, which may fail by itself. */
  readonly isBoot?: boolean;
  /** What it brings about is so where there is no such VM. */
  readonly isDoneWithout?: boolean;
  /** Comes before anything else. */
  prepare?(order: O): void;
  /** Checks, and takes what the operation needs. @returns false when there is nothing to do */
  begin(vm: SimulatedVm, order: O): boolean;
  finish(vm: SimulatedVm, order: O): Told | undefined;
  /** Gives back what `begin` took. */
  undo?(vm: SimulatedVm): void;
}

/** What an operation tells when it is over beside what the VM is then. */
export type Told = Pick<VmObservation, 'downtimeMs' | 'sentBytes' | 'isConverged' | 'keptMs'>;

/** What operations run on. */
export interface Ground {
  readonly clock: Clock;
  vm(vmId: string): SimulatedVm | undefined;
  look(vmId: string): VmObservation;
  drawMs(duration: Spread): number;
  /** When the node that it goes to, or is on, has booted: in the past, if it is on. */
  readyMs(vm: SimulatedVm): number;
  drawFailure(isBoot: boolean): boolean;
  /** Something else is on it: to be tried again. */
  drawWait(): boolean;
}

/** One operation on its way, from its begin to its end or until nobody wants to hear of it any more. */
export class OperationRun<O extends Order> {
  readonly #operation: Operation<O>;
  readonly #order: O;
  readonly #subscriber: Subscriber<VmObservation>;
  readonly #ground: Ground;
  #vm: SimulatedVm | undefined;
  #isBegun = false;
  #timer: TimerHandle | undefined;
  #way: { cancel(): void } | undefined;

  constructor(operation: Operation<O>, order: O, subscriber: Subscriber<VmObservation>, ground: Ground) {
    this.#operation = operation;
    this.#order = order;
    this.#subscriber = subscriber;
    this.#ground = ground;
  }

  begin(): void {
    const { clock, vm: find } = this.#ground;
    const operation = this.#operation;
    const order = this.#order;
    const { vmId } = order;
    try {
      operation.prepare?.(order);
      const vm = find(vmId);
      this.#vm = vm;
      if (vm?.loss !== undefined) throw unreachable(vm.loss.nodeId);
      if (!this.#isCertain && this.#ground.drawWait())
        throw new DispatcherError('NOT_NOW', `${vmId} is busy`, 'other-operation');
      if (vm === undefined && operation.isDoneWithout !== true)
        throw new DispatcherError('UNKNOWN_VM', `there is no VM ${vmId}`);
      if (vm === undefined || !operation.begin(vm, order)) {
        this.#succeed(undefined);
        return;
      }
      vm.operation = this;
    } catch (error) {
      if (!(error instanceof DispatcherError)) throw error;
      this.fail(error);
      return;
    }
    this.#isBegun = true;
    const readyMs = this.#ground.readyMs(this.#vm!);
    if (readyMs <= clock.now()) this.#goOn();
    else this.#timer = clock.at(readyMs, Phase.Operation, () => this.#goOn());
  }

  fail(error: DispatcherError): void {
    this.#stop();
    this.#subscriber.error(error);
  }

  /** Nobody waits for its end: what it took is given back. After its end there is nothing left to do. */
  unsubscribe(): void {
    if (this.#isBegun) this.#stop();
  }

  get #isCertain(): boolean {
    return this.#operation.isCertain?.(this.#order) === true;
  }

  #goOn(): void {
    const { clock, drawMs } = this.#ground;
    const operation = this.#operation;
    const vm = this.#vm!;
    this.#timer = undefined;
    if (operation.proceed !== undefined) {
      this.#way = operation.proceed(vm, (told) => this.#complete(told));
      if (this.#way !== undefined) return;
    }
    const durationMs = drawMs(operation.duration(this.#order, vm));
    if (durationMs === 0) this.#complete();
    else this.#timer = clock.at(clock.now() + durationMs, Phase.Operation, () => this.#complete());
  }

  /** @param onTheWay what was told of the way, where it had one */
  #complete(onTheWay?: Told): void {
    this.#timer = undefined;
    this.#way = undefined;
    const operation = this.#operation;
    if (!this.#isCertain && this.#ground.drawFailure(operation.isBoot === true)) {
      this.fail(new DispatcherError('OPERATION_FAILED', `an operation on ${this.#order.vmId} failed`));
      return;
    }
    const told = operation.finish(this.#vm!, this.#order);
    this.#succeed(onTheWay === undefined ? told : { ...told, ...onTheWay });
  }

  #succeed(told: Told | undefined): void {
    if (this.#vm !== undefined) this.#vm.operation = undefined;
    this.#isBegun = false;
    const seen = this.#ground.look(this.#order.vmId);
    this.#subscriber.next(told === undefined ? seen : { ...seen, ...told });
    this.#subscriber.complete();
  }

  #stop(): void {
    if (this.#timer !== undefined) this.#ground.clock.cancel(this.#timer);
    this.#timer = undefined;
    this.#way?.cancel();
    this.#way = undefined;
    const vm = this.#vm;
    if (vm === undefined) return;
    vm.operation = undefined;
    if (this.#isBegun) this.#operation.undo?.(vm);
    this.#isBegun = false;
  }
}
