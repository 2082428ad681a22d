// The users of the service: who they are, how they prove it, what they may and what they have.
import { randomBytes } from 'node:crypto';
import { ServiceError } from '../problems.ts';
import type { AccountKind, AccountRecord, Page, Quota, Role } from '../records.ts';
import { isUniqueViolation } from './database-error.ts';
import type { Row } from './field.ts';
import { readerOf } from './multi-row.ts';
import type { Database } from './open-database.ts';
import { countRows, pageOf, parseCursor } from './paging.ts';
import { hashPassword, isOutdated, isPassword, PASSWORD_COST, type PasswordCost } from './password.ts';
import { PointReads } from './point-reads.ts';
import { ACCOUNT, LEDGER, USERS } from './tables.ts';

export interface NewAccount {
  readonly username: string;
  /** In the clear; only its hash is stored. */
  readonly password: string;
  readonly fullName: string;
  readonly email: string;
  readonly role: Role;
  /** Default: a person. */
  readonly kind?: AccountKind;
  readonly createdMs: number;
  /** What the account starts with, as a deposit in the ledger; default 0. */
  readonly balanceMicros?: number;
}

/** An account, and the hash that its password had then: another as soon as the password is changed. */
export interface Verified {
  readonly account: AccountRecord;
  readonly hash: string;
}

/** Absent fields stay as they are; `quota: null` returns to the limits of the configuration. */
export interface AccountChanges {
  readonly fullName?: string;
  readonly email?: string;
  readonly role?: Role;
  readonly disabled?: boolean;
  readonly quota?: Partial<Quota> | null;
}

/** Accounts that were not deleted. */
const PRESENT = { deleted_ms: null };
const PERSONS = { ...PRESENT, kind: 'person' };

const readPresent = readerOf({
  table: USERS.name,
  columns: USERS.columns,
  key: 'userid',
  and: 'deleted_ms IS NULL',
});

export class AccountStore {
  readonly #database: Database;
  readonly #byId: PointReads<number, Verified>;
  readonly #passwordCost: PasswordCost;
  /** What is compared when nobody has that name, so that the answer takes as long: the hash of no password. */
  #nobodysPassword: Promise<string> | undefined;

