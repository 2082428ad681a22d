import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Journal } from '../../../live/database/journal.ts';
import { loadState } from '../../../live/recorder/recovery.ts';
import { Program } from '../../support/child-process.ts';
import { databases, openForTest } from '../../support/databases.ts';
import { registerUser, TERMS } from '../database/scripted-manager.ts';

const compiled = (module: string) =>
  JSON.stringify(fileURLToPath(new URL(`../../../dist/live/${module}`, import.meta.url)));

/** Opens reservations as fast as it can, and prints the id of each when it may be told. */
const WORK = `
  import { randomUUID } from 'node:crypto';
  import { openDatabase } from ${compiled('database/open-database.js')};
  import { GroupCommit } from ${compiled('recorder/group-commit.js')};
  import { loadState } from ${compiled('recorder/recovery.js')};
  const [url, userId] = process.argv.slice(1);
  const proposal = ${JSON.stringify(TERMS)};
  const database = await openDatabase(url);
  const { snapshot } = await loadState(database);
  let seq = snapshot?.lastCommitSeq ?? 0;
  let lastEventSeq = snapshot?.lastEventSeq ?? 0;
  const recorder = new GroupCommit({ database, onFailed: (error) => { throw error; } });
  function open() {
    const reservationId = randomUUID().toUpperCase();
    const pieces = [{ nodeId: 'n1', startMs: 1, endMs: 2, use: 'run' }];
    const changed = [{
      reservationId, userId, origin: null, state: 'ACCEPTED', round: 1, proposal, priceMicros: 1, holdUntilMs: 1,
      windowOpen: false, openedMs: 0, optionsClaimed: 0, dueOrder: 0, end: null, instances: [{ number: 1, pieces, vm: null }],
    }];
    const command = { name: 'open', reservationId, userId, origin: null, proposal };
    const events = [
      { type: 'reservation-initiated', userId, origin: null },
      { type: 'proposal-received', round: 1, proposal },
      { type: 'offer-accepted', round: 1, priceMicros: 1, holdUntilMs: 1, pieces: [] },
    ].map((event) => ({ seq: ++lastEventSeq, atMs: 1, provider: 'p', reservationId, ...event }));
    const commit = {
      seq: ++seq, atMs: 1, input: { kind: 'command', command }, events, changed, provider: undefined,
      effects: [], armed: [], disarmed: [], reply: null,
    };
    recorder.record(commit, () => { console.log(reservationId); open(); });
  }
  for (let session = 0; session < 10; session++) open();
`;

describe.each(databases())('kill -9 on $name', ({ url }) => {
  test('every reply that was given survives, and what is stored is whole commands', async () => {
    const address = await url();
    const database = await openForTest(address);
    const { userId } = await registerUser(database);
    const told = new Set<string>();
    for (const replies of [1, 25, 60]) {
      const args = ['--input-type=module', '--eval', WORK, address, String(userId)];
      const worker = new Program(process.execPath, args);
      await worker.says(new RegExp(`(.+\\n){${replies}}`));
      const { code, signal, stdout } = await worker.end('SIGKILL');
      expect([code, signal]).toEqual([null, 'SIGKILL']);
      for (const [, id] of stdout.matchAll(/(.+)\n/g)) told.add(id!);
    }

    const { snapshot, lastSeq } = await loadState(database);
    const reservations = snapshot?.reservations ?? [];
    const stored = new Set(reservations.map(({ reservationId }) => reservationId));
    expect([...told].filter((id) => !stored.has(id))).toEqual([]);
    expect(told.size).toBeGreaterThanOrEqual(86);
    expect(lastSeq).toBe(3 * stored.size);
    const events = await new Journal(database).page({ limit: lastSeq + 1 });
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: lastSeq }, (_, index) => index + 1));
    for (const { instances, state } of reservations)
      expect([state, instances.length]).toEqual(['ACCEPTED', 1]);
  });
});
