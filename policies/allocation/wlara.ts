// Where work is little and answers are quick: workload and response time weighed against each other.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { idleShare } from './idle-share.ts';

export interface Answering {
  /** Share of the CPU time that is booked, 0..1. */
  readonly load: number;
  /** Infinity: none is to be expected. */
  readonly expectedMs: number;
  readonly agreedMs: number;
}

/** From 0 to 1. @param alpha weight of the workload; the rest is that of the response time */
export function answeringUtility(alpha: number, { agreedMs, expectedMs, load }: Answering): number {
  const quick = Math.max(0, (agreedMs - expectedMs) / agreedMs);
  return alpha * (1 - load) + (1 - alpha) * quick;
}

export const wlara = allocationPolicy({
  name: 'wlara',
  summary: 'The node with little work whose guests are to answer well within the agreed response time.',
  guide: {
    rule: 'argmax of alpha x (1 - load) + (1 - alpha) x max(0, (agreed - expected) / agreed); load is the booked share of CPU time in the window, expected = service / idle (M/M/1), idle the share of CPUs that is left free at the tightest instant.',
    origin:
      'WLARA of Son and Jun, allocation under negotiated response times: U = alpha x U_workload + (1 - alpha) x U_response; what the two are made of is our own.',
    use: 'When what users agree on is how fast their guests answer, and nodes that are full for a moment hurt.',
  },
  options: Type.Object({
    alpha: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.5,
      description: 'Weight of the workload; the rest is that of the response time.',
    }),
    service: finiteDurationOption({
      default: '50ms',
      description: 'Response time of a guest on a node that is otherwise idle.',
    }),
    agreed: finiteDurationOption({ default: '200ms', description: 'Response time that is agreed on.' }),
  }),
  create: ({ agreed, alpha, service }) => {
    const [serviceMs, agreedMs] = [durationMs(service), durationMs(agreed)];
    if (agreedMs <= 0) throw new RangeError('agreed must be longer than 0');
    return highestScore((node, request) => {
      const idle = idleShare(node, request, 1);
      const expectedMs = idle === 0 ? Number.POSITIVE_INFINITY : serviceMs / idle;
      return answeringUtility(alpha, { load: Math.min(1, node.load), expectedMs, agreedMs });
    });
  },
});
