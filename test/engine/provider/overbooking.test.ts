// What is reserved is sold again on the chance that its user does not come: who does come late for what was overbooked, who is bumped, and what of it is promised.
import { expect, test } from 'vitest';
import { OVERBOOKED, Provider, USUAL_LEASE_KINDS } from '../../../engine/index.ts';
import { MINUTE, node } from '../../support/setup.ts';
import { type StorySettings, tell } from '../../support/story.ts';

const leaseKinds = [...USUAL_LEASE_KINDS, OVERBOOKED];
const manager = { noShowGraceMs: 15 * MINUTE, overbooking: { noShowChance: 0.5, risk: 0.5 }, waitlistMax: 9 };
const settings: StorySettings = { nodes: [node('n1', 4)], manager, leaseKinds };
const full = { start: '10:00', duration: '4h', instances: 4 };

/** Four reservations of a CPU each, all there is, and one more that is offered what one of them may leave. */
function overbook(more: StorySettings = {}) {
  const story = tell({ ...settings, ...more });
  for (const user of ['a', 'b', 'c', 'd']) story.at('08:00').book(user, { ...full, instances: 1 });
  story.runUntil('08:01');
  const offer = story.user('last').request({ ...full, instances: 1 });
  story.user('last').accept();
  story.user('last').confirm();
  return { story, offer };
}

const endsOf = (story: ReturnType<typeof tell>) =>
  Object.fromEntries(
    story
      .eventsOf('reservation-ended')
      .map(({ atMs, reason, reservationId }) => [reservationId, `${atMs / MINUTE} ${reason}`]),
  );

test('what has no room is offered on the chance that somebody stays away, begins when they have, and ends in time', () => {
  const { offer, story } = overbook();
  expect(offer).toMatchObject({ reply: 'COUNTER', proposal: { kind: 'overbooked', startMs: 600 * MINUTE } });
  for (const user of ['a', 'b', 'd', 'last']) story.at('10:00').activate(user);
  story.run();
  expect(story.eventsOf('window-opened').at(-1)).toMatchObject({ reservationId: 'last', atMs: 615 * MINUTE });
  expect(endsOf(story)).toMatchObject({ c: '615 no-show', last: '840 window-over' });
});

test('whoever comes when all others have is bumped, and gets back what was paid and a penalty', () => {
  const { story } = overbook();
  for (const user of ['a', 'b', 'c', 'd', 'last']) story.at('10:15').activate(user);
  story.run();
  expect(endsOf(story)).toMatchObject({ a: '840 window-over', last: `${615 + 1 / MINUTE} bumped` });
  const { priceMicros } = story.eventsOf('reservation-confirmed').at(-1)!;
  expect(priceMicros).toBeGreaterThan(0);
  expect(story.eventsOf('reservation-ended')).toContainEqual(
    expect.objectContaining({
      reservationId: 'last',
      state: 'FAILED',
      refundMicros: priceMicros,
      noShow: false,
    }),
  );
});

test('whoever does not come for it either is no broken promise', () => {
  const { story } = overbook();
  for (const user of ['a', 'b', 'c', 'd']) story.at('10:00').activate(user);
  story.run();
  expect(story.eventsOf('reservation-ended')).toContainEqual(
    expect.objectContaining({ reservationId: 'last', reason: 'no-show', noShow: true, state: 'EXPIRED' }),
  );
});

test('what is called off is given to it at once, before the waitlist and the queue', () => {
  const { story } = overbook();
  story.at('08:30').book('waits', { ...full, instances: 1, waitUntil: '10:00', waitInstead: true });
  story.at('09:00').cancel('b');
  story.runUntil('09:01');
  expect(story.eventsOf('terms-changed')).toMatchObject([{ reservationId: 'last', atMs: 540 * MINUTE }]);
});

test('it is offered to nobody when it is off, or more than the risk', () => {
  for (const overbooking of [undefined, { noShowChance: 0.5, risk: 0.05 }]) {
    const { overbooking: _, ...rest } = manager;
    const { offer } = overbook({ manager: overbooking === undefined ? rest : { ...rest, overbooking } });
    expect(offer).toMatchObject({ proposal: { startMs: 840 * MINUTE } });
    expect(offer).not.toMatchObject({ proposal: { kind: 'overbooked' } });
  }
});

test('it is on offer until it is to begin, and not offered later', () => {
  const story = tell(settings);
  for (const user of ['a', 'b', 'c', 'd']) story.at('08:00').book(user, { ...full, instances: 1 });
  story.runUntil('09:58');
  const offer = story.user('last').request({ ...full, instances: 1 });
  expect(offer).toMatchObject({ proposal: { kind: 'overbooked' }, holdUntilMs: 600 * MINUTE });
  story.runUntil('10:02');
  expect(story.user('last').accept()).not.toMatchObject({ reply: 'CONFIRM_REQUEST' });
  expect(story.eventsOf('reservation-ended')).toContainEqual(
    expect.objectContaining({ reservationId: 'last', reason: 'hold-expired' }),
  );
});

