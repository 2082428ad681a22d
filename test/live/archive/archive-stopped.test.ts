// Archives of a service that is stopped: what is in them, what is left, what goes on, and what is refused.
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { archive, finishDropping } from '../../../live/archive/archive.ts';
import { archiveStopped } from '../../../live/archive/archive-stopped.ts';
import { ArchiveStore } from '../../../live/database/archive-store.ts';
import { History } from '../../../live/database/history.ts';
import { type Database, openDatabase } from '../../../live/database/open-database.ts';
import { acquireServiceLock } from '../../../live/database/service-lock.ts';
import { loadState } from '../../../live/recorder/recovery.ts';
import { repeat } from '../../../live/replay/replay.ts';
import { JournalReports } from '../../../live/report/journal-reports.ts';
import { caller, StoppedTime, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { databases, openForTest, temporaryDirectory } from '../../support/databases.ts';
import { HOUR } from '../../support/setup.ts';

const START = Date.parse('2026-03-02T08:00:00Z');
const YAML = 'cluster: { preset: openpex-2009 }\nmanager: { autoActivate: true }\n';
const OPTIONS = { version: 'test', env: {}, command: 'openpex replay openpex.db' };

/** One reservation from now and one from in a day; the first is over when it returns. */
async function play(databaseUrl: string, host: StoppedTime): Promise<{ over: string; ahead: string }> {
  const daemon = await startTestDaemon({ yaml: YAML, host, databaseUrl });
  try {
    if ((await daemon.call('ada', 'GET', '/account')).status !== 200) await daemon.register('ada');
    const over = await book(daemon, { duration: HOUR });
    const tomorrow = new Date(host.now() + 24 * HOUR).toUTCString();
    const ahead = await book(daemon, { duration: HOUR, startTime: tomorrow });
    await host.moveTo(host.now() + 2 * HOUR, async () => {
      await daemon.service.commandInstance('none', 'stop');
    });
    return { over, ahead };
  } finally {
    await daemon.stop();
  }
}

async function book({ url }: Pick<TestDaemon, 'url'>, more: object): Promise<string> {
  const call = caller(url);
  const asked = { numInstancesFixed: 2, type: 'SMALL', ...more };
  const { body } = await call('ada', 'POST', '/reservations', asked);
  await call('ada', 'PUT', `/reservations/${body.proposal.id}`, { reply: 'CONFIRM' });
  return body.proposal.id;
}

const archiveAll = (database: Database, directory: string) =>
  archiveStopped({ database, directory, beforeMs: undefined, nowMs: 0 });

async function countIn({ reads }: Database, table: string): Promise<number> {
  const rows: unknown[] = await reads(table).select();
  return rows.length;
}

async function ledgerOf({ reads }: Database): Promise<{ balance: number; entries: number; kinds: string }> {
  const entries: { kind: string; amount_micros: number }[] = await reads('ledger')
    .join('users', 'users.userid', 'ledger.userid')
    .where({ username: 'ada' })
    .select('ledger.kind', 'ledger.amount_micros')
    .orderBy('entry_id');
  const account = await reads('users').where({ username: 'ada' }).first();
  return {
    balance: account.balance_micros,
    entries: entries.reduce((sum, { amount_micros }) => sum + amount_micros, 0),
    kinds: entries.map(({ kind }) => kind).join(' '),
  };
}

test.each(databases())('what is over leaves, what is not goes on, on $name', async ({ url }) => {
  const databaseUrl = await url();
  const host = new StoppedTime(START);
  const folder = temporaryDirectory();
  const first = await play(databaseUrl, host);
  const database = await openForTest(databaseUrl, 'read');
  const before = await ledgerOf(database);
  const archived = await archiveAll(database, folder);
  expect(statSync(archived.file).mode & 0o777).toBe(0o600);
  expect(archived.rows).toMatchObject({ reservations: 2, instances: 2 });
  expect(archived.bytes).toBe(statSync(archived.file).size);
  const reservations: { request_id: string }[] = await database.reads('reservations').select('request_id');
  expect(reservations.map(({ request_id }) => request_id)).toEqual([first.ahead]);
  for (const table of ['inputs', 'instances']) expect(await countIn(database, table)).toBe(0);
  // What it costs to have entries summed up is nothing.
  expect(await ledgerOf(database)).toEqual({ ...before, kinds: 'carried-forward' });

  // The service goes on as if nothing were, with names and numbers of its own.
  const second = await play(databaseUrl, host);
  const daemon = await startTestDaemon({ yaml: YAML, host, databaseUrl });
  const names = (await daemon.call('operator', 'GET', '/instances?all=true&deleted=true')).body;
  expect(names.map(({ name }: { name: string }) => name)).toEqual(['ada-4', 'ada-3']);
  expect((await daemon.call('ada', 'GET', `/reservations/${first.over}`)).status).toBe(404);
  await host.moveTo(START + 30 * HOUR, async () => {
    await daemon.service.commandInstance('none', 'stop');
  });
  expect((await daemon.call('ada', 'GET', `/reservations/${first.ahead}`)).body).toMatchObject({
    outcome: 'fulfilled',
  });
  await daemon.stop();
  expect(second.ahead).not.toBe(first.ahead);

  const file = await openForTest(archived.file, 'read');
  expect(await repeat({ ...OPTIONS, database: file })).toEqual({ requests: 2, alike: 2, differences: [] });
  expect(await repeat({ ...OPTIONS, database })).toEqual({ requests: 2, alike: 2, differences: [] });
  expect(await repeat({ ...OPTIONS, database, archives: [file] })).toEqual({
    requests: 4,
    alike: 4,
    differences: [],
  });
  const fulfilled = async (archives: readonly Database[]) =>
    (await new JournalReports({ database, archives, version: 'test' }).summary()).fulfilled;
  // Of what was asked for before, a report on the rest knows, and does not count it again.
  expect([await fulfilled([]), await fulfilled([file])]).toEqual([2, 4]);
});

test('a second archive follows the first, a gap is told, and there is nothing to archive twice', async () => {
  const databaseUrl = join(temporaryDirectory(), 'openpex.db');
  const folder = temporaryDirectory();
  const host = new StoppedTime(START);
  await play(databaseUrl, host);
  const database = await openForTest(databaseUrl, 'read');
  const first = await openForTest((await archiveAll(database, folder)).file, 'read');
  await expect(archiveAll(database, folder)).rejects.toThrow(
    /nothing to archive; everything up to .* is archived/,
  );
  await play(databaseUrl, host);
  const second = await openForTest((await archiveAll(database, folder)).file, 'read');
  await play(databaseUrl, host);
  const history = await History.open(second, [database, first]);
  expect(history.latest).toBe(database);
  await expect(History.open(database, [first])).rejects.toThrow(
    /ends with event \d+, and .* begins after event/,
  );
  await expect(History.open(first, [database])).rejects.toThrow('archives have to follow each other');
  expect(await repeat({ ...OPTIONS, database, archives: [second, first] })).toMatchObject({
    requests: 6,
    alike: 6,
  });
  // The state at its end is kept for the last one only.
  const rows: { snapshot: string | null }[] = await database.reads('archives').orderBy('event_seq');
  expect(rows.map(({ snapshot }) => snapshot === null)).toEqual([true, false]);
});

test('nothing is dropped when the archive cannot be written or a service runs; an archive has no passwords, and serves nobody', async () => {
  const databaseUrl = join(temporaryDirectory(), 'openpex.db');
  const folder = temporaryDirectory();
  await play(databaseUrl, new StoppedTime(START));
  const database = await openForTest(databaseUrl, 'read');
  const events = await countIn(database, 'journal');
  writeFileSync(join(folder, 'file'), '');
  await expect(archiveAll(database, join(folder, 'file'))).rejects.toThrow(/archive in .*file/);
  const lock = await acquireServiceLock(database);
  await expect(archiveAll(database, folder)).rejects.toThrow('another "openpex live" is running');
  await lock.release();
  expect(await countIn(database, 'journal')).toBe(events);
  expect(readdirSync(folder)).toEqual(['file']);

  const { file } = await archiveAll(database, folder);
  await expect(openDatabase(file)).rejects.toThrow('it is an archive');
  const archived = await openForTest(file, 'read');
  await expect(archiveAll(archived, folder)).rejects.toThrow('it is an archive already');
  const names: { username: string; password: string; email: string; fullname: string }[] = await archived
    .reads('users')
    .select();
  expect(names.map(({ username }) => username)).toContain('ada');
  for (const { email, fullname, password } of names)
    expect([email, fullname, password]).toEqual(['', '', '']);
});

test('what was interrupted goes on, whenever that was', async () => {
  const databaseUrl = join(temporaryDirectory(), 'openpex.db');
  const folder = temporaryDirectory();
  await play(databaseUrl, new StoppedTime(START));
  const database = await openForTest(databaseUrl, 'read');
  const left = async () => ({
    ledger: await ledgerOf(database),
    journal: await countIn(database, 'journal'),
  });
  const before = await left();
  const { lastSeq: eventSeq, snapshot } = await loadState(database);
  const checkpoint = { eventSeq, seq: snapshot!.lastCommitSeq, atMs: snapshot!.atMs, snapshot: snapshot! };
  const interruptedAfter = async (steps: number) => {
    let done = 0;
    const goOn = () => {
      done += 1;
      if (done > steps) throw new Error('interrupted');
    };
    await archive({ database, directory: folder, checkpoint, nowMs: 0, serviceNowMs: START, goOn });
  };
  let steps = 0;
  for (; ; steps++) {
    const error = await interruptedAfter(steps).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    if (error === undefined) break;
    expect(error.message).toContain('interrupted');
    if ((await new ArchiveStore(database).last()) !== undefined) break;
    // Before its archive is safe nothing is gone, and nothing half-written is left.
    expect(await left()).toEqual(before);
    expect(readdirSync(folder)).toEqual([]);
  }
  expect(steps).toBeGreaterThan(10);
  const [{ file }] = (await new ArchiveStore(database).list()) as unknown as [{ readonly file: string }];
  const replay = async () => repeat({ ...OPTIONS, database, archives: [await openForTest(file, 'read')] });
  expect(await replay()).toMatchObject({ requests: 2, alike: 2 });
  await finishDropping(database);
  const [done] = await new ArchiveStore(database).list();
  expect(done?.isDropped).toBe(true);
  expect((await left()).journal).toBeLessThan(before.journal);
  expect((await left()).ledger).toEqual({ ...before.ledger, kinds: 'carried-forward' });
  expect(await replay()).toMatchObject({ requests: 2, alike: 2 });
});
