// The queue over the REST API: a lease that is suspended, one that waits, and what both are told of their start, there again after a restart.
import { expect, test } from 'vitest';
import { ask, HOUR_MS, NOW_MS, type Testbed, testbed } from '../api/testbed.ts';

const at = (hours: number) => new Date(NOW_MS + hours * HOUR_MS).toISOString();

async function book(bed: Testbed, username: string, terms: object) {
  const { proposal } = (await ask(bed, username, terms)).json();
  const url = `/OpenPEX/reservations/${proposal.id}`;
  await bed.as(username, { method: 'PUT', url, payload: { reply: 'CONFIRM' } });
  return async () => (await bed.as(username, { url })).json();
}

function butFrom({
  likelyStart,
  ...queue
}: {
  readonly likelyStart: Record<string, unknown> | null;
}): object {
  return { ...queue, likelyStart: likelyStart && { ...likelyStart, from: null, fromMs: null } };
}

test('what is suspended, what waits and what they were told outlive a restart in every state', async () => {
  const bed = await testbed(
    {},
    { more: 'manager: { suspension: {}, startForecast: {} }\npolicies: { preemption: youngest }' },
  );
  const restart = async () => (await bed.loseDatabase())();
  const running = await book(bed, 'alice', { kind: 'preemptible', startTime: at(0), duration: 4 * HOUR_MS });
  const waiting = await book(bed, 'alice', { kind: 'best-effort', startTime: at(0), duration: HOUR_MS });
  await bed.moveTo(NOW_MS + HOUR_MS);
  const inTheWay = await book(bed, 'bob', { startTime: at(2), duration: HOUR_MS });
  expect(await running()).toMatchObject({ status: 'ACTIVATED', windowOpen: true, queue: null });
  const told = (await waiting()).queue;
  expect(told.likelyStart).toMatchObject({ fromMs: expect.any(Number), untilMs: expect.any(Number) });
  await restart();
  // Nobody has run to the end yet: what runs may be over at once, whenever one asks.
  expect(told.likelyStart.fromMs).toBeLessThan(NOW_MS + HOUR_MS + 60_000);
  expect(butFrom((await waiting()).queue)).toEqual(butFrom(told));
  // The reservation has its time; what ran is suspended, and is ahead of what waits.
  await bed.moveTo(NOW_MS + 2.5 * HOUR_MS);
  const [suspended, behind] = [(await running()).queue, (await waiting()).queue];
  expect(suspended).toMatchObject({ position: 1, expectedStartTimeMs: NOW_MS + 3 * HOUR_MS });
  expect(behind).toMatchObject({ position: 2 });
  await restart();
  expect([(await running()).queue, (await waiting()).queue].map(butFrom)).toEqual(
    [suspended, behind].map(butFrom),
  );
  await bed.moveTo(NOW_MS + 4 * HOUR_MS);
  await restart();
  expect(await running()).toMatchObject({ status: 'ACTIVATED', windowOpen: true, queue: null });
  await bed.moveTo(NOW_MS + 8 * HOUR_MS);
  for (const show of [running, waiting, inTheWay]) expect(await show()).toMatchObject({ status: 'EXPIRED' });
  // Two hours before it was suspended and two after: nothing was lost. (The reservation that nobody came to is not theirs.)
  expect(await running()).toMatchObject({ outcome: 'fulfilled' });
  expect(await waiting()).toMatchObject({ outcome: 'fulfilled' });
});
