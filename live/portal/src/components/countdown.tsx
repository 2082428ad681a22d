// The time that is left of an offer, in service time. Milestones are read out; every second would be noise.
import { useEffect, useRef, useState } from 'preact/hooks';
import { usePortal } from '../live/context.ts';
import { useNow } from '../live/use-now.ts';
import { formatCountdown, formatSpan } from '../text/time.ts';

const MILESTONES_MS = [600_000, 300_000, 60_000, 30_000, 10_000];

export function Countdown({ untilMs }: { untilMs: number }) {
  const { clock } = usePortal();
  const leftMs = useNow(clock.speed === 1 ? 1000 : 250) && untilMs - clock.now();
  const spoken = useMilestone(leftMs);
  const isFast = clock.speed !== 1;
  const isUrgent = leftMs <= 60_000 * Math.max(1, clock.speed / 4);
  return (
    <span class={isUrgent ? 'countdown urgent' : 'countdown'}>
      <span role="timer" aria-live="off">
        {leftMs <= 0 ? (
          'expired'
        ) : (
          <>
            <span class="figures">{formatCountdown(leftMs)}</span>
            {isFast && <span class="muted"> ({formatSpan(leftMs / clock.speed)} by your watch)</span>}
          </>
        )}
      </span>
      <span class="visually-hidden" aria-live="polite">
        {spoken}
      </span>
    </span>
  );
}

/** What to read out: changes only when a milestone is passed. */
function useMilestone(leftMs: number): string {
  const [spoken, setSpoken] = useState('');
  const passed = leftMs <= 0 ? -1 : (MILESTONES_MS.findLast((milestone) => leftMs <= milestone) ?? 0);
  const before = useRef(passed);
  useEffect(() => {
    if (passed === before.current) return;
    before.current = passed;
    setSpoken(passed < 0 ? 'The offer has expired.' : `${formatSpan(passed)} left to answer.`);
  }, [passed]);
  return spoken;
}
