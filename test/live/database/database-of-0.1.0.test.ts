// A service of version 0.1.0 is brought up to date in the middle of its work: nothing that it promised is lost, everything goes on to
// its end, and what it recorded can be replayed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DomainEvent } from '../../../engine/index.ts';
import { SCHEMA_VERSION } from '../../../live/database/migrations/migrations.ts';
import type { Database } from '../../../live/database/open-database.ts';
import { loadState } from '../../../live/recorder/recovery.ts';
import { asStoredBy010, replayEvents } from '../../../live/replay/from-0.1.0/replay-events.ts';
import { Recording } from '../../../live/replay/recording.ts';
import { repeat } from '../../../live/replay/replay.ts';
import { replayInputs } from '../../../live/replay/replay-inputs.ts';
import { JournalReports } from '../../../live/report/journal-reports.ts';
import { loadServedProvider } from '../../../scenarios/load/served-provider.ts';
import { csvTable } from '../../reports/checker/csv-table.ts';
import { StoppedTime, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { layDownDatabaseOf010, SETTINGS_OF_010, SHOWN_BY_010 } from '../../support/database-of-0.1.0.ts';
import { databases, openForTest, temporaryDirectory } from '../../support/databases.ts';
import { DAY, MINUTE } from '../../support/setup.ts';

const { nowMs, repeatable, sessions, ...shownBefore } = SHOWN_BY_010;
const { journal: journalBefore, ...shownOtherwise } = shownBefore;

const REPLAY = { version: 'test', env: {}, command: 'openpex replay openpex.db' };

/**
 * Operations fail as often as they did, but are tried until they succeed. Which of them fail depends on how many are carried out, a clean
 * stop that is given up at the instant of its end included (engine/provider/event-queue.ts): without this a promise would be kept or not by chance.
 */
const PATIENT_SETTINGS = `${SETTINGS_OF_010}manager: { maxAttempts: 20 }\n`;

async function goOn(databaseUrl: string, yaml = SETTINGS_OF_010) {
  const host = new StoppedTime(nowMs);
  const daemon = await startTestDaemon({ yaml, host, databaseUrl });
  onTestFinished(() => daemon.stop());
  const settle = async () => {
    // A command that changes nothing comes back when everything before it is committed.
    await daemon.service.commandInstance('none', 'stop');
  };
  return { daemon, pass: (durationMs: number) => host.moveTo(host.now() + durationMs, settle) };
}

async function shownBy({ call }: TestDaemon) {
  const get = async (path: string, user = 'operator') => (await call(user, 'GET', path)).body;
  const journal: { event: { type: string } }[] = await get('/journal?after=0&limit=500');
  const instances: { commands: unknown; name: string; vmID: string; status: string }[] = await get(
    '/instances?all=true&deleted=true&limit=500',
  );
  const reservations: Record<'confirmedTime' | 'endReason' | 'id' | 'kind' | 'outcome' | 'status', string>[] =
    await get('/reservations?all=true&limit=500');
  const counts: Record<string, number> = {};
  for (const { event } of journal) counts[event.type] = (counts[event.type] ?? 0) + 1;
  return {
    accounts: await get('/accounts'),
    ledgers: { ada: await get('/account/ledger', 'ada'), ben: await get('/account/ledger', 'ben') },
    nodes: await get('/nodes'),
    reservations: reservations.map(({ kind: _, ...shown }) => shown),
    instances: instances.map(({ commands: _, ...shown }) => shown),
    journal: counts,
  };
}

interface Outage {
  readonly cause: string;
  readonly endTimeMs: number | null;
}

/** What happened after version 0.1.0, without the numbers of the events: a replay has one more of its own at the beginning. */
async function recordedSince010(database: Database): Promise<unknown[]> {
  const recording = await Recording.open(database);
  const before = await recording.eventsWithoutInputs();
  const events: unknown[] = [];
  for await (const { seq, ...event } of recording.events()) if (seq > before) events.push(event);
  return events;
}

async function replayedSince010(database: Database): Promise<unknown[]> {
  const recording = await Recording.open(database);
  const before = await recording.eventsWithoutInputs();
  const provider = await loadServedProvider(recording.provider(), {});
  const setup = { ...provider.setup(), vmIdOf: await recording.vmIds() };
  const of010 = async function* () {
    for await (const event of recording.events()) {
      if (event.seq > before) return;
      yield event;
    }
  };
  const snapshot = asStoredBy010((await replayEvents({ setup, recording: of010(), onEvent: () => {} }))!);
  const events: unknown[] = [];
  await replayInputs({
    setup,
    snapshot,
    inputs: recording.inputs(),
    onCommit: (commit) => {
      for (const { seq: _, ...event } of commit.events) events.push(JSON.parse(JSON.stringify(event)));
    },
  });
  // The events of version 0.1.0 do not tell the addresses of VMs: that they have one is news to the replay, and nothing else is.
  return events.filter((event) => !isAddress(event as DomainEvent));
}

function isAddress(event: DomainEvent): boolean {
  return event.type === 'vm-state-changed' && event.cause === 'outside' && event.from === event.to;
}

describe.each(databases())('a database of version 0.1.0 on $name', ({ url }) => {
  test('is brought up to date, and shows what it showed before', async () => {
    const address = await url();
    await layDownDatabaseOf010(address);
    const { daemon } = await goOn(address);
    const { journal, ...shown } = await shownBy(daemon);
    const nodes = shown.nodes.map(
      ({ losses, notEmptied: _n, outages: _o, servedMs, ...node }: Record<string, unknown>) => {
        // Nor did it keep how nodes keep their word: they are watched since it stopped, a minute ago.
        expect([losses, servedMs]).toEqual(node['up'] ? [0, 60_000] : [1, 0]);
        return node;
      },
    );
    // Nor did it know of troubles, kept disks and names.
    const instances = shown.instances.map((instance) => {
      const { console, diskUntilTimeMs, reservationName, trouble, ...rest } = instance as Record<
        string,
        unknown
      >;
      expect([console, diskUntilTimeMs, reservationName, trouble]).toEqual([null, null, null, null]);
      return rest;
    });
    // Nor did it say when something was confirmed, and what became of it; and it had neither changes nor a queue nor a waitlist, nor terms left open, nor names, nor partners.
    const reservations = shown.reservations.map((reservation) => {
      const {
        change,
        confirmedTime: _c,
        leeway,
        name,
        note,
        outcome: _o,
        partner,
        queue,
        rank,
        requirements,
        startSlides,
        startsItself,
        waitlist,
        ...row
      }: typeof reservation &
        Partial<
          Record<
            | 'change'
            | 'leeway'
            | 'name'
            | 'note'
            | 'partner'
            | 'queue'
            | 'rank'
            | 'requirements'
            | 'startSlides'
            | 'startsItself'
            | 'waitlist',
            unknown
          >
        > = reservation;
      for (const value of [change, leeway, name, note, partner, queue, rank, requirements, waitlist])
        expect(value).toBeNull();
      expect([startSlides, startsItself]).toEqual([false, false]);
      return row;
    });
    // It took the window of what had failed for open, and limited what was held in no way.
    const before = {
      ...shownOtherwise,
      accounts: shownOtherwise.accounts.map((account: { quota: object }) => ({
        ...account,
        quota: { ...account.quota, heldCpuHours: 10_000, rolling: [] },
      })),
      reservations: shownOtherwise.reservations.map((row: { status: string; windowOpen: boolean }) => ({
        ...row,
        windowOpen: row.windowOpen && row.status === 'ACTIVATED',
      })),
    };
    expect({ ...shown, nodes, instances, reservations }).toEqual(before);
    // It did not ask when nodes are back: they are out of all windows until they are.
    const out: Outage[] = shown.nodes.flatMap(({ outages }: { outages: Outage[] }) => outages);
    expect(out.map(({ cause, endTimeMs }) => [cause, endTimeMs])).toEqual(
      shown.nodes.flatMap(({ inService, up }: { inService: boolean; up: boolean }) => [
        ...(inService ? [] : [['drained', null]]),
        ...(up ? [] : [['lost', null]]),
      ]),
    );
    expect(out.length).toBeGreaterThan(1);
    // The life that began now is entered.
    expect(journal).toEqual({ ...journalBefore, 'provider-joined': 1 });
    const database = await openForTest(address, 'read');
    const versions = await database.reads('schema_migrations').orderBy('version').select('version');
    expect(versions.at(-1)).toEqual({ version: SCHEMA_VERSION });
  });

  test('is decided on as it would have been, and comes to its end', async () => {
    const address = await url();
    await layDownDatabaseOf010(address);
    const { daemon, pass } = await goOn(address, PATIENT_SETTINGS);
    const { call } = daemon;
    const answer = async (user: string, session: string, body: object) =>
      (await call(user, 'PUT', `/reservations/${sessions[session]}`, body)).body.reply;
    const stateOf = async (name: string) => {
      const { body }: { body: { name: string; status: string }[] } = await call(
        'operator',
        'GET',
        '/instances?all=true&limit=500',
      );
      return body.find((vm) => vm.name === name)?.status;
    };

    // What was on offer still is.
    expect(await answer('ben', 'held', { reply: 'CONFIRM' })).toBe('REQUEST_SUCCESS');
    expect(await answer('ada', 'countered', { reply: 'ACCEPT' })).toBe('CONFIRM_REQUEST');
    expect(await answer('ada', 'countered', { reply: 'CONFIRM' })).toBe('REQUEST_SUCCESS');
    expect(await answer('ben', 'taken', { reply: 'CONFIRM' })).toBe('REQUEST_SUCCESS');
    expect(await answer('ada', 'displaced', { reply: 'ACCEPT' })).toBe('REQUEST_FAILED');

    // A VM that was suspended for want of room goes on when its node is back in service, and so does one that its user suspended.
    expect(await stateOf('ben-6')).toBe('SUSPENDED');
    await call('operator', 'PUT', '/nodes/blade-002/enable');
    const suspended = shownBefore.instances.find(({ name }: { name: string }) => name === 'ada-3');
    await call('ada', 'PUT', `/instances/${suspended.vmID}/resume`);
    await call('operator', 'PUT', '/nodes/blade-004/return');
    await pass(MINUTE);
    expect(await stateOf('ben-6')).toBe('RUNNING');
    expect(await stateOf('ada-3')).toBe('RUNNING');

    // New VMs are counted on from the old ones, in the optional instances that are left, too.
    const claim = await call('ada', 'POST', `/reservations/${sessions.smalls}/claim`, { count: 2 });
    expect(claim.body.granted).toBe(2);
    await pass(MINUTE);
    expect(await stateOf('ada-13')).toBe('RUNNING');
    await call('ada', 'PUT', `/reservations/${sessions.agreed}/activate`);

    await pass(8 * DAY);
    const { accounts, instances, ledgers, nodes, reservations } = await shownBy(daemon);
    const outcomes = Object.entries(sessions).map(([name, id]) => {
      const { endReason, outcome, status } = reservations.find((row) => row.id === id)!;
      return [name, `${outcome}: ${status} ${endReason}`];
    });
    expect(Object.fromEntries(outcomes)).toMatchInlineSnapshot(`
      {
        "active": "fulfilled: EXPIRED window-over",
        "again": "capacity-lost: FAILED node-drained",
        "agreed": "fulfilled: EXPIRED window-over",
        "cancelled": "cancelled: CANCELLED cancelled-by-user",
        "countered": "no-show: EXPIRED window-over",
        "declined": "declined: REJECTED declined",
        "displaced": "capacity-lost: FAILED node-drained",
        "held": "no-show: EXPIRED window-over",
        "kept": "fulfilled: EXPIRED window-over",
        "lapsed": "expired: EXPIRED hold-expired",
        "larges": "fulfilled: EXPIRED window-over",
        "lost": "failed: FAILED node-lost",
        "mediums": "fulfilled: EXPIRED window-over",
        "noShow": "no-show: EXPIRED window-over",
        "paid": "no-show: EXPIRED window-over",
        "refused": "rejected: REJECTED never-fits",
        "smalls": "fulfilled: EXPIRED window-over",
        "taken": "no-show: EXPIRED window-over",
        "whole": "fulfilled: EXPIRED window-over",
      }
    `);
    // Reports, which read the journal alone, call them the same.
    const database = await openForTest(address, 'read');
    const directory = join(temporaryDirectory(), 'report');
    await new JournalReports({ database, version: 'test' }).writeTo(directory);
    const table = (name: string) => csvTable(readFileSync(join(directory, name), 'utf8'));
    const told = new Map(
      [...table('negotiations.csv'), ...table('reservations.csv')].map((row) => [
        row['reservation_id'],
        row['outcome'],
      ]),
    );
    expect(reservations.map(({ id, outcome }) => [id, outcome])).toEqual(
      reservations.map(({ id }) => [id, told.get(id)]),
    );
    expect(new Set(instances.map(({ status }: { status: string }) => status))).toEqual(new Set(['DELETED']));
    for (const node of nodes)
      expect(node).toMatchObject({ up: true, inService: true, bookedCpus: 0, vms: 0 });
    for (const user of ['ada', 'ben'] as const) {
      const { balanceMicros } = accounts.find(({ username }: { username: string }) => username === user);
      const amounts: { amountMicros: number }[] = ledgers[user];
      expect(amounts.reduce((sum, { amountMicros }) => sum + amountMicros, 0)).toBe(balanceMicros);
    }
    expect((await loadState(database)).snapshot?.reservations).toEqual([]);

    // Up to the first stored input it is replayed from its events, and from there from its inputs.
    const result = await repeat({ ...REPLAY, database });
    const requests = Object.keys(sessions).length;
    expect(result).toEqual({ requests, alike: requests, differences: [] });
    expect(await replayedSince010(database)).toEqual(await recordedSince010(database));
  });

  test('knows the answer to a request that is sent again', async () => {
    const address = await url();
    await layDownDatabaseOf010(address);
    const { daemon } = await goOn(address);
    const response = await fetch(`${daemon.url}/OpenPEX/reservations`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa('ada:correct horse battery')}`,
        'content-type': 'application/json',
        'idempotency-key': repeatable.key,
      },
      body: JSON.stringify(repeatable.request),
    });
    expect(await response.json()).toMatchObject({ reply: 'ACCEPT', proposal: { id: sessions.agreed } });
  });

  test('is replayed as it was decided', async () => {
    const address = await url();
    await layDownDatabaseOf010(address);
    const database = await openForTest(address);
    const result = await repeat({ ...REPLAY, database });
    const requests = Object.keys(sessions).length;
    expect(result).toEqual({ requests, alike: requests, differences: [] });
  });
});
