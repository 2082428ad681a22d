// What leaves the provider: while an input is being decided its parts put here what happens, what is to be done, what falls due and
// what they changed; afterwards it is packed into the commit.
import type { DomainEvent, Envelope, EventBody } from '../events/domain-event.ts';
import { invariant } from '../invariant.ts';
import type { Effect } from './commit.ts';
import type { Due } from './input.ts';
import type { Reservation } from './state/reservation.ts';

export class Outbox {
  readonly #provider: string;
  readonly #keepsTrack: boolean;
  readonly #onTouch: (reservation: Reservation) => void;
  #lastEventSeq: number;
  #isOpen = false;
  #nowMs = 0;
  #events: DomainEvent[] = [];
  #effects: Effect[] = [];
  #armed: Due[] = [];
  #disarmed: Due[] = [];
  readonly #changed = new Set<Reservation>();
  #isChanged = false;

  /**
   * @param keepsTrack the changed reservations are wanted, not only that there are some
   * @param onTouch is told of each reservation that changes, before or after that
   */
  constructor({
    provider,
    lastEventSeq,
    keepsTrack,
    onTouch = () => undefined,
  }: {
    provider: string;
    lastEventSeq: number;
    keepsTrack: boolean;
    onTouch?: (reservation: Reservation) => void;
  }) {
    this.#provider = provider;
    this.#onTouch = onTouch;
    this.#lastEventSeq = lastEventSeq;
    this.#keepsTrack = keepsTrack;
  }

  /** The instant at which the present input is decided. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The number of the last event that was emitted. */
  get lastEventSeq(): number {
    return this.#lastEventSeq;
  }

  /** Nothing has happened yet because of the present input. */
  get isPristine(): boolean {
    return (
      !this.#isChanged &&
      this.#events.length === 0 &&
      this.#effects.length === 0 &&
      this.#armed.length === 0 &&
      this.#disarmed.length === 0
    );
  }

  open(nowMs: number): void {
    this.#isOpen = true;
    this.#nowMs = nowMs;
  }

  /** Adds the next event, at the present instant. The body is not copied: it becomes the event, and is nobody else's any more. */
  emit(body: EventBody): void {
    invariant(this.#isOpen, 'events are emitted only while an input is being decided', { body });
    this.#lastEventSeq += 1;
    const event = body as EventBody & { -readonly [F in keyof Envelope]: Envelope[F] };
    event.seq = this.#lastEventSeq;
    event.atMs = this.#nowMs;
    event.provider = this.#provider;
    this.#events.push(event as DomainEvent);
  }

  /** Something to do in the world. What is given up because of the same input is not begun at all. */
  effect(effect: Effect): void {
    invariant(this.#isOpen, 'effects are planned only while an input is being decided');
    if (effect.kind === 'abandon') {
      const { number, vmId } = effect;
      const unbegun = this.#effects.findIndex((other) => other.vmId === vmId && other.number === number);
      if (unbegun >= 0) {
        this.#effects.splice(unbegun, 1);
        return;
      }
    }
    this.#effects.push(effect);
  }

  /** To be called wherever something of a reservation, its instances or its VMs changes that a restart must know. */
  touch(reservation: Reservation): void {
    this.#isChanged = true;
    if (this.#keepsTrack) this.#changed.add(reservation);
    this.#onTouch(reservation);
  }

  arm(due: Due): void {
    this.#armed.push(due);
  }

  disarm(due: Due): void {
    this.#disarmed.push(due);
  }

  /** What happened because of the present input has been undone: it leaves no trace. */
  discard(): void {
    this.#lastEventSeq -= this.#events.length;
    this.close();
  }

  /** Everything since {@link open}; the next input finds the box empty. */
  close() {
    const hasChanged = this.#changed.size > 0;
    const packed = {
      events: taken(this.#events),
      effects: taken(this.#effects),
      armed: taken(this.#armed),
      disarmed: taken(this.#disarmed),
      changed: hasChanged ? [...this.#changed] : NONE,
    };
    this.#isOpen = false;
    this.#isChanged = false;
    if (packed.events !== NONE) this.#events = [];
    if (packed.effects !== NONE) this.#effects = [];
    if (packed.armed !== NONE) this.#armed = [];
    if (packed.disarmed !== NONE) this.#disarmed = [];
    // A set that is cleared gets a new table, however empty it was.
    if (hasChanged) this.#changed.clear();
    return packed;
  }
}

/** Not frozen: a frozen list is walked many times slower. */
const NONE: readonly never[] = [];

/** Most inputs change little: what stayed empty is not handed over, but used again. */
function taken<T>(collected: readonly T[]): readonly T[] {
  return collected.length === 0 ? NONE : collected;
}
