// The one way in which a decision changes the calendar: a plan is applied as a whole or refused as a whole, and a refusal is said.
import type { BookingId } from '../../calendar/booking.ts';
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { Plan, Refused } from '../../calendar/edit.ts';
import type { Outbox } from '../outbox.ts';

/** Stands between the provider and its calendar; tests put one there that refuses. */
export type PlanCheck = (plan: Plan) => Refused | undefined;

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
   * @returns the new bookings in the order of the plan's; undefined when it was refused: nothing has changed then
   */
  apply(reservationId: string, plan: Plan): readonly BookingId[] | undefined {
    const result = this.#check(plan) ?? this.#calendar.apply(plan);
    if (result.kind === 'applied') return result.bookings;
    const { edit, reason } = result;
    this.#outbox.emit({ type: 'plan-refused', reservationId, edit: edit.edit, reason });
    return undefined;
  }
}