test('a provider that overbooks no more keeps what it has promised', () => {
  const { story } = overbook();
  const stored = JSON.parse(JSON.stringify(story.provider.snapshot()));
  const { overbooking: _, ...kept } = story.setup.settings;
  const again = new Provider(
    { ...story.setup, leaseKinds: USUAL_LEASE_KINDS, settings: kept },
    { snapshot: stored },
  );
  const duesOf = (provider: Provider) =>
    provider.dues().filter((due) => 'reservationId' in due && due.reservationId === 'last');
  expect(duesOf(again)).toEqual(duesOf(story.provider));
  expect(duesOf(again).map(({ kind }) => kind)).toEqual(['start', 'bump']);
});

/** As in {@link overbook}, up to the offer that the last one has accepted. */
function offered(more: StorySettings = {}) {
  const story = tell({ ...settings, ...more });
  for (const user of ['a', 'b', 'c', 'd']) story.at('08:00').book(user, { ...full, instances: 1 });
  story.runUntil('08:01');
  story.user('last').request({ ...full, instances: 1 });
  story.user('last').accept();
  return story;
}

test('what fewer may stay away for by its confirmation is not sold, and its user may ask for something else', () => {
  const story = offered({ manager: { ...manager, overbooking: { noShowChance: 0.5, risk: 0.3 } } });
  for (const user of ['a', 'b', 'c']) story.user(user).activate();
  expect(story.user('last').confirm()).toEqual({
    reply: 'REQUEST_FAILED',
    reason: 'overbooking-risk',
    state: 'COUNTERED',
  });
  const next = story.user('last').counter({ ...full, instances: 1 });
  expect(next).toMatchObject({ reply: 'COUNTER', proposal: { startMs: 840 * MINUTE } });
  expect(next).not.toMatchObject({ proposal: { kind: 'overbooked' } });
});

