// The page about the systems of the papers names nothing that cannot be run: each command of its table runs here, or where its study does.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Finished } from '../support/child-process.ts';
import { folderOfTheseTests, openpexInTurn, temporaryFolder } from '../support/command-line.ts';
import { startLive } from '../support/live-command.ts';

const page = readFileSync('docs/systems.md', 'utf8');
const rows = Array.from(
  page.matchAll(/^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm),
  ([, ...cells]) => cells,
)
  .slice(1)
  .map(([system, here, command, measured]) => ({
    system: system!,
    here: here!,
    command: /^`openpex ([^`]+)`$/.exec(command!)?.[1] ?? '',
    measured: measured!,
  }));

test('every row has a command', () => {
  expect(rows.length).toBeGreaterThan(10);
  expect(rows.filter(({ command }) => command === '')).toEqual([]);
});

test('what a row names of policies is among those that ship', () => {
  const known = readFileSync('docs/policies.md', 'utf8');
  const named = rows.flatMap(({ here }) =>
    Array.from(
      here.matchAll(
        /(?:allocation|counter-offer|pricing|buyer|broker|migration|preemption|waitlist|provisioning) ((?:`[a-z-]+`(?:, )?)+)/g,
      ),
      ([, names]) => Array.from(names!.matchAll(/`([a-z-]+)`/g), ([, name]) => name!),
    ).flat(),
  );
  expect(named.length).toBeGreaterThan(12);
  for (const name of named) expect(known).toMatch(new RegExp(`^### ${name}( |$)`, 'm'));
});

const HOME = folderOfTheseTests();
/** Several times what all of them take. */
const LIMIT_MS = 400_000;

let ended: ReadonlyMap<string, Finished> | undefined;

/** How a command ended. All are run at once, one after the other in one process: most of what a short one takes is that the program is loaded. */
function endOf(command: string): Finished {
  if (ended === undefined) {
    const all = [...new Set(rows.map((row) => row.command))].filter(isRunHere);
    const lines = all.map((each, i) => {
      const cwd = join(HOME, String(i));
      mkdirSync(cwd);
      const args = each.split(' ');
      return { args: args[0] === 'demo' ? args : [...args, ...SHORT], cwd };
    });
    const finished = openpexInTurn(lines, { limitMs: LIMIT_MS });
    ended = new Map(all.map((each, i) => [each, finished[i]!]));
  }
  return ended.get(command)!;
}

const SHORT = ['--quiet', '--set', 'horizon=1d', '--set', 'warmUp=0s'];

const isLive = (command: string) => command.startsWith('live ');
/** Run with the studies, whose logs are not everywhere. */
const isStudy = (command: string) => /^sweep |^\S+ haizea-hpdc08/.test(command);
const isRunHere = (command: string) => !isLive(command) && !isStudy(command);

describe('the command of', () => {
  test.each(rows.map(({ command, system }) => [system, command]))(
    '%s: openpex %s',
    async (_system, command) => {
      if (isLive(command)) {
        const live = await startLive([...command.split(' ').slice(1), '--port', '0'], temporaryFolder());
        expect((await live.stop()).code).toBe(0);
      } else if (isStudy(command)) {
        const [name, study] = command.split(' ');
        const told = readFileSync('docs/validation.md', 'utf8');
        expect(told).toContain(name === 'sweep' ? `openpex ${command}` : study);
      } else {
        const { code, stderr } = endOf(command);
        expect(code, stderr).toBe(0);
      }
    },
    LIMIT_MS + 60_000,
  );
});
