// Sweeps as programs: what a cell costs beside a run of its own, and what a second thread brings.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchModule, type Figure, median } from './figure.ts';
import { FOLDER, OURS, usageOf } from './whole-process.ts';
import { scenarioFile } from './whole-runs.ts';

const CELLS = 16;
const ROUNDS = 3;
/** What a second thread brings, by the requests of a cell: each thread warms up for itself, which is a second or two of work. */
const SECOND_THREADS = [
  { requests: 4_000, rounds: 3 },
  { requests: 30_000, rounds: 1, atLeast: 1.8 },
];
const HOSTS = 10;

export const sweeps: BenchModule = {
  name: 'sweep',
  about:
    `\`openpex sweep\` of ${CELLS} cells that are alike (one workload under ${CELLS} seeds), in a process of its own, start-up included. A cell: the processor time of all, by one ` +
    'thread, divided by their number, to that of `openpex run` of the same scenario. Two threads: the processor time of `--jobs 1`, divided by how long `--jobs 2` takes on two cores of ' +
    'its own, which is what a sweep takes that finds everything done, and half of what it takes beyond that. Each thread compiles what is hot for itself, so a cell must be longer than that for ' +
    'a second thread to bring a second machine. Other programs on the machine make the second thread dearer.',
  figures: [
    {
      name: 'cost of a cell of 500 requests to that of a run',
      unit: 'x',
      atMost: 0.25,
      measure: async () => {
        const scenario = scenarioFile({ hosts: HOSTS, requests: 500 }, 'cell-500');
        const experiment = experimentFile(scenario, 'cells-500');
        const rounds: { readonly cellMs: number; readonly runMs: number }[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          const run = await usageOf([OURS, 'run', scenario, '--quiet', '--out', fresh('run')]);
          const cells = await sweep(experiment, 1);
          rounds.push({ cellMs: cells.cpuMs / CELLS, runMs: run.cpuMs });
        }
        const ms = (of: 'cellMs' | 'runMs') => median(rounds.map((each) => each[of])).toFixed(0);
        return {
          value: median(rounds.map(({ cellMs, runMs }) => cellMs / runMs)),
          beside: `${ms('cellMs')} ms : ${ms('runMs')} ms, ${ROUNDS} rounds`,
        };
      },
    },
    ...SECOND_THREADS.map(secondThread),
  ],
};

function secondThread({ atLeast, requests, rounds }: (typeof SECOND_THREADS)[number]): Figure {
  return {
    name: `${CELLS} cells of ${requests.toLocaleString('en')} requests: one thread to two`,
    unit: 'x',
    ...(atLeast !== undefined && { atLeast }),
    measure: async () => {
      const scenario = scenarioFile({ hosts: HOSTS, requests }, `cell-${requests}`);
      const experiment = experimentFile(scenario, `cells-${requests}`);
      const measured: { readonly oneMs: number; readonly twoMs: number }[] = [];
      for (let round = 0; round < rounds; round++) {
        const one = await sweep(experiment, 1);
        const two = await sweep(experiment, 2);
        const nothing = await usageOf([
          ...[OURS, 'sweep', experiment, '--jobs', '2', '--resume', '--quiet'],
          ...['--out', join(FOLDER, 'sweep')],
        ]);
        measured.push({ oneMs: one.cpuMs, twoMs: nothing.cpuMs + (two.cpuMs - nothing.cpuMs) / 2 });
      }
      const seconds = (of: 'oneMs' | 'twoMs') => (median(measured.map((each) => each[of])) / 1000).toFixed(1);
      return {
        value: median(measured.map(({ oneMs, twoMs }) => oneMs / twoMs)),
        beside: `${seconds('oneMs')} s : ${seconds('twoMs')} s, ${rounds === 1 ? 'one round' : `${rounds} rounds`}`,
      };
    },
  };
}

function sweep(experiment: string, jobs: number) {
  return usageOf([OURS, 'sweep', experiment, '--jobs', String(jobs), '--quiet', '--out', fresh('sweep')]);
}

/** @returns its path */
function experimentFile(scenario: string, name: string): string {
  const path = join(FOLDER, `${name}.yaml`);
  writeFileSync(path, `scenario: ${scenario}\nseeds: ${CELLS}\n`);
  return path;
}

function fresh(name: string): string {
  const path = join(FOLDER, name);
  rmSync(path, { recursive: true, force: true });
  return path;
}
