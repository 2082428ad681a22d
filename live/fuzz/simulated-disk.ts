// The database of the service in the simulator: SQLite's own, so that every statement means what it means, behind a gate that each statement
// of a process passes. There a fault finds it: the process dies before or after it, the commit is lost, or its answer, or comes late. Statements
// pass one at a time, in the order in which they were sent, so that a story goes the same way whenever it is told.
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import knexPackage, { type Knex } from 'knex';
import { type Database, openDatabase } from '../database/open-database.ts';
import type { WorldTime } from './world-time.ts';

const { knex } = knexPackage;

/**
 * What happens to a statement.
 * - dies-before, dies-after: the process is killed when it sends it, or when it is done and nobody knows yet
 * - fails: the database does not do it, and undoes its transaction
 * - refused: there is no connection to the database, and what its transaction had done is undone
 * - unanswered: it is done, and the connection is lost before the answer
 * - late: the connection is lost, and the server does it after `ms`, if it still can
 * - slow: it takes `ms`
 */
export type StatementFault =
  | { readonly kind: 'dies-before' | 'dies-after' | 'fails' | 'refused' | 'unanswered' }
  | { readonly kind: 'late' | 'slow'; readonly ms: number };

export interface Statement {
  readonly isCommit: boolean;
  /** It belongs to a transaction, and neither begins nor ends it. */
  readonly isWithin: boolean;
}

export interface DiskParts {
  readonly time: WorldTime;
  /** A database with the present schema. */
  readonly template: string;
  /** Asked about each statement of a living process, in order. */
  readonly faultOf: (statement: Statement) => StatementFault | undefined;
  /** The process that sent a statement is to be killed. */
  readonly onDeath: () => void;
}

/** What the drivers of knex have that types do not tell. */
interface KnexClient {
  _query(connection: RawConnection, query: KnexQuery): Promise<unknown>;
  acquireRawConnection(): Promise<RawConnection>;
}
interface KnexQuery {
  readonly sql: string;
  readonly bindings?: readonly unknown[];
  response?: unknown;
  context?: unknown;
}
interface RawConnection {
  run(sql: string, bindings: unknown, done: (error: Error | null) => void): void;
  exec(script: string, done: (error: Error | null) => void): void;
  close(done: (error: Error | null) => void): void;
}
type ClientClass = new (config: Knex.Config) => KnexClient & Knex.Client;

/** In memory where the machine has files there: nothing has to survive. */
const PLACE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

const SETTINGS: Knex.Config = {
  useNullAsDefault: true,
  log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  pool: { min: 1, max: 1 },
};

/** What a process has of the disk. */
interface User {
  isDead: boolean;
  readonly connections: RawConnection[];
  readonly pools: Knex[];
  /** By connection: the statements of the transaction that is open there. */
  readonly begun: WeakMap<RawConnection, KnexQuery[]>;
}

function newUser(): User {
  return { isDead: false, connections: [], pools: [], begun: new WeakMap() };
}

/** The end of the dead; one each, so that nothing keeps them. */
function never(): Promise<never> {
  return new Promise(() => {});
}

/** A file that outlives the processes that use it. */
export class SimulatedDisk {
  readonly #parts: DiskParts;
  readonly #folder: string;
  readonly #file: string;
  readonly #quiet: Database;
  #turn: Promise<unknown> = Promise.resolve();
  #user = newUser();

