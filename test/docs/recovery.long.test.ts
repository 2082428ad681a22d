// What docs/validation.md says of recovery and of migrations that conserve no work: on a seed each.
import { expect, test } from 'vitest';
import { studyFigures } from '../support/study-figures.ts';

test('to wait for a node delivers more than to fail, and a checkpoint keeps most of the work', async () => {
  const under = (options: object) => studyFigures('recovery', { 'policies.recovery': options }, 1);
  const failing = await under({ name: 'give-up' });
  const waiting = await under({ name: 'wait' });
  const kept = await under({ name: 'wait', options: { begins: 'checkpoint' } });
  expect(waiting.delivery.availability!).toBeGreaterThan(failing.delivery.availability! + 0.03);
  expect(waiting.fulfilment.fates.failed).toBeLessThan(failing.fulfilment.fates.failed);
  expect(kept.recovery.lostWorkMs).toBeLessThan(waiting.recovery.lostWorkMs / 2);
  expect(waiting.recovery.classes.map(({ name }) => name)).toEqual(['bronze', 'gold']);
}, 600_000);

test('who begins again where they go loses work, and who migrates none', async () => {
  const figures = (moves: string) =>
    studyFigures(
      'work-conserving',
      { 'policies.migration': 'balance', 'policies.recovery': { name: 'wait', options: { moves } } },
      1,
    );
  const [live, anew] = [await figures('migrate'), await figures('restart')];
  expect(live.delivery.migrations).toBeGreaterThan(20);
  expect(live.recovery.lostWorkMs).toBe(0);
  expect(anew.delivery.migrations).toBe(0);
  expect(anew.recovery.lostWorkMs).toBeGreaterThan(3_600_000);
  expect(anew.delivery.hinderedMs.migration).toBeGreaterThan(0);
}, 600_000);

test('who goes by the reputation of nodes is interrupted half as often', async () => {
  const repairsUnder = async (allocation: string) =>
    (await studyFigures('reputation', { 'policies.allocation': allocation }, 1)).recovery.repairs;
  const reputed = await repairsUnder('most-reliable');
  expect(reputed).toBeGreaterThan(50);
  for (const other of ['most-loaded', 'random'])
    expect(await repairsUnder(other)).toBeGreaterThan(1.5 * reputed);
}, 600_000);
