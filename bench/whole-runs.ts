// `openpex run` as a whole: reading, deciding, delivering, digest, figures, tables and page, in a process of its own, by its processor time. Of the
// workload that placement is compared by, and, given an older build, of the scenarios that ship.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { invariant } from '../engine/invariant.ts';
import { type BenchModule, type Figure, median, perSecond, type Reading } from './figure.ts';
import { BareScan, HOST, placements } from './placement-workload.ts';
import { FOLDER, OURS, type Usage, usageOf } from './whole-process.ts';

const ROUNDS = 3;

interface Setting {
  readonly hosts: number;
  readonly requests: number;
  /** Beside CPU, memory and disk. */
  readonly named?: number;
  readonly lean?: boolean;
}

const HUNDRED: Setting = { hosts: 100, requests: 50_000 };
const THOUSAND: Setting = { hosts: 1_000, requests: 50_000 };
const TEN_THOUSAND: Setting = { hosts: 10_000, requests: 50_000 };

export const wholeRuns: BenchModule = {
  name: 'whole-run',
  about:
    'Ours: `openpex run` in a process of its own, start-up included, on a CSV file: each request is negotiated, held, confirmed, started, stopped and ' +
    'reported on, with a digest of all events, tables and a page. Best fit by CPU at 65 % load, 64-core hosts. The bare scan is a loop over all hosts in ' +
    'typed arrays that places the same requests in memory and does nothing else.',
  figures: [
    againstScan(HUNDRED),
    againstScan(THOUSAND, 0.04),
    againstScan(TEN_THOUSAND, 0.2),
    growth('cost of a request, 10,000 hosts to 100', TEN_THOUSAND, HUNDRED, { atMost: 1.5 }),
    growth('cost of a request, 100,000 hosts to 10,000', { hosts: 100_000, requests: 50_000 }, TEN_THOUSAND, {
      atMost: 1 / 0.7,
    }),
    growth('cost of a request, 6 resources to 3', { ...THOUSAND, named: 3 }, THOUSAND, { atMost: 1.15 }),
    growth(
      'cost of a request, 12 resources to 6',
      { ...THOUSAND, named: 9 },
      { ...THOUSAND, named: 3 },
      {
        atMost: 1.15,
      },
    ),
    growth(
      'cost of a whole run to that of a lean one',
      THOUSAND,
      { ...THOUSAND, lean: true },
      { atLeast: 1.5 },
    ),
    ...idle(1_000_000),
  ],
};

/** Runs of a million requests: minutes. */
export const longRuns: BenchModule = {
  name: 'long-run',
  about: 'The same, ten times as long: what a run costs must not depend on what is over.',
  figures: [
    growth(
      'cost of a request, the first million to the first 100,000',
      { hosts: 1_000, requests: 1_000_000 },
      { hosts: 1_000, requests: 100_000 },
      { atMost: 1.2 },
      1,
    ),
    {
      name: 'peak memory of a run of a million requests on 1,000 hosts',
      unit: 'MiB',
      atMost: 500,
      measure: async () => ({
        value: (await run({ hosts: 1_000, requests: 1_000_000 })).peakMib,
        beside: '1 run',
      }),
    },
  ],
};

export const startUp: BenchModule = {
  name: 'start-up',
  about: 'Processor time of a command beyond that of `node -e 0`.',
  figures: ['--version', '--help', 'policies'].map((command) => ({
    name: `openpex ${command}`,
    unit: 'ms' as const,
    atMost: 150,
    measure: () =>
      interleaved(
        () => usageOf([OURS, command]),
        () => usageOf(['-e', '0']),
        (ours, bare) => ours.cpuMs - bare.cpuMs,
        (ours, bare) => `${ours.toFixed(0)} ms : ${bare.toFixed(0)} ms`,
        11,
      ),
  })),
};

/** @param main the command line of the older build: its dist/cli/main.js */
export function againstOlder(main: string): BenchModule {
  const scenario = (name: string): Figure => against(`openpex run ${name}`, main, ['run', name], 4);
  return {
    name: 'older',
    about:
      'Processor time of another build for the same command, divided by ours; both with what they had and have in a report.',
    figures: [
      scenario('campus-month'),
      ...(process.env['OPENPEX_DATA'] === undefined ? [] : [scenario('sdsc-blue'), scenario('openb')]),
      ...(
        [
          [100, 20_000, 5],
          [1_000, 10_000, 15],
          [10_000, 2_000, 200],
        ] as const
      ).map(([hosts, requests, atLeast]) => {
        const file = scenarioFile({ hosts, requests }, `older-${hosts}`);
        return against(`placement, ${hosts.toLocaleString('en')} hosts`, main, ['run', file], atLeast);
      }),
    ],
  };
}

function against(name: string, main: string, args: readonly string[], atLeast: number): Figure {
  return {
    name: `${name}: the older build / ours`,
    unit: 'x',
    atLeast,
    measure: () =>
      interleaved(
        () => usageOf([main, ...args, '--quiet', '--out', freshOut()]),
        () => usageOf([OURS, ...args, '--quiet', '--out', freshOut()]),
        (older, ours) => older.cpuMs / ours.cpuMs,
        (older, ours) => `${(older / 1000).toFixed(1)} s : ${(ours / 1000).toFixed(1)} s`,
        3,
      ),
  };
}

