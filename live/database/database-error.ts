// What can go wrong with a database, told to people: which database, what happened, what to do. Never with the password of its URL.

/** The database cannot be used: it is missing, refuses, is in use, or was made by another version. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
}

/** Of those, what passes by itself: a server that is not up yet, a name that cannot be looked up. */
const PASSING: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  '53300',
  '57P01',
  '57P02',
  '57P03',
]);

/** Would the same succeed a little later, without anybody doing anything? */
export function isPassing(error: unknown): boolean {
  if (error instanceof Error && error.cause !== undefined) return isPassing(error.cause);
  const { code, message } = rootOf(error);
  if (typeof code === 'string') return PASSING.has(code);
  return message.includes(NO_CONNECTION) || CONNECTION_LOST.test(message);
}

/** Of those, what may come after a statement was carried out: its answer was lost, and nobody here knows. */
const UNANSWERED: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  'SQLITE_IOERR',
]);

/** Was it carried out, or was it not? Of all other failures it is known that it was not. */
export function isOutcomeUnknown(error: unknown): boolean {
  const { code, message } = rootOf(error);
  if (typeof code === 'string') return UNANSWERED.has(code);
  return !message.includes(NO_CONNECTION) && CONNECTION_LOST.test(message);
}

/** What the drivers' errors have in common. */
interface DriverError {
  readonly code?: unknown;
  readonly message: string;
}

/** The drivers' codes (SQLite's names, Node's, PostgreSQL's SQLSTATEs) with what they mean and what helps. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  SQLITE_CANTOPEN: 'the file cannot be opened; its directory must exist and be writable for this user',
  SQLITE_READONLY:
    'the file or its directory cannot be written by this user; change its owner or permissions',
  SQLITE_PERM: 'the file cannot be accessed by this user; change its owner or permissions',
  SQLITE_FULL: 'the disk is full; make room and start the service again',
  SQLITE_IOERR: 'the disk reports an input/output error; look at the system log',
  SQLITE_NOTADB: 'the file is not a SQLite database; was another file meant?',
  SQLITE_CORRUPT: 'the file is damaged; restore it from a backup',
  SQLITE_BUSY: 'another process keeps it locked; stop that process',
  SQLITE_LOCKED: 'another process keeps it locked; stop that process',
  EACCES: 'permission is denied; change the owner or the permissions',
  EISDIR: 'this is a directory, not a file',
  ENOENT: 'there is no such file or directory',
  ENOSPC: 'the disk is full; make room and start the service again',
  ECONNREFUSED: 'nothing answers there; is the server running, and are host and port right?',
  ECONNRESET: 'the server closed the connection',
  EPIPE: 'the server closed the connection',
  ENOTFOUND: 'the host is unknown; is its name right?',
  EAI_AGAIN: 'the host name cannot be looked up; is the network up?',
  EHOSTUNREACH: 'the host cannot be reached; is the network up?',
  ETIMEDOUT: 'the server does not answer in time; are host and port right, and does a firewall let us pass?',
  '28P01': 'the server refuses the user name or password of the URL',
  '28000': 'the server does not let this user in; see its pg_hba.conf',
  '3D000': 'the server has no database of that name; create it first (createdb)',
  '3F000': 'the database has no schema of that name',
  '42501': 'the user lacks a privilege; grant it ownership of the schema',
  '53100': "the server's disk is full; make room and start the service again",
  '53200': 'the server is out of memory',
  '53300': 'the server has no connection left; raise its max_connections',
  '57P01': 'the server was shut down',
  '57P02': 'the server crashed',
  '57P03': 'the server is still starting; try again in a moment',
  '25006': 'the server takes no changes: it is a read-only standby',
};

/** knex: every connection of the pool is in use, or none can be made. */
const NO_CONNECTION = 'Timeout acquiring a connection';
/** What pg says without a code. */
const CONNECTION_LOST = /Connection (terminated|ended)|connection error|timeout/i;
/** SQLite undid a transaction by itself, for want of room, memory or a working disk; knex tells of its own try and not of the reason. */
const UNDONE = 'cannot rollback - no transaction is active';
/** Codes that any file can give. */
const OF_FILES: ReadonlySet<unknown> = new Set(['EACCES', 'EISDIR', 'ENOENT', 'ENOSPC']);

/** The database could not do what it was asked, for a reason outside the statement: it is away, full, locked or in trouble. */
export function isDatabaseFailure(error: unknown): boolean {
  if (error instanceof DatabaseError) return true;
  const { code, message } = rootOf(error);
  if (message.includes(UNDONE)) return true;
  if (typeof code === 'string') return code in EXPLANATIONS && !OF_FILES.has(code);
  return message.includes(NO_CONNECTION) || CONNECTION_LOST.test(message);
}

/**
 * One line for a log or a terminal about anything that a database call threw.
 * @param databaseName as `Database.name` has it, which is without the password
 */
export function describeDatabaseError(error: unknown, databaseName?: string): string {
  if (error instanceof DatabaseError) return error.message;
  const subject = databaseName === undefined ? 'the database' : `database ${databaseName}`;
  const { code, message } = rootOf(error);
  const explanation = typeof code === 'string' ? EXPLANATIONS[code] : undefined;
  if (explanation !== undefined) return `${subject}: ${explanation} (${String(code)})`;
  if (message.includes(UNDONE))
    return `${subject}: what was being stored was undone: the disk is full or reports errors, or there is no memory left`;
  if (message.includes(NO_CONNECTION)) {
    return `${subject}: no connection became free in time; the server is overloaded or does not answer`;
  }
  if (CONNECTION_LOST.test(message)) {
    return `${subject}: the connection was lost; is the server running?`;
  }
  return `${subject}: ${withoutPassword(withoutStatement(message))}`;
}

/** The same as an error to throw; one that already speaks for itself is left as it is. */
export function toDatabaseError(error: unknown, databaseName: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  return new DatabaseError(describeDatabaseError(error, databaseName), { cause: error });
}

/** A row with that key exists. `column` is looked for in what the driver says of the violated constraint. */
export function isUniqueViolation(error: unknown, column: string): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as Error & DriverError;
  if (code === 'SQLITE_CONSTRAINT') {
    const [, violated = ''] = error.message.split('UNIQUE constraint failed: ');
    return violated.includes(column);
  }
  if (code !== '23505') return false;
  const { constraint } = error as Error & { readonly constraint?: unknown };
  return typeof constraint === 'string' && constraint.includes(column);
}

/** A refused connection to a name with several addresses comes as one error that holds the others. */
function rootOf(error: unknown): DriverError {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  return error instanceof Error ? error : { message: String(error) };
}

/** knex puts the statement, which may be long, before what the driver said. */
function withoutStatement(message: string): string {
  const at = message.lastIndexOf(' - ');
  return at < 0 ? message : message.slice(at + 3);
}

function withoutPassword(text: string): string {
  return text.replace(/:\/\/([^:@/\s]*):[^@/\s]*@/g, '://$1:***@');
}
