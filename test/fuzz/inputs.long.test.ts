// Whatever is read, no input ends in "this is a bug in OpenPEX", in a crash, or never: damaged logs, scenarios, specifications and command lines,
// given to the program as its users would. So many cases as CI has time for; by hand for as long as one likes (CONTRIBUTING.md).
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CommandLine, openpexInTurn, temporaryFolder } from '../support/command-line.ts';
import { type FuzzCase, fuzzCase, soundCases } from './cases.ts';

const minutes = Number(process.env['OPENPEX_FUZZ_MINUTES'] ?? 0);
const first = Number(process.env['OPENPEX_FUZZ_FROM'] ?? 1);
const CASES = 300;
/** As many share a process: most of what one takes is that the program has to be loaded. */
const BATCH = 25;

test('what is damaged is sound before', () => {
  const ends = endsOf(soundCases(), temporaryFolder());
  expect(
    ends.map(
      ({ end, fuzzed }) => `${fuzzed.args.join(' ')}: ${end.code} ${end.code === 0 ? '' : end.stderr}`,
    ),
  ).toEqual(soundCases().map(({ args }) => `${args.join(' ')}: 0 `));
});

test('no input is a bug of ours', { timeout: minutes * 60_000 + 170_000 }, () => {
  const beganMs = performance.now();
  const isOver = (done: number) =>
    minutes > 0 ? performance.now() - beganMs >= minutes * 60_000 : done >= CASES;
  const folder = temporaryFolder();
  const bugs: string[] = [];
  const exits = new Map<number | null, number>();
  let done = 0;
  for (; !isOver(done) && bugs.length < 5; done += BATCH) {
    const cases = Array.from({ length: BATCH }, (_, index) => fuzzCase(first + done + index));
    for (const { end, fuzzed } of endsOf(cases, folder)) {
      exits.set(end.code, (exits.get(end.code) ?? 0) + 1);
      if (isBug(end)) bugs.push(describe(fuzzed, end));
    }
  }
  process.stderr.write(
    `${done} cases; exit codes: ${[...exits].map(([code, n]) => `${code}: ${n}`).join(', ')}\n`,
  );
  expect(bugs).toEqual([]);
  // A fuzz in which everything is refused, or nothing, tries little.
  expect(exits.get(0) ?? 0).toBeGreaterThan(done / 20);
  expect(exits.get(2) ?? 0).toBeGreaterThan(done / 20);
});

interface End {
  readonly code: number | null;
  readonly stderr: string;
}

const isBug = ({ code, stderr }: End): boolean =>
  (code !== 0 && code !== 2) || /bug in OpenPEX|UnhandledPromise|^\s+at .*\.js:\d+/m.test(stderr);

/** Those of a batch that does not end are looked at one by one, to find which of them it is. */
function endsOf(
  cases: readonly FuzzCase[],
  folder: string,
): { readonly fuzzed: FuzzCase; readonly end: End }[] {
  const commandLines = cases.map((fuzzed) => prepare(fuzzed, folder));
  try {
    return openpexInTurn(commandLines, { limitMs: cases.length > 1 ? 60_000 : 30_000 }).map((end, index) => ({
      fuzzed: cases[index]!,
      end,
    }));
  } catch (error) {
    if (cases.length > 1) return cases.flatMap((fuzzed) => endsOf([fuzzed], folder));
    const [fuzzed] = cases;
    return [{ fuzzed: fuzzed!, end: { code: null, stderr: String(error) } }];
  } finally {
    for (const { cwd } of commandLines) rmSync(cwd, { recursive: true, force: true });
  }
}

function prepare({ args, files, number }: FuzzCase, folder: string): CommandLine {
  const cwd = join(folder, String(number));
  mkdirSync(cwd, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
  return { args, cwd };
}

function describe({ args, files, number }: FuzzCase, { code, stderr }: End): string {
  const texts = Object.entries(files).map(([name, text]) => `--- ${name}\n${text.slice(0, 3000)}`);
  return `case ${number}: openpex ${args.join(' ')}\nexit ${code}\n${stderr.slice(0, 1500)}\n${texts.join('\n')}`;
}
