// What a service learns of who comes and who does not, and what it does about windows that it has sold on that.
import { expect, test } from 'vitest';
import { ask, book, HOUR_MS, NOW_MS, testbed } from '../api/testbed.ts';

const at = (hours: number) => ({ startTime: new Date(NOW_MS + hours * HOUR_MS).toISOString() });

test('what is known of no-shows outlives a restart, and who came meanwhile is counted before a confirmation', async () => {
  const bed = await testbed(
    {},
    {
      negotiation: 'overbooking: { noShowChance: learned, risk: 0.9 }',
      more: 'manager: { noShowGrace: 15m }',
    },
  );
  // Nobody comes for the first two.
  for (const hours of [1, 3]) await book(bed, 'bob', at(hours));
  expect((await ask(bed, 'alice', at(1))).json()).not.toMatchObject({ proposal: { kind: 'overbooked' } });
  await bed.moveTo(NOW_MS + 5 * HOUR_MS);
  await (await bed.loseDatabase())();
  const firm = await book(bed, 'bob', at(7));
  const offer = (await ask(bed, 'alice', at(7))).json();
  expect(offer).toMatchObject({ reply: 'COUNTER', proposal: { kind: 'overbooked' } });
  const url = `/OpenPEX/reservations/${offer.proposal.id}`;
  await bed.as('alice', { method: 'PUT', url, payload: { reply: 'ACCEPT' } });
  await bed.as('bob', { method: 'PUT', url: `/OpenPEX/reservations/${firm}/activate` });
  const refused = await bed.as('alice', { method: 'PUT', url, payload: { reply: 'CONFIRM' } });
  expect(refused.statusCode).toBe(409);
  expect(refused.json()).toMatchObject({ code: 'PEX_REQUEST_FAILED', reason: 'overbooking-risk' });
  expect((await bed.as('alice', { url })).json()).toMatchObject({ status: 'COUNTERED' });
});
