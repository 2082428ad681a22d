import { expect, test } from 'vitest';
import {
  DatabaseError,
  describeDatabaseError,
  isDatabaseFailure,
  isOutcomeUnknown,
  toDatabaseError,
} from '../../../live/database/database-error.ts';

/** As the drivers throw them. */
function driverError(message: string, code?: string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

test.each([
  [
    driverError('insert into … - SQLITE_FULL: database or disk is full', 'SQLITE_FULL'),
    /^database x: the disk is full; make room/,
  ],
  [
    driverError('SQLITE_CORRUPT: malformed', 'SQLITE_CORRUPT'),
    /the file is damaged; restore it from a backup/,
  ],
  [driverError('disk full', '53100'), /the server's disk is full/],
  [driverError('Connection terminated unexpectedly'), /the connection was lost; is the server running\?/],
  [driverError('Client has encountered a connection error and is not queryable'), /the connection was lost/],
  [driverError('Query read timeout'), /the connection was lost/],
  [
    driverError('Knex: Timeout acquiring a connection. The pool is probably full.'),
    /no connection became free in time/,
  ],
  [
    new AggregateError([driverError('connect ECONNREFUSED ::1:5432', 'ECONNREFUSED')]),
    /nothing answers there/,
  ],
  [
    driverError('insert into `t` values (1) - SQLITE_ERROR: no such table: t', 'SQLITE_ERROR'),
    /^database x: SQLITE_ERROR: no such table: t$/,
  ],
  ['a text', /^database x: a text$/],
])('%s is told so that one knows what to do', (error, expected) => {
  expect(describeDatabaseError(error, 'x')).toMatch(expected);
});

test('no message has a password, even when a driver repeats the URL', () => {
  const error = driverError('cannot connect to postgres://pex:secret@db.example.org/openpex');
  expect(describeDatabaseError(error)).toBe(
    'the database: cannot connect to postgres://pex:***@db.example.org/openpex',
  );
});

test('an error that speaks for itself is passed on as it is', () => {
  const error = new DatabaseError('database x: in use');
  expect(toDatabaseError(error, 'y')).toBe(error);
  expect(describeDatabaseError(error, 'y')).toBe('database x: in use');
  expect(toDatabaseError(driverError('away', 'ECONNRESET'), 'y').message).toBe(
    'database y: the server closed the connection (ECONNRESET)',
  );
});

test.each([
  ['an answer that was lost', driverError('Connection terminated unexpectedly'), true],
  ['a connection that was reset', driverError('read ECONNRESET', 'ECONNRESET'), true],
  ['a disk that failed', driverError('SQLITE_IOERR: disk I/O error', 'SQLITE_IOERR'), true],
  ['a full disk', driverError('SQLITE_FULL: database or disk is full', 'SQLITE_FULL'), false],
  ['a server that is not there', driverError('connect ECONNREFUSED ::1:5432', 'ECONNREFUSED'), false],
  [
    'no free connection',
    driverError('Knex: Timeout acquiring a connection. The pool is probably full.'),
    false,
  ],
  // What knex makes of a transaction that SQLite has undone by itself.
  [
    'a transaction that was undone',
    driverError('ROLLBACK; - SQLITE_ERROR: cannot rollback - no transaction is active', 'SQLITE_ERROR'),
    false,
  ],
])(
  '%s is a failure of the database, and it is said whether it may have been carried out',
  (_, error, isUnknown) => {
    expect([isDatabaseFailure(error), isOutcomeUnknown(error)]).toEqual([true, isUnknown]);
  },
);
