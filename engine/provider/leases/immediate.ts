// A lease that starts now or not at all: what a cloud without reservations sells.
import { advance } from './advance.ts';
import type { LeaseKind } from './lease-kind.ts';

export const immediate: LeaseKind = {
  ...advance,
  name: 'immediate',
  summary: 'a window that starts now; when it does not fit, no later one is offered',
  accepts: ({ startMs }, nowMs) => (startMs > nowMs ? 'not-immediate' : undefined),
  latestStartMs: (_proposal, nowMs) => nowMs,
};
