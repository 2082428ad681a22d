// A long workload is drawn, written and read back without ever being held: what is alive on the heap does not grow with its length.
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { csvText, writeWorkload } from '../../../cli/workload-output.ts';
import { Rng } from '../../../engine/index.ts';
import { readRows } from '../../../scenarios/formats/read-workload.ts';
import { generateRows } from '../../../scenarios/generator/generate.ts';
import { GeneratorSpec } from '../../../scenarios/generator/spec.ts';
import { complete } from '../../../written/written-value.ts';
import { WorkloadFolder, workload } from '../formats/workload-folder.ts';

const ROWS = 150_000;
const CHECK_EVERY = 50_000;
/** Holding the rows would take more than ten times as much. */
const LIMIT_BYTES = 4 * 2 ** 20;

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Passes rows on and notes how many bytes are alive every so often. */
async function* watched<T>(rows: AsyncIterable<T>, alive: number[]): AsyncGenerator<T> {
  let count = 0;
  for await (const row of rows) {
    if (count++ % CHECK_EVERY === CHECK_EVERY / 2) {
      collectGarbage();
      alive.push(process.memoryUsage().heapUsed);
    }
    yield row;
  }
}

test(`${ROWS} rows in bounded memory`, async () => {
  const spec = complete(GeneratorSpec, {
    populations: {
      a: {
        count: ROWS,
        arrivals: { process: 'poisson', perHour: 600 },
        duration: { distribution: 'lognormal', median: '30m', sigma: 1 },
        size: 'SMALL',
        users: { count: 1000, zipf: 1 },
      },
    },
  }) as GeneratorSpec;
  const file = join(folder.path, 'long.csv');
  const rng = Rng.fromSeed(1);
  const whileWriting: number[] = [];
  const drawn = watched(generateRows(spec, { startMs: 0, rng }), whileWriting);
  expect((await writeWorkload(drawn, file, new AbortController().signal, csvText()))?.rows).toBe(ROWS);

  const whileReading: number[] = [];
  let count = 0;
  for await (const _ of watched(readRows(workload({ file }), { startMs: 0, rng }), whileReading)) count++;
  expect(count).toBe(ROWS);
  for (const alive of [whileWriting, whileReading]) {
    expect(alive).toHaveLength(ROWS / CHECK_EVERY);
    expect(Math.max(...alive) - alive[0]!).toBeLessThan(LIMIT_BYTES);
  }
});
