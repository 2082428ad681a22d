// Who of the queue begins when, against a naive one; and what backfilling is for: shorter waits.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rng } from '../../../../engine/index.ts';
import { HOUR, MINUTE, node, policy } from '../../../support/setup.ts';
import { type Story, tell } from '../../../support/story.ts';
import { type Fixed, type Job, NaiveQueue } from './naive-queue.ts';

/** Runs jobs behind and between what is fixed ahead of time. */
function storyOf(
  cpus: readonly number[],
  { fixed, jobs, reserved }: { fixed: readonly Fixed[]; jobs: readonly Job[]; reserved: number },
): Story {
  const story = tell({
    nodes: cpus.map((count, i) => node(`n${i}`, count, 1_000_000)),
    manager: { backfillReservations: reserved },
    policies: { allocation: policy('allocation', 'first-fit') },
    guests: Object.fromEntries(jobs.map(({ name, runMs }) => [name, `${runMs}ms`])),
  });
  for (const [i, { endMs, instances, startMs }] of fixed.entries()) {
    const user = story.user(`fixed${i}`);
    const offer = user.request({ start: startMs, duration: `${endMs - startMs}ms`, instances });
    if (offer.reply === 'ACCEPT') user.confirm();
    else if (offer.reply === 'COUNTER') user.reject();
  }
  for (const { durationMs, instances, name, submitMs } of jobs)
    story.at(submitMs).book(name, { kind: 'best-effort', instances, duration: `${durationMs}ms` });
  return story.run();
}

function startsOf(story: Story, jobs: readonly Job[]): Map<string, number> {
  const names = new Set(jobs.map(({ name }) => name));
  return new Map(
    story
      .eventsOf('window-opened')
      .filter(({ reservationId }) => names.has(reservationId))
      .map(({ atMs, reservationId }) => [reservationId, atMs]),
  );
}

const CPUS = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
const someMs = (max: number) => fc.integer({ min: 1, max });

const LOG = CPUS.chain((cpus) => {
  const total = cpus.reduce((sum, count) => sum + count);
  const instances = fc.integer({ min: 1, max: total });
  return fc.record({
    cpus: fc.constant(cpus),
    reserved: fc.constantFrom(0, 1, 2, Number.POSITIVE_INFINITY),
    drawn: fc.array(
      fc.record({
        submitMs: someMs(4 * HOUR),
        instances,
        durationMs: someMs(3 * HOUR),
        share: fc.double({ min: 0.01, max: 1.2, noNaN: true }),
      }),
      { minLength: 1, maxLength: 12 },
    ),
    fixed: fc.array(
      fc
        .record({ startMs: someMs(10 * HOUR), lengthMs: someMs(2 * HOUR), instances })
        .map(({ lengthMs, startMs, ...rest }) => ({ startMs, endMs: startMs + lengthMs, ...rest })),
      { maxLength: 3 },
    ),
  });
});

test('jobs begin when a naive queue begins them: first come, EASY, some reserved, conservative', () => {
  fc.assert(
    fc.property(LOG, ({ cpus, drawn, fixed, reserved }) => {
      const jobs = drawn
        .sort((a, b) => a.submitMs - b.submitMs)
        .map(({ share, ...job }, i) => ({
          ...job,
          name: `job${i}`,
          runMs: Math.max(1, Math.floor(job.durationMs * share)),
        }));
      // Two things at one instant may be taken note of in either order.
      fc.pre(new Set(jobs.map(({ submitMs }) => submitMs)).size === jobs.length);
      const naive = new NaiveQueue(cpus, reserved);
      const taken = fixed.filter((each) => naive.fix(each));
      naive.run(jobs, taken);
      expect(startsOf(storyOf(cpus, { fixed, jobs, reserved }), jobs)).toEqual(naive.starts);
    }),
    { numRuns: 100 },
  );
});

test('EASY waits less than conservative backfilling, and that less than first come, first served', () => {
  const rng = Rng.fromSeed(7).stream('jobs');
  let submitMs = 0;
  const jobs = Array.from({ length: 200 }, (_, i): Job => {
    submitMs += rng.integer(1, 24 * MINUTE);
    // Many narrow and short, few wide and long, and all ask for more than they need, as in the logs of real machines.
    const instances = 2 ** rng.integer(0, rng.next() < 0.8 ? 2 : 4);
    const runMs = Math.round(2 ** (rng.next() * 8) * MINUTE);
    return { name: `job${i}`, submitMs, instances, runMs, durationMs: runMs * rng.integer(1, 5) };
  });
  const meanWaitMs = (reserved: number) => {
    const starts = startsOf(storyOf(Array(16).fill(1), { fixed: [], jobs, reserved }), jobs);
    return jobs.reduce((sum, job) => sum + starts.get(job.name)! - job.submitMs, 0) / jobs.length;
  };
  const [fcfs, easy, conservative] = [0, 1, Number.POSITIVE_INFINITY].map(meanWaitMs);
  expect(easy).toBeLessThan(conservative!);
  expect(conservative).toBeLessThan(fcfs! / 2);
});