function againstScan(setting: Setting, atLeast?: number): Figure {
  const { hosts, requests } = setting;
  const rate = (ms: number) => perSecond((1000 * requests) / ms);
  return {
    name: `whole run / bare scan, ${hosts.toLocaleString('en')} hosts`,
    unit: 'x',
    ...(atLeast !== undefined && { atLeast }),
    measure: () => {
      const rows = [...placements(requests, hosts)];
      const scan = async (): Promise<Usage> => {
        const begun = process.cpuUsage();
        const bare = new BareScan(hosts);
        for (const row of rows) invariant(bare.place(row) >= 0, 'there is room', { row });
        const { system, user } = process.cpuUsage(begun);
        return { cpuMs: (user + system) / 1000, peakMib: 0 };
      };
      return interleaved(
        () => run(setting),
        scan,
        (ours, bare) => bare.cpuMs / ours.cpuMs,
        (ours, bare) => `${rate(ours)} : ${rate(bare)}`,
      );
    },
  };
}

function growth(
  name: string,
  large: Setting,
  small: Setting,
  target: Pick<Figure, 'atLeast' | 'atMost'>,
  rounds = ROUNDS,
): Figure {
  const us = (ms: number, { requests }: Setting) => `${((1000 * ms) / requests).toFixed(0)} µs`;
  return {
    name,
    unit: 'x',
    ...target,
    measure: () =>
      interleaved(
        () => run(large),
        () => run(small),
        (of, to) => of.cpuMs / large.requests / (to.cpuMs / small.requests),
        (of, to) => `${us(of, large)} : ${us(to, small)}`,
        rounds,
      ),
  };
}

function idle(hosts: number): Figure[] {
  const setting = { hosts, requests: 1 };
  const nodes = hosts.toLocaleString('en');
  return [
    {
      name: `${nodes} idle nodes, one request`,
      unit: 's',
      atMost: 10,
      measure: async () => ({ value: (await run({ ...setting, lean: true })).cpuMs / 1000, beside: '1 run' }),
    },
    {
      name: `${nodes} idle nodes, peak memory`,
      unit: 'MiB',
      atMost: 1024,
      measure: async () => ({ value: (await run({ ...setting, lean: true })).peakMib, beside: '1 run' }),
    },
  ];
}

/** The median over rounds of what is made of two programs, which run in turns. */
export async function interleaved(
  first: () => Promise<Usage>,
  second: () => Promise<Usage>,
  value: (first: Usage, second: Usage) => number,
  beside: (firstMs: number, secondMs: number) => string,
  rounds = ROUNDS,
): Promise<Reading> {
  const pairs: [Usage, Usage][] = [];
  for (let round = 0; round < rounds; round++) {
    const early = await (round % 2 === 0 ? first : second)();
    const late = await (round % 2 === 0 ? second : first)();
    pairs.push(round % 2 === 0 ? [early, late] : [late, early]);
  }
  return {
    value: median(pairs.map(([a, b]) => value(a, b))),
    beside: `${beside(median(pairs.map(([a]) => a.cpuMs)), median(pairs.map(([, b]) => b.cpuMs)))}, ${rounds} rounds`,
  };
}

function run(setting: Setting): Promise<Usage> {
  const { hosts, lean = false, named = 0, requests } = setting;
  const file = scenarioFile(setting, `placement-${hosts}-${requests}-${named}`);
  const byCpu = ['--set', 'policies.allocation={ name: best-fit, options: { resource: cpu } }'];
  return usageOf([OURS, 'run', file, ...byCpu, '--quiet', '--out', freshOut(), ...(lean ? ['--lean'] : [])]);
}

/** Runs leave much behind. */
export function freshOut(): string {
  const out = join(FOLDER, 'out');
  rmSync(out, { recursive: true, force: true });
  return out;
}

/** Written once. @returns its path */
export function scenarioFile({ hosts, named = 0, requests }: Setting, name: string): string {
  const path = join(FOLDER, `${name}.yaml`);
  if (existsSync(path)) return path;
  const names = Array.from({ length: named }, (_, i) => `extra${i}`);
  const rows = [['id', 'submit', 'duration', 'cpus', 'memory', 'kind', ...names].join()];
  for (const { atMs, cpus, durationMs, memoryGib } of placements(requests, hosts)) {
    const extras = names.map(() => cpus);
    rows.push(
      [
        `q${rows.length}`,
        atMs / 1000,
        durationMs / 1000,
        cpus,
        memoryGib * 1024,
        'immediate',
        ...extras,
      ].join(),
    );
  }
  writeFileSync(join(FOLDER, `${name}.csv`), `${rows.join('\n')}\n`);
  const resources = named === 0 ? '' : `resources: { ${names.map((extra) => `${extra}: {}`).join(', ')} }\n`;
  const has = names.map((extra) => `${extra}: ${HOST.cpus}`).join(', ');
  const amounts = named === 0 ? '' : `, resources: { ${has} }`;
  writeFileSync(
    path,
    `name: placement
start: 2026-01-01T00:00:00Z
horizon: unlimited
cluster:
  nodes: [{ group: h, count: ${hosts}, cpus: ${HOST.cpus}, memoryMib: ${HOST.memoryGib * 1024}${amounts} }]
${resources}negotiation: { hold: 1h, maxRounds: 1 }
manager: { autoActivate: true, shutdownLead: 0s }
hypervisor: { create: 0s, start: 0s, stop: 0s, destroy: 0s, nodeDetection: 0s }
policies: { allocation: best-fit, counterOffer: none }
workloads: [{ file: ${name}.csv }]
`,
  );
  return path;
}
