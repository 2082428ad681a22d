// openpex account: the accounts of a service, in its database; a class is imported into one that runs. For a service without an operator who can log in, and for scripts.
import { readFileSync } from 'node:fs';
import type { Argv, CommandModule } from 'yargs';
import type { AccountStore } from '../../live/database/account-store.ts';
import type { Database } from '../../live/database/open-database.ts';
import type { AccountRecord, Role } from '../../live/records.ts';
import { passwordWeakness } from '../../live/wire/password.ts';
import { InputError } from '../../written/input-error.ts';
import { didYouMean } from '../../written/suggestion.ts';
import type { CommandBody } from '../command.ts';
import { DATABASE_ARGUMENT } from '../database-argument.ts';
import { withDatabase } from '../with-database.ts';
import { importCommand } from './account-import.ts';

interface DatabaseArgument {
  database: string;
}

interface AccountArguments extends DatabaseArgument {
  username: string;
}

interface PasswordArguments extends AccountArguments {
  'password-stdin': boolean;
}

interface CreateArguments extends PasswordArguments {
  'full-name'?: string | undefined;
  email?: string | undefined;
  role: Role;
  credits: number;
}

interface AccessKeyArguments extends AccountArguments {
  list?: boolean | undefined;
  revoke?: string | undefined;
  'expires-in-days'?: number | undefined;
}

interface ChangeArguments extends AccountArguments {
  role?: Role | undefined;
  enabled?: boolean | undefined;
}

const ROLES = ['user', 'operator'] as const;
const MICROS = 1_000_000;

export const accountCommand: CommandBody<object> = {
  builder: (yargs) =>
    yargs
      .command(listCommand)
      .command(createCommand)
      .command(passwordCommand)
      .command(changeCommand)
      .command(accessKeyCommand)
      .command(deleteCommand)
      .command(importCommand)
      .demandCommand(1, 'Which command? Try: openpex account list DATABASE')
      .example('$0 account password openpex.db operator', 'For an operator who forgot theirs')
      .epilogue(
        'The service may be running: it takes notice at once. Only to delete an account from here it has to be stopped.',
      ),
  handler: () => undefined,
};

const listCommand: CommandModule<object, DatabaseArgument & { json: boolean }> = {
  command: 'list <database>',
  describe: 'All accounts, with role, state and balance',
  builder: (yargs) =>
    databaseOf(yargs).option('json', { type: 'boolean', default: false, describe: 'Print JSON' }),
  handler: async ({ database: url, json }) => {
    const all = await withAccounts(url, (accounts) => everyAccount(accounts));
    if (json) {
      process.stdout.write(`${JSON.stringify(all, null, 2)}\n`);
      return;
    }
    const rows = all.map(({ balanceMicros, disabled, email, role, userId, username }) =>
      [userId, username, role, disabled ? 'disabled' : 'enabled', balanceMicros / MICROS, email].map(String),
    );
    process.stdout.write(columns([['ID', 'NAME', 'ROLE', 'STATE', 'CREDITS', 'E-MAIL'], ...rows]));
  },
};

const createCommand: CommandModule<object, CreateArguments> = {
  command: 'create <database> <username>',
  describe: 'Open an account, and print its password',
  builder: (yargs) =>
    passwordOf(accountOf(yargs))
      .option('full-name', { type: 'string', describe: 'Full name [default: the user name]' })
      .option('email', { type: 'string', describe: 'E-mail address [default: USERNAME@localhost]' })
      .option('role', { choices: ROLES, default: 'user' as Role, describe: 'What it may do' })
      .option('credits', { type: 'number', default: 0, describe: 'What it has to begin with' }),
  handler: async (args) => {
    const { database: url, username, email, role, credits, 'full-name': fullName } = args;
    const { RegistrationBody } = await import('../../live/wire/account.ts');
    const { findProblems } = await import('../../written/written-value.ts');
    const password = await chosenPassword(args);
    const account = {
      username,
      password,
      fullName: fullName ?? username,
      email: email ?? `${username}@localhost`,
    };
    const [problem] = findProblems(RegistrationBody, account);
    if (problem !== undefined)
      throw new InputError('PEX_USAGE', `${problem.path.join('.')}: ${problem.message}`);
    if (!(credits >= 0 && credits <= 1e9))
      throw new InputError(
        'PEX_USAGE',
        `--credits: expected a number from 0 to 1000000000, found ${credits}`,
      );
    await withAccounts(url, (accounts) =>
      accounts.register({
        ...account,
        role,
        createdMs: Date.now(),
        balanceMicros: Math.round(credits * MICROS),
      }),
    );
    tell(args, 'has an account', password);
  },
};

