// Users of a recording in the simulator: whoever haggled does it again, and is content with what they asked last.
import { expect, test } from 'vitest';
import type { DomainEvent } from '../../../engine/index.ts';
import { readDemand } from '../../../live/replay/recorded-requests.ts';
import { whatIf } from '../../../live/replay/what-if.ts';
import { node, policy, provider } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const NODES = [node('n1')];

/** Ann has the whole node from 10 to 12. Ben wants all of it at 10, is countered, and takes half an hour of a part before it. */
function recorded(): readonly DomainEvent[] {
  const story = tell({ nodes: NODES });
  story.at('09:00').book('ann', { start: '10:00', duration: '2h', instances: 4 });
  story.runUntil('09:01');
  const ben = { start: '10:00', duration: '1h', instances: 4 };
  story.command({ name: 'initiate', reservationId: 'ben', userId: 'ben', origin: null });
  story.command({ name: 'request', reservationId: 'ben', proposal: story.proposal(ben) });
  for (const terms of [
    { ...ben, start: '11:00' },
    { start: '09:30', duration: '30m', instances: 2 },
  ]) {
    const proposal = story.proposal(terms);
    story.command({ name: 'reply', reservationId: 'ben', answer: { reply: 'COUNTER', proposal } });
  }
  story.command({ name: 'reply', reservationId: 'ben', answer: { reply: 'CONFIRM' } });
  return story.run().events;
}

async function* streamed(events: readonly DomainEvent[]): AsyncGenerator<DomainEvent> {
  yield* events;
}

async function simulated(counterOffer: string, cpuHour = 0.1) {
  const demand = await readDemand(streamed(recorded()));
  const { policies } = provider();
  return whatIf({
    candidate: {
      seed: 1,
      providers: [
        provider({
          cluster: { nodes: NODES },
          policies: {
            ...policies,
            counterOffer: policy('counter-offer', counterOffer),
            pricing: policy('pricing', 'flat', { cpuHour }),
          },
        }),
      ],
      buyer: () => policy('buyer', 'earliest-slot'),
    },
    demand,
    description: {
      scenario: 'haggling',
      description: '',
      seed: 1,
      version: 'test',
      reproduceCommand: '',
      settings: [],
    },
  });
}

test('rounds of counter-proposals are played back', async () => {
  expect(await simulated('earliest-start')).toMatchObject({
    requests: 2,
    accepted: 2,
    acceptedFirstOffer: 1,
    counterAccepted: 1,
    meanRounds: 2,
  });
});

test('a provider that rejects hears of no further proposal', async () => {
  expect(await simulated('none')).toMatchObject({ requests: 2, accepted: 1, rejected: 1, meanRounds: 1 });
});

test('another price and another counter-offer policy are told with what they come to in money', async () => {
  // Ann: four CPUs for two hours. Ben: two for what is billed as an hour, if he is countered.
  const earned = async (counterOffer: string, cpuHour: number) => {
    const { ledgerBreaches, revenue } = await simulated(counterOffer, cpuHour);
    expect(ledgerBreaches).toBe(0);
    return revenue;
  };
  expect(await earned('earliest-start', 0.1)).toBe(1);
  expect(await earned('earliest-start', 0.3)).toBe(3);
  expect(await earned('none', 0.3)).toBe(2.4);
});
