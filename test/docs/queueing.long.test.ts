// docs/validation.md says how jobs wait: three ways of sending them to CPUs, and least work left as M/M/k. Long runs by exact recursions, with which the
// simulation agrees job by job.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { meanInterval } from '../../experiments/statistics/intervals.ts';
import { equalLoadCutoffs } from '../../policies/allocation/sita.ts';
import {
  type Arrival,
  batchMeans,
  meanWait,
  Queue,
  runArrivals,
  SERVICE_MS,
  waitRecursion,
} from '../support/queueing.ts';

const SERVERS = 4;
const ERLANGS = 2.8;
const TAIL = { alpha: 1.1, spread: 10_000 };
const JOBS = 20_000;
const SEEDS = 20;
/** Of the jobs, by whole simulations. */
const SIMULATED = 400;

/** Shortest and longest of a bounded Pareto distribution with a mean of SERVICE_MS. */
function bounds(): { readonly least: number; readonly most: number } {
  const { alpha, spread } = TAIL;
  const norm = 1 - spread ** -alpha;
  const meanOfLeast = ((alpha / (alpha - 1)) * (1 - spread ** (1 - alpha))) / norm;
  const least = SERVICE_MS / meanOfLeast;
  return { least, most: least * spread };
}

const { least, most } = bounds();
const CUTOFFS = equalLoadCutoffs({ alpha: TAIL.alpha, classes: SERVERS, least, most });

function jobs(seed: number, count: number): Arrival[] {
  const service = (rng: { next(): number }) =>
    least * (1 - rng.next() * (1 - TAIL.spread ** -TAIL.alpha)) ** (-1 / TAIL.alpha);
  return new Queue({ servers: SERVERS, erlangs: ERLANGS, seed, service }).arrivals(count);
}

/** Which CPU a job goes to, of ways that know it on its arrival. */
const DISPATCH = {
  'round-robin': (_job: Arrival, i: number) => i % SERVERS,
  'SITA-E': ({ serviceMs }: Arrival) => {
    const found = CUTOFFS.findIndex((ms) => serviceMs <= ms);
    return found === -1 ? SERVERS - 1 : found;
  },
} as const;

/** How long each waits, by whoever answers for one queue of some CPUs. */
async function waitsOf(
  arrivals: readonly Arrival[],
  way: keyof typeof DISPATCH | 'least work left',
  queue: (own: readonly Arrival[], servers: number) => readonly number[] | Promise<readonly number[]>,
): Promise<number[]> {
  if (way === 'least work left') return [...(await queue(arrivals, SERVERS))];
  const waits = Array<number>(arrivals.length).fill(0);
  for (let cpu = 0; cpu < SERVERS; cpu++) {
    const own = arrivals.flatMap((job, i) => (DISPATCH[way](job, i) === cpu ? [{ job, i }] : []));
    const found = await queue(
      own.map(({ job }) => job),
      1,
    );
    for (const [n, { i }] of own.entries()) waits[i] = found[n]!;
  }
  return waits;
}

const WAYS = ['round-robin', 'least work left', 'SITA-E'] as const;
const meanSlowdown = (arrivals: readonly Arrival[], waits: readonly number[]) =>
  arrivals.reduce((sum, { serviceMs }, i) => sum + (waits[i]! + serviceMs) / serviceMs, 0) / arrivals.length;
const simulated = async (own: readonly Arrival[], servers: number) =>
  (await runArrivals(own, servers, 'wait')).waitsMs.map((wait) => wait!);

/** What the tests found, by part of the page. */
const tables = new Map<string, string>();

test('simulations agree with the recursions, job by job, whichever way jobs are sent', async () => {
  const arrivals = jobs(1, SIMULATED);
  for (const way of WAYS)
    expect(await waitsOf(arrivals, way, simulated), way).toEqual(await waitsOf(arrivals, way, waitRecursion));
}, 120_000);

test('with heavy-tailed work SITA-E beats least work left, which beats round-robin, in mean slowdown', async () => {
  const found: Record<(typeof WAYS)[number], number[]> = {
    'round-robin': [],
    'least work left': [],
    'SITA-E': [],
  };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const arrivals = jobs(seed, JOBS);
    for (const way of WAYS)
      found[way].push(meanSlowdown(arrivals, await waitsOf(arrivals, way, waitRecursion)));
  }
  const rows = WAYS.map((way, i) => {
    const { halfWidth, mean } = meanInterval(found[way]);
    const before = WAYS[i - 1];
    if (before === undefined) return `| ${way} | ${figure(mean)} ± ${figure(halfWidth!)} | |`;
    // On a scale of factors: a few long jobs make the spread of means.
    const gain = meanInterval(found[way].map((one, n) => Math.log(found[before][n]! / one)));
    const [low, high] = [Math.exp(gain.mean - gain.halfWidth!), Math.exp(gain.mean + gain.halfWidth!)];
    expect(low, `${way} beats ${before}`).toBeGreaterThan(1);
    return `| ${way} | ${figure(mean)} ± ${figure(halfWidth!)} | ${figure(Math.exp(gain.mean))} times less than ${before}, ${figure(low)} to ${figure(high)} |`;
  });
  tables.set(
    'dispatch',
    [
      '| sent | mean slowdown | beside the line above, seed by seed (geometric mean) |',
      '|---|---|---|',
      ...rows,
    ].join('\n'),
  );
}, 120_000);

test('with exponential work least work left is M/M/k', () => {
  const rows = [
    { servers: 20, erlangs: 15, seed: 21 },
    { servers: 20, erlangs: 18, seed: 22 },
    { servers: 4, erlangs: 3, seed: 23 },
    { servers: 1, erlangs: 0.8, seed: 24 },
  ].map((load) => {
    const waits = waitRecursion(new Queue(load).arrivals(400_000), load.servers).map((ms) => ms / SERVICE_MS);
    const { error, mean } = batchMeans(waits.slice(1000), 40);
    const formula = meanWait(load.servers, load.erlangs);
    // Student's t of 39 degrees of freedom.
    const halfWidth = 2.0227 * error;
    expect(Math.abs(mean - formula), `${load.erlangs} on ${load.servers}`).toBeLessThan(halfWidth);
    return `| ${load.servers} | ${load.erlangs} | ${mean.toFixed(4)} ± ${halfWidth.toFixed(4)} | ${formula.toFixed(4)} |`;
  });
  tables.set('mmk', ['| CPUs | Erlang | mean wait | formula |', '|---|---|---|---|', ...rows].join('\n'));
});

test('docs/validation.md has these figures (update it with vitest -u)', async () => {
  expect([...tables.keys()]).toEqual(['dispatch', 'mmk']);
  let doc = await readFile('docs/validation.md', 'utf8');
  for (const [part, table] of tables) {
    const pattern = new RegExp(`(<!-- ${part} -->).*(<!-- /${part} -->)`, 's');
    expect(doc).toMatch(pattern);
    doc = doc.replace(pattern, (_all, begin, end) => `${begin}\n\n${table}\n\n${end}`);
  }
  await expect(doc).toMatchFileSnapshot('../../docs/validation.md');
});

const figure = (value: number) => (value < 100 ? value.toFixed(2) : value.toFixed(0));
