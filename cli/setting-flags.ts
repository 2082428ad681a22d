// Settings of hypervisors as options of a command.
import type { Options } from 'yargs';
import type { SettingFlag } from '../live/hypervisors/definition.ts';

export function flagOptions(flags: readonly SettingFlag[]): Record<string, Options> {
  return Object.fromEntries(flags.map(({ describe, name, type }) => [name, { type, describe }]));
}

/** Those that were given. */
export function flagValues(flags: readonly SettingFlag[], args: object): Record<string, unknown> {
  const given = new Map(Object.entries(args));
  return Object.fromEntries(
    flags.flatMap(({ name }) => (given.get(name) === undefined ? [] : [[name, given.get(name)]])),
  );
}
