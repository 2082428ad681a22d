// Nobody comes: what is left of a window after the grace time is given back, once, and to whoever waits for it.
import { expect, test } from 'vitest';
import { HOUR, MINUTE, node } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const settings = { nodes: [node('n1', 4)], manager: { noShowGraceMs: 15 * MINUTE } };
const wide = { duration: '4h', instances: 4 };

const endsOf = (story: ReturnType<typeof tell>) =>
  story.eventsOf('reservation-ended').map(({ atMs, noShow, reason, reservationId }) => ({
    [reservationId]: [atMs / MINUTE, reason, noShow],
  }));

test('a window that nobody comes for is given back after the grace time, to the queue', () => {
  const story = tell(settings);
  story.at('08:00').book('absent', { ...wide, start: '10:00' });
  story.at('10:01').book('waiting', { ...wide, duration: '1h', kind: 'best-effort' });
  story.run();
  expect(story.eventsOf('window-opened').map(({ atMs }) => atMs / MINUTE)).toEqual([600, 615]);
  expect(endsOf(story)).toEqual([
    { absent: [615, 'no-show', true] },
    { waiting: [675, 'window-over', false] },
  ]);
});

test.each([
  ['before the start', '09:00'],
  ['at the start', '10:00'],
  ['at the last instant', '10:15'],
])('who comes %s has the whole window', (_, time) => {
  const story = tell(settings);
  story.at('08:00').book('late', { ...wide, start: '10:00' });
  story.at(time).activate('late');
  story.run();
  expect(endsOf(story)).toEqual([{ late: [14 * 60, 'window-over', false] }]);
});

test('who comes later is told that it is over, and pays what was agreed', () => {
  const story = tell(settings);
  story.user('late').request({ ...wide, start: '10:00' });
  story.user('late').confirm();
  story.runUntil('10:16');
  expect(story.user('late').activate()).toMatchObject({ reply: 'REQUEST_FAILED', reason: 'ended' });
  expect(story.eventsOf('reservation-ended')).toMatchObject([{ refundMicros: 0, penaltyMicros: 0 }]);
});

test('a window no longer than the grace time is kept to its end, and so is every window without one', () => {
  const short = tell(settings);
  short.at('08:00').book('absent', { ...wide, duration: '15m', start: '10:00' });
  expect(endsOf(short.run())).toEqual([{ absent: [615, 'window-over', true] }]);
  const patient = tell({ nodes: settings.nodes });
  patient.at('08:00').book('absent', { ...wide, start: '10:00' });
  expect(endsOf(patient.run())).toEqual([{ absent: [(10 * HOUR + 4 * HOUR) / MINUTE, 'window-over', true] }]);
});