const passwordCommand: CommandModule<object, PasswordArguments> = {
  command: 'password <database> <username>',
  describe: 'Set a new password, end all sessions, tokens and access keys, and print it',
  builder: (yargs) => passwordOf(accountOf(yargs)),
  handler: async (args) => {
    const password = await chosenPassword(args);
    await withAccount(args, async (account, accounts, database) => {
      await accounts.changePassword(account.userId, password);
      const { SessionStore } = await import('../../live/database/session-store.ts');
      const { TokenStore } = await import('../../live/database/token-store.ts');
      const { AccessKeyStore } = await import('../../live/database/access-key-store.ts');
      await new SessionStore(database).revokeAll(account.userId);
      await new TokenStore(database).revokeAll(account.userId);
      await new AccessKeyStore(database).revokeAll(account.userId);
    });
    tell(args, 'has a new password', password);
  },
};

const changeCommand: CommandModule<object, ChangeArguments> = {
  command: 'change <database> <username>',
  describe: 'Change the role, disable or enable',
  builder: (yargs) =>
    accountOf(yargs)
      .option('role', { choices: ROLES, describe: 'What it may do' })
      .option('enabled', { type: 'boolean', describe: 'May log in; --no-enabled: may not' }),
  handler: async (args) => {
    const { enabled, role, username } = args;
    if (enabled === undefined && role === undefined)
      throw new InputError('PEX_USAGE', 'nothing to change: name --role, --enabled or --no-enabled');
    const changed = await withAccount(args, async ({ userId }, accounts, database) => {
      const { SessionStore } = await import('../../live/database/session-store.ts');
      if (enabled === false) await new SessionStore(database).revokeAll(userId);
      return accounts.update(userId, {
        ...(role === undefined ? {} : { role }),
        ...(enabled === undefined ? {} : { disabled: !enabled }),
      });
    });
    process.stdout.write(`${username}: ${changed.role}, ${changed.disabled ? 'disabled' : 'enabled'}\n`);
  },
};

const DAY_MS = 86_400_000;

const accessKeyCommand: CommandModule<object, AccessKeyArguments> = {
  command: 'access-key <database> <username>',
  describe: 'Make an access key for clients of EC2, and print it with its secret; list or revoke',
  builder: (yargs) =>
    accountOf(yargs)
      .option('list', { type: 'boolean', describe: 'List those that there are instead' })
      .option('revoke', { type: 'string', describe: 'Revoke the one of this id instead' })
      .option('expires-in-days', {
        type: 'number',
        describe: 'How long it is good [default: until it is revoked]',
      })
      .conflicts('list', 'revoke'),
  handler: async (args) => {
    const { 'expires-in-days': days, list, revoke, username } = args;
    if (days !== undefined && !(Number.isInteger(days) && days >= 1 && days <= 3650))
      throw new InputError(
        'PEX_USAGE',
        `--expires-in-days: expected a whole number from 1 to 3650, found ${days}`,
      );
    const text = await withAccount(args, async ({ userId }, _accounts, database) => {
      const { AccessKeyStore } = await import('../../live/database/access-key-store.ts');
      const keys = new AccessKeyStore(database);
      if (list === true) {
        const dated = (ms: number | null) => (ms === null ? '-' : new Date(ms).toISOString());
        const rows = (await keys.list(userId)).map(({ accessKeyId, createdMs, expiresMs, usedMs }) => [
          accessKeyId,
          ...[createdMs, expiresMs, usedMs].map(dated),
        ]);
        return columns([['ACCESS KEY', 'CREATED', 'EXPIRES', 'USED'], ...rows]);
      }
      if (revoke !== undefined) {
        if (await keys.revoke(userId, revoke)) return `${revoke} is revoked\n`;
        throw new InputError('PEX_USAGE', `${username} has no access key ${revoke}`);
      }
      const createdMs = Date.now();
      const expiresMs = days === undefined ? null : createdMs + days * DAY_MS;
      const { record, secret } = await keys.create({ userId, createdMs, expiresMs });
      return `AWS_ACCESS_KEY_ID=${record.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${secret}\n`;
    });
    process.stdout.write(text);
  },
};

