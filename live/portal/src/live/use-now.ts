// Service time as a value that components can draw.
import { useEffect, useReducer } from 'preact/hooks';
import { usePortal } from './context.ts';

/** Service time, drawn again each `everyMs` of real time. */
export function useNow(everyMs = 1000): number {
  const { clock } = usePortal();
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const timer = window.setInterval(() => redraw(undefined), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return clock.now();
}
