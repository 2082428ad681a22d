// Where a reservation stands on its way, for those who make their first.
import type { Reservation, ReservationState } from '../../../wire/reservation.ts';
import { IN_QUEUE } from '../negotiation/request-fields.ts';

const STEPS = ['Ask', 'Agree', 'Confirm', 'Activate', 'Use'] as const;
/** Of what begins by itself when its turn comes. */
const QUEUE_STEPS = ['Ask', 'Agree', 'Confirm', 'Wait', 'Use'] as const;

const STEP_OF: Partial<Record<ReservationState, number>> = {
  INITIATED: 0,
  WAITLISTED: 1,
  COUNTERED: 1,
  ACCEPTED: 2,
  CONFIRMED: 3,
  ACTIVATED: 4,
};

/** Nothing for a reservation that has ended. */
export function ProgressSteps({ reservation: { kind, status } }: { reservation: Reservation }) {
  const current = STEP_OF[status];
  if (current === undefined) return null;
  return (
    <ol class="progress-steps" aria-label="Steps of a reservation">
      {(kind === IN_QUEUE ? QUEUE_STEPS : STEPS).map((step, index) => (
        <li
          key={step}
          class={index < current ? 'done' : undefined}
          aria-current={index === current ? 'step' : undefined}
        >
          <span class="step-number" aria-hidden="true">
            {index < current ? '✓' : index + 1}
          </span>
          {step}
          {index < current && <span class="visually-hidden"> (done)</span>}
        </li>
      ))}
    </ol>
  );
}
