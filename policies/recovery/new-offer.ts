// A node that is out when a reservation is to begin is no reason to fail: the user is asked whether other terms will do.
import { Type } from 'typebox';
import { recoveryPolicy } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { goingOn, goingOnOptions } from './going-on.ts';

export const newOffer = recoveryPolicy({
  name: 'new-offer',
  summary:
    'Offers a later start, or fewer instances, as soon as a reservation is known to have no nodes at its start.',
  guide: {
    rule: 'All instances at the first later start within `latest` of the agreed one; else, if `fewer`, as many as fit at the agreed start; for at most the agreed price. The user may take it until the hold ends; whoever does not is left with what was agreed. What is stranded in its window is as `otherwise` says.',
    origin:
      "The alternate offers of the papers (Venugopal, Chu, Buyya 2008), made by the provider after the agreement; OpenPEX's own.",
    use: 'Where nodes are drained or lost for longer than the lead of reservations: a large reservation need not fail for two of its nodes.',
  },
  options: Type.Object({
    latest: finiteDurationOption({
      default: '24h',
      description: 'A start is offered that is at most so much later than agreed.',
    }),
    fewer: Type.Boolean({
      default: true,
      description: 'Where no start is found, fewer instances are offered at the agreed start.',
    }),
    otherwise: Type.Enum(['wait', 'fail'], {
      default: 'wait',
      expected: 'wait, fail',
      description: 'What becomes of a reservation of which instances have no node in their window.',
    }),
    ...goingOnOptions,
  }),
  create: ({ fewer, latest, otherwise, ...options }) => ({
    ...goingOn(options),
    stranded: () => otherwise,
    offer({ nowMs, proposal }, view) {
      const { demand, durationMs: forMs, numInstancesFixed: count, startMs: agreedMs } = proposal;
      const startMs = view.earliestStart({
        demand,
        count,
        durationMs: forMs,
        notBeforeMs: Math.max(nowMs, agreedMs),
        latestStartMs: agreedMs + durationMs(latest),
      });
      if (startMs !== undefined && startMs > agreedMs) return [{ startMs }];
      const { instancesThatFit } = view;
      return fewer && instancesThatFit > 0 && instancesThatFit < count
        ? [{ numInstancesFixed: instancesThatFit }]
        : [];
    },
  }),
});
