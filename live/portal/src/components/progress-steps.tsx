// Where a reservation stands on its way, for those who make their first.
import type { Reservation, ReservationState } from '../../../wire/reservation.ts';

const STEPS = ['Ask', 'Agree', 'Book', 'Activate', 'Use'] as const;
/** Of what begins by itself. */
const WAITING_STEPS = ['Ask', 'Agree', 'Book', 'Wait', 'Use'] as const;

const STEP_OF: Partial<Record<ReservationState, number>> = {
  INITIATED: 0,
  WAITLISTED: 1,
  COUNTERED: 1,
  ACCEPTED: 2,
  CONFIRMED: 3,
  ACTIVATED: 4,
};

/** Nothing for a reservation that has ended. */
export function ProgressSteps({ reservation: { startsItself, status } }: { reservation: Reservation }) {
  const current = STEP_OF[status];
  if (current === undefined) return null;
  return (
    <ol class="progress-steps" aria-label="Steps of a reservation">
      {(startsItself ? WAITING_STEPS : STEPS).map((step, index) => (
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
