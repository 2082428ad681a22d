// Where the network of a new VM is least in the way: by how busy a node is, and how little of it is idle.

import { Type } from 'typebox';
import { allocationPolicy, highestScore } from '../../engine/for-policies.ts';
import { idleShare } from './idle-share.ts';

/** As published the term of the idle share has no bound; it is kept from 0 so that a full node is comparable with a fuller one. */
const LEAST_IDLE = 0.01;

export interface Contention {
  readonly weight: number;
  readonly form: 'bounded' | 'published';
}

/** @param cpu share of the CPU time in use @param idle share that is idle, both from 0 to 1 */
export function contention(cpu: number, idle: number, { form, weight }: Contention): number {
  const idleTerm = form === 'published' ? 1 / Math.max(LEAST_IDLE, idle) : 1 - idle;
  return weight * cpu + (1 - weight) * idleTerm;
}

export const netcont = allocationPolicy({
  name: 'netcont',
  summary: 'The node with the least contention: little CPU time booked, and CPUs idle at every instant.',
  guide: {
    rule: 'argmin of w x CPU + (1 - w) x (1 - IDLE), as published w x CPU + (1 - w) / max(IDLE, 0.01); CPU is the booked share of CPU time in the window, IDLE the share of CPUs that is free at its tightest instant.',
    origin:
      'NETCONT of Yu et al., placement by the contention of Dom-0 that network traffic goes through; the bounded form, and booked in place of measured CPU time, are our own.',
    use: 'When guests send much and Dom-0 needs CPUs that no guest has: peaks count beside the mean that least-loaded looks at.',
  },
  options: Type.Object({
    weight: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.5,
      description: 'Weight of the CPU time (w); the rest is that of the idle share.',
    }),
    form: Type.Enum(['bounded', 'published'], {
      default: 'bounded',
      expected: 'bounded or published',
      description: 'Whether the term of the idle share is 1 - IDLE, or 1 / IDLE as published.',
    }),
  }),
  create: ({ form, weight }) =>
    highestScore((node, request) => -contention(node.load, idleShare(node, request), { form, weight })),
});
