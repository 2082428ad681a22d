// One request for several times: what is booked of it, what is given back, and that it leaves nothing held.
import { beforeEach, expect, test, vi } from 'vitest';
import { ServiceError } from '../../../live/problems.ts';
import type { Series } from '../../../live/wire/series.ts';
import { ask, book, HOUR_MS, NOW_MS, type Testbed, testbed } from './testbed.ts';

const DAY_MS = 24 * HOUR_MS;
const FIRST_MS = NOW_MS + DAY_MS;
const at = (ms: number) => new Date(ms).toISOString();
const TERMS = {
  type: 'XLARGE',
  numInstancesFixed: 1,
  duration: 2 * HOUR_MS,
  startTime: at(FIRST_MS),
  everyDays: 1,
  times: 3,
};

let bed: Testbed;
beforeEach(async () => {
  bed = await testbed();
});

const series = (more: object = {}, headers: Record<string, string> = {}) =>
  bed.as('alice', { method: 'POST', url: '/OpenPEX/series', headers, payload: { ...TERMS, ...more } });

/** States of the reservations of Alice that have not ended, the earliest first. */
async function states(): Promise<string[]> {
  const list: { status: string; startTimeMs: number }[] = (
    await bed.as('alice', { url: '/OpenPEX/reservations' })
  ).json();
  return list
    .filter(({ status }) => !['REJECTED', 'CANCELLED', 'EXPIRED'].includes(status))
    .sort((a, b) => a.startTimeMs - b.startTimeMs)
    .map(({ status }) => status);
}

const deposit = (amountMicros: number) =>
  bed.as('olga', {
    method: 'POST',
    url: '/OpenPEX/accounts/1/deposits',
    payload: { amountMicros, note: 'a change' },
  });
const balance = async () => (await bed.as('alice', { url: '/OpenPEX/account' })).json().balanceMicros;

test('all of a series is booked, and paid; each of it is a reservation of its own', async () => {
  const before = await balance();
  const answer = await series();
  expect(answer.statusCode).toBe(200);
  const { booked, occurrences, priceMicros } = answer.json<Series>();
  expect(booked).toBe(3);
  expect(occurrences.map(({ answer: { reply }, startTimeMs }) => [reply, startTimeMs - FIRST_MS])).toEqual([
    ['ACCEPT', 0],
    ['ACCEPT', DAY_MS],
    ['ACCEPT', 2 * DAY_MS],
  ]);
  expect(priceMicros).toBeGreaterThan(0);
  expect(await balance()).toBe(before - priceMicros);
  const cancelled = await bed.as('alice', {
    method: 'DELETE',
    url: `/OpenPEX/reservations/${occurrences[1]!.reservation}`,
  });
  expect(cancelled.statusCode).toBe(200);
  expect(await states()).toEqual(['CONFIRMED', 'CONFIRMED']);
});

test('where one cannot be had as asked, none is booked, or the others are; nothing is held for the rest', async () => {
  await book(bed, 'bob', {
    ...TERMS,
    everyDays: undefined,
    times: undefined,
    startTime: at(FIRST_MS + DAY_MS),
  });
  const before = await balance();
  const whole = (await series()).json<Series>();
  expect([whole.booked, whole.priceMicros]).toEqual([0, 0]);
  expect(whole.occurrences.map(({ answer, reservation }) => [answer.reply, reservation])).toEqual([
    ['ACCEPT', null],
    ['COUNTER', null],
    ['ACCEPT', null],
  ]);
  expect(whole.occurrences.flatMap(({ answer }) => answer.holdUntilMs ?? [])).toEqual([]);
  expect(await states()).toEqual([]);
  expect(await balance()).toBe(before);

  const fitting = (await series({ take: 'fitting' })).json<Series>();
  expect(fitting.occurrences.map(({ reservation }) => reservation !== null)).toEqual([true, false, true]);
  expect(await states()).toEqual(['CONFIRMED', 'CONFIRMED']);
  expect(await balance()).toBe(before - fitting.priceMicros);
});

test('the times keep the time of the clock in their zone', async () => {
  // Clocks in Berlin are put back on 25 October 2009.
  const { occurrences } = (
    await series({
      startTime: '2009-10-22T08:00:00Z',
      everyDays: 7,
      times: undefined,
      until: '2009-11-05T08:00:00Z',
      zone: 'Europe/Berlin',
    })
  ).json<Series>();
  expect(occurrences.map(({ startTimeMs }) => at(startTimeMs))).toEqual([
    '2009-10-22T08:00:00.000Z',
    '2009-10-29T09:00:00.000Z',
  ]);
});

