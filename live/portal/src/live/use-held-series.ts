// The series that is held for its user and not answered yet: kept over a reload in the same tab, for as long as the last of its holds.
import { useState } from 'preact/hooks';
import type { Series, SeriesQuoteBody } from '../../../wire/series.ts';
import { usePortal } from './context.ts';

export interface HeldSeries {
  readonly asked: SeriesQuoteBody;
  readonly name: string | null;
  readonly series: Series;
}

/** @returns what is held, null for nothing, and what sets it */
export function useHeldSeries(): readonly [HeldSeries | null, (held: HeldSeries | null) => void] {
  const { account, clock } = usePortal();
  const key = `openpex series ${account.userid}`;
  const [held, setHeld] = useState(() => readHeld(key, clock.now()));
  return [
    held,
    (next) => {
      setHeld(next);
      // Where a browser keeps nothing, nothing is kept.
      try {
        if (next === null) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, JSON.stringify(next));
      } catch {}
    },
  ];
}

/** Until when something of it is held. */
export function heldUntilMs({ occurrences }: Series): readonly number[] {
  return occurrences.flatMap(({ answer: { holdUntilMs } }) => holdUntilMs ?? []);
}

function readHeld(key: string, nowMs: number): HeldSeries | null {
  try {
    const held = JSON.parse(sessionStorage.getItem(key) ?? 'null') as HeldSeries | null;
    return held !== null && Math.max(...heldUntilMs(held.series)) > nowMs ? held : null;
  } catch {
    return null;
  }
}
