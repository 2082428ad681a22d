// openpex live init: a configuration with every setting explained, a database, and the first operator.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { CommandModule } from 'yargs';
import { InputError } from '../../written/input-error.ts';

interface InitArguments {
  file: string;
  operator?: string | undefined;
}

export const liveInitCommand: CommandModule<object, InitArguments> = {
  command: 'init [file]',
  describe: 'Write a commented configuration and create the first operator',
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', default: 'openpex.yaml', describe: 'Where to write it' })
      .option('operator', { type: 'string', describe: 'User name of the first operator [default: operator]' })
      .epilogue('The password is that of OPENPEX_OPERATOR_PASSWORD, or a random one that is shown once.'),
  handler: init,
};

async function init({ file, operator }: InitArguments): Promise<void> {
  if (existsSync(file)) {
    throw new InputError('PEX_FILE_UNWRITABLE', 'is there already and is left as it is; name another', {
      file,
    });
  }
  const { commentedConfig } = await import('../../live/config/commented-config.ts');
  try {
    writeFileSync(file, commentedConfig(), { flag: 'wx', mode: 0o640 });
  } catch (cause) {
    throw new InputError('PEX_FILE_UNWRITABLE', `cannot be written: ${String(cause)}`, { file }, { cause });
  }
  try {
    await makeOperator(file, operator);
  } catch (error) {
    // Nothing half-done: the next try finds things as this one did.
    rmSync(file);
    throw error;
  }
}

async function makeOperator(file: string, operator: string | undefined): Promise<void> {
  const { loadConfig } = await import('../../live/config/load-config.ts');
  const { AccountStore } = await import('../../live/database/account-store.ts');
  const { openForService } = await import('../../live/daemon.ts');
  const { ensureOperator } = await import('../../live/accounts/first-operator.ts');
  const config = await loadConfig(file, {}, process.env);
  const database = await openForService(config.databaseUrl);
  try {
    const env = operator === undefined ? process.env : { ...process.env, OPENPEX_OPERATOR: operator };
    const made = await ensureOperator(new AccountStore(database), env, {
      balanceMicros: config.startingBalanceMicros,
      nowMs: Date.now(),
    });
    process.stdout.write(`Wrote ${file}. Database: ${database.name}.\n`);
    process.stdout.write(made?.announcement ?? 'The database has an operator already; none was made.\n');
    process.stdout.write(`Start it with: openpex live ${file}\n`);
  } finally {
    await database.close();
  }
}
