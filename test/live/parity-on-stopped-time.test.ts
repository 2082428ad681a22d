import { expect, test } from 'vitest';
import {
  DESERVED,
  decisionsOnStoppedTime,
  expectAlike,
  NODE_NEWS,
  PROVIDER,
  START,
  simulatedDecisions,
  workload,
} from './parity-story.ts';

test('a workload is decided in a live service as in the simulator, request by request', async () => {
  const requests = workload(START);
  const simulated = await simulatedDecisions(requests, PROVIDER, NODE_NEWS);
  const live = await decisionsOnStoppedTime(requests);
  expectAlike(live, simulated);
  const kinds = new Set(simulated.map(({ type }) => type));
  for (const type of DESERVED) expect(kinds).toContain(type);
});
