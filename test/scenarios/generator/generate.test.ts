// Generators: the same rows for the same seed, exact counts and loads, aspects that do not disturb each other, in constant memory.
import { describe, expect, test } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import { checkRow, type WorkloadRow } from '../../../scenarios/formats/row.ts';
import { type GeneratorContext, generateRows } from '../../../scenarios/generator/generate.ts';
import { GeneratorSpec } from '../../../scenarios/generator/spec.ts';
import { InputError } from '../../../written/input-error.ts';
import { complete, findProblems } from '../../../written/written-value.ts';

const DAY_MS = 86_400_000;

/** The populations, on what every test needs and none is about. */
function specOf(populations: Readonly<Record<string, object>>, rest: object = {}): GeneratorSpec {
  const completed = complete(GeneratorSpec, {
    ...rest,
    populations: Object.fromEntries(
      Object.entries(populations).map(([name, population]) => [
        name,
        { arrivals: { process: 'poisson', perHour: 60 }, duration: '1h', size: 'SMALL', ...population },
      ]),
    ),
  });
  const problems = findProblems(GeneratorSpec, completed);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return completed as GeneratorSpec;
}

async function draw(spec: GeneratorSpec, context: Partial<GeneratorContext> = {}): Promise<WorkloadRow[]> {
  const rows: WorkloadRow[] = [];
  const surroundings = { startMs: Date.UTC(2009, 7, 17), rng: Rng.fromSeed(7), ...context };
  for await (const row of generateRows(spec, surroundings)) rows.push(checkRow(row, {}));
  return rows;
}

async function problemOf(spec: GeneratorSpec, context: Partial<GeneratorContext> = {}): Promise<string> {
  try {
    await draw(spec, context);
  } catch (error) {
    if (error instanceof InputError) return `${error.code} ${error.message}`;
    throw error;
  }
  throw new Error('it was accepted');
}

const VARIED = {
  duration: { distribution: 'lognormal', median: '30m', sigma: 1.5 },
  instances: { distribution: 'uniform', min: 1, max: 8 },
  runTime: { distribution: 'uniform', min: 0, max: 1.2 },
  lead: { distribution: 'exponential', mean: '6h' },
  slack: { distribution: 'exponential', mean: '1h' },
  optional: { distribution: 'discrete', values: [0, 2], weights: [3, 1] },
  cancel: { share: 0.3, after: '1h' },
  users: { count: 20, zipf: 1 },
  size: [
    { type: 'SMALL', weight: 3 },
    { cpus: 0.5, memoryMib: 100, weight: 1 },
  ],
};

describe('other starts', () => {
  const taking = (orStart: object, more: object = {}) =>
    specOf({ a: { lead: '2h', count: 200, orStart, ...more } });

  test('follow the start that is asked for, each so long after the one before', async () => {
    const rows = await draw(taking({ starts: 3, apart: '1d' }));
    for (const { orStartsMs, startMs } of rows)
      expect(orStartsMs).toEqual([1, 2, 3].map((days) => startMs! + days * DAY_MS));
  });

  test('are named by that share of the requests, ten at most, and at least one', async () => {
    const apart = { distribution: 'exponential', mean: '1m' };
    const starts = { distribution: 'uniform', min: 0, max: 20 };
    const rows = await draw(taking({ share: 0.3, starts, apart }));
    const named = rows.flatMap(({ orStartsMs }) => (orStartsMs === undefined ? [] : [orStartsMs.length]));
    expect(named.length).toBeGreaterThan(40);
    expect(named.length).toBeLessThan(80);
    expect([Math.min(...named), Math.max(...named)]).toEqual([1, 10]);
  });

  test('change nothing else of the requests', async () => {
    const without = await draw(specOf({ a: { lead: '2h', count: 200 } }));
    const rows = await draw(taking({ share: 0.5, apart: '1h' }));
    expect(rows.map(({ orStartsMs: _, ...row }) => row)).toEqual(without);
  });

  test('are for who asks for a start ahead of time', async () => {
    expect(await problemOf(taking({ apart: '1h' }, { kind: 'best-effort' }))).toMatch(
      /PEX_GENERATOR_INVALID.*populations\.a\.orStart/,
    );
  });
});

