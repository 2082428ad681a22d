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
