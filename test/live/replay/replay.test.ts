// What a live service recorded, replayed: the same commands under the same settings are decided alike, to the millisecond; under other
// policies the same requests can be compared.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../../engine/index.ts';
import { backupDatabase } from '../../../live/database/backup.ts';
import { Journal } from '../../../live/database/journal.ts';
import { openDatabase } from '../../../live/database/open-database.ts';
import { compareProviders, repeat } from '../../../live/replay/replay.ts';
import { databases, openForTest, temporaryDirectory } from '../../support/databases.ts';
import { type RecordedService, recordStory } from './recorded-service.ts';

const OPTIONS = { version: 'test', env: {}, command: 'openpex replay openpex.db' };

describe('a recording under the same settings', () => {
  const seen = new Set<string>();

  test.each([
    { seed: 1, settings: '' },
    { seed: 2, settings: 'manager: { autoActivate: true, shutdownLead: 3m }\n' },
    {
      seed: 3,
      settings: 'policies: { allocation: random, pricing: { name: flat, options: { cpuHour: 3 } } }\n',
    },
  ])('is decided as it was, request by request: story $seed', async ({ seed, settings }) => {
    const { database } = await recordStory({ seed, requests: 70, settings });
    for (const type of await typesIn(database)) seen.add(type);
    const result = await repeat({ ...OPTIONS, database: await openForTest(database, 'read') });
    expect(result).toEqual({ requests: 70, alike: 70, differences: [] });
  });

  test.each(databases())(
    'is decided as it was when the service was stopped and started in between, on $name',
    async ({ url }) => {
      const databaseUrl = await url();
      await recordStory({ seed: 5, requests: 70, restartAfter: 45, databaseUrl });
      const result = await repeat({ ...OPTIONS, database: await openForTest(databaseUrl, 'read') });
      expect(result).toEqual({ requests: 70, alike: 70, differences: [] });
    },
  );

  test('had everything in it that a service goes through', () => {
    for (const type of [
      'offer-accepted',
      'offer-countered',
      'counter-accepted',
      'offer-declined',
      'options-claimed',
      'instance-commanded',
      'instance-moved',
      'vm-migrated',
      'operation-failed',
      'node-lost',
      'node-drained',
      'vm-state-changed: guest-crash',
      'vm-state-changed: node-lost',
      'reservation-ended: cancelled-by-user',
      'reservation-ended: hold-expired',
    ])
      expect(seen).toContain(type);
  });
});

describe('a recording', () => {
  let service: RecordedService;

  beforeAll(async () => {
    service = await recordStory({ seed: 7, requests: 40, keep: true });
  });
  afterAll(() => service.remove());

  test('that says otherwise is told in words', async () => {
    const file = await copyOf(service);
    const reservationId = await raiseFirstPrice(file);
    const result = await repeat({ ...OPTIONS, database: await openForTest(file, 'read') });
    expect(result).toMatchObject({ requests: 40, alike: 39 });
    const [difference] = result.differences;
    expect(difference?.reservationId).toBe(reservationId);
    expect(difference?.recorded).toMatch(
      /^ACCEPT in round 1 on blade-00\d.* for 77 credits, held until 2026-/,
    );
    expect(difference?.replayed).toMatch(
      /^ACCEPT in round 1 on blade-00\d.* for 0\.\d+ credits, held until /,
    );
  });

  test('can be put to other policies, over the same time', async () => {
    const database = await openForTest(service.database, 'read');
    const columns = await compareProviders({ ...OPTIONS, database }, { policies: ['counter-offer=none'] });
    expect(columns.map(({ title }) => title)).toEqual(['as it went', 'simulated', 'counter-offer=none']);
    const [recorded, simulated, changed] = columns.map(({ summary }) => summary);
    expect(recorded).toMatchObject({ requests: 40, end: 'ongoing' });
    expect(simulated).toMatchObject({ requests: 40, virtualMs: recorded?.virtualMs });
    expect(changed).toMatchObject({ requests: 40, countered: 0, virtualMs: recorded?.virtualMs });
    expect(simulated?.countered).toBeGreaterThan(0);
    expect(changed?.rejected).toBeGreaterThan(simulated?.rejected ?? 0);
    // Its users do in the simulator what they did: the figures come near.
    expect(Math.abs((simulated?.accepted ?? 0) - (recorded?.accepted ?? 0))).toBeLessThan(12);
  });

  test('can be put to the provider of a scenario', async () => {
    const database = await openForTest(service.database, 'read');
    const columns = await compareProviders(
      { ...OPTIONS, database, directory: `${temporaryDirectory()}/run` },
      { policies: [], scenario: 'campus-month' },
    );
    const [, , changed] = columns.map(({ summary }) => summary);
    // 144 nodes have room for everybody.
    expect(changed).toMatchObject({ nodes: 144, requests: 40, countered: 0 });
  });
});

test('a database in which nothing was recorded cannot be replayed', async () => {
  const database = await openForTest(`${temporaryDirectory()}/new.db`);
  await expect(repeat({ ...OPTIONS, database })).rejects.toMatchObject({ code: 'PEX_DATABASE' });
});

async function typesIn(file: string): Promise<Set<string>> {
  const database = await openDatabase(file, 'read');
  const types = new Set<string>();
  for await (const { event } of new Journal(database).stream()) types.add(nameOf(event));
  await database.close();
  return types;
}

function nameOf(event: DomainEvent): string {
  if (event.type === 'vm-state-changed') return `${event.type}: ${event.cause}`;
  return event.type === 'reservation-ended' ? `${event.type}: ${event.reason}` : event.type;
}

async function copyOf({ database: file }: RecordedService): Promise<string> {
  const copy = `${temporaryDirectory()}/copy.db`;
  const database = await openDatabase(file, 'read');
  await backupDatabase(database, copy);
  await database.close();
  return copy;
}

/** @returns the reservation whose first offer the journal now has at 77 credits */
async function raiseFirstPrice(file: string): Promise<string> {
  const database = await openDatabase(file);
  const [entry] = await new Journal(database).page({ limit: 1, types: ['offer-accepted'] });
  if (entry?.event.type !== 'offer-accepted') throw new Error('the story has no ACCEPT');
  const event = { ...entry.event, priceMicros: 77_000_000 };
  await database
    .knex('journal')
    .where({ seq: entry.seq })
    .update({ event: JSON.stringify(event) });
  await database.close();
  return event.reservationId;
}
