// What the recovery policy says: how a VM goes to another node, from what it begins again, and what becomes of a reservation of which
// instances have no node. Asks, and keeps what the policy remembers; carrying it out is up to the VM Monitor, Displacement and Changes.
import type { Matter } from '../../policy/decision.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat, Sitting } from '../../policy/policy-seat.ts';
import type { DraftChange, GoingView, RecoveryView, StrandedView } from '../../policy/views.ts';
import type { Outbox } from '../outbox.ts';
import type { OrElse } from '../policy-fallback.ts';
import type { Reservation, Vm } from '../state/reservation.ts';
import type { Replicas } from './replicas.ts';

export interface RecoveryParts {
  readonly orElse: OrElse;
  readonly outbox: Outbox;
  readonly policy: Seat<'recovery'>;
  /** Absent: none are kept. */
  readonly replicas: Replicas | undefined;
}

/** Why it has no node. */
export type Stranding = Pick<StrandedView, 'because' | 'instances'>;

export class Recovery {
  readonly #parts: RecoveryParts;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  /** It goes to another node by losing its power here and beginning again there. */
  movesByRestart(vm: Vm): boolean {
    if (this.#parts.policy.named.policy.move === undefined) return false;
    return this.#asked((sitting) => sitting.ask(this.#matterOf(vm), 'move', this.#going(vm)) === 'restart');
  }

  /** It begins again from its last checkpoint, if there is one: where replicas are kept, from its own, and nowhere else. */
  beginsFromCheckpoint(vm: Vm): boolean {
    const { replicas } = this.#parts;
    if (replicas !== undefined) return vm.hasRun && replicas.hasTakenOver(vm);
    if (!vm.hasRun || this.#parts.policy.named.policy.begin === undefined) return false;
    return this.#asked(
      (sitting) => sitting.ask(this.#matterOf(vm), 'begin', this.#going(vm)) === 'checkpoint',
    );
  }

  /** Of a reservation whose window is open or opens now: what has a node goes on, the rest waits for one. */
  isToWait(reservation: Reservation, stranding: Stranding): boolean {
    if (this.#parts.policy.named.policy.stranded === undefined) return false;
    return this.#asked(
      (sitting) =>
        sitting.ask(this.#matter(reservation), 'stranded', this.#view(reservation, stranding)) === 'wait',
    );
  }

  /** It may have something to offer instead. */
  get offers(): boolean {
    return this.#parts.policy.named.policy.offer !== undefined;
  }

  /** Terms that may be offered instead, the best first. @returns as well what keeps what the policy remembers of it */
  draftsFor(
    reservation: Reservation,
    stranding: Stranding,
    view: RecoveryView,
  ): { readonly drafts: readonly DraftChange[]; keep(): void } {
    const { orElse, policy } = this.#parts;
    return orElse(
      () => {
        const sitting = policy.sitting();
        const stranded = this.#view(reservation, stranding);
        const drafts = sitting.ask(this.#matter(reservation), 'offer', stranded, view);
        return { drafts, keep: () => sitting.keep() };
      },
      () => ({ drafts: [], keep: () => undefined }),
    );
  }

  /** A question of yes or no; a policy that fails says no. */
  #asked(ask: (sitting: Sitting<'recovery'>) => boolean): boolean {
    const { orElse, policy } = this.#parts;
    return orElse(
      () => {
        const sitting = policy.sitting();
        const answer = ask(sitting);
        sitting.keep();
        return answer;
      },
      () => false,
    );
  }

  #matterOf({ instance, reservation }: Vm): Matter {
    return { ...this.#matter(reservation), instance: instance.number };
  }

  #matter({ id: subject, terms }: Reservation): Matter {
    return { nowMs: this.#parts.outbox.nowMs, subject, terms };
  }

  #going({ demand, id: vmId, instance, loadPermille, reservation }: Vm): GoingView {
    const { nowMs } = this.#parts.outbox;
    return Object.freeze({
      vmId,
      reservationId: reservation.id,
      demand: frozen(demand),
      load: loadPermille / 1000,
      openMs: reservation.windowOpen ? nowMs - reservation.openedMs : 0,
      leftMs: Math.max(0, instance.place.endMs - nowMs),
    });
  }

  #view({ id: reservationId, terms }: Reservation, stranding: Stranding): StrandedView {
    const { nowMs } = this.#parts.outbox;
    return Object.freeze({ nowMs, reservationId, proposal: frozen(terms), ...stranding });
  }
}
