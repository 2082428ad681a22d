// Stories of GPUs that are counted one by one.
import { Type } from 'typebox';
import { expect, test } from 'vitest';
import {
  allocationPolicy,
  counterOfferPolicy,
  type DeviceChoice,
  PolicyError,
  type Resources,
} from '../../../engine/index.ts';
import { makePolicy, resolvePolicy } from '../../../policies/resolve-policy.ts';
import { restarting } from '../../support/restarting.ts';
import { HOUR, node, policy, SECOND } from '../../support/setup.ts';
import { type Story, type StorySettings, tell } from '../../support/story.ts';

const RESOURCES = [{ name: 'gpu', divisible: true, scope: 'node', devices: 'best-fit' }] as const;

const gpuNode = (nodeId: string, gpus: number) => {
  const plain = node(nodeId, 8, 65_536);
  return { ...plain, capacity: { ...plain.capacity, named: { gpu: 1000 * gpus } } };
};
const asking = (gpu: number): Resources => ({ milliCpus: 1000, memoryMib: 768, diskGib: 0, named: { gpu } });

function gpus(settings: StorySettings = {}): Story {
  return tell({
    nodes: [gpuNode('n1', 2)],
    resources: RESOURCES,
    ...settings,
    manager: { autoActivate: true, explains: true, ...settings.manager },
  });
}

/** The devices of a reservation, by its bookings. */
function devicesOf(story: Story, owner: string, nodeIndex = 0): (readonly number[] | undefined)[] {
  return story.provider.calendar
    .bookingsOn(nodeIndex, story.clock.now(), 100 * HOUR)
    .filter((booking) => booking.owner === owner)
    .map(({ devices }) => devices);
}

test('two halves of two GPUs are not had as one, now or ahead of time, and who asks hears which are in pieces', () => {
  const story = gpus({ policies: { counterOffer: policy('counter-offer', 'earliest-start') } });
  story.user('ann').book({ start: '10:00', duration: '2h', demand: asking(600) });
  story.user('bob').book({ start: '11:00', duration: '2h', demand: asking(600) });
  expect([devicesOf(story, 'ann'), devicesOf(story, 'bob')]).toEqual([[[0]], [[1]]]);
  // At 11:00 each has 0.4 left: together enough, but for nobody who wants 0.5.
  const offer = story.user('cleo').request({ start: '11:00', duration: '1h', demand: asking(500) });
  expect(offer).toMatchObject({
    reply: 'COUNTER',
    proposal: { startMs: 12 * HOUR },
    bottleneck: {
      resource: 'gpu',
      nodeIds: ['n1'],
      fromMs: 11 * HOUR,
      untilMs: 12 * HOUR,
      fragments: [{ nodeId: 'n1', free: [400, 400] }],
    },
  });
  expect(story.user('dora').book({ start: '11:00', duration: '1h', demand: asking(400) })).toMatchObject({
    reply: 'REQUEST_SUCCESS',
  });
  expect(story.user('eve').request({ start: '12:00', duration: '9h', demand: asking(3000) })).toMatchObject({
    reply: 'REJECT',
    reason: 'never-fits',
  });
  story.run();
});

test('a request that only has room by changing its device has none', () => {
  const story = gpus();
  story.user('ann').book({ start: '10:00', duration: '1h', demand: asking(1000) });
  story.user('bob').book({ start: '10:00', duration: '2h', demand: asking(1000) });
  // The device of ann is free from 11:00 on, that of bob from 12:00 on.
  story.user('cleo').book({ start: '12:00', duration: '1h', demand: asking(2000) });
  expect(devicesOf(story, 'cleo')).toEqual([[0, 1]]);
  expect(story.user('dora').request({ start: '11:00', duration: '90m', demand: asking(500) })).toMatchObject({
    reply: 'COUNTER',
  });
  story.run();
});

test('devices are the same after a restart at any time', () => {
  const live = (settings: StorySettings) => {
    const story = gpus(settings);
    const demands = [300, 600, 500, 400, 1000, 700];
    for (const [i, gpu] of demands.entries())
      story.user(`u${i}`).book({ start: (10 + i / 2) * HOUR, duration: '2h', demand: asking(gpu) });
    story.user('u0').cancel();
    story.user('late').book({ start: '10:00', duration: '3h', demand: asking(300) });
    const devices = [...demands.keys()].map((i) => devicesOf(story, `u${i}`));
    return [devices, devicesOf(story, 'late'), story.run().eventsOf('reservation-ended')];
  };
  expect(live({ providerOf: restarting })).toEqual(live({}));
});

test('a VM that moves gets devices where it goes, and gives back those that it had', () => {
  const story = gpus({
    nodes: [gpuNode('n1', 1), gpuNode('n2', 2)],
    hypervisor: { migrate: { minMs: 30 * SECOND, maxMs: 30 * SECOND } },
  });
  story.at('08:00').book('ann', { start: '08:00', duration: '4h', demand: asking(600) });
  story.runUntil('08:30');
  expect(devicesOf(story, 'ann', 0)).toEqual([[0]]);
  story.at('09:00').drain('n1');
  story.runUntil('09:30');
  expect([devicesOf(story, 'ann', 0), devicesOf(story, 'ann', 1)]).toEqual([[], [[0]]]);
  story.run();
  expect(story.endOf('ann')?.reason).toBe('window-over');
});

