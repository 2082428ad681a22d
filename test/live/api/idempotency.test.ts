// The header Idempotency-Key on everything that would otherwise be done twice: what is sent again is done once and answered alike.
import { expect, test } from 'vitest';
import { book, HOUR_MS, NOW_MS, testbed } from './testbed.ts';

const KEY = { 'idempotency-key': 'one-and-the-same' };

test('a deposit that is sent again is booked once', async () => {
  const bed = await testbed();
  const deposit = (amountMicros: number, userid = 1) =>
    bed.as('olga', {
      method: 'POST',
      url: `/OpenPEX/accounts/${userid}/deposits`,
      headers: KEY,
      payload: { amountMicros, note: 'grant' },
    });
  const balance = async () => (await bed.as('alice', { url: '/OpenPEX/account' })).json().balanceMicros;
  const before = await balance();

  const [first, meanwhile] = await Promise.all([deposit(5_000_000), deposit(5_000_000)]);
  expect([first.statusCode, meanwhile.statusCode]).toEqual([201, 201]);
  expect((await deposit(5_000_000)).json()).toEqual(first.json());
  expect(await balance()).toBe(before + 5_000_000);

  for (const other of [await deposit(4_000_000), await deposit(5_000_000, 2)]) {
    expect(other.statusCode).toBe(422);
    expect(other.json().code).toBe('PEX_IDEMPOTENCY_MISMATCH');
  }
  expect(await balance()).toBe(before + 5_000_000);
});

test('a claim that is sent again grants once', async () => {
  const bed = await testbed();
  const startTime = new Date(NOW_MS).toISOString();
  const id = await book(bed, 'alice', { startTime, numInstancesOption: 2, type: 'SMALL' });
  await bed.as('alice', { method: 'PUT', url: `/OpenPEX/reservations/${id}/activate` });
  await bed.moveTo(NOW_MS + 1_000);
  const claim = (count: number, headers: Record<string, string> = KEY) =>
    bed.as('alice', {
      method: 'POST',
      url: `/OpenPEX/reservations/${id}/claim`,
      headers,
      payload: { count },
    });

  expect((await claim(1)).json()).toMatchObject({ granted: 1, reservation: { optionsClaimed: 1 } });
  expect((await claim(1)).json()).toMatchObject({ granted: 1, reservation: { optionsClaimed: 1 } });
  expect((await claim(2)).statusCode).toBe(422);
  expect((await claim(1, {})).json()).toMatchObject({ granted: 1, reservation: { optionsClaimed: 2 } });
});

test('a maintenance that is sent again is planned once, and told as it was planned when it is called off since', async () => {
  const bed = await testbed();
  const plan = () =>
    bed.as('olga', {
      method: 'POST',
      url: '/OpenPEX/nodes/leon/maintenance',
      headers: KEY,
      payload: {
        startTime: new Date(NOW_MS + HOUR_MS).toISOString(),
        endTime: new Date(NOW_MS + 2 * HOUR_MS).toISOString(),
      },
    });
  const listed = async () => (await bed.as('olga', { url: '/OpenPEX/maintenance' })).json();

  const first = await plan();
  expect(first.statusCode).toBe(201);
  expect((await plan()).json()).toEqual(first.json());
  expect(await listed()).toEqual([first.json()]);

  await bed.as('olga', { method: 'DELETE', url: `/OpenPEX/maintenance/${first.json().id}` });
  expect((await plan()).json()).toEqual(first.json());
  expect(await listed()).toEqual([]);
});