describe('randomness', () => {
  test('the same seed draws the same rows, another seed others', async () => {
    const spec = specOf({ a: { ...VARIED, count: 200 } });
    const rows = await draw(spec);
    expect(await draw(spec)).toEqual(rows);
    expect(await draw(spec, { rng: Rng.fromSeed(8) })).not.toEqual(rows);
  });

  test('the first rows are these, on every machine', async () => {
    const rows = await draw(specOf({ a: { ...VARIED, count: 3 } }));
    expect(rows).toMatchInlineSnapshot(`
      [
        {
          "buyer": undefined,
          "cancelMs": undefined,
          "deadlineMs": undefined,
          "durationMs": 22144442,
          "id": "a-1",
          "instances": 3,
          "kind": "advance",
          "latestStartMs": 71273805,
          "optional": 0,
          "providers": undefined,
          "runTimeMs": 25007335,
          "sites": undefined,
          "size": "SMALL",
          "startMs": 64642614,
          "submitMs": 12019,
          "template": undefined,
          "user": "a-user-3",
        },
        {
          "buyer": undefined,
          "cancelMs": undefined,
          "deadlineMs": undefined,
          "durationMs": 9583197,
          "id": "a-2",
          "instances": 8,
          "kind": "advance",
          "latestStartMs": 5711240,
          "optional": 0,
          "providers": undefined,
          "runTimeMs": 1955664,
          "sites": undefined,
          "size": "SMALL",
          "startMs": 3058618,
          "submitMs": 27973,
          "template": undefined,
          "user": "a-user-6",
        },
        {
          "buyer": undefined,
          "cancelMs": undefined,
          "deadlineMs": undefined,
          "durationMs": 707691,
          "id": "a-3",
          "instances": 7,
          "kind": "advance",
          "latestStartMs": 22237733,
          "optional": 0,
          "providers": undefined,
          "runTimeMs": 494277,
          "sites": undefined,
          "size": "SMALL",
          "startMs": 20815072,
          "submitMs": 48938,
          "template": undefined,
          "user": "a-user-2",
        },
      ]
    `);
  });

  test('another population does not disturb the rows of the first', async () => {
    const alone = await draw(specOf({ a: { ...VARIED, count: 100 } }));
    const together = await draw(specOf({ b: { count: 100 }, a: { ...VARIED, count: 100 } }));
    expect(together.filter(({ id }) => id.startsWith('a-'))).toEqual(alone);
    expect(together).toHaveLength(200);
  });

  test.each([
    'duration',
    'instances',
    'runTime',
    'lead',
    'slack',
    'optional',
    'cancel',
    'users',
    'size',
  ] as const)('another %s changes nothing else', async (aspect) => {
    const others = {
      duration: '20m',
      instances: 3,
      runTime: 0.5,
      lead: '2h',
      slack: '5m',
      optional: 1,
      cancel: { share: 1, after: '2h' },
      users: { count: 3, zipf: 0 },
      size: 'LARGE',
    };
    const rows = await draw(specOf({ a: { ...VARIED, count: 50 } }));
    const changed = await draw(specOf({ a: { ...VARIED, count: 50, [aspect]: others[aspect] } }));
    const without = {
      duration: ['durationMs', 'runTimeMs'],
      instances: ['instances'],
      runTime: ['runTimeMs'],
      lead: ['startMs', 'latestStartMs'],
      slack: ['latestStartMs'],
      optional: ['optional'],
      cancel: ['cancelMs'],
      users: ['user'],
      size: ['size'],
    }[aspect];
    const rest = (row: WorkloadRow) => Object.entries(row).filter(([key]) => !without.includes(key));
    expect(changed.map(rest)).toEqual(rows.map(rest));
    expect(changed).not.toEqual(rows);
  });
});

