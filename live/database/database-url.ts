// How a database is named on the command line and in the configuration: a SQLite file, by its path, or a PostgreSQL URL.
import { resolve } from 'node:path';
import { DatabaseError } from './database-error.ts';

export type DatabaseAddress =
  | { readonly kind: 'sqlite'; readonly name: string; readonly file: string }
  /** Gone when it is closed; for tests. */
  | { readonly kind: 'sqlite'; readonly name: string; readonly file: null }
  | { readonly kind: 'postgresql'; readonly name: string; readonly url: string };

/**
 * Reads `sqlite:PATH`, a bare path, `sqlite::memory:`, `postgres://…` or `postgresql://…`.
 * `name` is for messages: the path, or the URL without its password.
 * @throws DatabaseError for a URL of another kind
 */
export function parseDatabaseUrl(url: string): DatabaseAddress {
  if (/^postgres(ql)?:\/\//.test(url)) return { kind: 'postgresql', name: nameOf(url), url };
  const path = url.startsWith('sqlite:') ? url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '') : url;
  if (path === ':memory:') return { kind: 'sqlite', name: 'in memory', file: null };
  if (path === '') throw new DatabaseError('the database URL is empty; expected a path or postgres://…');
  const [scheme] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(path) ?? [];
  if (scheme !== undefined) {
    throw new DatabaseError(
      `database URL ${nameOf(url)}: no such kind of database; expected sqlite:PATH, a path, or postgres://user@host/name`,
    );
  }
  return { kind: 'sqlite', name: path, file: resolve(path) };
}

function nameOf(url: string): string {
  try {
    const { protocol, username, host, pathname } = new URL(url);
    return `${protocol}//${username === '' ? '' : `${username}@`}${host}${pathname}`;
  } catch {
    throw new DatabaseError(
      'the database URL is not well-formed; expected postgres://user:password@host:port/name',
    );
  }
}
