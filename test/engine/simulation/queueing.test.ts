// The simulation against queueing theory. Requests for one CPU that come as a Poisson stream make the site a loss system when they are
// now or never, and an M/M/c queue when any start will do.
//
// Each case draws hundreds of thousands of arrivals. The simulation runs the first few thousand of them, and must agree request by request with an exact
// recursion over the same arrivals; the recursion goes on to the end, and its mean must agree with the formula. Both means, the one of the
// simulation and the long one, lie within four standard errors of it: by 40 batch means of the long run, scaled by the square root of
// the length for the short one. Seeds are fixed, so nothing here can flake.
import { describe, expect, test } from 'vitest';
import {
  batchMeans,
  erlangB,
  erlangC,
  lossRecursion,
  meanWait,
  Queue,
  type QueueRun,
  runQueue,
  SERVICE_MS,
  waitRecursion,
} from '../../support/queueing.ts';

const ARRIVALS = { loss: 400_000, wait: 1_000_000 };
const WARM_UP = 400;
const BATCHES = 40;

function agree(simulated: readonly number[], long: readonly number[], expected: number): void {
  const steady = long.slice(WARM_UP);
  const { error, mean } = batchMeans(steady, BATCHES);
  expect(error / expected, 'the long run is long enough to tell').toBeLessThan(0.05);
  expect(Math.abs(mean - expected), `long: ${mean} of ${expected}`).toBeLessThan(4 * error);
  const short = batchMeans(simulated.slice(WARM_UP), 1).mean;
  const shortError = error * Math.sqrt(steady.length / (simulated.length - WARM_UP));
  expect(Math.abs(short - expected), `simulated: ${short} of ${expected}`).toBeLessThan(4 * shortError);
}

/** Little's law without statistics: what was reserved over time is the work that was accepted. */
function conservesWork({ arrivals, reservedMs, waitsMs }: QueueRun): void {
  const accepted = arrivals.filter((_, i) => waitsMs[i] !== undefined);
  expect(reservedMs).toBe(accepted.reduce((sum, { serviceMs }) => sum + serviceMs, 0));
}

describe('the formulas', () => {
  test('give the published values', () => {
    expect(erlangB(20, 10)).toBeCloseTo(0.00186905, 8);
    expect(erlangB(20, 15)).toBeCloseTo(0.0455932, 7);
    expect(erlangB(20, 18)).toBeCloseTo(0.1092128, 7);
    expect(erlangB(20, 20)).toBeCloseTo(0.158892, 6);
    expect(erlangB(4, 3)).toBeCloseTo(0.2061069, 7);
    expect(erlangC(20, 15)).toBeCloseTo(0.1604294, 7);
    expect(meanWait(20, 15)).toBeCloseTo(0.03208588, 8);
    expect(meanWait(20, 18)).toBeCloseTo(0.2753845, 7);
    expect(meanWait(4, 3)).toBeCloseTo(0.509434, 6);
    // M/M/1: rho / (1 - rho).
    expect(meanWait(1, 0.8)).toBeCloseTo(4, 12);
  });
});

describe('requests that are now or never: Erlang B', () => {
  async function lose(queue: Queue, simulated: number): Promise<void> {
    const run = await runQueue(queue, 'loss', simulated);
    const isLost = run.waitsMs.map((wait) => wait === undefined);
    const longRun = lossRecursion(queue.arrivals(ARRIVALS.loss), queue.servers);
    expect(isLost).toEqual(longRun.slice(0, simulated));
    expect(run.waitsMs.every((wait) => wait === undefined || wait === 0)).toBe(true);
    conservesWork(run);
    agree(isLost.map(Number), longRun.map(Number), erlangB(queue.servers, queue.erlangs));
  }

  test.each([
    { servers: 20, erlangs: 15, simulated: 8000, seed: 1 },
    { servers: 20, erlangs: 18, simulated: 4000, seed: 2 },
    { servers: 20, erlangs: 20, simulated: 4000, seed: 3 },
    { servers: 4, erlangs: 3, simulated: 3000, seed: 4 },
    { servers: 1, erlangs: 0.5, simulated: 2000, seed: 5 },
  ])('$erlangs Erlang on $servers CPUs are turned away as often as the formula says', (load) =>
    lose(new Queue(load), load.simulated),
  );

  test.each([
    { law: 'constant', service: () => SERVICE_MS },
    {
      law: 'two-valued, with a squared coefficient of variation of nine',
      // 0.1 h with probability 10/11, 10 h with 1/11: mean 1 h, variance 9 h^2.
      service: (rng: { next(): number }) => (rng.next() < 1 / 11 ? 10 : 0.1) * SERVICE_MS,
    },
  ])('the law of the durations does not matter: $law', ({ service }) =>
    lose(new Queue({ servers: 20, erlangs: 18, seed: 6, service }), 4000),
  );
});

describe('requests for any start: M/M/c', () => {
  test.each([
    { servers: 20, erlangs: 15, simulated: 6000, seed: 11 },
    { servers: 20, erlangs: 18, simulated: 6000, seed: 12 },
    { servers: 4, erlangs: 3, simulated: 4000, seed: 13 },
    { servers: 1, erlangs: 0.8, simulated: 4000, seed: 14 },
  ])('$erlangs Erlang on $servers CPUs wait as long as the formula says', async (load) => {
    const queue = new Queue(load);
    const run = await runQueue(queue, 'wait', load.simulated);
    const longRun = waitRecursion(queue.arrivals(ARRIVALS.wait), queue.servers);
    expect(run.waitsMs).toEqual(longRun.slice(0, load.simulated));
    conservesWork(run);
    const inServiceTimes = (waitsMs: readonly (number | undefined)[]) =>
      waitsMs.map((wait) => wait! / SERVICE_MS);
    agree(inServiceTimes(run.waitsMs), inServiceTimes(longRun), meanWait(queue.servers, queue.erlangs));
    const hasWaited = (waitsMs: readonly (number | undefined)[]) => waitsMs.map((wait) => Number(wait! > 0));
    agree(hasWaited(run.waitsMs), hasWaited(longRun), erlangC(queue.servers, queue.erlangs));
  });
});