  constructor(parts: DiskParts) {
    this.#parts = parts;
    this.#folder = mkdtempSync(join(PLACE, 'openpex-disk-'));
    this.#file = join(this.#folder, 'story.db');
    copyFileSync(parts.template, this.#file);
    const connection = knex({ ...SETTINGS, client: 'sqlite3', connection: { filename: this.#file } });
    this.#quiet = { ...this.#same(), knex: connection, reads: connection, close: async () => {} };
  }

  /** Nothing of the process that uses it is done any more; to be followed by `bury`. */
  kill(): void {
    this.#user.isDead = true;
  }

  /** What the dead process had begun and not committed is undone. */
  async bury(): Promise<void> {
    const { connections, pools } = this.#user;
    // Whoever still waits for a connection is told that there is none; nobody waits for the end of it.
    for (const pool of pools) pool.destroy().catch(() => undefined);
    await this.#parts.time.settle();
    for (const connection of connections) {
      await executed(connection, 'ROLLBACK');
      await new Promise((resolve) => connection.close(resolve));
    }
  }

  /** For a process that begins. */
  connect(): Database {
    const user = newUser();
    this.#user = user;
    const writer = this.#pool(user, ['synchronous = OFF', 'foreign_keys = ON']);
    const reads = this.#pool(user, ['query_only = ON']);
    return { ...this.#same(), knex: writer, reads, close: async () => {} };
  }

  /** To look at what is stored, or to prepare it, while nothing is under way. Every fault passes it by. */
  get quiet(): Database {
    return this.#quiet;
  }

  /** For good; whoever used it is buried. */
  async remove(): Promise<void> {
    await this.#quiet.knex.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #same() {
    return { kind: 'sqlite', name: 'the simulated disk', url: '', file: null } as const;
  }

  #pool(user: User, settings: readonly string[]): Knex {
    const pool = knex({
      ...SETTINGS,
      client: this.#client(user, settings) as unknown as typeof Knex.Client,
      connection: { filename: this.#file },
    });
    user.pools.push(pool);
    return pool;
  }

  #client(user: User, settings: readonly string[]): ClientClass {
    const { time } = this.#parts;
    const script = ['busy_timeout = 5000', ...settings].map((setting) => `PRAGMA ${setting};`).join(' ');
    const opened = (connection: RawConnection) => {
      user.connections.push(connection);
      return new Promise<RawConnection>((resolve, reject) =>
        connection.exec(script, (error) => (error === null ? resolve(connection) : reject(error))),
      );
    };
    const pass = (connection: RawConnection, query: KnexQuery, run: () => Promise<unknown>) =>
      this.#pass(user, { connection, query, run });
    return class extends sqliteClient() {
      override acquireRawConnection(): Promise<RawConnection> {
        return time.during(async () => opened(await super.acquireRawConnection()));
      }

      override _query(connection: RawConnection, query: KnexQuery): Promise<unknown> {
        return pass(connection, query, () => super._query(connection, query));
      }
    };
  }

  async #pass(
    user: User,
    { connection, query, run }: { connection: RawConnection; query: KnexQuery; run: () => Promise<unknown> },
  ): Promise<unknown> {
    if (user.isDead) return never();
    const { faultOf, onDeath, time } = this.#parts;
    const word = wordOf(query.sql);
    const isCommit = word === 'COMMIT';
    const begun = user.begun.get(connection);
    const isWithin = begun !== undefined && !isCommit && word !== 'ROLLBACK';
    const fault = faultOf({ isCommit, isWithin });
    if (word === 'BEGIN') user.begun.set(connection, []);
    else if (isWithin) begun.push({ sql: query.sql, bindings: query.bindings ?? [] });
    if (isCommit || word === 'ROLLBACK') user.begun.delete(connection);
    const done = (work: () => Promise<unknown>) => this.#inTurn(work);
    switch (fault?.kind) {
      case 'dies-before':
        onDeath();
        return never();
      case 'dies-after':
        onDeath();
        await done(run);
        return never();
      case 'fails':
      case 'refused':
        if (begun !== undefined) await done(() => executed(connection, 'ROLLBACK'));
        throw fault.kind === 'fails'
          ? lost('SQLITE_IOERR', 'SQLITE_IOERR: disk I/O error')
          : lost('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:5432');
      case 'unanswered':
        await done(run);
        throw lost('ECONNRESET', 'Connection terminated unexpectedly');
      case 'late':
        await done(() => executed(connection, 'ROLLBACK'));
        time.after(fault.ms, () => void this.#commitLate(begun ?? []));
        throw lost('ECONNRESET', 'Connection terminated unexpectedly');
      case 'slow':
        await time.sleep(fault.ms);
        if (user.isDead) return never();
        break;
      default:
    }
    try {
      const answer = await done(run);
      return user.isDead ? never() : answer;
    } catch (error) {
      if (user.isDead) return never();
      throw error;
    }
  }

  /** One statement at a time; time waits for it. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const { time } = this.#parts;
    const turn = this.#turn.then(() => time.during(work));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** What a server does after its client is gone: all of the transaction, or nothing when something stands against it by now. */
  async #commitLate(statements: readonly KnexQuery[]): Promise<void> {
    await this.#inTurn(async () => {
      try {
        await this.#quiet.knex.transaction(async (trx) => {
          for (const { bindings = [], sql } of statements) await trx.raw(sql, bindings as Knex.RawBinding[]);
        });
      } catch {
        // Something was committed meanwhile that excludes it.
      }
    });
  }
}

/** @returns a file with the present schema, in a folder of its own */
export async function diskTemplate(): Promise<{ readonly file: string; remove(): void }> {
  const folder = mkdtempSync(join(PLACE, 'openpex-disk-'));
  const file = join(folder, 'template.db');
  const database = await openDatabase(`sqlite:${file}`, 'serve');
  await database.close();
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function sqliteClient(): ClientClass {
  const probe = knex({ client: 'sqlite3', connection: { filename: ':memory:' }, useNullAsDefault: true });
  return probe.client.constructor as ClientClass;
}

function wordOf(sql: string): string {
  return /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? '';
}

function executed(connection: RawConnection, sql: string): Promise<void> {
  return new Promise((resolve) => connection.exec(sql, () => resolve()));
}

function lost(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
