// Inputs that a provider recorded, put to it again: the very same events, whatever the policies; and what differs is seen, not lost.
import { describe, expect, test } from 'vitest';
import type { DomainEvent, SimulatedProvider } from '../../../engine/index.ts';
import { Provider } from '../../../engine/index.ts';
import { DecisionComparison } from '../../../live/replay/decision-comparison.ts';
import { type RecordedInput, replayInputs } from '../../../live/replay/replay-inputs.ts';
import { vmIdOf } from '../../../live/vm-id.ts';
import { HOUR, MINUTE, node, policy, provider } from '../../support/setup.ts';
import { type Story, tell } from '../../support/story.ts';

const POLICIES = ['most-loaded', 'round-robin', 'random'].map((allocation) => ({
  allocation,
  setup: () =>
    provider({
      name: 'provider',
      settings: { ...provider().settings, shutdownLeadMs: MINUTE },
      policies: { ...provider().policies, seed: 7, allocation: policy('allocation', allocation) },
    }),
}));

/** Three users, a counter-offer, a hold that runs out, a crash, a node that is lost. */
function tellOf(setup: SimulatedProvider): Story {
  const story = tell({
    manager: setup.settings,
    policies: setup.policies,
    hypervisor: { ...setup.hypervisor, create: { minMs: 9_000, maxMs: 40_000 } },
    faults: { operationFailure: 0.2 },
    providerOf: ({ settings, cluster, policies }) =>
      new Provider({ name: 'provider', cluster, settings, policies, vmIdOf }),
  });
  story.at('09:00').book('ann', { start: '10:00', duration: '2h', instances: 4, options: 2 }).activate('ann');
  story.at('09:01').book('ben', { start: '10:00', duration: '3h', instances: 3, type: 'LARGE' });
  story.at('09:02').request('cyd', { start: '11:00', instances: 1 });
  story.at('10:20').claim('ann', 1).fail('n1');
  story.at('10:50').return('n1').drain('n2');
  story.at('11:10').book('dan', { duration: '30m', instances: 2 }).activate('dan').enable('n2');
  return story.run();
}

async function* stored(inputs: readonly RecordedInput[]): AsyncGenerator<RecordedInput> {
  for (const { atMs, input } of inputs) yield JSON.parse(JSON.stringify({ atMs, input }));
}

async function replay(setup: SimulatedProvider, inputs: readonly RecordedInput[]): Promise<DomainEvent[]> {
  const events: DomainEvent[] = [];
  await replayInputs({
    setup: { ...setup, vmIdOf },
    inputs: stored(inputs),
    onCommit: (commit) => events.push(...commit.events),
  });
  return events;
}

describe.each(POLICIES)('inputs that were recorded under $allocation', ({ setup }) => {
  test('lead to the very same events', async () => {
    const story = tellOf(setup());
    expect(await replay(setup(), story.commits)).toEqual(story.events);
  });

  test('show under another price what differs, request by request', async () => {
    const story = tellOf(setup());
    const cheap = {
      ...setup(),
      policies: { ...setup().policies, pricing: policy('pricing', 'flat', { cpuHour: 9 }) },
    };
    const comparison = new DecisionComparison();
    for (const event of story.events) comparison.recorded(event);
    for (const event of await replay(cheap, story.commits)) comparison.replayed(event);
    const { alike, requests } = comparison.finish(story.clock.now());
    expect(requests).toBeGreaterThan(2);
    expect(alike).toBeLessThan(requests);
  });
});

test('what a replay expects and the recording never mentions is done in its order, one thing leading to another', async () => {
  const nodes = [node('n1')];
  const story = tell({ nodes, providerOf: (setup) => new Provider({ ...setup, vmIdOf }) });
  story
    .at('09:00')
    .request('ann', { instances: 2 })
    .book('ben', { start: '10:00', duration: '2h', instances: 2 });
  story.run();
  // The start of ben's window leads to what comes after it, all of it before the next input that is recorded.
  const enable: RecordedInput['input'] = { kind: 'command', command: { name: 'enable', nodeId: 'n1' } };
  const inputs: RecordedInput[] = [
    ...story.commits.filter(({ input }) => input.kind === 'command'),
    { atMs: story.ms('13:00'), input: enable },
    { atMs: story.ms('14:00'), input: enable },
  ];
  const events = await replay(provider({ name: 'openpex', cluster: { nodes } }), inputs);
  const isDecision = ({ type }: DomainEvent) => type === 'window-opened' || type === 'reservation-ended';
  const told = (all: readonly DomainEvent[]) =>
    all.filter(isDecision).map(({ atMs, type }) => `${type} ${atMs}`);
  expect(told(events)).toEqual(told(story.events));
});

test('a lease that got other terms, or none, while it waited is a difference, told in words', () => {
  const [{ setup }] = POLICIES as [(typeof POLICIES)[number]];
  const { clock, events } = tellOf(setup());
  const confirmed = events.find(({ type }) => type === 'reservation-confirmed');
  if (confirmed?.type !== 'reservation-confirmed') throw new Error('nothing was confirmed');
  const { atMs, pieces, proposal, reservationId } = confirmed;
  const better = (startMs: number): DomainEvent => ({
    ...{ type: 'terms-changed', seq: 0, atMs, provider: 'provider', reservationId, pieces },
    proposal: { ...proposal, startMs },
  });
  const compared = (replayed: readonly DomainEvent[]) => {
    const comparison = new DecisionComparison();
    for (const event of [...events, better(proposal.startMs - HOUR)]) comparison.recorded(event);
    for (const event of [...events, ...replayed]) comparison.replayed(event);
    return comparison.finish(clock.now()).differences;
  };
  expect(compared([better(proposal.startMs - HOUR)])).toEqual([]);
  expect(compared([better(proposal.startMs)])).toMatchObject([
    { reservationId, recorded: expect.stringMatching(/^better terms: \d x \w+ from \S+ for \d+ s on n/) },
  ]);
  expect(compared([])).toMatchObject([{ reservationId, replayed: null }]);
});

test('an event more or less does not make the requests behind it differ', () => {
  const [{ setup }] = POLICIES as [(typeof POLICIES)[number]];
  const { clock, events } = tellOf(setup());
  const comparison = new DecisionComparison();
  for (const event of events) {
    comparison.recorded(event);
    comparison.replayed({ ...event, seq: event.seq + 1 });
  }
  expect(comparison.finish(clock.now())).toMatchObject({ differences: [] });
});
