#!/usr/bin/env node
// The command line: where the parts are put together. Data goes to stdout, progress and messages to stderr.
import { Console } from 'node:console';
import yargs, { type CommandModule } from 'yargs';
import { hideBin } from 'yargs/helpers';
import { InputError } from '../written/input-error.ts';
import { COMMANDS } from './catalogue.ts';
import { EXIT, reportError } from './exit.ts';
import { checkOptionValues } from './option-values.ts';
import { VERSION } from './version.ts';

// A reader that has seen enough (`openpex … | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
});

const words = hideBin(process.argv);

try {
  await yargs(words)
    .scriptName('openpex')
    // Its own words in the language of ours.
    .locale('en')
    .usage('$0 <command>\n\nAdvance reservations of virtual machines: negotiate, simulate, report.')
    .command(COMMANDS.map(keepingStdoutForData))
    .completion('completion', 'Print what makes bash or zsh complete openpex commands')
    .demandCommand(1, 'Which command? Try: openpex run campus-month')
    .strict()
    .check((given, options) => checkOptionValues(words, given, options), true)
    .recommendCommands()
    .version(VERSION)
    .help()
    .alias('help', 'h')
    .wrap(Math.min(110, process.stdout.columns ?? 100))
    .epilogue(
      'Documentation: docs/ in the package. Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted.',
    )
    .fail((message, error) => {
      // Its own errors, which are about the command line, come with a message.
      if (error !== undefined && error !== null && error.name !== 'YError') throw error;
      throw usageError(message);
    })
    .parseAsync();
} catch (error) {
  // Those that yargs finds after a builder that loads its module do not come by fail().
  const isUsage = error instanceof Error && error.name === 'YError';
  process.exitCode = await reportError(isUsage ? usageError(error.message) : error, (text) =>
    process.stderr.write(text),
  );
}

function usageError(message: string): InputError {
  return new InputError('PEX_USAGE', `${message.replace(/\s*\n\s*/g, ' ')} (see --help)`);
}

/** What policies of users log is no data. Help, which has to go to stdout, has been printed when a command is handled. */
function keepingStdoutForData(command: CommandModule): CommandModule {
  const handler: CommandModule['handler'] = (args) => {
    globalThis.console = new Console(process.stderr, process.stderr);
    return command.handler(args);
  };
  return { ...command, handler };
}
