// The page about the systems of the papers names nothing that cannot be run: each command of its table runs here, or where its study does.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openpex, temporaryFolder } from '../support/command-line.ts';
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

describe('the command of', () => {
  test.each(rows.map(({ command, system }) => [system, command]))(
    '%s: openpex %s',
    async (_system, command) => {
      const folder = temporaryFolder();
      const [name, ...args] = command!.split(' ');
      if (name === 'live') {
        const live = await startLive([...args, '--port', '0'], folder);
        expect((await live.stop()).code).toBe(0);
        return;
      }
      if (name === 'demo') {
        expect(openpex([name, ...args], folder).code).toBe(0);
        return;
      }
      if (name === 'sweep' || args[0] === 'haizea-hpdc08') {
        // Run with the studies, whose logs are not everywhere.
        expect(readFileSync('docs/validation.md', 'utf8')).toContain(
          name === 'sweep' ? `openpex ${command}` : args[0],
        );
        return;
      }
      const { code, stderr } = openpex(
        [name!, ...args, '--quiet', '--set', 'horizon=1d', '--set', 'warmUp=0s'],
        folder,
      );
      expect(code, stderr).toBe(0);
    },
  );
});
