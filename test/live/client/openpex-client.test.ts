// The client against a service of its own: as a program uses it.
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  negotiate,
  negotiateSeries,
  OpenPexClient,
  OpenPexProblem,
  thoseAsAsked,
} from '../../../live/client/index.ts';
import { PASSWORD, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';

const YAML = `
cluster: { nodes: [{ group: node, count: 2, cpus: 4, memoryMib: 16384, diskGib: 1000 }] }
accounts: { startingCredits: 100 }
`;
const HOUR = 3_600_000;
const LARGE = { type: 'XLARGE', numInstancesFixed: 2, duration: HOUR };

let daemon: TestDaemon;
let ada: OpenPexClient;
let bob: OpenPexClient;
beforeAll(async () => {
  daemon = await startTestDaemon({ yaml: YAML });
  for (const name of ['ada', 'bob']) await daemon.register(name);
  ada = new OpenPexClient({ url: `${daemon.url}/`, user: { name: 'ada', password: PASSWORD } });
  bob = new OpenPexClient({ url: daemon.url, user: { name: 'bob', password: PASSWORD } });
});
afterAll(() => daemon.stop());

test('what is as asked is booked, what is not is declined unless somebody decides otherwise', async () => {
  const booked = await negotiate(ada, { ...LARGE, startsItself: true });
  expect(booked).toMatchObject({ kind: 'booked', reservation: { startsItself: true, priceMicros: 800_000 } });
  expect(await negotiate(bob, LARGE)).toMatchObject({ kind: 'declined' });
  const heard: string[] = [];
  const later = await negotiate(bob, LARGE, ({ offer, reply }) => {
    heard.push(reply);
    // A counter-proposal first, for an hour more than is offered; then whatever there is.
    return heard.length > 1 ? 'book' : { ...LARGE, duration: 2 * HOUR, startTime: offer.proposal!.startTime };
  });
  expect(heard).toHaveLength(2);
  expect(later).toMatchObject({ kind: 'booked', reservation: { duration: 2 * HOUR, round: 2 } });
  expect(await negotiate(bob, { ...LARGE, numInstancesFixed: 99 })).toMatchObject({
    kind: 'rejected',
    reply: { reply: 'REJECT', reason: 'never-fits' },
  });
});

test('whoever waits for room is told so, and what becomes of it is asked for later', async () => {
  const startTime = new Date(Date.now() + 500 * HOUR).toISOString();
  const booked = await negotiate(ada, { ...LARGE, startTime });
  const waitUntil = new Date(Date.now() + 400 * HOUR).toISOString();
  const waiting = await negotiate(bob, { ...LARGE, startTime, waitUntil, waitInstead: true });
  expect(waiting).toMatchObject({ kind: 'waiting', reservation: { status: 'WAITLISTED' } });
  if (waiting.kind !== 'waiting' || booked.kind !== 'booked') throw new Error('not as told');
  await ada.call('deleteReservation', { path: { id: booked.reservation.id } });
  const { id } = waiting.reservation;
  expect(await bob.call('getReservation', { path: { id } })).toMatchObject({ status: 'ACCEPTED' });
  await bob.call('deleteReservation', { path: { id } });
});

test('lists come page by page, with queries of several values', async () => {
  const query = { limit: 1, state: ['REJECTED' as const, 'CONFIRMED' as const] };
  const first = await bob.page('listReservations', { query });
  expect(first.items).toHaveLength(1);
  expect(first.total).toBe(3);
  const ids: string[] = [];
  for await (const { id } of bob.all('listReservations', { query })) ids.push(id);
  expect(new Set(ids).size).toBe(3);
});

test('a token lets in as well, and one that is revoked does not', async () => {
  const { id, token } = await ada.call('createToken', { body: { name: 'a program', scope: 'read' } });
  const program = new OpenPexClient({ url: daemon.url, token });
  expect(await program.call('getAccount')).toMatchObject({ username: 'ada' });
  expect(await ada.call('revokeToken', { path: { id } })).toBeUndefined();
  const refused = await program.call('getAccount').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(OpenPexProblem);
  expect(refused).toMatchObject({ status: 401, isOutage: false });
});

test('what is wrong is told as the service tells it, and a service that is away as an outage', async () => {
  const missing = ada.call('getReservation', { path: { id: 'no such/thing' } });
  await expect(missing).rejects.toMatchObject({ status: 404, code: 'PEX_NOT_FOUND' });
  const away = new OpenPexClient({ url: 'http://127.0.0.1:1' });
  await expect(away.call('getService')).rejects.toMatchObject({
    status: 0,
    code: 'PEX_UNREACHABLE',
    isOutage: true,
  });
  const text = await new OpenPexClient({ url: daemon.url }).call('getHealth');
  expect(text).toMatchObject({ status: 'alive' });
});

test('a quote of a negotiation leaves out what that holds', async () => {
  const asked = { ...LARGE, startTime: new Date(Date.now() + 48 * HOUR).toISOString() };
  const held = await ada.call('createReservation', { body: asked });
  const reservation = held.proposal!.id;
  const quote = (query: { reservation?: string }, client = ada) =>
    client.call('quote', { body: asked, query });
  expect((await quote({})).reply).not.toBe('ACCEPT');
  expect((await quote({ reservation })).reply).toBe('ACCEPT');
  await expect(quote({ reservation }, bob)).rejects.toMatchObject({ status: 404 });
  const room = async (query: { reservation?: string }) => {
    const from = Date.parse(asked.startTime);
    const span = { type: 'XLARGE', from: String(from), to: String(from + HOUR) };
    const { steps } = await ada.call('getAvailability', { query: { ...span, ...query } });
    return Math.min(...steps.map(({ count }) => count));
  };
  expect([await room({}), await room({ reservation })]).toEqual([0, 2]);
  // Looking gave nothing away.
  expect((await quote({})).reply).not.toBe('ACCEPT');
});

test('a series is booked as a whole or not at all, or as far as there is room; nothing stays held', async () => {
  const firstMs = Date.now() + 900 * HOUR;
  const at = (days: number) => new Date(firstMs + days * 24 * HOUR).toISOString();
  const course = { ...LARGE, startTime: at(0), everyDays: 1, times: 3 };
  const underWay = async (client: OpenPexClient) => {
    const states = [];
    for await (const { startTimeMs, status } of client.all('listReservations'))
      if (startTimeMs !== null && startTimeMs >= firstMs && !['REJECTED', 'CANCELLED'].includes(status))
        states.push(status);
    return states;
  };
  await negotiate(ada, { ...LARGE, startTime: at(1) });
  const whole = await negotiateSeries(bob, course);
  expect(whole.map(({ answer }) => answer.reply)).toEqual(['ACCEPT', 'COUNTER', 'ACCEPT']);
  expect(whole.map(({ reservation }) => reservation)).toEqual([undefined, undefined, undefined]);
  expect(await underWay(bob)).toEqual([]);

  const fitting = await negotiateSeries(bob, course, thoseAsAsked);
  expect(fitting.map(({ reservation }) => reservation?.status)).toEqual([
    'CONFIRMED',
    undefined,
    'CONFIRMED',
  ]);
  expect(await underWay(bob)).toEqual(['CONFIRMED', 'CONFIRMED']);
  // One of them is given back, and the other is none the worse for it.
  await bob.call('deleteReservation', { path: { id: fitting[0]!.reservation!.id } });
  expect(await underWay(bob)).toEqual(['CONFIRMED']);

  // A series that is none, and an offer that is lost before it is booked: nothing is booked, and nothing stays held.
  await expect(negotiateSeries(bob, { ...course, zone: 'Mars' })).rejects.toMatchObject({ status: 400 });
  const lost = negotiateSeries(bob, { ...course, numInstancesFixed: 1, times: 2 }, async (all) => {
    await bob.call('deleteReservation', { path: { id: all[1]!.offered!.reservationId } });
    return all;
  });
  await expect(lost).rejects.toBeInstanceOf(OpenPexProblem);
  expect(await underWay(bob)).toEqual(['CONFIRMED']);
});
