// The Event Queue of the paper: the message bus between the components and the keeper of delayed events. It makes every command one
// step: decide, commit, publish, reply, and only then touch the world. One command runs at a time; those that arrive meanwhile
// wait their turn, so two users can never both win the last slot.
import { type Observable, Subject } from 'rxjs';
import type { Clock, Phase, TimerHandle } from '../clock/clock.ts';
import type { DomainEvent } from '../events/domain-event.ts';
import { invariant } from '../invariant.ts';
import type { Persistence } from './persistence.ts';

export class EventQueue {
  readonly #clock: Clock;
  readonly #persistence: Persistence;
  readonly #published = new Subject<DomainEvent>();
  #waiting: (() => void)[] = [];
  #busy = false;
  #deciding = false;
  #events: DomainEvent[] = [];
  #effects: (() => void)[] = [];

  constructor(clock: Clock, persistence: Persistence) {
    this.#clock = clock;
    this.#persistence = persistence;
  }

  /** Committed events, in order. For observers: an error thrown in a subscriber does not stop the manager. */
  get events$(): Observable<DomainEvent> {
    return this.#published;
  }

  /**
   * Runs a command: `decide` reads and changes the state and emits events; `onReply` gets its result once they are committed.
   * An error thrown by `decide` reaches the caller and leaves the manager unfit for use: state is then rebuilt from what is stored.
   */
  execute<R>(decide: () => R, onReply?: (reply: R) => void): void {
    this.#waiting.push(() => this.#run(decide, onReply));
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let turn = 0; turn < this.#waiting.length; turn++) this.#waiting[turn]!();
    } finally {
      this.#waiting = [];
      this.#busy = false;
    }
  }

  /** A delayed event: runs `decide` as a command of its own at `timeMs`. */
  at(timeMs: number, phase: Phase, decide: () => void): TimerHandle {
    return this.#clock.at(timeMs, phase, () => this.execute(decide));
  }

  cancel(timer: TimerHandle): void {
    this.#clock.cancel(timer);
  }

  /** Adds an event to the command that is being decided. */
  emit(event: DomainEvent): void {
    invariant(this.#deciding, 'events are emitted only while a command is being decided', { event });
    this.#events.push(event);
  }

  /** Something to do in the world, once the command that is being decided is committed. */
  afterCommit(effect: () => void): void {
    invariant(this.#deciding, 'effects are planned only while a command is being decided');
    this.#effects.push(effect);
  }

  #run<R>(decide: () => R, onReply: ((reply: R) => void) | undefined): void {
    this.#deciding = true;
    let reply: R;
    try {
      reply = decide();
    } finally {
      this.#deciding = false;
    }
    const events = this.#events;
    const effects = this.#effects;
    if (events.length > 0) this.#events = [];
    if (effects.length > 0) this.#effects = [];
    const finish = () => {
      for (const event of events) this.#published.next(event);
      onReply?.(reply);
      for (const effect of effects) effect();
    };
    this.#persistence.commit(events, finish);
  }
}