describe('how many and how often', () => {
  test('a rate and an end', async () => {
    const rows = await draw(specOf({ a: { until: '10d' } }));
    // 14,400 expected; five standard deviations of a Poisson count.
    expect(Math.abs(rows.length - 14_400)).toBeLessThan(5 * Math.sqrt(14_400));
    expect(rows.at(-1)!.submitMs).toBeLessThan(10 * DAY_MS);
  });

  test('a rate and a count', async () => {
    const rows = await draw(specOf({ a: { count: 1000 } }));
    expect(rows).toHaveLength(1000);
    expect(rows.at(-1)!.submitMs / 60_000 / 1000).toBeCloseTo(1, 0);
  });

  test.each([
    [{ process: 'poisson' }],
    [{ process: 'weibull', shape: 0.4 }],
    [
      {
        process: 'mmpp',
        states: [
          { perHour: 9, meanStay: '3h' },
          { perHour: 0, meanStay: '9h' },
        ],
      },
    ],
    [{ process: 'poisson', cycle: { weekdays: [1, 1, 1, 1, 1, 0, 0] } }],
  ])('a count and an end give exactly so many until then: %j', async (arrivals) => {
    const rows = await draw(specOf({ a: { arrivals, count: 777, until: '14d' } }));
    expect(rows).toHaveLength(777);
    expect(rows.at(-1)!.submitMs).toBeLessThan(14 * DAY_MS);
    expect(rows.at(-1)!.submitMs).toBeGreaterThan(7 * DAY_MS);
  });

  test('the end is that of the population, else of the specification, else of the scenario', async () => {
    const lastDay = async (own: object, specified: object, context: object) =>
      Math.ceil((await draw(specOf({ a: own }, specified), context)).at(-1)!.submitMs / DAY_MS);
    const horizon = { horizonMs: 4 * DAY_MS };
    expect(await lastDay({ until: '2d' }, { until: '3d' }, horizon)).toBe(2);
    expect(await lastDay({}, { until: '3d' }, horizon)).toBe(3);
    expect(await lastDay({}, {}, horizon)).toBe(4);
  });

  test.each(['duration', 'runTime'] as const)(
    'a target load of the %s is met to within one request',
    async (loadOf) => {
      const spec = specOf(
        { a: { ...VARIED, arrivals: { process: 'weibull', shape: 0.5 }, targetLoad: 0.6, loadOf } },
        { until: '10d', capacity: { cpus: 100 } },
      );
      const rows = await draw(spec);
      const workOf = (row: WorkloadRow) =>
        (row.size === 'SMALL' ? 1 : 0.5) *
        row.instances *
        (loadOf === 'duration' ? row.durationMs : Math.min(row.durationMs, row.runTimeMs!));
      const load = (some: readonly WorkloadRow[]) =>
        some.reduce((sum, row) => sum + workOf(row), 0) / (100 * 10 * DAY_MS);
      expect(load(rows)).toBeGreaterThanOrEqual(0.6);
      expect(load(rows.slice(0, -1))).toBeLessThan(0.6);
    },
  );

  test('a target load and a count say until when; the capacity of the scenario wins', async () => {
    const spec = specOf({ a: { count: 2400, targetLoad: 0.5 } }, { capacity: { cpus: 1 } });
    // 2,400 hours of one CPU at half load of 20 CPUs: ten days.
    const rows = await draw(spec, { capacityMilliCpus: 20_000 });
    expect(rows).toHaveLength(2400);
    expect(rows.at(-1)!.submitMs / DAY_MS).toBeCloseTo(10, 0);
    expect(rows.at(-1)!.submitMs).toBeLessThan(10 * DAY_MS);
  });

  test('rows are drawn only as they are asked for', async () => {
    const rows = generateRows(specOf({ a: { ...VARIED, count: Number.MAX_SAFE_INTEGER } }), {
      startMs: 0,
      rng: Rng.fromSeed(1),
    });
    for (let taken = 0; taken < 3; taken++) expect((await rows.next()).done).toBe(false);
    await rows.return(undefined);
  });
});