  constructor(database: Database, passwordCost: PasswordCost = PASSWORD_COST) {
    this.#database = database;
    this.#passwordCost = passwordCost;
    this.#byId = new PointReads(async (userIds) => {
      const rows = await readPresent(database.reads, userIds);
      return new Map(rows.map(withHash).map((each) => [each.account.userId, each]));
    });
  }

  /** @throws ServiceError PEX_CONFLICT when the name or e-mail address is taken, in whatever case */
  async register(account: NewAccount): Promise<AccountRecord> {
    const { username, fullName, email, role, kind = 'person', createdMs, balanceMicros = 0 } = account;
    const password = await hashPassword(account.password, this.#passwordCost);
    try {
      return await this.#database.knex.transaction(async (trx) => {
        const {
          password: _,
          deletedMs: __,
          ...registered
        } = await USERS.create(trx, {
          username,
          password,
          fullName,
          email,
          role,
          kind,
          disabled: false,
          balanceMicros,
          quota: null,
          createdMs,
          deletedMs: null,
        });
        const { userId } = registered;
        if (balanceMicros !== 0) {
          const deposit = { kind: 'deposit', amountMicros: balanceMicros, note: 'starting balance' } as const;
          await LEDGER.insert(trx, [{ userId, atMs: createdMs, reservationId: null, ...deposit }]);
        }
        return registered;
      });
    } catch (error) {
      throw asConflict(error, { username, email });
    }
  }

  async get(userId: number): Promise<AccountRecord | undefined> {
    return (await this.#byId.get(userId))?.account;
  }

  /** As it is now: whoever compares its hash with that of {@link verify} knows whether the password is still right. */
  async present(userId: number): Promise<Verified | undefined> {
    return this.#byId.get(userId);
  }

  /** In whatever case. */
  async byUsername(username: string): Promise<AccountRecord | undefined> {
    const row = await this.#rowOf(username);
    return row && ACCOUNT.read(row);
  }

  /** In whatever case. */
  async byEmail(email: string): Promise<AccountRecord | undefined> {
    const row: Row | undefined = await this.#database
      .reads('users')
      .where({ email_key: email.toLowerCase(), ...PERSONS })
      .first();
    return row && ACCOUNT.read(row);
  }

  /**
   * The account if the password is right and it is not disabled. Takes the same time for an unknown user as for a wrong password.
   */
  async verify(username: string, password: string): Promise<Verified | undefined> {
    const row = await this.#rowOf(username);
    this.#nobodysPassword ??= hashPassword('', this.#passwordCost);
    const known = row && withHash(row);
    const isRight = await isPassword(password, known?.hash ?? (await this.#nobodysPassword));
    if (known === undefined || !isRight) return undefined;
    const { account, hash } = known;
    if (account.disabled || account.kind !== 'person') return undefined;
    if (isOutdated(hash, this.#passwordCost)) await this.changePassword(account.userId, password);
    return known;
  }

  /** @param password the new one, in the clear */
  async changePassword(userId: number, password: string): Promise<void> {
    const hash = await hashPassword(password, this.#passwordCost);
    const changed = await this.#database
      .knex('users')
      .where({ userid: userId, ...PRESENT })
      .update(USERS.write({ password: hash }));
    if (changed === 0) throw noSuchUser(userId);
  }

  /** @throws ServiceError PEX_NOT_FOUND, or PEX_CONFLICT when the e-mail address is taken */
  async update(userId: number, changes: AccountChanges): Promise<AccountRecord> {
    const columns = USERS.write(changes);
    try {
      const users = this.#database.knex('users').where({ userid: userId, ...PRESENT });
      const [row]: Row[] = await (Object.keys(columns).length === 0
        ? users.select('*')
        : users.update(columns).returning('*'));
      if (row === undefined) throw noSuchUser(userId);
      return ACCOUNT.read(row);
    } catch (error) {
      throw asConflict(error, { email: changes.email ?? '' });
    }
  }

  /** Persons, in the order of their registration. */
  async list({ limit, cursor }: { limit: number; cursor?: string }): Promise<Page<AccountRecord>> {
    const query = this.#database
      .reads('users')
      .where(PERSONS)
      .orderBy('userid')
      .limit(limit + 1);
    if (cursor !== undefined) query.where('userid', '>', parseCursor(cursor));
    const rows: (Row & { userid: number })[] = await query;
    const total = await this.count();
    return pageOf(rows, { limit, total, positionOf: (row) => row.userid, toItem: ACCOUNT.read });
  }

  async count(): Promise<number> {
    return countRows(this.#database.reads('users').where(PERSONS));
  }

  /** Is there somebody who could make others operators? */
  async hasOperator(): Promise<boolean> {
    const operators = this.#database.reads('users').where({ ...PRESENT, role: 'operator', disabled: false });
    return (await countRows(operators)) > 0;
  }

  /**
   * Nobody can log in any more, the sessions are over, and who it was is forgotten; its reservations and payments stay, under a name that
   * nobody can take. What is left of the balance is taken back by an entry of the ledger. To be called when it has nothing that goes on.
   * @throws ServiceError PEX_NOT_FOUND
   */
  async delete(userId: number, nowMs: number): Promise<void> {
    // A colon is in no user name.
    const nobody = `deleted:${userId}`;
    await this.#database.knex.transaction(async (trx) => {
      // Written first: SQLite gives the write lock to no transaction that has read before.
      const changed = await trx('users')
        .where({ userid: userId, ...PRESENT })
        .update(
          USERS.write({
            username: nobody,
            fullName: '',
            email: nobody,
            password: await hashPassword(randomBytes(32).toString('base64url'), this.#passwordCost),
            role: 'user',
            disabled: true,
            quota: null,
            deletedMs: nowMs,
          }),
        );
      if (changed === 0) throw noSuchUser(userId);
      for (const table of [
        'sessions',
        'tokens',
        'guest_keys',
        'access_keys',
        'ec2_key_pairs',
        'ec2_tags',
        'notices',
        'notification_choices',
        'project_members',
        'identities',
      ])
        await trx(table).where({ userid: userId }).delete();
      await trx('project_members').where({ project_id: userId }).delete();
      const row: Row = await trx('users').where({ userid: userId }).first();
      const { balanceMicros } = ACCOUNT.read(row);
      if (balanceMicros === 0) return;
      await trx('users')
        .where({ userid: userId })
        .update(USERS.write({ balanceMicros: 0 }));
      const rest = {
        kind: 'deposit',
        amountMicros: -balanceMicros,
        note: 'the account was deleted',
      } as const;
      await LEDGER.insert(trx, [{ userId, atMs: nowMs, reservationId: null, ...rest }]);
    });
  }

  async #rowOf(username: string): Promise<Row | undefined> {
    return this.#database.reads('users').where({ username_key: username.toLowerCase() }).first();
  }
}

function withHash(row: Row): Verified {
  return { account: ACCOUNT.read(row), hash: USERS.read(row).password };
}

function noSuchUser(userId: number): ServiceError {
  return new ServiceError('PEX_NOT_FOUND', `there is no account ${userId}`);
}

function asConflict(error: unknown, { username, email }: { username?: string; email: string }): unknown {
  if (username !== undefined && isUniqueViolation(error, 'username_key')) {
    return new ServiceError('PEX_CONFLICT', `the username "${username}" is taken`, { field: 'username' });
  }
  if (isUniqueViolation(error, 'email_key')) {
    return new ServiceError('PEX_CONFLICT', `the e-mail address "${email}" is taken`, { field: 'email' });
  }
  return error;
}
