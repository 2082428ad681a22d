// What a live service recorded, replayed: the same commands under the same settings are decided alike, to the millisecond.
import { describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../../engine/index.ts';
import { Journal } from '../../../live/database/journal.ts';
import { openDatabase } from '../../../live/database/open-database.ts';
import { repeat } from '../../../live/replay/replay.ts';
import { openForTest } from '../../support/databases.ts';
import { type RecordedService, recordStory } from './recorded-service.ts';

const options = { version: 'test', env: {}, command: 'openpex replay' };

describe('the same settings', () => {
  test.each([1, 2, 3, 4])('decide every request of story %i as it was recorded', async (seed) => {
    const service = await recordStory({ seed, requests: 120 });
    const types = await typesOf(service);
    const result = await repeat({ ...options, database: await openForTest(service.database, 'read') });
    console.log(seed, Object.fromEntries([...types].sort()));
    expect(result.differences).toEqual([]);
    expect(result.alike).toBe(120);
  });
  test.each([5, 6])(
    'decide every request of story %i as it was recorded, through a restart',
    async (seed) => {
      const service = await recordStory({ seed, requests: 120, restartAfter: 60 });
      const result = await repeat({ ...options, database: await openForTest(service.database, 'read') });
      expect(result.differences).toEqual([]);
      expect(result.alike).toBe(120);
    },
  );
});

/** How often what happened. */
async function typesOf({ database: file }: RecordedService): Promise<Map<string, number>> {
  const database = await openDatabase(file, 'read');
  const types = new Map<string, number>();
  for await (const { event } of new Journal(database).stream()) {
    const type = nameOf(event);
    types.set(type, (types.get(type) ?? 0) + 1);
  }
  await database.close();
  return types;
}

function nameOf(event: DomainEvent): string {
  if (event.type === 'vm-state-changed') return `${event.type} ${event.cause}`;
  return event.type === 'reservation-ended' ? `${event.type} ${event.reason}` : event.type;
}
