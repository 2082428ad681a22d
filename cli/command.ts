// What a command of the command line is. Its name and summary stand in the catalogue; its module, and with it every library that it
// needs, is loaded when it is asked for: help, errors and the other commands come sooner without them.
import type { Argv, CommandModule } from 'yargs';

/** What the module of a command exports. */
export interface CommandBody<A> {
  builder(yargs: Argv): Argv<unknown>;
  handler(args: A): void | Promise<void>;
}

/** @param name with its arguments, as yargs writes them */
export function command<A>(
  name: string,
  describe: string,
  load: () => Promise<CommandBody<A>>,
): CommandModule {
  return {
    command: name,
    describe,
    builder: async (yargs) => (await load()).builder(yargs),
    handler: async (args) => (await load()).handler(args as A),
  };
}