test('what was refused is sold after all when enough may stay away again, or there is room', () => {
  const story = offered({ manager: { ...manager, overbooking: { noShowChance: 0.5, risk: 0.3 } } });
  for (const user of ['a', 'b', 'c']) story.user(user).activate();
  expect(story.user('last').confirm()).toMatchObject({ reason: 'overbooking-risk' });
  story.user('d').cancel();
  story.user('last').accept();
  expect(story.user('last').confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
  expect(story.eventsOf('terms-changed')).toMatchObject([{ reservationId: 'last', atMs: 481 * MINUTE }]);
});

test('what is confirmed is not in its own way, nor counted twice', () => {
  // Of four fewer than two stay away with a chance of 5/16, fewer than three with 11/16.
  const story = offered({ manager: { ...manager, overbooking: { noShowChance: 0.5, risk: 5 / 16 } } });
  story.user('second').request({ ...full, instances: 1 });
  story.user('second').accept();
  expect(story.user('third').request({ ...full, instances: 1 })).not.toMatchObject({
    proposal: { kind: 'overbooked' },
  });
  expect(story.user('second').confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
  expect(story.user('last').confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
});

test('an older session has its turn before a newer one, and is judged so', () => {
  // Behind three small instances a large one needs that four of six stay away; before them it may spoil the room of six.
  const large = { ...full, type: 'XLARGE', instances: 1 } as const;
  const asked = (isOlder: boolean) => {
    const story = tell({
      ...settings,
      nodes: [1, 2, 3, 4, 5, 6].map((i) => node(`n${i}`, 4, 3584)),
      manager: { ...manager, overbooking: { noShowChance: 0.9, risk: 0.1 } },
    });
    for (let i = 1; i <= 6; i += 1) story.user(`firm${i}`).book(large);
    if (isOlder) story.user('large').initiate();
    story.user('small').book({ ...full, instances: 3 });
    expect(story.eventsOf('reservation-confirmed').at(-1)).toMatchObject({
      proposal: { kind: 'overbooked' },
    });
    return isOlder ? story.user('large').propose(large) : story.user('large').request(large);
  };
  expect(asked(false)).toMatchObject({ proposal: { kind: 'overbooked' } });
  expect(asked(true)).not.toMatchObject({ proposal: { kind: 'overbooked' } });
});

test('what was never known is learned of those who were to come, and outlives a restart', () => {
  const learning = { ...manager, overbooking: { noShowChance: 'learned', risk: 0.8 } as const };
  const story = tell({ ...settings, manager: learning });
  const days = ['10:00', '+1d 10:00', '+2d 10:00', '+3d 10:00'];
  const offers = days.map((start, day) => {
    for (const user of ['a', 'b', 'c', 'd'])
      story.user(`${user}${day}`).book({ ...full, start, instances: 1 });
    const offer = story.user(`more${day}`).request({ ...full, start, instances: 1 });
    if (offer.reply === 'COUNTER') story.user(`more${day}`).reject();
    // Half of them stay away.
    for (const user of ['a', 'b']) story.at(start).activate(`${user}${day}`);
    story.runUntil(day === 0 ? '23:00' : `+${day}d 23:00`);
    return offer.reply === 'COUNTER' ? offer.proposal.kind : undefined;
  });
  expect(offers[0]).toBeUndefined();
  expect(offers.at(-1)).toBe('overbooked');
  const { attendance } = story.provider.snapshot();
  expect(attendance).toEqual({ came: 8, stayedAway: 8 });
  const again = new Provider(story.setup, {
    snapshot: JSON.parse(JSON.stringify(story.provider.snapshot())),
  });
  expect(again.snapshot().attendance).toEqual(attendance);
  expect(overbook().story.provider.snapshot()).not.toHaveProperty('attendance');
});

test('learned by user, room is sold again where those have reserved who stay away, and not where those have who come', () => {
  const told = (noShowChance: 'learned' | 'learned-by-user') => {
    const story = tell({ ...settings, manager: { ...manager, overbooking: { noShowChance, risk: 0.4 } } });
    const users = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const [come, stay] = [users.slice(0, 4), users.slice(4)];
    const reserve = (userId: string, reservationId: string, start: string) => {
      story.command({ name: 'initiate', reservationId, userId, origin: null });
      story.user(reservationId).propose({ ...full, start, instances: 1 });
      expect(story.user(reservationId).confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
    };
    for (let day = 0; day < 6; day += 1) {
      if (day > 0) story.runUntil(`+${day}d 08:00`);
      for (const user of users) {
        const start = `+${day}d ${come.includes(user) ? '10:00' : '16:00'}`;
        reserve(user, `${user}${day}`, start);
        if (come.includes(user)) story.at(start).activate(`${user}${day}`);
      }
    }
    story.runUntil('+6d 08:00');
    const offered = [come, stay].map((group, i) => {
      const start = `+6d ${i === 0 ? '10:00' : '16:00'}`;
      for (const user of group) reserve(user, `${user}6`, start);
      const offer = story.user(`more${i}`).request({ ...full, start, instances: 1 });
      if (offer.reply !== 'COUNTER') return offer.reply;
      story.user(`more${i}`).reject();
      return offer.proposal.kind ?? 'later';
    });
    return { offered, attendance: story.provider.snapshot().attendance };
  };
  expect(told('learned').offered).toEqual(['overbooked', 'overbooked']);
  const { attendance, offered } = told('learned-by-user');
  expect(offered).toEqual(['later', 'overbooked']);
  expect(attendance).toMatchObject({ came: 24, stayedAway: 24 });
  expect(attendance?.byUser).toContainEqual({ userId: 'e', came: 0, stayedAway: 6 });
});

test('devices are overbooked only where those that may be left are of the model, and whole', () => {
  const ofGpus = (gpu: number, models?: string[]) => ({
    demand: {
      ...{ milliCpus: Math.max(500, gpu), memoryMib: Math.max(500, gpu), diskGib: 0, named: { gpu } },
      ...(models && { models: { gpu: models } }),
    },
  });
  const gpuNode = (model: string) => {
    const plain = node(model, 4);
    return {
      ...plain,
      capacity: { ...plain.capacity, named: { gpu: 3000 } },
      models: { gpu: model },
    };
  };
  const story = tell({
    ...settings,
    nodes: [gpuNode('A10'), gpuNode('T4')],
    resources: [{ name: 'gpu', divisible: true, scope: 'node', devices: 'best-fit' }],
  });
  const window = { start: '10:00', duration: '4h' };
  story.at('08:00').book('comes', { ...window, ...ofGpus(3000, ['T4']), startsItself: true });
  story.at('08:00').book('may-come', { ...window, ...ofGpus(3000, ['A10']) });
  story.runUntil('08:01');
  const isOverbooked = (user: string, gpu: number, models?: string[], instances = 1) => {
    const offer = story.user(user).request({ ...window, ...ofGpus(gpu, models), instances });
    return 'proposal' in offer && offer.proposal.kind === 'overbooked';
  };
  expect(isOverbooked('of-another', 1000, ['T4'])).toBe(false);
  // 0.7 goes four times into what three devices have, but only once into each.
  expect(isOverbooked('in-pieces', 700, undefined, 4)).toBe(false);
  expect(isOverbooked('whole', 700, undefined, 3)).toBe(true);
});
