// What users say of nodes, over the API: read where the allocation policy does, refused where it does not.
import { expect, test } from 'vitest';
import { HOUR_MS, NOW_MS, testbed } from './testbed.ts';

const READS = { nodes: 3, more: 'policies: { allocation: opennebula }\n' };

const terms = (more: object) => ({
  type: 'SMALL',
  duration: HOUR_MS,
  numInstancesFixed: 1,
  startTime: new Date(NOW_MS + HOUR_MS).toISOString(),
  ...more,
});

test('instances are placed by the requirements and the rank that come with the request, which it keeps', async () => {
  const bed = await testbed({}, READS);
  const ask = { method: 'POST', url: '/OpenPEX/reservations' } as const;
  const wanted = { requirements: 'NAME = "leon-002" | NAME = "leon-003"', rank: 'ID' };
  const asked = await bed.as('alice', { ...ask, payload: terms(wanted) });
  expect(asked.json()).toMatchObject({ reply: 'ACCEPT', proposal: wanted });
  const url = `/OpenPEX/reservations/${asked.json().proposal.id}`;
  expect((await bed.as('alice', { url })).json()).toMatchObject({ ...wanted, nodes: ['leon-003'] });
  expect((await bed.as('alice', { url: '/OpenPEX/service/' })).json()).toMatchObject({
    readsPreferences: true,
  });
  // Another round may say something else, and a quote of it says the same.
  const proposal = terms({ requirements: 'NAME = "leon-001"' });
  const quote = await bed.as('alice', { method: 'POST', url: '/OpenPEX/quotes', payload: proposal });
  expect(quote.json()).toMatchObject({ reply: 'ACCEPT', proposal: { requirements: 'NAME = "leon-001"' } });
  const plain = await bed.as('bob', { ...ask, payload: terms({}) });
  const other = await bed.as('bob', { url: `/OpenPEX/reservations/${plain.json().proposal.id}` });
  expect(other.json()).toMatchObject({ requirements: null, rank: null });
});

test.each([
  ['requirements', 'FREE_CPU > & 3', 12],
  ['requirements', '  FREE_CPUS > 3', 3],
  ['requirements', 'FREE_CPU > 100 &', 17],
  ['requirements', 'NAME = "leon', 8],
  ['rank', '2 * (FREE_CPU', 14],
])('a wrong expression is refused with its place: %s %s', async (field, text, position) => {
  const bed = await testbed({}, READS);
  for (const url of ['/OpenPEX/reservations', '/OpenPEX/quotes']) {
    const refused = await bed.as('alice', { method: 'POST', url, payload: terms({ [field]: text }) });
    expect(refused.statusCode).toBe(400);
    expect(refused.json()).toMatchObject({ code: 'PEX_BAD_REQUEST', field, position });
    expect(refused.json().detail).toContain(`(at character ${position})`);
  }
});

test('where nobody would read it, it is refused', async () => {
  const bed = await testbed();
  const payload = terms({ rank: 'FREE_CPU' });
  const refused = await bed.as('alice', { method: 'POST', url: '/OpenPEX/reservations', payload });
  expect(refused.statusCode).toBe(400);
  expect(refused.json()).toMatchObject({ code: 'PEX_BAD_REQUEST', field: 'rank' });
});
