// The waitlist: who was refused waits, and has a turn when time comes free.
import { expect, test } from 'vitest';
import { LEASE_KINDS, Provider } from '../../../../engine/index.ts';
import { HOUR, MINUTE, node, policy } from '../../../support/setup.ts';
import { type Story, type StorySettings, tell } from '../../../support/story.ts';

const WHOLE = { start: '10:00', duration: '2h', instances: 4 } as const;
const WAITS = { waitUntil: '10:00', waitInstead: true } as const;

/** One node of four CPUs, all of it booked by bob from ten to twelve. */
function full(settings: StorySettings = {}): Story {
  const story = tell({ nodes: [node('n1', 4)], ...settings });
  story.user('bob').book(WHOLE);
  return story;
}

const order = (story: Story) =>
  story.provider
    .waitlist(story.clock.now())
    .map(({ position, reservationId }) => `${position} ${reservationId}`);
const stateOf = (story: Story, name: string) => story.provider.reservation(name)?.state;

test('who is refused waits, and has an offer that is held for a while when the window comes free', () => {
  const story = full();
  story.at('08:00').request('ann', { ...WHOLE, ...WAITS });
  story.at('09:00').cancel('bob');
  story.at('09:30').confirm('ann');
  story.at('10:00').activate('ann');
  story.run();
  expect(story.timeline()).toMatchInlineSnapshot(`
    "00:00  bob asks for 4 SMALL 10:00-12:00
           bob <- ACCEPT on 4xn1, held until 00:10
           bob is CONFIRMED on 4xn1
    08:00  ann asks for 4 SMALL 10:00-12:00
           ann <- WAITLISTED (no-capacity) until 10:00
    09:00  bob is CANCELLED: cancelled-by-user [refund 800000]
           ann <- ACCEPT on 4xn1, held until 10:00, having waited since 08:00
    09:30  ann is CONFIRMED on 4xn1
    10:00  ann may run until 12:00 on 4xn1
           ann is ACTIVATED
           ann/1,2,3,4 HALTED on n1
           ann/1,2,3,4 RUNNING on n1
    12:00  ann is EXPIRED: window-over
           ann/1,2,3,4 HALTED on n1
           ann/1,2,3,4 DELETED on n1"
  `);
});

test('an offer comes before the waiting, unless the user rather waits', () => {
  const story = full();
  expect(story.user('ann').request({ ...WHOLE, waitUntil: '10:00' })).toMatchObject({ reply: 'COUNTER' });
  expect(story.user('eve').request({ ...WHOLE, ...WAITS })).toEqual({
    reply: 'WAITLISTED',
    reason: 'no-capacity',
    waitsUntilMs: story.ms('10:00'),
  });
  // Who does not like the offer waits instead, and gives it back.
  expect(story.user('ann').counter({ ...WHOLE, ...WAITS })).toMatchObject({ reply: 'WAITLISTED' });
  expect(order(story)).toEqual(['1 ann', '2 eve']);
  expect(story.provider.calendar.bookingCount).toBe(4);
});

test('without a counter-offer policy a refused ask stays open as it is', () => {
  const story = full({ policies: { counterOffer: policy('counter-offer', 'none') } });
  expect(story.user('ann').request({ ...WHOLE, waitUntil: '09:00' })).toMatchObject({
    reply: 'WAITLISTED',
    waitsUntilMs: story.ms('09:00'),
  });
  story.run();
  expect(story.endOf('ann')).toMatchObject({ atMs: 9 * HOUR, state: 'REJECTED', reason: 'waited-in-vain' });
});

