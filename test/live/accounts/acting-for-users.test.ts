// An operator who acts for a user spends what is the user's, within the limits of the user, and the log says so.
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ask, book, FIGURE_4_1, type Testbed, testbed } from '../api/testbed.ts';

const deposit = (bed: Testbed, userId: number, amountMicros: number) =>
  bed.as('olga', {
    method: 'POST',
    url: `/OpenPEX/accounts/${userId}/deposits`,
    payload: { amountMicros },
  });
const answer = (bed: Testbed, username: string, id: string, payload: object) =>
  bed.as(username, { method: 'PUT', url: `/OpenPEX/reservations/${id}`, payload });
const balances = async (bed: Testbed) =>
  Object.fromEntries(
    (await bed.as('olga', { url: '/OpenPEX/accounts' }))
      .json()
      .map(({ balanceMicros, username }: { balanceMicros: number; username: string }) => [
        username,
        balanceMicros,
      ]),
  );

test('a rich operator does not confirm for a poor user, and a poor one does for a rich user', async () => {
  const bed = await testbed();
  const { id } = (await ask(bed, 'alice')).json().proposal;
  await deposit(bed, 1, -50_000_000);
  expect((await answer(bed, 'olga', id, { reply: 'CONFIRM' })).json()).toMatchObject({
    code: 'PEX_INSUFFICIENT_BALANCE',
    balanceMicros: 0,
  });
  await answer(bed, 'alice', id, { reply: 'REJECT' });

  await deposit(bed, 3, -50_000_000);
  const offer = (await ask(bed, 'bob')).json();
  expect((await answer(bed, 'olga', offer.proposal.id, { reply: 'CONFIRM' })).statusCode).toBe(200);
  expect(await balances(bed)).toEqual({ alice: 0, bob: 50_000_000 - offer.priceMicros, olga: 0 });
});

test('the limits of the user hold for what an operator proposes, not those of the operator', async () => {
  const bed = await testbed();
  const limit = (userId: number, vcpus: number) =>
    bed.as('olga', { method: 'PATCH', url: `/OpenPEX/accounts/${userId}`, payload: { quota: { vcpus } } });
  await book(bed, 'bob');
  const { proposal, reply } = (await ask(bed, 'alice')).json();
  expect(reply).toBe('COUNTER');
  await limit(3, 0);
  // XLARGE has four CPUs.
  await limit(1, 4);
  const counter = (numInstancesFixed: number) =>
    answer(bed, 'olga', proposal.id, { reply: 'COUNTER', proposal: { ...FIGURE_4_1, numInstancesFixed } });
  expect((await counter(2)).json().code).toBe('PEX_QUOTA_EXCEEDED');
  expect((await counter(1)).json()).toMatchObject({ reply: 'COUNTER' });
});

test('the log says who acted for whom, and does not of what belongs to the caller', async () => {
  const lines: { userid?: number; forUserid?: number; req?: { method: string } }[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const bed = await testbed({}, { logger });
  const { id } = (await ask(bed, 'alice')).json().proposal;
  await answer(bed, 'olga', id, { reply: 'REJECT' });
  await answer(bed, 'alice', id, { reply: 'REJECT' });
  const answers = lines.filter(({ req }) => req?.method === 'PUT');
  expect(answers.map(({ forUserid, userid }) => [userid, forUserid])).toEqual([
    [3, 1],
    [1, undefined],
  ]);
});
