// The one way in which a decision changes the calendar: a plan is applied as a whole or refused as a whole, and a refusal is said.
import type { BookingId } from '../../calendar/booking.ts';
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Edit, Plan, RefusalOfEdit, Refused } from '../../calendar/edit.ts';
import type { Outbox } from '../outbox.ts';

/** Stands between the provider and its calendar; tests put one there that refuses. */
export type PlanCheck = (plan: Plan) => Refused | undefined;

/** Why a plan is refused: the calendar cannot take one of its edits, or the reservation must not make it. */
type RefusalOfPlan =
  | RefusalOfEdit
  /** It changes a booking of another reservation, or books in its name. */
  | 'not-its-own'
  /** It does not book exactly what every instance needs: one `book` each. */
  | 'wrong-count'
  /** It books other capacity without giving back what it is to replace. */
  | 'not-released';

const NOBODY: ReadonlySet<string> = new Set();

export class PlanApplier {
  readonly #calendar: CapacityCalendar;
  readonly #outbox: Outbox;
  readonly #check: PlanCheck;

  constructor(calendar: CapacityCalendar, outbox: Outbox, check: PlanCheck = () => undefined) {
    this.#calendar = calendar;
    this.#outbox = outbox;
    this.#check = check;
  }

  /**
   * @param reservationId whose plan it is, for the event of a refusal
   * @param others reservations that make room for it
   * @returns the new bookings in the order of the plan's; undefined when it was refused: nothing has changed then
   */
  apply(
    reservationId: string,
    plan: Plan,
    others: ReadonlySet<string> = NOBODY,
  ): readonly BookingId[] | undefined {
    const trespass = this.#trespassOf(reservationId, plan, others);
    if (trespass !== undefined) return this.refuse(reservationId, ...trespass);
    const result = this.#check(plan) ?? this.#calendar.apply(plan);
    if (result.kind === 'applied') return result.bookings;
    return this.refuse(reservationId, result.edit.edit, result.reason);
  }

  /** Says that a plan is refused. */
  refuse(reservationId: string, edit: Edit['edit'], reason: RefusalOfPlan): undefined {
    this.#outbox.emit({ type: 'plan-refused', reservationId, edit, reason });
  }

  /**
   * The first edit of what is not the reservation's own. Kinds of lease make plans, and the calendar does not know whose they are. What a
   * plan books itself it cannot edit: those bookings become pieces as they are.
   */
  #trespassOf(
    reservationId: string,
    plan: Plan,
    others: ReadonlySet<string>,
  ): [Edit['edit'], RefusalOfPlan] | undefined {
    for (const edit of plan) {
      const owner = edit.edit === 'book' ? edit.owner : this.#calendar.get(edit.id)?.owner;
      if (owner === undefined) return [edit.edit, 'unknown-booking'];
      if (owner !== reservationId && !others.has(owner)) return [edit.edit, 'not-its-own'];
    }
    return undefined;
  }
}
