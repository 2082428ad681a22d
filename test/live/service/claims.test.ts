// Claimed optional instances are paid for, and paid back like what was guaranteed: for the part that was not delivered.
import { expect, test } from 'vitest';
import { FIGURE_4_1, NOW_MS, run, testbed } from '../api/testbed.ts';

const MINUTE = 60_000;

test('when a reservation fails, of each claim comes back what was not delivered, and the ledger balances', async () => {
  const bed = await testbed();
  const { reservationId } = await run(bed, 'alice', { type: 'SMALL', numInstancesOption: 2 });
  await bed.moveTo(NOW_MS + 30 * MINUTE);
  const url = `/OpenPEX/reservations/${reservationId}`;
  const claimed = await bed.as('alice', { method: 'POST', url: `${url}/claim`, payload: { count: 2 } });
  // Billed by the hour: 0.1 credits of the hour that was asked for, 0.1 for each that was claimed.
  expect(claimed.json()).toMatchObject({ granted: 2, reservation: { priceMicros: 300_000 } });
  await bed.moveTo(NOW_MS + 45 * MINUTE);
  await bed.as('olga', { method: 'PUT', url: '/OpenPEX/nodes/leon/fail' });
  await bed.moveTo(NOW_MS + 46 * MINUTE);

  // A quarter of the hour, and half of what was left at the claim; a tenth of all as penalty.
  const refundMicros = 25_000 + 100_000;
  expect((await bed.as('alice', { url })).json()).toMatchObject({
    status: 'FAILED',
    refundMicros,
    penaltyMicros: 30_000,
  });
  const { balanceMicros } = (await bed.as('alice', { url: '/OpenPEX/account' })).json();
  expect(balanceMicros).toBe(50_000_000 - 300_000 + refundMicros + 30_000);
  const [ledger] = await bed.database.knex('ledger').where({ userid: 1 }).sum({ sum: 'amount_micros' });
  expect(ledger?.sum).toBe(balanceMicros);
});

test('another round does not lose the hold that it asks to replace when it may not have it', async () => {
  const bed = await testbed();
  await run(bed, 'bob', { type: 'XLARGE' });
  const asked = { ...FIGURE_4_1, startTime: new Date(NOW_MS).toISOString() };
  const offered = await bed.as('alice', { method: 'POST', url: '/OpenPEX/reservations', payload: asked });
  const { proposal, reply } = offered.json();
  expect(reply).toBe('COUNTER');
  const url = `/OpenPEX/reservations/${proposal.id}`;
  await bed.as('olga', {
    method: 'POST',
    url: '/OpenPEX/accounts/1/deposits',
    payload: { amountMicros: -49_000_000 },
  });
  // A day of four CPUs is 9.6 credits, and there is one.
  const payload = { reply: 'COUNTER', proposal: { ...asked, duration: 86_400_000 } };
  const refused = await bed.as('alice', { method: 'PUT', url, payload });
  expect(refused.json()).toMatchObject({ status: 402, quote: { reply: 'COUNTER', priceMicros: 9_600_000 } });
  // What was offered stands: nobody else gets it, and it can be confirmed.
  const other = await bed.as('bob', {
    method: 'POST',
    url: '/OpenPEX/reservations',
    payload: { ...asked, startTime: proposal.startTime },
  });
  expect(other.json().reply).toBe('COUNTER');
  await bed.as('alice', { method: 'PUT', url, payload: { reply: 'ACCEPT' } });
  expect((await bed.as('alice', { method: 'PUT', url, payload: { reply: 'CONFIRM' } })).statusCode).toBe(200);
});
