#!/usr/bin/env node
// The command line: where the parts are put together. Data goes to stdout, progress and messages to stderr.
import { Console } from 'node:console';
import yargs from 'yargs';
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

try {
  await yargs(hideBin(process.argv))
    .scriptName('openpex')
    .usage('$0 <command>\n\nAdvance reservations of virtual machines: negotiate, simulate, report.')
    .command([...COMMANDS])
    .completion('completion', 'Print what makes bash or zsh complete openpex commands')
    .demandCommand(1, 'Which command? Try: openpex run campus-month')
    .strict()
    .check(checkOptionValues, true)
    .middleware(keepStdoutForData)
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
      throw new InputError('PEX_USAGE', `${message.replace(/\s*\n\s*/g, ' ')} (see --help)`);
    })
    .parseAsync();
} catch (error) {
  process.exitCode = await reportError(error, (text) => process.stderr.write(text));
}

/** What policies of users log is no data. Help has been printed by then. */
function keepStdoutForData(): void {
  globalThis.console = new Console(process.stderr, process.stderr);
}
