// Changes of a confirmed reservation over the REST API: held, paid, within limits, and there again after a restart in the middle.
import { expect, test } from 'vitest';
import { book, HOUR_MS, NOW_MS, run, type Testbed, testbed } from '../api/testbed.ts';

const TWO_HOURS = 2 * HOUR_MS;
const at = (hours: number) => new Date(NOW_MS + hours * HOUR_MS).toISOString();

function of(bed: Testbed, username: string, id: string) {
  const url = `/OpenPEX/reservations/${id}`;
  const send = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path = '', payload?: object) => {
    const answer = await bed.as(username, {
      method,
      url: `${url}${path}`,
      ...(payload === undefined ? {} : { payload }),
    });
    return answer.json();
  };
  return {
    show: () => send('GET'),
    offers: () => send('GET', '/offers'),
    change: (asked: object) => send('POST', '/change', asked),
    answer: (reply: string) => send('PUT', '/change', { reply }),
    remove: () => send('DELETE'),
  };
}

async function balances(bed: Testbed, username: string, userid: number) {
  const { balanceMicros } = (await bed.as(username, { url: '/OpenPEX/account' })).json();
  const [ledger] = await bed.database.knex('ledger').where({ userid }).sum({ sum: 'amount_micros' });
  expect(ledger?.sum, 'the ledger balances').toBe(balanceMicros);
  return balanceMicros;
}

test('a running reservation is extended by the longest that fits, which is held over a restart, and paid', async () => {
  const bed = await testbed();
  const { reservationId } = await run(bed, 'alice', { type: 'LARGE' });
  await book(bed, 'bob', { type: 'LARGE', startTime: at(3) });
  const alice = of(bed, 'alice', reservationId);
  const before = await balances(bed, 'alice', 1);

  const offer = await alice.change({ duration: 5 * HOUR_MS });
  expect(offer).toMatchObject({
    reply: 'COUNTER',
    proposal: { duration: 3 * HOUR_MS, startTimeMs: NOW_MS },
    differenceMicros: 600_000,
    priceMicros: 900_000,
  });
  expect(await alice.show()).toMatchObject({
    duration: HOUR_MS,
    priceMicros: 300_000,
    change: { reply: 'COUNTER', duration: 3 * HOUR_MS, differenceMicros: 600_000 },
  });
  const mend = await bed.loseDatabase();
  expect(await alice.answer('REJECT')).toMatchObject({ status: 503 });
  await mend();
  // Nothing of what was not stored has happened; the hold is there.
  expect(await alice.show()).toMatchObject({ change: { reply: 'COUNTER' } });
  expect(bed.service.calendar(NOW_MS + TWO_HOURS, NOW_MS + TWO_HOURS + 1)).toMatchObject([
    { reservationId, kind: 'hold' },
  ]);
  expect(await alice.answer('ACCEPT')).toMatchObject({ reply: 'CONFIRM_REQUEST' });
  expect(await alice.answer('CONFIRM')).toMatchObject({
    reply: 'REQUEST_SUCCESS',
    proposal: { duration: 3 * HOUR_MS },
  });
  expect(await alice.show()).toMatchObject({ duration: 3 * HOUR_MS, priceMicros: 900_000, change: null });
  expect(await balances(bed, 'alice', 1)).toBe(before - 600_000);

  // And shorter again: what is given back is paid back.
  expect(await alice.change({ duration: TWO_HOURS })).toMatchObject({ differenceMicros: -300_000 });
  await alice.answer('CONFIRM');
  expect(await balances(bed, 'alice', 1)).toBe(before - 300_000);
  const messages = (await alice.offers()).map(({ message }: { message: string }) => message);
  expect(messages.slice(-10)).toEqual([
    ...['CHANGE', 'COUNTER', 'ACCEPT', 'CONFIRM_REQUEST', 'CONFIRM', 'REQUEST_SUCCESS'],
    ...['CHANGE', 'ACCEPT', 'CONFIRM', 'REQUEST_SUCCESS'],
  ]);
  await bed.moveTo(NOW_MS + TWO_HOURS + 1);
  expect(await alice.show()).toMatchObject({ status: 'EXPIRED', outcome: 'fulfilled' });
});

test('a reservation is moved before it begins, by its own start in whole seconds or another', async () => {
  const bed = await testbed();
  const id = await book(bed, 'alice', { startTime: at(5) });
  const alice = of(bed, 'alice', id);
  const { startTime } = await alice.show();
  expect(await alice.change({ startTime })).toMatchObject({ reply: 'REJECT', reason: 'nothing-to-change' });
  expect(await alice.change({ startTime: at(5.5) })).toMatchObject({ reply: 'ACCEPT', differenceMicros: 0 });
  expect(await alice.answer('CONFIRM')).toMatchObject({ reply: 'REQUEST_SUCCESS' });
  expect(await alice.show()).toMatchObject({ startTimeMs: NOW_MS + 5.5 * HOUR_MS });
  expect(await alice.answer('CONFIRM')).toMatchObject({ status: 409, reason: 'no-change-on-offer' });
  expect(await alice.change({})).toMatchObject({ status: 400 });
  expect(await alice.change({ duration: 0 })).toMatchObject({ status: 400 });
  expect(await of(bed, 'bob', id).change({ duration: 1 })).toMatchObject({ status: 404 });
});

test('limits and balance hold for what a change has more, and never for what it has less', async () => {
  const bed = await testbed({}, { nodes: 4 });
  const id = await book(bed, 'alice', { startTime: at(2), numInstancesFixed: 2 });
  const alice = of(bed, 'alice', id);
  const limit = (quota: object) =>
    bed.as('olga', { method: 'PATCH', url: '/OpenPEX/accounts/1', payload: { quota } });
  await limit({ vcpus: 8 });
  expect(await alice.change({ numInstancesFixed: 3 })).toMatchObject({ code: 'PEX_QUOTA_EXCEEDED' });
  expect(await alice.change({ duration: TWO_HOURS })).toMatchObject({ reply: 'ACCEPT' });
  await limit({ vcpus: 1, heldCpuHours: 0 });
  expect(await alice.change({ duration: 3 * HOUR_MS })).toMatchObject({ code: 'PEX_QUOTA_EXCEEDED' });
  // What was on offer before is on offer still.
  expect(await alice.show()).toMatchObject({ change: { duration: TWO_HOURS } });
  expect(await alice.change({ numInstancesFixed: 1 })).toMatchObject({ reply: 'ACCEPT' });
  await alice.answer('CONFIRM');
  await limit({ vcpus: 100, heldCpuHours: 1000 });
  await bed.as('olga', {
    method: 'POST',
    url: '/OpenPEX/accounts/1/deposits',
    payload: { amountMicros: 1 - (await balances(bed, 'alice', 1)) },
  });
  expect(await alice.change({ duration: TWO_HOURS })).toMatchObject({
    code: 'PEX_INSUFFICIENT_BALANCE',
    priceMicros: 400_000,
  });
  expect(await alice.show()).toMatchObject({ duration: HOUR_MS, numInstancesFixed: 1, change: null });
});

test('an activated reservation whose window has not opened is released, and paid back', async () => {
  const bed = await testbed();
  const before = await balances(bed, 'alice', 1);
  const id = await book(bed, 'alice', { startTime: at(2) });
  await bed.as('alice', { method: 'PUT', url: `/OpenPEX/reservations/${id}/activate` });
  expect(await of(bed, 'alice', id).remove()).toMatchObject({ status: 'CANCELLED', outcome: 'cancelled' });
  expect(await balances(bed, 'alice', 1)).toBe(before);
});
