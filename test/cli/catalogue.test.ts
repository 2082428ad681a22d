// The list of commands: what it says of a command, and that it comes without what the commands need.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../cli/catalogue.ts';
import { HYPERVISORS, sectionOf } from '../../live/hypervisors/catalogue.ts';

test('there is a command for every hypervisor that has a doctor, and it says whom it looks after', () => {
  const doctors = HYPERVISORS.flatMap((entry) =>
    entry.doctor === undefined
      ? []
      : [[`${sectionOf(entry)} <command>`, `Look after ${entry.doctor.patient} of a service`]],
  );
  const listed = COMMANDS.filter(({ command }) =>
    /^(?!account |service ).* <command>$/.test(String(command)),
  );
  expect(listed.map(({ command, describe }) => [command, describe])).toEqual(doctors);
});

test('help and the version need yargs and nothing else: what a command needs is loaded with it', () => {
  const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
  expect([...packagesBehind(main)].sort()).toEqual(['node:console', 'node:fs', 'yargs', 'yargs/helpers']);
});

/** What is loaded with a module: its static imports, and theirs. */
function packagesBehind(module: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(module)) return packages;
  seen.add(module);
  const text = readFileSync(module, 'utf8');
  for (const [, name = ''] of text.matchAll(/^import (?!type\b)[^;]*?from '([^']+)';/gm)) {
    const file = join(dirname(module), name);
    if (!name.startsWith('.')) packages.add(name);
    else if (existsSync(file)) for (const each of packagesBehind(file, seen)) packages.add(each);
  }
  return packages;
}