test('a lease is suspended and resumed on the devices that it runs on', () => {
  const story = gpus({
    manager: {
      suspension: {
        suspendMibPerS: 12.8,
        resumeMibPerS: 12.8,
        enactmentMs: 0,
        exclusion: 'node',
        threshold: 1,
      },
    },
  });
  story.at('08:00').book('all', { start: '10:00', duration: '1h', demand: asking(2000) });
  // There is room on the second device only until 9:50, and on the first afterwards, to which the rule would send the suspension.
  story.at('08:00').book('beside', { start: '08:30', duration: '80m', demand: asking(600) });
  story.at('09:00').book('ann', { kind: 'preemptible', duration: '2h', demand: asking(500) });
  story.runUntil('09:30');
  expect(devicesOf(story, 'ann')).toEqual([[1], [1]]);
  story.runUntil('11:00:30');
  const after = devicesOf(story, 'ann');
  expect(after).toEqual([after[0], after[0]]);
  story.run();
  expect(story.endOf('ann')?.reason).toBe('window-over');
  expect(story.eventsOf('lease-suspended')).toHaveLength(1);
});

test('what has devices cannot be changed', () => {
  const story = gpus();
  story.user('ann').book({ start: '10:00', duration: '1h', demand: asking(600) });
  expect(story.user('ann').change({ duration: '2h' })).toMatchObject({
    reply: 'REJECT',
    reason: 'unchangeable-kind',
  });
  story.run();
});

const choosing = (choice: DeviceChoice) =>
  makePolicy(
    resolvePolicy(
      allocationPolicy({
        name: 'last',
        summary: 'The last device.',
        options: Type.Object({}),
        create: () => ({
          choose: (_, [first]) => first!,
          devices: () => choice,
        }),
      }),
    ),
  );

test('a policy chooses the device, and one that has no room is none of its choices', () => {
  const story = gpus({ policies: { allocation: choosing({ gpu: [1] }) } });
  story.user('ann').book({ start: '10:00', duration: '1h', demand: asking(600) });
  expect(devicesOf(story, 'ann')).toEqual([[1]]);
  expect(() => story.user('bob').request({ start: '10:00', duration: '1h', demand: asking(600) })).toThrow(
    PolicyError,
  );
});

/** One GPU each, of two models. */
const twoModels = ['A10', 'T4'].map((gpu) => ({ ...gpuNode(`n-${gpu}`, 1), models: { gpu } }));
const ofModel = (gpu: number, ...any: string[]): Resources => ({ ...asking(gpu), models: { gpu: any } });

test('that one model has no room says nothing of another to who waits in the queue', () => {
  const story = gpus({ nodes: twoModels, manager: { backfillReservations: 1 } });
  story.user('ann').book({ duration: '2h', demand: ofModel(1000, 'A10'), kind: 'best-effort' });
  for (const [user, models] of [
    ['bob', ['A10']],
    ['cleo', ['T4']],
    ['dora', ['A10', 'T4']],
  ] as const)
    story.user(user).book({ duration: '1h', demand: ofModel(1000, ...models), kind: 'best-effort' });
  story.run();
  const begun = story
    .eventsOf('window-opened')
    .map((event) => [event.reservationId, event.pieces.map(({ nodeId }) => nodeId), event.endMs]);
  expect(begun).toEqual([
    ['ann', ['n-A10'], 2 * HOUR],
    ['cleo', ['n-T4'], HOUR],
    ['dora', ['n-T4'], 2 * HOUR],
    ['bob', ['n-A10'], 3 * HOUR],
  ]);
});

test('less is offered on the models that were asked for, also by a policy that knows nothing of models', () => {
  const less = makePolicy(
    resolvePolicy(
      counterOfferPolicy({
        name: 'less',
        summary: 'Some of a GPU.',
        options: Type.Object({}),
        create: () => ({
          respond: ({
            proposal: {
              demand: { models: _, ...demand },
            },
          }) => [{ demand: { ...demand, named: { gpu: 400 } } }],
        }),
      }),
    ),
  );
  const story = gpus({ nodes: twoModels, policies: { counterOffer: less } });
  story.user('ann').book({ start: '10:00', demand: ofModel(600, 'T4') });
  const offer = story.user('bob').request({ start: '10:00', demand: ofModel(1000, 'T4') });
  expect(offer).toMatchObject({ reply: 'COUNTER', proposal: { demand: ofModel(400, 'T4') } });
  expect(devicesOf(story, 'bob', 1)).toEqual([[0]]);
});

test('a replica holds the same devices after a restart, whatever has come free beside it', () => {
  const story = (settings: StorySettings) =>
    gpus({
      nodes: [gpuNode('n1', 1), gpuNode('n2', 2)],
      ...settings,
      manager: { replicas: { holds: 'all', apart: 'node' } },
      hypervisor: {
        checkpoints: { everyMs: SECOND, pauseMs: 0, restore: { minMs: SECOND, maxMs: SECOND } },
      },
    });
  const live = (settings: StorySettings) => {
    const told = story(settings);
    told.user('ann').book({ start: '10:00', duration: '4h', demand: asking(1000) });
    told.user('bob').book({ start: '10:00', duration: '1h', demand: asking(1000) });
    told.runUntil('12:00');
    return devicesOf(told, told.eventsOf('replica-placed')[0]!.reservationId, 1);
  };
  expect(live({})).toEqual([[1]]);
  expect(live({ providerOf: restarting })).toEqual([[1]]);
});