test('a series that is sent again, at once or later, is booked once and answered alike', async () => {
  const key = { 'idempotency-key': 'course' };
  const [first, meanwhile] = await Promise.all([series({}, key), series({}, key)]);
  expect(first.json<Series>().booked).toBe(3);
  expect(meanwhile.json()).toEqual(first.json());
  const { occurrences } = first.json<Series>();
  await bed.as('alice', {
    method: 'DELETE',
    url: `/OpenPEX/reservations/${occurrences[0]!.reservation}`,
  });
  const balanceNow = await balance();
  expect((await series({}, key)).json()).toEqual(first.json());
  expect(await states()).toEqual(['CONFIRMED', 'CONFIRMED']);
  expect(await balance()).toBe(balanceNow);
  expect((await series({ times: 2 }, key)).json().code).toBe('PEX_IDEMPOTENCY_MISMATCH');
  expect(await states()).toEqual(['CONFIRMED', 'CONFIRMED']);
});

test('a series that costs more than is left is refused as a whole, although some of it could be paid', async () => {
  const one = (await ask(bed, 'alice', { ...TERMS, everyDays: undefined, times: undefined })).json();
  await bed.as('alice', {
    method: 'PUT',
    url: `/OpenPEX/reservations/${one.proposal.id}`,
    payload: { reply: 'REJECT' },
  });
  const before = await balance();
  const times = Math.floor(before / one.priceMicros) + 1;
  expect(times).toBeLessThanOrEqual(366);
  const answer = await series({ times });
  expect(answer.json()).toMatchObject({
    code: 'PEX_INSUFFICIENT_BALANCE',
    priceMicros: times * one.priceMicros,
    balanceMicros: before,
  });
  expect(await states()).toEqual([]);
  expect(await balance()).toBe(before);
});

test('a series that was interrupted is gone on with when it is sent again under its key', async () => {
  const key = { 'idempotency-key': 'course' };
  const away = async () => {
    throw new ServiceError('PEX_UNAVAILABLE', 'the service is waiting for its database; nothing was changed');
  };
  const { reply } = bed.service;
  let confirmed = 0;
  // Away after the first is confirmed, so that nothing can be given back either.
  vi.spyOn(bed.service, 'reply').mockImplementation((...said) =>
    confirmed++ === 0 ? reply.apply(bed.service, said) : away(),
  );
  vi.spyOn(bed.service, 'cancel').mockImplementation(away);
  expect((await series({}, key)).statusCode).toBe(503);
  vi.restoreAllMocks();
  expect(await states()).toEqual(['CONFIRMED', 'ACCEPTED', 'ACCEPTED']);

  expect((await series({}, key)).json<Series>().booked).toBe(3);
  expect(await states()).toEqual(['CONFIRMED', 'CONFIRMED', 'CONFIRMED']);
});

test('what was booked stays when its request is sent again, whatever is left in the account', async () => {
  const key = { 'idempotency-key': 'course' };
  const first = await series({}, key);
  await deposit(-2 * (await balance()));
  expect(await balance()).toBeLessThan(0);
  expect((await series({}, key)).json()).toEqual(first.json());
  expect(await states()).toEqual(['CONFIRMED', 'CONFIRMED', 'CONFIRMED']);
});

test('a series that was given back is not said to be booked when its request is sent again', async () => {
  const key = { 'idempotency-key': 'course' };
  const before = await balance();
  // Enough for the first of them.
  await deposit(1_000_000 - before);
  expect((await series({}, key)).json().code).toBe('PEX_INSUFFICIENT_BALANCE');
  await deposit(before - 1_000_000);
  expect((await series({}, key)).json()).toMatchObject({
    code: 'PEX_REQUEST_FAILED',
    reason: 'hold-expired',
  });
  expect(await states()).toEqual([]);
  expect(await balance()).toBe(before);
  expect((await series({}, { 'idempotency-key': 'again' })).json<Series>().booked).toBe(3);
});

