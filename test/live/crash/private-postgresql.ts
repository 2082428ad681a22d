// A PostgreSQL server of the test's own, which it may stop as it likes.
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../../../pool-double/wire/listener.ts';
import { runProgram } from '../../support/child-process.ts';

const VERSIONS = '/usr/lib/postgresql';

/** Where `initdb` and `pg_ctl` are; undefined: not installed, which in CI is a failure. */
export function postgresqlPrograms(): string | undefined {
  const folders = [
    ...(existsSync(VERSIONS) ? readdirSync(VERSIONS).map((version) => join(VERSIONS, version, 'bin')) : []),
    ...(process.env['PATH'] ?? '').split(':'),
  ];
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')));
  if (found !== undefined) return found;
  if (process.env['CI'] === 'true')
    throw new Error('initdb is missing: CI tests a PostgreSQL server that is lost');
  console.info('A lost PostgreSQL server is not tested: initdb is not installed');
  return undefined;
}

export interface PrivateServer {
  readonly url: string;
  start(): void;
  /** Like a crash: nobody is told, nothing is written any more. */
  crash(): void;
}

/** Runs until the test has finished. */
export async function startPrivateServer(programs: string): Promise<PrivateServer> {
  const folder = mkdtempSync(join(tmpdir(), 'openpex-pg-'));
  const user = serverUser();
  if (user !== undefined) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  const run = (program: string, ...args: string[]) => {
    // pg_ctl leaves the server behind with our pipes: it must not have any.
    const { code } = runProgram(join(programs, program), args, { stdio: 'ignore', cwd: folder, ...user });
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed (${code})`);
  };
  run('initdb', '--no-sync', '--auth=trust', '--username=openpex', '-D', data);
  const port = await freePort(['127.0.0.1']);
  const options = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1`;
  const start = () => run('pg_ctl', '-D', data, '-o', options, '-l', join(folder, 'log'), '-w', 'start');
  const stop = ['-D', data, '-m', 'immediate', '-w', 'stop'];
  const crash = () => run('pg_ctl', ...stop);
  start();
  onTestFinished(() => {
    // It may be stopped already.
    runProgram(join(programs, 'pg_ctl'), stop, { stdio: 'ignore', cwd: folder, ...user });
    rmSync(folder, { recursive: true, force: true });
  });
  return { url: `postgres://openpex@127.0.0.1:${port}/postgres`, start, crash };
}

/** PostgreSQL refuses to run as root. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string) => Number(runProgram('id', [flag, 'postgres']).stdout);
  return { uid: idOf('-u'), gid: idOf('-g') };
}