describe('what requests ask for', () => {
  test('kinds: deadlines follow from the slack, immediate requests have no start', async () => {
    const [deadline] = await draw(specOf({ a: { kind: 'deadline', lead: '1h', slack: '30m', count: 1 } }));
    expect(deadline!.startMs).toBe(deadline!.submitMs + 3_600_000);
    expect(deadline!.deadlineMs).toBe(deadline!.startMs! + 3_600_000 + 1_800_000);
    expect(deadline!.latestStartMs).toBeUndefined();
    const [immediate] = await draw(specOf({ a: { kind: 'immediate', count: 1 } }));
    expect(immediate).toMatchObject({ kind: 'immediate', startMs: undefined });
  });

  test('what flexible users take as well is a share of what they ask for', async () => {
    const [row] = await draw(
      specOf({ a: { kind: 'flexible', instances: 5, minInstances: 0.5, minDuration: 0.25, count: 1 } }),
    );
    expect(row).toMatchObject({ minInstances: 3, minDurationMs: row!.durationMs / 4 });
    expect(await problemOf(specOf({ a: { minInstances: 0.5, count: 1 } }))).toContain(
      'populations.a.minInstances: is for the kind flexible; leave it out, or use that kind',
    );
  });

  test('users follow their Zipf weights, withdrawals their share', async () => {
    const rows = await draw(
      specOf({ a: { count: 20_000, users: { count: 3, zipf: 1 }, cancel: { share: 0.2, after: '5m' } } }),
    );
    const share = (keeps: (row: WorkloadRow) => boolean) => rows.filter(keeps).length / rows.length;
    expect(share(({ user }) => user === 'a-user-1')).toBeCloseTo(6 / 11, 1);
    expect(share(({ user }) => user === 'a-user-3')).toBeCloseTo(2 / 11, 1);
    expect(share(({ cancelMs }) => cancelMs !== undefined)).toBeCloseTo(0.2, 1);
  });

  test('maxPrice is what a CPU-hour is worth, and shifts nothing else', async () => {
    const spec = (more: object) =>
      specOf({ a: { count: 50, instances: 3, size: 'MEDIUM', duration: '90m', ...more } });
    const priced = await draw(spec({ maxPrice: 0.2 }));
    // 2 CPUs x 3 instances x 1.5 hours x 0.2 credits.
    expect(priced.map(({ maxPriceMicros }) => maxPriceMicros)).toEqual(Array(50).fill(1_800_000));
    const unpriced = await draw(spec({}));
    expect(priced.map(({ maxPriceMicros: _, ...row }) => row)).toEqual(
      unpriced.map(({ maxPriceMicros: _, ...row }) => row),
    );
    const drawn = await draw(spec({ maxPrice: { distribution: 'uniform', min: 0.1, max: 0.3 } }));
    const prices = drawn.map(({ maxPriceMicros }) => maxPriceMicros! / 9e6);
    expect(Math.min(...prices)).toBeGreaterThanOrEqual(0.1);
    expect(Math.max(...prices)).toBeLessThanOrEqual(0.3);
    expect(new Set(prices).size).toBeGreaterThan(40);
  });

  test('specifications that do not make sense say what is missing and where', async () => {
    const silent = { arrivals: { process: 'mmpp', states: [{ perHour: 0, meanStay: '1h' }] } };
    const problems = [
      await problemOf(specOf({ a: {} })),
      await problemOf(specOf({ a: { arrivals: { process: 'poisson' }, until: '1d' } })),
      await problemOf(specOf({ a: { ...silent, until: '1d' } })),
      await problemOf(specOf({ a: { targetLoad: 0.5, until: '1d' } })),
      await problemOf(
        specOf(
          { a: { targetLoad: 0.5, loadOf: 'runTime', runTime: 0, until: '1d' } },
          { capacity: { cpus: 1 } },
        ),
      ),
      await problemOf(
        specOf({ a: { targetLoad: 0.5, size: 'TINY', until: '1d' } }, { capacity: { cpus: 1 } }),
      ),
      await problemOf(specOf({ a: { kind: 'deadline', until: '1d' } })),
      await problemOf(specOf({ a: { kind: 'immediate', lead: '1h', until: '1d' } })),
      await problemOf(
        specOf({
          a: {
            until: '1d',
            arrivals: { process: 'poisson', perHour: 1, cycle: { weekdays: [0, 0, 0, 0, 0, 0, 0] } },
          },
        }),
      ),
    ];
    expect(problems.join('\n')).toMatchInlineSnapshot(`
      "PEX_GENERATOR_INVALID populations.a: says neither how many requests (count) nor until when (until)
      PEX_GENERATOR_INVALID populations.a.arrivals: does not say how often requests come: give perHour, or targetLoad, or count and until
      PEX_GENERATOR_INVALID populations.a.arrivals: nothing ever arrives; expected a state with a rate and a stay above 0
      PEX_GENERATOR_INVALID populations.a.targetLoad: refers to a cluster; give the capacity, for example "capacity: {cpus: 144}"
      PEX_GENERATOR_INVALID populations.a.targetLoad: cannot be reached: the requests take no CPU time
      PEX_WORKLOAD_VALUE populations.a.size: no instance type "TINY" (known: SMALL, MEDIUM, LARGE, XLARGE)
      PEX_GENERATOR_INVALID populations.a.slack: is missing; a population of kind deadline needs it to say when it has to be done
      PEX_GENERATOR_INVALID populations.a.lead: an immediate request starts at its submission; leave the lead out
      PEX_GENERATOR_INVALID populations.a.arrivals.cycle: no hour has a weight above 0"
    `);
  });

  test('what is drawn has the bounds of what is read, and a rate that hardly ever comes ends', async () => {
    const rare = { process: 'poisson', perHour: 1e-300 };
    const problems = [
      await problemOf(specOf({ a: { count: 1, instances: 2e6 } })),
      await problemOf(
        specOf({ a: { count: 1, duration: { distribution: 'pareto', scale: '1h', shape: 1e-9 } } }),
      ),
      await problemOf(specOf({ a: { count: 1, arrivals: rare } })),
    ];
    expect(problems.join('\n')).toMatchInlineSnapshot(`
      "PEX_GENERATOR_INVALID populations.a: draws the request "a-1", which cannot be: instances: 2000000 is too much; expected at most 1000000
      PEX_GENERATOR_INVALID populations.a: draws the request "a-1", which cannot be: duration: Infinity s is beyond all time; expected at most 315360000000 s (10,000 years)
      PEX_GENERATOR_INVALID populations.a: draws the request "a-1", which cannot be: submit: 315360003600 s is beyond all time; expected at most 315360000000 s (10,000 years)"
    `);
    expect(await draw(specOf({ a: { until: '1d', arrivals: rare } }))).toEqual([]);
  });
});
