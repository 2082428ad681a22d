// A kind of lease is one file: a queued one is asked for, waits, moves forward and survives a restart, and no
// other file knows of it.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LEASE_KINDS, type ProviderReply } from '../../engine/index.ts';
import { restarting } from '../support/restarting.ts';
import { node } from '../support/setup.ts';
import { type Story, type Terms, tell } from '../support/story.ts';
import { queued } from './lease-kind/queued.ts';

const LEASES = [...LEASE_KINDS, queued];

function ask(story: Story, reservationId: string, terms: Terms): ProviderReply {
  story.command({ name: 'initiate', reservationId, userId: reservationId, origin: null });
  const proposal = { ...story.proposal(terms), kind: 'queued' };
  const reply = story.command({ name: 'request', reservationId, proposal });
  for (const answer of ['ACCEPT', 'CONFIRM'] as const) {
    story.command({ name: 'reply', reservationId, answer: { reply: answer } });
  }
  return reply;
}

test('it is one file, the one that the documentation shows', () => {
  const folder = new URL('lease-kind/', import.meta.url);
  expect(readdirSync(folder)).toEqual(['queued.ts']);
  const body = (text: string) => text.slice(text.indexOf('const windowOf'));
  const page = readFileSync('docs/adding-a-lease-kind.md', 'utf8');
  const shown = /```ts\n([\s\S]*?)```/.exec(page)![1]!;
  expect(body(shown)).toBe(body(readFileSync(new URL('queued.ts', folder), 'utf8')));
});

test('it waits for its turn, and moves forward when room comes free', () => {
  const story = tell({ nodes: [node('n1')], leaseKinds: LEASES });
  story.at('09:00').book('alice', { start: '10:00', duration: '2h', instances: 4 });
  story.runUntil('09:01');
  const offer = ask(story, 'bob', { start: '10:00', duration: '1h', instances: 4 });
  expect(offer).toMatchObject({ reply: 'COUNTER', proposal: { startMs: story.ms('12:00') } });
  const behind = ask(story, 'carol', { start: '10:00', duration: '1h', instances: 2 });
  expect(behind).toMatchObject({ reply: 'COUNTER', proposal: { startMs: story.ms('13:00') } });
  story.at('09:30').cancel('alice');
  story.run();
  // Bob takes the room of Alice at once, Carol the room that Bob leaves.
  expect(story.eventsOf('terms-changed').map(({ reservationId }) => reservationId)).toContain('bob');
  const opened = story.eventsOf('window-opened').map(({ atMs, reservationId }) => [reservationId, atMs]);
  expect(opened).toEqual([
    ['bob', story.ms('09:30')],
    ['carol', story.ms('10:30')],
  ]);
});

test('a provider that goes on from a snapshot goes on with it', () => {
  const events = [false, true].map((restarts) => {
    const story = tell({
      nodes: [node('n1')],
      leaseKinds: LEASES,
      ...(restarts && { providerOf: restarting }),
    });
    story.at('09:00').book('alice', { start: '10:00', duration: '2h', instances: 4 });
    story.runUntil('09:01');
    ask(story, 'bob', { start: '10:00', duration: '1h', instances: 4 });
    story.at('09:30').cancel('alice');
    return story.run().events;
  });
  expect(events[1]).toEqual(events[0]);
});