test('what is not held any more when all are approved is found out before any is paid', async () => {
  const { get } = bed.reservations;
  let asked = 0;
  vi.spyOn(bed.reservations, 'get').mockImplementation(async (...said) => {
    const record = await get.apply(bed.reservations, said);
    // Each is looked at before and after it is approved.
    return ++asked > 3 && record !== undefined ? { ...record, holdUntilMs: NOW_MS } : record;
  });
  const before = await balance();
  expect((await series()).json()).toMatchObject({ code: 'PEX_REQUEST_FAILED', reason: 'hold-expired' });
  vi.restoreAllMocks();
  expect(await states()).toEqual([]);
  expect(await balance()).toBe(before);
});

test('a series that is none is refused, and says why', async () => {
  for (const [what, more, says] of [
    ['no end', { times: undefined }, 'times or until'],
    ['two ends', { until: '2009-12-01T00:00:00Z' }, 'times or until'],
    ['an end before its start', { times: undefined, until: at(FIRST_MS) }, 'until'],
    ['an end that is too far off', { times: undefined, until: '2019-12-01T00:00:00Z' }, '366'],
    ['a zone that is none', { zone: 'Europe/Berlim' }, 'zone: "Europe/Berlim"'],
    ['a start that is none', { startTime: 'never' }, 'startTime'],
    ['a start that has passed', { startTime: at(NOW_MS - DAY_MS) }, 'lies ahead'],
    ['a waitlist', { waitUntil: at(FIRST_MS) }, 'waitUntil'],
    ['no step', { everyDays: 0 }, 'everyDays'],
  ] as const) {
    const answer = await series(more);
    expect([what, answer.statusCode, answer.json().code]).toEqual([what, 400, 'PEX_BAD_REQUEST']);
    expect(answer.json().detail).toContain(says);
  }
  expect(await states()).toEqual([]);
});

const answer = (payload: object, user = 'alice') =>
  bed.as(user, { method: 'PUT', url: '/OpenPEX/series', payload });
const idsOf = ({ occurrences }: Series) => occurrences.map((each) => each.answer.proposal!.id);

test('what is held of a series is chosen from, counter-offers included; the rest is let go', async () => {
  await book(bed, 'bob', { ...TERMS, everyDays: undefined, times: undefined, startTime: at(FIRST_MS) });
  const before = await balance();
  const held = (await series({ take: 'none', name: 'Grid course', note: 'Bring laptops.' })).json<Series>();
  expect(
    held.occurrences.map(({ answer: { holdUntilMs, reply }, reservation }) => [
      reply,
      holdUntilMs! > NOW_MS,
      reservation,
    ]),
  ).toEqual([
    ['COUNTER', true, null],
    ['ACCEPT', true, null],
    ['ACCEPT', true, null],
  ]);
  expect(await states()).toEqual(['COUNTERED', 'ACCEPTED', 'ACCEPTED']);
  const [countered, kept, unwanted] = idsOf(held);
  const booked = await answer({ book: [countered, kept], decline: [unwanted] });
  const priceMicros = held.occurrences[0]!.answer.priceMicros! + held.occurrences[1]!.answer.priceMicros!;
  expect(booked.json()).toEqual({ booked: 2, priceMicros });
  expect(await states()).toEqual(['CONFIRMED', 'CONFIRMED']);
  expect(await balance()).toBe(before - priceMicros);
  const list: { name: string; note: string; status: string }[] = (
    await bed.as('alice', { url: '/OpenPEX/reservations' })
  ).json();
  expect(list.map(({ name, note }) => [name, note])).toEqual(
    Array(3).fill(['Grid course', 'Bring laptops.']),
  );
  // Sent again it is as it was; what is booked is not let go of.
  await answer({ book: [], decline: [countered] });
  expect((await answer({ book: [countered, kept], decline: [unwanted] })).json()).toEqual(booked.json());
  expect(await balance()).toBe(before - priceMicros);
});

