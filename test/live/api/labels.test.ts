// Names and notes of reservations: given with the request or later, shown to whoever may see it, changed by nobody else.
import { expect, test } from 'vitest';
import { FIGURE_4_1, NOW_MS, run, testbed } from './testbed.ts';

const URL = '/OpenPEX/reservations';

test('a request brings its name and note, and a repeated one undoes nothing that was changed since', async () => {
  const bed = await testbed();
  const headers = { 'idempotency-key': 'once' };
  const payload = { ...FIGURE_4_1, name: 'Grid course', note: 'Bring\nlaptops.' };
  const post = () => bed.as('alice', { method: 'POST', url: URL, headers, payload });
  const { id } = (await post()).json().proposal;
  const shown = async () => (await bed.as('alice', { url: `${URL}/${id}` })).json();
  expect(await shown()).toMatchObject({ name: 'Grid course', note: 'Bring\nlaptops.' });

  const put = await bed.as('alice', {
    method: 'PUT',
    url: `${URL}/${id}/label`,
    payload: { name: 'Cloud course', note: null },
  });
  expect(put.json()).toMatchObject({ id, name: 'Cloud course', note: null });
  expect((await post()).json().proposal.id).toBe(id);
  expect((await bed.as('alice', { url: URL })).json()).toMatchObject([
    { id, name: 'Cloud course', note: null },
  ]);
});

test('one of the two may be set alone, and the other stays', async () => {
  const bed = await testbed();
  const { id } = (await bed.as('alice', { method: 'POST', url: URL, payload: FIGURE_4_1 })).json().proposal;
  const put = (payload: object) =>
    bed.as('alice', { method: 'PUT', url: `${URL}/${id}/label`, payload }).then((answer) => answer.json());
  expect(await put({ note: 'Bring laptops.' })).toMatchObject({ name: null, note: 'Bring laptops.' });
  expect(await put({ name: 'Grid course' })).toMatchObject({ name: 'Grid course', note: 'Bring laptops.' });
  expect(await put({ note: null })).toMatchObject({ name: 'Grid course', note: null });
  expect(await put({})).toMatchObject({ status: 400, code: 'PEX_BAD_REQUEST' });
});

test('what is no line of text is refused, and so is what is somebody else’s', async () => {
  const bed = await testbed();
  const opened = await bed.as('alice', { method: 'POST', url: URL, payload: FIGURE_4_1 });
  const { id } = opened.json().proposal;
  const label = (user: string, name: unknown, note: unknown = null) =>
    bed.as(user, { method: 'PUT', url: `${URL}/${id}/label`, payload: { name, note } });
  for (const wrong of ['', '  ', 'two\nlines', 'x'.repeat(101), 7])
    expect((await label('alice', wrong)).json()).toMatchObject({ status: 400 });
  expect((await label('alice', null, 'nul \0')).statusCode).toBe(400);
  expect((await label('bob', 'mine')).statusCode).toBe(404);
  const longest = 'ü'.repeat(100);
  expect((await label('alice', longest)).json()).toMatchObject({ name: longest });
  await bed.as('alice', { method: 'DELETE', url: `${URL}/${id}` });
  expect((await label('alice', null)).json()).toMatchObject({ status: 'CANCELLED', name: null });
});

test('calendar programs show the name in place of the instances, which they tell below', async () => {
  const bed = await testbed();
  const payload = { ...FIGURE_4_1, name: 'Course, 1; 2', note: 'Bring laptops.' };
  const { id } = (await bed.as('alice', { method: 'POST', url: URL, payload })).json().proposal;
  const calendar = await bed.as('alice', { url: `${URL}/${id}/calendar.ics` });
  const unfolded = calendar.body.replaceAll('\r\n ', '');
  expect(unfolded).toContain('SUMMARY:Course\\, 1\\; 2 (on offer)\r\n');
  expect(unfolded).toContain('DESCRIPTION:Bring laptops.\\n1 × XLARGE\\n');
});

test('instances, what happened, and the calendar of operators say what their reservation is called', async () => {
  const bed = await testbed();
  const { reservationId } = await run(bed, 'alice');
  const label = { method: 'PUT', payload: { name: 'Grid course' } } as const;
  await bed.as('alice', { ...label, url: `${URL}/${reservationId}/label` });
  const namesIn = async (user: string, url: string) => {
    const entries: { reservationName: string | null }[] = (await bed.as(user, { url })).json();
    return new Set(entries.map(({ reservationName }) => reservationName));
  };
  const span = `from=${NOW_MS}&to=${NOW_MS + 86_400_000}`;
  for (const [user, url] of [
    ['alice', '/OpenPEX/instances'],
    ['alice', '/OpenPEX/history'],
    ['olga', `/OpenPEX/calendar?${span}`],
  ] as const)
    expect([url, await namesIn(user, url)]).toEqual([url, new Set(['Grid course'])]);
});
