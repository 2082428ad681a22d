// The story of reservations as their user reads it, from what a service has recorded.
import { expect, test } from 'vitest';
import { happenings, TOLD_TYPES, UNASKED_TYPES } from '../../../../live/portal/src/text/happenings.ts';
import { book, HOUR_MS, NOW_MS, run, type Testbed, testbed } from '../../api/testbed.ts';

async function storyOf(bed: Testbed, username: string, types: readonly string[], reservation?: string) {
  const query = new URLSearchParams(types.map((type): [string, string] => ['type', type]));
  if (reservation !== undefined) query.set('reservation', reservation);
  const response = await bed.as(username, { url: `/OpenPEX/history?${query}` });
  if (response.statusCode !== 200) return response.statusCode;
  const names = new Map<string, string>();
  const nameless = (text: string) =>
    text.replace(/Instance [0-9a-f]{8}/g, (id) => {
      if (!names.has(id)) names.set(id, `Instance ${'ABC'[names.size]}`);
      return names.get(id)!;
    });
  return happenings(response.json(), 'UTC')
    .toReversed()
    .map(({ text, timeMs, tone }) => `+${(timeMs - NOW_MS) / 60_000} min ${tone}: ${nameless(text)}`);
}

const operate = (bed: Testbed, path: string) =>
  bed.as('olga', { method: 'PUT', url: `/OpenPEX/nodes/${path}` });

test('a drain that finds no room says why a VM stands still and when it goes on', async () => {
  const bed = await testbed();
  const { reservationId } = await run(bed, 'alice');
  await bed.moveTo(NOW_MS + 10 * 60_000);
  await operate(bed, 'leon/drain');
  await bed.moveTo(NOW_MS + 20 * 60_000);
  await operate(bed, 'leon/enable');
  await bed.moveTo(NOW_MS + 2 * HOUR_MS);
  expect(await storyOf(bed, 'alice', TOLD_TYPES, reservationId)).toMatchInlineSnapshot(`
    [
      "+0 min good: Booked for 0.40 credits.",
      "+0 min busy: Its time has begun; it lasts until Mon 17 Aug, 05:00.",
      "+0 min neutral: Activated.",
      "+0 min good: Instance A runs on leon.",
      "+10 min attention: Instance A is suspended: node leon is taken out of service and no other has room. It goes on by itself as soon as one has, or the node is back.",
      "+20 min good: Instance A goes on, on leon.",
      "+59.5 min neutral: Instance A is stopped.",
      "+60 min neutral: The reserved time is over. Your instances were shut down at its end.",
    ]
  `);
  expect(await storyOf(bed, 'bob', TOLD_TYPES, reservationId)).toBe(404);
  expect(await storyOf(bed, 'bob', TOLD_TYPES)).toEqual([]);
});

test('moves and losses are told with their nodes, and what is paid back', async () => {
  const bed = await testbed({}, { nodes: 2 });
  const { reservationId } = await run(bed, 'alice');
  await book(bed, 'alice', { type: 'SMALL', startTime: new Date(NOW_MS + 24 * HOUR_MS).toISOString() });
  const [{ node }] = (
    await bed.as('alice', { url: `/OpenPEX/reservations/${reservationId}/instances` })
  ).json();
  await operate(bed, `${node}/drain`);
  await bed.moveTo(NOW_MS + 30 * 60_000);
  const [{ node: other }] = (
    await bed.as('alice', { url: `/OpenPEX/reservations/${reservationId}/instances` })
  ).json();
  await operate(bed, `${other}/fail`);
  await bed.moveTo(NOW_MS + 40 * 60_000);
  expect(await storyOf(bed, 'alice', TOLD_TYPES, reservationId)).toMatchInlineSnapshot(`
    [
      "+0 min good: Booked for 0.40 credits.",
      "+0 min busy: Its time has begun; it lasts until Mon 17 Aug, 05:00.",
      "+0 min neutral: Activated.",
      "+0 min good: Instance A runs on leon-001.",
      "+0 min neutral: Instance 1 has its place on leon-002 instead of leon-001: its node is taken out of service.",
      "+0 min neutral: Instance A moved from leon-001 to leon-002 while it ran. It stood still for 0 ms.",
      "+30 min bad: Instance A was lost with node leon-002.",
      "+30 min bad: A node was lost. The node that hosted your instances failed and there was no room elsewhere. 0.20 credits were paid back. 0.04 credits were paid on top as compensation.",
      "+30 min neutral: Instance A is stopped.",
    ]
  `);
  const lately = await storyOf(bed, 'alice', UNASKED_TYPES);
  expect(JSON.stringify(lately)).not.toContain('Booked');
  expect(lately).toContainEqual(expect.stringContaining('A node was lost.'));
});

test('what its user asked of a VM is no failure', async () => {
  const bed = await testbed();
  const { vmId } = await run(bed, 'alice');
  await bed.as('alice', { method: 'PUT', url: `/OpenPEX/instances/${vmId}/suspend` });
  await bed.moveTo(NOW_MS + 60_000);
  expect(((await storyOf(bed, 'alice', TOLD_TYPES)) as string[]).at(-1)).toBe(
    '+0 min attention: Instance A is suspended, as you asked. It goes on when you resume it.',
  );
});
