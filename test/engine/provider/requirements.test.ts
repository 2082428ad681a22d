// What users say of nodes holds where their instances are moved, too.
import { expect, test } from 'vitest';
import { HOUR, node, policy, SECOND } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const lowestFirst = policy('allocation', 'opennebula', { rank: '-ID' });

test.each([
  ['NAME = "n*"', 'ACCEPT', [['early', 'n1']]],
  // Its own requirements keep it where it is, so there is no room for the long one.
  ['NAME = "n0"', 'COUNTER', []],
])('room is made only where the requirements of others are met: %s', (requirements, expected, moves) => {
  const story = tell({
    nodes: [node('n0', 1), node('n1', 1)],
    manager: { rePlacementMax: 10, autoActivate: true },
    policies: { allocation: lowestFirst },
  });
  story.user('early').book({ start: HOUR, duration: '1h', preference: { requirements } });
  story.user('gone').book({ start: 3 * HOUR, duration: '1h' });
  story.user('late').book({ start: 3 * HOUR, duration: '1h' });
  story.user('gone').cancel();
  const { reply } = story.user('long').request({ start: HOUR, duration: '3h' });
  expect(reply).toBe(expected);
  expect(
    story.eventsOf('instance-moved').map(({ reservationId, toNodeId }) => [reservationId, toNodeId]),
  ).toEqual(moves);
  if (reply === 'ACCEPT') story.user('long').confirm();
  story.run();
});

test('what is asked for is better on another node than on none when room is made for it', () => {
  const story = tell({
    nodes: [node('n0', 1), node('n1', 1)],
    manager: { rePlacementMax: 10, autoActivate: true },
    policies: { allocation: lowestFirst },
  });
  story.user('early').book({ start: HOUR, duration: '1h', preference: { requirements: 'NAME = "n0"' } });
  story.user('late').book({ start: 3 * HOUR, duration: '1h', preference: { requirements: 'NAME = "n1"' } });
  const wanted = { start: 2 * HOUR, duration: '1h', preference: { requirements: 'NAME = "n9"' } };
  expect(story.user('long').book(wanted)).toMatchObject({ reply: 'REQUEST_SUCCESS' });
  story.run();
});

test.each([
  [undefined, undefined, ['ann to n2']],
  // Ann's VM must stay, Bob's may go instead.
  ['NAME = "n1"', undefined, ['bob to n1']],
  ['NAME = "n1"', 'NAME = "n2"', []],
])('a VM moves only to a node that meets its requirements: %s and %s', (ofAnn, ofBob, moved) => {
  const story = tell({
    hypervisor: { migrate: { minMs: 30 * SECOND, maxMs: 30 * SECOND } },
    policies: {
      allocation: policy('allocation', 'opennebula'),
      counterOffer: policy('counter-offer', 'none'),
      migration: policy('migration', 'make-room'),
    },
  });
  for (const [user, requirements] of [
    ['ann', ofAnn],
    ['bob', ofBob],
  ] as const) {
    const preference = requirements === undefined ? {} : { preference: { requirements } };
    story
      .at('08:00')
      .book(user, { start: '08:00', duration: '4h', ...preference })
      .activate(user);
  }
  story.at('09:00').book('cleo', { start: '10:00', duration: '1h', type: 'XLARGE' });
  story.at('10:00').activate('cleo');
  story.run();
  expect(
    story.eventsOf('instance-moved').map(({ reservationId, toNodeId }) => `${reservationId} to ${toNodeId}`),
  ).toEqual(moved);
  expect(story.endOf('cleo')?.state).toBe(moved.length === 0 ? 'REJECTED' : 'EXPIRED');
});
