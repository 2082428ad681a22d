// History that is moved into archives while a service goes on, and read again: nothing of it is lost, and a replay of any part of it is
// exact. The same story is played once without archives, which is what the parts together must be.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { History } from '../../../live/database/history.ts';
import type { Database } from '../../../live/database/open-database.ts';
import { repeat } from '../../../live/replay/replay.ts';
import { JournalReports } from '../../../live/report/journal-reports.ts';
import { databases, openForTest } from '../../support/databases.ts';
import { type RecordedService, recordStory } from '../replay/recorded-service.ts';

const OPTIONS = { version: 'test', env: {}, command: 'openpex replay openpex.db' };
const STORY = { seed: 11, requests: 40, restartAfter: 22 };
const RETENTION = 'retention: { keep: 3h }\n';

async function archivesIn(folder: string): Promise<Database[]> {
  const files = readdirSync(join(folder, 'archives')).filter((name) => name.endsWith('.db'));
  return Promise.all(files.sort().map((name) => openForTest(join(folder, 'archives', name), 'read')));
}

/** Ids are drawn by chance: each is called after its place among those that occur. */
function named(values: readonly unknown[]): unknown {
  const names = new Map<string, string>();
  const text = JSON.stringify(values).replaceAll(/[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}/gi, (id) => {
    const name = names.get(id) ?? `id ${names.size + 1}`;
    names.set(id, name);
    return name;
  });
  return JSON.parse(text);
}

async function eventsOf(history: History): Promise<unknown[]> {
  const events: unknown[] = [];
  for await (const { event } of history.events()) events.push(event);
  return events;
}

async function inputsOf(history: History): Promise<unknown[]> {
  const inputs: unknown[] = [];
  // Their numbers also count what left nothing.
  for await (const { seq: _, ...input } of history.inputs()) inputs.push(input);
  return inputs;
}

async function balancesOf({ reads }: Database): Promise<{ balance: number; entries: number }[]> {
  const rows: { balance: number; entries: number }[] = await reads('users')
    .leftJoin('ledger', 'ledger.userid', 'users.userid')
    .groupBy('users.userid', 'balance_micros')
    .orderBy('users.userid')
    .select('balance_micros as balance')
    .sum({ entries: 'amount_micros' });
  return rows.map(({ balance, entries }) => ({ balance: Number(balance), entries: Number(entries ?? 0) }));
}

let plain: RecordedService;

beforeAll(async () => {
  plain = await recordStory({ ...STORY, keep: true });
});
afterAll(() => plain.remove());

describe.each(databases())('with archives on $name', ({ url }) => {
  test('the parts are the whole, and each is decided as it was', async () => {
    const whole = await openForTest(plain.database, 'read');
    const databaseUrl = await url();
    const service = await recordStory({ ...STORY, databaseUrl, settings: RETENTION });
    const rest = await openForTest(databaseUrl, 'read');
    const archives = await archivesIn(service.folder);
    expect(archives.length).toBeGreaterThan(3);

    const history = await History.open(rest, archives);
    expect(history.beginning).toBeUndefined();
    const wholeHistory = await History.open(whole);
    expect(named(await eventsOf(history))).toEqual(named(await eventsOf(wholeHistory)));
    expect(named(await inputsOf(history))).toEqual(named(await inputsOf(wholeHistory)));

    // The database has what is younger, and not the rest.
    const restAlone = await History.open(rest);
    const eventsLeft = (await eventsOf(restAlone)).length;
    expect(eventsLeft).toBeGreaterThan(0);
    expect(eventsLeft).toBeLessThan((await eventsOf(wholeHistory)).length * 0.9);
    expect((await balancesOf(rest)).map(({ entries }) => entries)).toEqual(
      (await balancesOf(whole)).map(({ entries }) => entries),
    );

    const asWhole = await repeat({ ...OPTIONS, database: whole });
    expect(asWhole).toEqual({ requests: 40, alike: 40, differences: [] });
    expect(await repeat({ ...OPTIONS, database: rest, archives: [...archives].reverse() })).toEqual(asWhole);
    let requests = 0;
    for (const part of [...archives, rest]) {
      const result = await repeat({ ...OPTIONS, database: part });
      expect(result).toMatchObject({ alike: result.requests, differences: [] });
      requests += result.requests;
    }
    expect(requests).toBe(40);

    const figuresOf = async (database: Database, before: readonly Database[] = []) => {
      // The digest is over the ids, too.
      const { digest: _, ...figures } = await new JournalReports({
        database,
        archives: before,
        version: 'test',
      }).summary();
      return figures;
    };
    expect(await figuresOf(rest, archives)).toEqual(await figuresOf(whole));
    expect((await figuresOf(rest)).requests).toBe((await repeat({ ...OPTIONS, database: rest })).requests);
  });
});
