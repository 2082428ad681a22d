// A best-effort lease that gives way to others: it waits in the same queue, and may be interrupted once it runs.
import { bestEffort } from './best-effort.ts';
import type { LeaseKind } from './lease-kind.ts';

export const preemptible: LeaseKind = {
  ...bestEffort,
  name: 'preemptible',
  summary: 'a best-effort window that may be interrupted for others, and goes on when there is room again',
  givesWay: true,
};
