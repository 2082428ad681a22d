// First come, first served.

import { Type } from 'typebox';
import { waitlistPolicy } from '../../engine/for-policies.ts';

export const fifo = waitlistPolicy({
  name: 'fifo',
  summary: 'Whoever has waited longest.',
  guide: {
    rule: 'argmin of the instant at which it joined the waitlist; what does not fit into the room that came free is passed over.',
    origin: 'The waiting lists of courts, classes and flights.',
    use: 'The default: nobody who waits for the same time is overtaken.',
  },
  options: Type.Object({}),
  create: () => ({ rank: ({ sinceMs }) => sinceMs }),
});
