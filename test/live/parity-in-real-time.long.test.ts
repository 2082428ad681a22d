import { test } from 'vitest';
import {
  agreements,
  decisions,
  expectAlike,
  liveAtSpeed,
  PROVIDER,
  patient,
  simulatedDecisions,
} from './parity-story.ts';

test('in real time, thousands of times as fast, a workload is decided as in the simulator', {
  timeout: 900_000,
}, async () => {
  const { events, requests } = await liveAtSpeed(20_000);
  // The users of the simulation ask at the instants at which those of the service were heard.
  const heardMs = events.flatMap((event) => (event.type === 'proposal-received' ? [event.atMs] : []));
  const users = requests.map((wanted, i) => ({ ...wanted, submitMs: heardMs[i]! }));
  const simulated = await simulatedDecisions(users, patient(PROVIDER));
  // What users said came a moment later than in the simulation, and changed nothing.
  expectAlike(agreements(decisions(events)), agreements(simulated));
});
