// A service says the same few statements over and over. The driver of SQLite prepares every one anew, which is one more trip to another
// thread and back; here each connection keeps those that it said last.
import type { Database, Statement } from 'sqlite3';

const KEPT_MAX = 100;
/** Longer ones, such as those with a place for each of many ids, are hardly said twice. */
const LENGTH_MAX = 4_000;

type Answer = (this: Statement, error: Error | null, rows?: unknown) => void;
type Say = (sql: string, bindings: readonly unknown[], answer: Answer) => void;

/**
 * Has `all` and `run` of a connection, as knex calls them, use prepared statements again. SQLite prepares them anew by itself when the
 * schema has changed.
 */
export function keepStatements(connection: Database): void {
  const prepare = connection.prepare.bind(connection);
  const close = connection.close.bind(connection);
  /** Those that are not in use; that said last is last. */
  const kept = new Map<string, Statement>();
  let isClosing = false;

  const keep = (sql: string, statement: Statement): void => {
    if (isClosing || kept.has(sql)) {
      statement.finalize();
      return;
    }
    kept.set(sql, statement);
    const [oldest] = kept;
    if (kept.size <= KEPT_MAX || oldest === undefined) return;
    kept.delete(oldest[0]);
    oldest[1].finalize();
  };
  const prepared = (sql: string, answer: Answer): Statement => {
    // When it cannot be prepared the driver forgets what it was to do, without a word.
    const statement: Statement = prepare(sql, (error: Error | null) => {
      if (error !== null) answer.call(statement, error);
    });
    return statement;
  };
  const keeping =
    (method: 'all' | 'run', otherwise: Say): Say =>
    (sql, bindings, answer) => {
      if (sql.length > LENGTH_MAX) {
        otherwise(sql, bindings, answer);
        return;
      }
      const statement = kept.get(sql) ?? prepared(sql, answer);
      kept.delete(sql);
      statement[method](bindings, function (this: Statement, error: Error | null, rows?: unknown) {
        if (error === null) keep(sql, statement);
        else statement.finalize();
        answer.call(this, error, rows);
      });
    };

  Object.assign(connection, {
    all: keeping('all', connection.all.bind(connection) as Say),
    run: keeping('run', connection.run.bind(connection) as Say),
    // A connection that has statements cannot be closed.
    close: (answer?: (error: Error | null) => void) => {
      isClosing = true;
      for (const statement of kept.values()) statement.finalize();
      kept.clear();
      close(answer);
    },
  });
}
