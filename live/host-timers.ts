// The machine's own clock and timers, for the wall clock.
import type { HostTimers } from '../engine/index.ts';

type Timer = { readonly immediate: NodeJS.Immediate } | { readonly timeout: NodeJS.Timeout };

export const MACHINE: HostTimers = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // What is due now does not wait for the millisecond that setTimeout takes at least.
  setTimer: (wake, delayMs): Timer =>
    delayMs === 0 ? { immediate: setImmediate(wake) } : { timeout: setTimeout(wake, delayMs) },
  clearTimer: (timer) => {
    const { immediate, timeout } = timer as { immediate?: NodeJS.Immediate; timeout?: NodeJS.Timeout };
    clearImmediate(immediate);
    clearTimeout(timeout);
  },
};
