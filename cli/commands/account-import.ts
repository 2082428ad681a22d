// openpex account import: the accounts of a class on a service that runs, from a CSV, as the portal opens them.
import { readFileSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { enrol } from '../../live/client/enrol.ts';
import { CLASS_LIST_CSV, readClassList } from '../../live/wire/class-list.ts';
import { csvLine } from '../../reports/files/csv-writer.ts';
import { InputError } from '../../written/input-error.ts';
import { EXIT } from '../exit.ts';
import { type ServiceArguments, serviceOf, serviceOptions } from '../service-access.ts';

interface ImportArguments extends ServiceArguments {
  file: string;
}

export const importCommand: CommandModule<object, ImportArguments> = {
  command: 'import <file>',
  describe: 'On a service that runs: open the accounts of a class, and print their passwords as CSV',
  builder: (yargs) =>
    serviceOptions(yargs)
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe:
          'CSV with the columns username, fullName, email and, if you like, password; - for standard input',
      })
      .example('$0 account import class.csv --user operator > passwords.csv', 'Whose passwords to hand out'),
  handler: async (args) => {
    const { people, problems } = readClassList(await linesOf(args.file));
    if (problems.length > 0)
      throw new InputError('PEX_USAGE', `${args.file}: no account was made.\n  ${problems.join('\n  ')}`);
    const client = await serviceOf(args);
    const { role } = await client.call('getAccount', {});
    if (role !== 'operator') throw new InputError('PEX_USAGE', 'only an operator opens accounts for others');
    const enrolled = await enrol(people, (body) => client.call('register', { body }));
    if (args.json) process.stdout.write(`${JSON.stringify(enrolled, null, 2)}\n`);
    else {
      process.stdout.write(csvLine(['User name', 'Password', 'Account']));
      for (const { password, refusal, username } of enrolled)
        process.stdout.write(csvLine([username, refusal === null ? password : '', refusal ?? 'made']));
    }
    const made = enrolled.filter(({ refusal }) => refusal === null).length;
    process.stderr.write(
      `${made} of ${enrolled.length} accounts made. Their passwords are shown this once.\n`,
    );
    if (made < enrolled.length) process.exitCode = EXIT.failed;
  },
};

/** @throws InputError */
async function linesOf(file: string): Promise<string[][]> {
  const { CsvError, parse } = await import('csv-parse/sync');
  const text = textOf(file);
  try {
    return parse(text, CLASS_LIST_CSV);
  } catch (error) {
    if (error instanceof CsvError) throw new InputError('PEX_USAGE', `${file} is no CSV: ${error.message}`);
    throw error;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new InputError('PEX_FILE_UNREADABLE', `cannot be read: ${String(cause)}`, { file }, { cause });
  }
}