test('where not all of what is chosen can be booked none is, and what is held stays held', async () => {
  const [first, second, third] = idsOf((await series({ take: 'none' })).json<Series>());
  const before = await balance();
  await bed.as('alice', { method: 'DELETE', url: `/OpenPEX/reservations/${second}` });
  expect((await answer({ book: [first, second, third] })).json()).toMatchObject({
    code: 'PEX_REQUEST_FAILED',
    reason: 'hold-expired',
  });
  expect(await states()).toEqual(['ACCEPTED', 'ACCEPTED']);
  await deposit(1 - before);
  expect((await answer({ book: [first, third] })).json()).toMatchObject({ code: 'PEX_INSUFFICIENT_BALANCE' });
  expect(await states()).toEqual(['ACCEPTED', 'ACCEPTED']);
  await deposit(before - 1);
  expect((await answer({ book: [first], decline: [third] })).json().booked).toBe(1);
  expect(await states()).toEqual(['CONFIRMED']);
  expect((await answer({ book: [first] }, 'bob')).statusCode).toBe(404);
  expect((await answer({ book: [first], decline: [first] })).statusCode).toBe(400);
});

test('of two who answer one series at once, neither takes back what the other has booked', async () => {
  const ids = idsOf((await series({ take: 'none' })).json<Series>());
  const both = await Promise.all([answer({ book: ids }), answer({ book: ids })]);
  expect(both.some(({ statusCode }) => statusCode === 200)).toBe(true);
  expect(await states()).toEqual(['CONFIRMED', 'CONFIRMED', 'CONFIRMED']);
});

test('a quote of a series says of each time what it would be answered, and holds nothing', async () => {
  await book(bed, 'bob', {
    ...TERMS,
    everyDays: undefined,
    times: undefined,
    startTime: at(FIRST_MS + DAY_MS),
  });
  const quote = (more: object = {}) =>
    bed.as('alice', { method: 'POST', url: '/OpenPEX/series/quotes', payload: { ...TERMS, ...more } });
  const { occurrences } = (await quote()).json<Series>();
  expect(occurrences.map(({ answer: { holdUntilMs, reply } }) => [reply, holdUntilMs])).toEqual([
    ['ACCEPT', undefined],
    ['COUNTER', undefined],
    ['ACCEPT', undefined],
  ]);
  expect(await states()).toEqual([]);
  expect((await quote({ startTime: at(NOW_MS - DAY_MS) })).json()).toMatchObject({
    status: 400,
    field: 'startTime',
  });
});

test('a quote of a series says which times would be refused for the limits of whose it would be', async () => {
  await bed.as('olga', {
    method: 'PATCH',
    url: '/OpenPEX/accounts/1',
    payload: { quota: { reservations: 1 } },
  });
  await book(bed, 'alice', {
    ...TERMS,
    type: 'SMALL',
    everyDays: undefined,
    times: undefined,
    startTime: at(FIRST_MS + DAY_MS),
  });
  const { occurrences } = (
    await bed.as('alice', {
      method: 'POST',
      url: '/OpenPEX/series/quotes',
      payload: { ...TERMS, type: 'SMALL' },
    })
  ).json<Series>();
  expect(occurrences.map(({ answer: { refusal, reply } }) => [reply, refusal?.code])).toEqual([
    ['ACCEPT', undefined],
    ['ACCEPT', 'PEX_QUOTA_EXCEEDED'],
    ['ACCEPT', undefined],
  ]);
});

test('what was pledged counts towards the price of a series, and comes back of what is let go without being asked', async () => {
  bed = await testbed({}, { negotiation: 'pledge: { share: 0.5, keptOf: unconfirmed }' });
  const before = await balance();
  await book(bed, 'bob', {
    ...TERMS,
    everyDays: undefined,
    times: undefined,
    startTime: at(FIRST_MS + DAY_MS),
  });
  expect((await series()).json()).toMatchObject({ booked: 0 });
  expect(await balance()).toBe(before);
  const first = { startTime: at(FIRST_MS + 2 * DAY_MS), take: 'none' };
  const { occurrences } = (await series({ ...first, times: 2 })).json<Series>();
  const one = occurrences[0]!.answer.priceMicros!;
  expect(await balance()).toBe(before - one);
  await bed.as('alice', {
    method: 'PUT',
    url: '/OpenPEX/series',
    payload: { book: [], decline: idsOf({ occurrences } as Series) },
  });
  // Of what its user declines it is kept.
  expect(await balance()).toBe(before - one);
  const times = Math.floor((before - one) / one);
  const held = (await series({ ...first, times })).json<Series>();
  expect(held.occurrences.every(({ answer: { reply } }) => reply === 'ACCEPT')).toBe(true);
  const booked = await answer({ book: idsOf(held), decline: [] });
  expect(booked.json()).toEqual({ booked: times, priceMicros: times * one });
  expect(await balance()).toBe(before - one - times * one);
});
