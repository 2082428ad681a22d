// Leases of several kinds at once against advance reservations alone: the same windows on the same nodes, in `openpex run` as a whole, by processor time.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchModule, Figure } from './figure.ts';
import { HOST, placements } from './placement-workload.ts';
import { FOLDER, OURS, usageOf } from './whole-process.ts';
import { freshOut, interleaved } from './whole-runs.ts';

/** High, and such that a queue does not grow without end. */
const LOAD = 0.8;
const LEAD_S = 3600;
/** So that one in two waits when the last one comes. */
const OVERLOAD = 2;
/** In turns. */
const MIX = ['advance', 'best-effort', 'advance', 'preemptible'] as const;

const ABOUT =
  'Half of the leases are reserved an hour ahead, a quarter is best effort and a quarter preemptible, with suspension and EASY backfilling; beside it all of them are ' +
  'reserved an hour ahead. The same sizes, durations and instants of asking at 80 % load, each run in a process of its own with its reports.';

export const mixedLeases: BenchModule = {
  name: 'mixed-leases',
  about: ABOUT,
  figures: [againstAdvance({ hosts: 100, leases: 10_000, isShort: true })],
};

/** Of EASY backfilling behind a queue of thousands. */
export const longQueue: BenchModule = {
  name: 'long-queue',
  about:
    'Best-effort leases that come at twice the rate at which they can be served, so that half of them wait when the last one comes, with EASY backfilling; beside it as many reserved an ' +
    'hour ahead at 80 % load. Each run in a process of its own with its reports.',
  figures: [queueAgainstAdvance({ hosts: 100, leases: 20_000, rounds: 1 })],
};

/** As it is promised: minutes. */
export const manyMixedLeases: BenchModule = {
  name: 'mixed-leases-long',
  about: ABOUT,
  figures: [againstAdvance({ hosts: 1_000, leases: 100_000, rounds: 1 })],
};

interface Setting {
  readonly hosts: number;
  readonly leases: number;
  readonly isShort?: true;
  readonly rounds?: number;
}

function againstAdvance(setting: Setting): Figure {
  return figureOf('mixed', setting, (hosts, leases) => scenarioFile(hosts, leases, { kinds: MIX }));
}

function queueAgainstAdvance(setting: Setting): Figure {
  return figureOf('in a queue that grows', setting, (hosts, leases) =>
    scenarioFile(hosts, leases, { kinds: ['best-effort'], load: OVERLOAD }),
  );
}

function figureOf(
  what: string,
  { hosts, isShort, leases, rounds }: Setting,
  fileOf: (hosts: number, leases: number) => string,
): Figure {
  const count = leases.toLocaleString('en');
  const us = (ms: number) => `${((1000 * ms) / leases).toFixed(0)} µs`;
  return {
    name: `${count} leases on ${hosts.toLocaleString('en')} nodes, ${what} / advance reservations alone`,
    unit: 'x',
    atLeast: 0.5,
    ...(isShort && { isShort }),
    measure: () => {
      const files = {
        theirs: fileOf(hosts, leases),
        alone: scenarioFile(hosts, leases, { kinds: ['advance'] }),
      };
      const run = (file: string) => usageOf([OURS, 'run', file, '--quiet', '--lean', '--out', freshOut()]);
      return interleaved(
        () => run(files.theirs),
        () => run(files.alone),
        (theirs, alone) => alone.cpuMs / theirs.cpuMs,
        (theirs, alone) => `${us(theirs)} : ${us(alone)} a lease`,
        rounds,
      );
    },
  };
}

/** @returns its path */
function scenarioFile(
  hosts: number,
  leases: number,
  { kinds, load = LOAD }: { readonly kinds: readonly string[]; readonly load?: number },
): string {
  const name = `leases-${hosts}-${leases}-${kinds.join('-')}`;
  const rows = ['id,submit,start,duration,cpus,memory,kind'];
  for (const { atMs, cpus, durationMs, memoryGib } of placements(leases, hosts, load)) {
    const kind = kinds[rows.length % kinds.length]!;
    const startS = kind === 'advance' ? atMs / 1000 + LEAD_S : '';
    rows.push(
      [`q${rows.length}`, atMs / 1000, startS, durationMs / 1000, cpus, memoryGib * 1024, kind].join(),
    );
  }
  writeFileSync(join(FOLDER, `${name}.csv`), `${rows.join('\n')}\n`);
  const path = join(FOLDER, `${name}.yaml`);
  writeFileSync(
    path,
    `name: ${name}
start: 2026-01-01T00:00:00Z
horizon: unlimited
cluster:
  nodes: [{ group: h, count: ${hosts}, cpus: ${HOST.cpus}, memoryMib: ${HOST.memoryGib * 1024} }]
negotiation: { hold: 1h, maxRounds: 1, kinds: [advance, best-effort, preemptible] }
manager: { autoActivate: true, shutdownLead: 0s, backfilling: easy, suspension: {} }
hypervisor: { create: 0s, start: 0s, stop: 0s, destroy: 0s, nodeDetection: 0s }
policies: { allocation: best-fit, counterOffer: none }
workloads: [{ file: ${name}.csv }]
`,
  );
  return path;
}
