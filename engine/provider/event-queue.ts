// The Event Queue of the paper: the bus between a provider and the world, and the keeper of delayed events. It takes one input at a time:
// decide, record, publish, reply, and only then touch the world. Inputs that arrive meanwhile wait their turn, so two users can never
// both win the last slot.
import { type Observable, Subject } from 'rxjs';
import { type Clock, Phase, type TimerHandle } from '../clock/clock.ts';
import type { Dispatcher, VmObservation } from '../hypervisor/dispatcher.ts';
import type { Commit } from './commit.ts';
import { type Command, DUE_PHASES, type Due, type Input, type ReplyTo, type Report } from './input.ts';
import { Performer } from './performer.ts';
import type { Recorder } from './persistence.ts';
import type { Provider } from './provider.ts';

export interface EventQueueParts {
  readonly clock: Clock;
  readonly provider: Provider;
  readonly dispatcher: Dispatcher;
  readonly recorder: Recorder;
}

/** An input that waits for its turn. */
interface Waiting {
  readonly input: Input;
  readonly onReply: ((reply: never) => void) | undefined;
}

export class EventQueue {
  readonly provider: Provider;
  readonly #clock: Clock;
  readonly #recorder: Recorder;
  readonly #performer: Performer;
  readonly #committed = new Subject<Commit>();
  readonly #timers = new Map<Due, TimerHandle>();
  #waiting: Waiting[] = [];
  #busy = false;

  constructor({ clock, dispatcher, provider, recorder }: EventQueueParts) {
    this.provider = provider;
    this.#clock = clock;
    this.#recorder = recorder;
    // Reports come back as clock actions: an error thrown inside `subscribe` would not stop a run.
    const later = (act: () => void) => clock.at(clock.now(), Phase.Operation, act);
    this.#performer = new Performer(dispatcher, {
      onReport: (report) => later(() => this.#decide({ kind: 'report', report }, undefined)),
      onError: (error) =>
        later(() => {
          throw error;
        }),
    });
    for (const due of provider.dues()) this.#arm(due);
    dispatcher.observations$.subscribe((seen) =>
      later(() => this.#decide({ kind: 'report', report: seen }, undefined)),
    );
  }

  /** What is to fall due. */
  get dues(): IterableIterator<Due> {
    return this.#timers.keys();
  }

  /** Recorded commits, in order: the one way out. For observers: an error thrown in a subscriber does not stop the provider. */
  get committed$(): Observable<Commit> {
    return this.#committed;
  }

  /**
   * Has a command decided, at once unless another input is being decided; `onReply` gets the answer when it is recorded (in a
   * simulation: before this call returns).
   * @throws what `Provider.handle` throws
   */
  execute<C extends Command>(command: C, onReply?: (reply: ReplyTo<C>) => void): void {
    this.#decide({ kind: 'command', command }, onReply as ((reply: never) => void) | undefined);
  }

  /** A new life begins: the nodes join, and VMs that were there before are compared with what the hypervisor has. */
  begin(inventory?: readonly VmObservation[]): void {
    this.execute({ name: 'begin' });
    if (inventory === undefined) return;
    const report: Report = { kind: 'inventory', vms: inventory };
    this.#decide({ kind: 'report', report }, undefined);
  }

  #decide(input: Input, onReply: Waiting['onReply']): void {
    if (this.#busy) {
      this.#waiting.push({ input, onReply });
      return;
    }
    this.#busy = true;
    try {
      this.#take(input, onReply);
      for (let turn = 0; turn < this.#waiting.length; turn++) {
        const { input: next, onReply: onNextReply } = this.#waiting[turn]!;
        this.#take(next, onNextReply);
      }
    } finally {
      // Most inputs come alone.
      if (this.#waiting.length > 0) this.#waiting = [];
      this.#busy = false;
    }
  }

  #take(input: Input, onReply: Waiting['onReply']): void {
    const commit = this.provider.handle(input, this.#clock.now());
    for (const due of commit.disarmed) this.#disarm(due);
    for (const due of commit.armed) this.#arm(due);
    this.#recorder.record(commit, () => {
      // Telling nobody is not for nothing, and in a simulation nobody listens.
      if (this.#committed.observed) this.#committed.next(commit);
      onReply?.(commit.reply as never);
      // A simulation records at once, a service when a transaction is over: there an operation that is given up at the very instant at which it
      // would have ended may end all the same before the dispatcher hears of it. Both decide alike, because the report of an operation that was
      // given up is taken no notice of; but a simulated hypervisor has drawn then whether that operation failed, so later ones draw otherwise.
      for (const effect of commit.effects) this.#performer.perform(effect);
    });
  }

  #arm(due: Due): void {
    const timer = this.#clock.at(due.atMs, DUE_PHASES[due.kind], () => {
      this.#timers.delete(due);
      this.#decide({ kind: 'due', due }, undefined);
    });
    this.#timers.set(due, timer);
  }

  #disarm(due: Due): void {
    const timer = this.#timers.get(due);
    if (timer === undefined) return;
    this.#timers.delete(due);
    this.#clock.cancel(timer);
  }
}
