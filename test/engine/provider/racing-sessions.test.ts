// Users who want the same slot at the same time. All orders in which their messages can arrive are tried: never do two of them win.
import { describe, expect, test } from 'vitest';
import type { Proposal, ProviderReply } from '../../../engine/index.ts';
import { node } from '../../support/setup.ts';
import { type Story, tell } from '../../support/story.ts';

/** One node with one CPU: there is one slot from ten to eleven. */
const lastSlot = () => tell({ nodes: [node('n1', 1)] }).runUntil('09:00');
const SLOT = { start: '10:00' } as const;

/** All merges of the users' turns: in what order messages can arrive when each user waits for the reply to the one before. */
function* interleavings(turns: ReadonlyMap<string, number>): Generator<string[]> {
  if (turns.size === 0) yield [];
  for (const [user, left] of turns) {
    const rest = new Map(turns);
    if (left === 1) rest.delete(user);
    else rest.set(user, left - 1);
    for (const tail of interleavings(rest)) yield [user, ...tail];
  }
}

/** A user's side of the dialogue, one message per turn. */
function* dialogue(story: Story, name: string, { takesLater }: { takesLater: boolean }): Generator<void> {
  const user = story.user(name);
  user.initiate();
  yield;
  const offer = user.propose(SLOT);
  yield;
  if (offer.reply === 'COUNTER' && !takesLater) {
    user.reject('too late');
    return;
  }
  if (offer.reply === 'COUNTER') {
    expect(user.accept().reply).toBe('CONFIRM_REQUEST');
    yield;
  }
  expect(user.confirm()).toEqual({ reply: 'REQUEST_SUCCESS' });
}

function play(story: Story, order: readonly string[], choices: { takesLater: boolean }): Map<string, number> {
  const dialogues = new Map<string, Generator<void>>();
  for (const name of order) {
    const turns = dialogues.get(name) ?? dialogue(story, name, choices);
    dialogues.set(name, turns);
    turns.next();
  }
  return new Map(
    story
      .eventsOf('reservation-confirmed')
      .map(({ proposal, reservationId }) => [reservationId, proposal.startMs]),
  );
}

const users = (count: number, turns: number) =>
  new Map(['alice', 'bob', 'carol'].slice(0, count).map((name) => [name, turns]));

describe('the last slot', () => {
  test('one of two users gets it, the other the slot after it, in whatever order their messages come', () => {
    for (const order of interleavings(users(2, 4))) {
      const story = lastSlot();
      const starts = [...play(story, order, { takesLater: true }).values()].sort();
      expect(starts, order.join(' ')).toEqual([story.ms('10:00'), story.ms('11:00')]);
      story.run();
    }
  });

  test('exactly one of three users gets it when nobody takes a later one', () => {
    let orders = 0;
    for (const order of interleavings(users(3, 3))) {
      const story = lastSlot();
      const confirmed = play(story, order, { takesLater: false });
      expect([...confirmed.values()], order.join(' ')).toEqual([story.ms('10:00')]);
      story.run();
      orders += 1;
    }
    expect(orders).toBe(1680);
  });

  test('the first to ask wins it, not the first to have a session or to confirm', () => {
    const story = lastSlot();
    story.user('bob').initiate();
    story.user('alice').request(SLOT);
    story.user('bob').propose(SLOT);
    story.user('bob').accept();
    story.user('bob').confirm();
    story.user('alice').confirm();
    const starts = story.eventsOf('reservation-confirmed').map((e) => [e.reservationId, e.proposal.startMs]);
    expect(Object.fromEntries(starts)).toEqual({ alice: story.ms('10:00'), bob: story.ms('11:00') });
    story.run();
  });

  test('at the instant at which a hold expires its slot goes to the one who asks, never to both', () => {
    for (const order of ['confirm first', 'request first']) {
      const story = lastSlot();
      story.user('alice').request(SLOT);
      const scene = story.at('09:10');
      if (order === 'confirm first') scene.confirm('alice').request('bob', SLOT);
      else scene.request('bob', SLOT).confirm('alice');
      story.at('09:11').confirm('bob');
      story.run();
      expect(story.eventsOf('reservation-confirmed')).toMatchObject([{ reservationId: 'bob' }]);
      expect(story.eventsOf('message-refused')).toMatchObject([
        { reservationId: 'alice', reason: 'hold-expired' },
      ]);
    }
  });

  test('a command that is given while another one is answered waits for its turn', () => {
    const story = lastSlot();
    const heard: string[] = [];
    story.user('alice').initiate();
    story.user('bob').initiate();
    const slot: Proposal = story.proposal(SLOT);
    const note = (who: string) => (reply: ProviderReply) => {
      heard.push(`${who} ${reply.reply}`);
    };
    story.queue.execute({ name: 'request', reservationId: 'alice', proposal: slot }, (reply) => {
      // Bob's request comes in the middle of the answer to alice's; alice has not heard of hers, but it is decided.
      story.queue.execute({ name: 'request', reservationId: 'bob', proposal: slot }, note('bob'));
      note('alice')(reply);
    });
    expect(heard).toEqual(['alice ACCEPT', 'bob COUNTER']);
    story.run();
  });
});
