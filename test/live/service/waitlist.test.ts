// The waitlist over the REST API: a place on it, the turn, and both there again after a restart.
import { expect, test } from 'vitest';
import { ask, FIGURE_4_1, HOUR_MS, NOW_MS, type Testbed, testbed } from '../api/testbed.ts';

const at = (hours: number) => new Date(NOW_MS + hours * HOUR_MS).toISOString();
const TERMS = { startTime: at(5), duration: HOUR_MS };
const WAITS = { ...TERMS, waitUntil: at(5), waitInstead: true };

function of(bed: Testbed, username: string, id: string) {
  const url = `/OpenPEX/reservations/${id}`;
  const send = async (method: 'GET' | 'PUT' | 'DELETE', path = '', payload?: object) =>
    (await bed.as(username, { method, url: `${url}${path}`, ...(payload && { payload }) })).json();
  return {
    show: () => send('GET'),
    offers: () => send('GET', '/offers'),
    answer: (reply: string, proposal?: object) => send('PUT', '', { reply, ...(proposal && { proposal }) }),
    remove: () => send('DELETE'),
  };
}

async function wait(bed: Testbed, username: string, terms: object = WAITS) {
  const reply = (await ask(bed, username, terms)).json();
  return { reply, ...of(bed, username, reply.proposal.id) };
}

test('a place on the waitlist, and the turn that is held for an hour, outlive a restart', async () => {
  const bed = await testbed();
  const bob = await wait(bed, 'bob', TERMS);
  await bob.answer('CONFIRM');
  const alice = await wait(bed, 'alice');
  expect(alice.reply).toMatchObject({
    reply: 'WAITLISTED',
    reason: 'no-capacity',
    waitsUntilMs: NOW_MS + 5 * HOUR_MS,
    proposal: { waitInstead: true },
  });
  const second = await wait(bed, 'alice');
  const waits = {
    status: 'WAITLISTED',
    holdUntil: null,
    waitlist: { position: 2, sinceMs: NOW_MS, untilMs: NOW_MS + 5 * HOUR_MS },
  };
  expect(await second.show()).toMatchObject(waits);
  await (await bed.loseDatabase())();
  expect(await second.show()).toMatchObject(waits);
  const { endedTime } = await bob.remove();
  const holdUntilMs = Date.parse(endedTime) + HOUR_MS;
  const turn = { status: 'ACCEPTED', holdUntilMs, waitlist: null, lastReply: 'ACCEPT' };
  expect(await alice.show()).toMatchObject(turn);
  expect(await second.show()).toMatchObject({ waitlist: { position: 1 } });
  await (await bed.loseDatabase())();
  expect(await alice.show()).toMatchObject(turn);
  // Nobody answers: it is the turn of the next.
  await bed.moveTo(holdUntilMs);
  expect(await alice.show()).toMatchObject({ status: 'EXPIRED', outcome: 'expired' });
  expect(await second.show()).toMatchObject({ status: 'ACCEPTED' });
  expect(await second.answer('CONFIRM')).toMatchObject({ reply: 'REQUEST_SUCCESS' });
  const said = (await second.offers()).map(
    ({ from, message }: Record<string, string>) => `${from} ${message}`,
  );
  expect(said).toEqual([
    'user REQUEST',
    'provider WAITLISTED',
    'provider ACCEPT',
    'user CONFIRM',
    'provider REQUEST_SUCCESS',
  ]);
  const offer = (await second.offers())[2];
  expect(offer).toMatchObject({ proposal: { startTimeMs: NOW_MS + 5 * HOUR_MS }, priceMicros: 400_000 });
});

test('who waits can leave, and is told when the wait was in vain', async () => {
  const bed = await testbed();
  await (await wait(bed, 'bob', TERMS)).answer('CONFIRM');
  const leaves = await wait(bed, 'alice');
  const stays = await wait(bed, 'alice', { ...WAITS, waitUntil: at(2) });
  expect(await leaves.remove()).toMatchObject({ status: 'CANCELLED', outcome: 'withdrawn' });
  await bed.moveTo(NOW_MS + 2 * HOUR_MS);
  expect(await stays.show()).toMatchObject({
    status: 'REJECTED',
    outcome: 'rejected',
    endReason: 'waited-in-vain',
  });
});

test('a counter-offer is given back for a place on the waitlist', async () => {
  const bed = await testbed();
  await (await wait(bed, 'bob', TERMS)).answer('CONFIRM');
  const { waitInstead: _, ...hears } = WAITS;
  const alice = await wait(bed, 'alice', hears);
  expect(alice.reply).toMatchObject({ reply: 'COUNTER', proposal: { waitUntil: expect.any(String) } });
  const asked = { ...alice.reply.proposal, startTime: TERMS.startTime, waitInstead: true };
  expect(await alice.answer('COUNTER', asked)).toMatchObject({ reply: 'WAITLISTED' });
});

test('the same request with the same key has the same answer', async () => {
  const bed = await testbed();
  await (await wait(bed, 'bob', TERMS)).answer('CONFIRM');
  const asks = async () => {
    const headers = { 'idempotency-key': 'once' };
    const request = { method: 'POST', url: '/OpenPEX/reservations', headers } as const;
    return (await bed.as('alice', { ...request, payload: { ...FIGURE_4_1, ...WAITS } })).json();
  };
  const first = await asks();
  expect(first.reply).toBe('WAITLISTED');
  expect(await asks()).toEqual(first);
  // Also when the wait is over, and a new one would be refused.
  await bed.moveTo(NOW_MS + 6 * HOUR_MS);
  expect(await asks()).toEqual(first);
});

test('who waits until a time that has passed does not wait', async () => {
  const bed = await testbed();
  await (await wait(bed, 'bob', TERMS)).answer('CONFIRM');
  const { reply } = await wait(bed, 'alice', { ...WAITS, waitUntil: at(-1) });
  expect(reply).toMatchObject({ reply: 'REJECT', reason: 'no-capacity' });
});

test.each([
  [{ waitInstead: true }, /waitUntil is missing/],
  [{ waitUntil: 'soon' }, /waitUntil: "soon"/],
])('%j is refused with the field and what was expected', async (terms, message) => {
  const answer = await ask(await testbed(), 'alice', { ...TERMS, ...terms });
  expect(answer.statusCode).toBe(400);
  expect(answer.json().detail).toMatch(message);
});
