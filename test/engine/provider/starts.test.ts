// How a window begins: by itself where its user said so, and when it is confirmed where the user wanted the first start there was.
import { expect, test } from 'vitest';
import { LEASE_KINDS } from '../../../engine/index.ts';
import { MINUTE, node } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const settings = { nodes: [node('n1', 4)], manager: { noShowGraceMs: 15 * MINUTE } };
const wide = { duration: '2h', instances: 4 };

const opened = (story: ReturnType<typeof tell>) =>
  story.eventsOf('window-opened').map(({ atMs, endMs }) => [atMs / MINUTE, endMs / MINUTE]);

test('a reservation that starts by itself is activated when its window opens, whatever the provider does with others', () => {
  const story = tell(settings);
  story.at('08:00').book('absent', { ...wide, start: '10:00' });
  story.at('08:00').book('relying', { ...wide, start: '12:00', startsItself: true });
  story.run();
  expect(
    story.eventsOf('reservation-activated').map(({ atMs, reservationId }) => [reservationId, atMs / MINUTE]),
  ).toEqual([['relying', 720]]);
  expect(story.endOf('absent')).toMatchObject({ noShow: true });
  expect(story.endOf('relying')).toMatchObject({ noShow: false, reason: 'window-over', refundMicros: 0 });
});

test('a change leaves it starting by itself', () => {
  const story = tell(settings);
  story.at('08:00').book('relying', { ...wide, start: '12:00', startsItself: true });
  story.at('09:00').change('relying', { start: '13:00' });
  story.at('09:01').confirmChange('relying');
  story.run();
  expect(opened(story)).toEqual([[780, 900]]);
  expect(story.eventsOf('reservation-activated')).toHaveLength(1);
});

test('who wants the first start there is has all of the time from the confirmation on, for the price of the offer', () => {
  const story = tell(settings);
  story.at('10:00').request('slow', { ...wide, startSlides: true });
  story.at('10:07').confirm('slow');
  story.run();
  expect(opened(story)).toEqual([[607, 727]]);
  const [offer] = story.eventsOf('offer-accepted');
  expect(story.eventsOf('reservation-confirmed')).toMatchObject([
    { priceMicros: offer?.priceMicros, proposal: { startMs: 607 * MINUTE, durationMs: 120 * MINUTE } },
  ]);
});

test.each([
  ['whose start was chosen', { startSlides: false }, []],
  ['that has no room so long', { startSlides: true }, [{ name: 'next', start: '12:00' }]],
  ['that would miss its deadline', { startSlides: true, kind: 'deadline', deadline: '12:05' }, []],
])('a window %s stays where it was offered', (_, terms, others) => {
  const story = tell({ ...settings, leaseKinds: LEASE_KINDS });
  for (const { name, start } of others) story.at('09:00').book(name, { ...wide, start });
  story.at('10:00').request('slow', { ...wide, ...terms });
  story.at('10:06').accept('slow');
  story.at('10:07').confirm('slow');
  story.run();
  expect(opened(story)[0]).toEqual([607, 720]);
});

test('optional instances slide along within the claim risk, and stand in the way of a slide beyond it', () => {
  const risky = { ...settings, nodes: [node('n1', 4), node('n2', 4)], manager: { claimRisk: 1 } };
  const asked = { duration: '2h', instances: 2, options: 2, startSlides: true };
  const alone = tell(risky);
  alone.at('10:00').request('slow', asked);
  alone.at('10:07').confirm('slow');
  expect(opened(alone.run())).toEqual([[607, 727]]);
  const crowded = tell(risky);
  crowded.at('09:00').book('next', { duration: '1h', instances: 1, options: 4, start: '12:00' });
  crowded.at('10:00').request('slow', asked);
  crowded.at('10:07').confirm('slow');
  expect(opened(crowded.run())[0]).toEqual([607, 720]);
});