const deleteCommand: CommandModule<object, AccountArguments> = {
  command: 'delete <database> <username>',
  describe: 'Delete an account without reservations that go on; what it did and paid stays on record',
  builder: (yargs) => accountOf(yargs),
  handler: async (args) => {
    await withAccount(args, async ({ userId }, accounts, database) => {
      const { acquireServiceLock } = await import('../../live/database/service-lock.ts');
      const { ReservationStore } = await import('../../live/database/reservation-store.ts');
      const { isFinal, RESERVATION_STATES } = await import('../../engine/index.ts');
      // A running service would decide in the name of an account that is not there any more.
      const lock = await acquireServiceLock(database);
      try {
        const states = RESERVATION_STATES.filter((state) => !isFinal(state));
        const { total } = await new ReservationStore(database).list({ userId, states, limit: 1 });
        if (total > 0)
          throw new InputError(
            'PEX_USAGE',
            `${args.username} has reservations that did not end yet: ${total}`,
          );
        await accounts.delete(userId, Date.now());
      } finally {
        await lock.release();
      }
    });
    process.stdout.write(`${args.username} is deleted\n`);
  },
};

function databaseOf<A>(yargs: Argv<A>) {
  return yargs.positional('database', DATABASE_ARGUMENT);
}

function accountOf<A>(yargs: Argv<A>) {
  return databaseOf(yargs).positional('username', {
    type: 'string',
    demandOption: true,
    describe: 'Whose account',
  });
}

function passwordOf<A>(yargs: Argv<A>) {
  return yargs.option('password-stdin', {
    type: 'boolean',
    default: false,
    describe: 'Read the password from standard input, instead of making a random one',
  });
}

/** Not as an argument: arguments are for everybody on the machine to see. */
async function chosenPassword({ 'password-stdin': isGiven, username }: PasswordArguments): Promise<string> {
  const { randomPassword } = await import('../../live/database/password.ts');
  if (!isGiven) return randomPassword();
  const password = readFileSync(0, 'utf8').replace(/\r?\n$/, '');
  const weakness = passwordWeakness(password, [username]);
  if (weakness === undefined) return password;
  throw new InputError('PEX_USAGE', `the password on standard input is ${weakness}`);
}

function tell(
  { 'password-stdin': isGiven, username }: PasswordArguments,
  what: string,
  password: string,
): void {
  process.stdout.write(isGiven ? `${username} ${what}\n` : `${username} ${what}: ${password}\n`);
}

async function withAccounts<R>(
  url: string,
  work: (accounts: AccountStore, database: Database) => Promise<R>,
): Promise<R> {
  const { AccountStore } = await import('../../live/database/account-store.ts');
  const { ServiceError } = await import('../../live/problems.ts');
  try {
    return await withDatabase(url, 'read', (database) => work(new AccountStore(database), database));
  } catch (error) {
    // The store says no as it does to a client of the API.
    if (error instanceof ServiceError) throw new InputError('PEX_USAGE', error.message, {}, { cause: error });
    throw error;
  }
}

async function withAccount<R>(
  { database: url, username }: AccountArguments,
  work: (account: AccountRecord, accounts: AccountStore, database: Database) => Promise<R>,
): Promise<R> {
  return withAccounts(url, async (accounts, database) => {
    const account = await accounts.byUsername(username);
    if (account !== undefined) return work(account, accounts, database);
    const known = (await everyAccount(accounts)).map((each) => each.username);
    const meant = didYouMean(username, known);
    throw new InputError(
      'PEX_USAGE',
      `there is no account "${username}"${meant === undefined ? '' : ` (did you mean "${meant}"?)`}`,
    );
  });
}

async function everyAccount(accounts: AccountStore): Promise<AccountRecord[]> {
  const all: AccountRecord[] = [];
  let cursor: string | null | undefined;
  while (cursor !== null) {
    const page = await accounts.list({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
    all.push(...page.items);
    cursor = page.nextCursor;
  }
  return all;
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