test('the turn passes on when it is declined, and when nobody answers in time', () => {
  const story = full({ manager: { turnMs: 20 * MINUTE } });
  for (const user of ['ann', 'eve', 'zoe']) story.user(user).request({ ...WHOLE, ...WAITS });
  story.user('bob').cancel();
  story.runUntil('00:05');
  expect(['ann', 'eve', 'zoe'].map((user) => stateOf(story, user))).toEqual([
    'ACCEPTED',
    'WAITLISTED',
    'WAITLISTED',
  ]);
  story.user('ann').reject();
  expect(stateOf(story, 'eve')).toBe('ACCEPTED');
  story.runUntil('00:25');
  expect(story.endOf('eve')).toMatchObject({ reason: 'hold-expired' });
  expect(stateOf(story, 'zoe')).toBe('ACCEPTED');
  expect(story.user('zoe').confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
});

test('several have their turn at once where there is room for them, and who needs more is passed over', () => {
  const story = full();
  story.user('big').request({ ...WHOLE, duration: '3h', ...WAITS });
  story.user('ann').request({ ...WHOLE, instances: 3, ...WAITS });
  story.user('eve').request({ ...WHOLE, instances: 2, ...WAITS });
  story.user('zoe').request({ ...WHOLE, instances: 1, ...WAITS });
  story.user('last').book({ start: '12:30', instances: 1 });
  story.user('bob').cancel();
  expect(['big', 'ann', 'eve', 'zoe'].map((user) => stateOf(story, user))).toEqual([
    'WAITLISTED',
    'ACCEPTED',
    'WAITLISTED',
    'ACCEPTED',
  ]);
});

test.each([
  ['fifo', ['small', 'long', 'wide']],
  ['best-fit-first', ['wide', 'long', 'small']],
  ['price-first', ['wide', 'long', 'small']],
] as const)('the order of %s', (name, expected) => {
  const story = full({ policies: { waitlist: policy('waitlist', name) } });
  story.user('small').request({ ...WHOLE, instances: 1, ...WAITS });
  story.user('long').request({ ...WHOLE, duration: '6h', instances: 1, ...WAITS });
  story.user('wide').request({ ...WHOLE, ...WAITS });
  expect(order(story).map((line) => line.slice(2))).toEqual(expected);
});

test('drf gives the next turn to whoever has the least of what they have most of', () => {
  // Sixteen CPUs and 16 GiB; bob has all of it, ann and eve have nothing yet, and both ask for several.
  const big = node('n1', 16, 16_384);
  const story = tell({ nodes: [big], policies: { waitlist: policy('waitlist', 'drf') } });
  story.user('bob').book({ ...WHOLE, instances: 16 });
  const asks = (reservationId: string, demand: { milliCpus: number; memoryMib: number }) => {
    const asked = story.proposal({ ...WHOLE, ...WAITS, instances: 1 });
    const proposal = { ...asked, demand: { ...demand, diskGib: 0 } };
    const userId = reservationId.slice(0, 3);
    story.command({ name: 'open', reservationId, userId, origin: null, proposal });
  };
  // Each of ann's needs a quarter of the memory, each of eve's an eighth of the CPUs.
  for (let i = 1; i <= 4; i++) asks(`ann${i}`, { milliCpus: 1000, memoryMib: 4096 });
  for (let i = 1; i <= 4; i++) asks(`eve${i}`, { milliCpus: 2000, memoryMib: 1024 });
  story.user('bob').cancel();
  const turns = story.eventsOf('offer-accepted').map(({ reservationId }) => reservationId);
  // 0:0 ann, 1/4:0 eve, 1/4:1/8 eve, 1/4:1/4 ann (the older), 1/2:1/4 eve, 1/2:3/8 eve, 1/2:1/2 ann; the last of ann has no room.
  expect(turns.slice(1)).toEqual(['ann1', 'eve1', 'eve2', 'ann2', 'eve3', 'eve4', 'ann3']);
});

test('a lottery draws once for each, whoever asks how often', () => {
  const lots = (seed: number) => {
    const policies = { seed, waitlist: policy('waitlist', 'lottery') };
    const story = full({ policies });
    for (const user of ['a', 'b', 'c', 'd', 'e', 'f']) story.user(user).request({ ...WHOLE, ...WAITS });
    const before = order(story);
    story.runUntil('05:00');
    expect(order(story)).toEqual(before);
    return before.map((line) => line.slice(2)).join('');
  };
  expect(new Set([1, 2, 3, 4, 5].map(lots)).size).toBeGreaterThan(3);
});

test('what could never be is refused, and so is what nobody may wait for', () => {
  const story = full({ manager: { waitlistMax: 1 } });
  const asks = (user: string, terms: object) => story.user(user).request({ ...WHOLE, ...WAITS, ...terms });
  expect(asks('huge', { instances: 5 })).toEqual({ reply: 'REJECT', reason: 'never-fits' });
  expect(asks('ann', {})).toMatchObject({ reply: 'WAITLISTED' });
  // The list is full.
  expect(asks('eve', {})).toEqual({ reply: 'REJECT', reason: 'no-capacity' });
  story.user('ann').cancel();
  expect(asks('zoe', { waitUntil: 0 })).toEqual({ reply: 'REJECT', reason: 'no-capacity' });
});

test('a node that is back is time that comes free, and a flexible ask takes less of it, later', () => {
  const story = tell({ nodes: [node('n1', 4)], leaseKinds: LEASE_KINDS });
  story.drain('n1', 'never');
  const flexible = { kind: 'flexible', latestStart: '12:00', minDuration: '1h', minInstances: 2 } as const;
  expect(
    story.user('ann').request({ ...WHOLE, ...flexible, waitUntil: '20:00', waitInstead: true }),
  ).toMatchObject({ reply: 'WAITLISTED', reason: 'no-node', waitsUntilMs: story.ms('12:00') });
  story.runUntil('11:00');
  story.command({ name: 'enable', nodeId: 'n1' });
  expect(stateOf(story, 'ann')).toBe('COUNTERED');
  expect(story.provider.reservation('ann')?.proposal).toMatchObject({ startMs: 11 * HOUR });
});

test('who would pay too little goes on waiting', () => {
  const story = full();
  story.user('poor').request({ ...WHOLE, ...WAITS, maxPriceMicros: 1 });
  story.user('bob').cancel();
  expect(stateOf(story, 'poor')).toBe('WAITLISTED');
  expect(story.provider.calendar.bookingCount).toBe(0);
});

test('a policy that fails is done without where nobody can be refused, and whoever has waited longest comes first', () => {
  const failing = {
    name: 'failing',
    policy: {
      rank: () => {
        throw new Error('no idea');
      },
    },
  };
  const stops = full({ policies: { waitlist: failing } });
  stops.user('ann').request({ ...WHOLE, ...WAITS });
  expect(() => stops.user('bob').cancel()).toThrow(/waitlist policy "failing" threw Error: no idea in rank/);
  const told: string[] = [];
  const goesOn = full({
    policies: { waitlist: failing },
    providerOf: (setup) => new Provider(setup, { goesOnWithout: ({ kind }) => told.push(kind) }),
  });
  goesOn.user('ann').request({ ...WHOLE, ...WAITS });
  goesOn.user('eve').request({ ...WHOLE, ...WAITS });
  goesOn.user('bob').cancel();
  expect([stateOf(goesOn, 'ann'), stateOf(goesOn, 'eve')]).toEqual(['ACCEPTED', 'WAITLISTED']);
  // Both are ranked, and after the turn of the one again the other.
  expect(told).toEqual(['waitlist', 'waitlist', 'waitlist']);
});
