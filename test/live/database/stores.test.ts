import { describe, expect, test } from 'vitest';
import { InstanceStore } from '../../../live/database/instance-store.ts';
import { Journal } from '../../../live/database/journal.ts';
import { Ledger } from '../../../live/database/ledger.ts';
import { ReservationStore } from '../../../live/database/reservation-store.ts';
import { SettingsStore } from '../../../live/database/settings-store.ts';
import { TemplateStore } from '../../../live/database/template-store.ts';
import type { Page } from '../../../live/records.ts';
import { databases } from '../../support/databases.ts';
import {
  accepted,
  confirmed,
  instance,
  registerUser,
  reservation,
  reservationId,
  ScriptedManager,
  TERMS,
  vm,
} from './scripted-manager.ts';

async function everyPage<T>(read: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let page = await read(undefined);
  items.push(...page.items);
  while (page.nextCursor !== null) {
    page = await read(page.nextCursor);
    items.push(...page.items);
  }
  return items;
}

describe.each(databases())('lists on $name', ({ open }) => {
  test('ten thousand reservations are listed page by page, newest first, while more come in', async () => {
    const database = await open();
    const users = [await registerUser(database, 'alice'), await registerUser(database, 'bob')];
    const manager = new ScriptedManager(database);
    const add = async (from: number, to: number) => {
      for (let number = from; number <= to; number++) {
        const held = reservation(users[number % 2]!, number, { instances: [] });
        manager.run('request', held, ...accepted(held));
      }
      await manager.recorder.flushed();
    };
    await add(1, 10_000);
    const reservations = new ReservationStore(database);
    const first = await reservations.list({ limit: 500 });
    expect(first.total).toBe(10_000);
    await add(10_001, 10_100);
    const rest = await everyPage((cursor) =>
      reservations.list({ limit: 500, cursor: cursor ?? first.nextCursor! }),
    );
    const numbers = [...first.items, ...rest].map((item) => Number(item.reservationId.slice(-12)));
    expect(numbers).toEqual(Array.from({ length: 10_000 }, (_, index) => 10_000 - index));

    const alices = await everyPage((cursor) =>
      reservations.list({
        userId: users[0]!.userId,
        limit: 499,
        ...(cursor === undefined ? {} : { cursor }),
      }),
    );
    expect(alices).toHaveLength(5_050);
    expect(new Set(alices.map(({ username }) => username))).toEqual(new Set(['alice']));
    await expect(reservations.list({ limit: 5, cursor: '-1' })).rejects.toMatchObject({
      code: 'PEX_BAD_REQUEST',
    });
  });

  test('reservations are listed by state', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    for (const number of [1, 2, 3]) {
      const held = reservation(user, number);
      manager.run('request', held, ...accepted(held));
    }
    manager.run('confirm', reservation(user, 2, { state: 'CONFIRMED' }), confirmed(reservation(user, 2)));
    await manager.recorder.flushed();
    const reservations = new ReservationStore(database);
    const agreed = await reservations.list({ states: ['CONFIRMED', 'ACTIVATED'], limit: 10 });
    expect(agreed.total).toBe(1);
    expect(agreed.items).toMatchObject([
      { reservationId: reservationId(2), proposal: TERMS, nodeIds: ['n1', 'n2'] },
    ]);
    expect(agreed.items[0]?.holdUntilMs).toBeNull();
    const held = await reservations.list({ states: ['ACCEPTED'], limit: 10 });
    expect(held.items.map(({ holdUntilMs }) => holdUntilMs)).toEqual([60_000, 60_000]);
    expect((await reservations.list({ states: [], limit: 10 })).items).toEqual([]);
    expect(await reservations.get(reservationId(9))).toBeUndefined();
  });

  test('those of several states are listed page by page in one order', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    for (const number of [1, 2, 3, 4, 5, 6, 7]) {
      const held = reservation(user, number);
      manager.run('request', held, ...accepted(held));
    }
    for (const number of [1, 4, 6])
      manager.run(
        'confirm',
        reservation(user, number, { state: 'CONFIRMED' }),
        confirmed(reservation(user, number)),
      );
    await manager.recorder.flushed();
    const reservations = new ReservationStore(database);
    const { userId } = user;
    const listed = await everyPage((cursor) =>
      reservations.list({
        userId,
        states: ['CONFIRMED', 'ACCEPTED', 'CONFIRMED'],
        limit: 2,
        ...(cursor === undefined ? {} : { cursor }),
      }),
    );
    expect(listed.map((each) => each.reservationId)).toEqual([7, 6, 5, 4, 3, 2, 1].map(reservationId));
  });

  test('instances are listed page by page, by user and by reservation', async () => {
    const database = await open();
    const alice = await registerUser(database, 'alice');
    const bob = await registerUser(database, 'bob');
    const manager = new ScriptedManager(database);
    for (const [number, user] of [alice, bob, alice].entries()) {
      const instances = [1, 2, 3].map((at) =>
        instance(
          at,
          'n1',
          vm(`${number}${at}000000-0000-4000-8000-000000000000`, { parkedSinceMs: at === 1 ? 77 : null }),
        ),
      );
      const active = reservation(user, number, { state: 'ACTIVATED', windowOpen: number === 1, instances });
      manager.run('request', active, ...accepted(active));
    }
    await manager.recorder.flushed();
    const store = new InstanceStore(database);
    const all = await everyPage((cursor) =>
      store.list({ limit: 2, ...(cursor === undefined ? {} : { cursor }) }),
    );
    expect(all.map(({ name }) => name)).toEqual([
      'alice-9',
      'alice-8',
      'alice-7',
      'bob-6',
      'bob-5',
      'bob-4',
      'alice-3',
      'alice-2',
      'alice-1',
    ]);
    expect((await store.list({ userId: bob.userId, limit: 10 })).total).toBe(3);
    expect(
      (await store.list({ reservationId: reservationId(0), limit: 10 })).items.map(({ number }) => number),
    ).toEqual([3, 2, 1]);
    expect(await store.get('11000000-0000-4000-8000-000000000000')).toEqual({
      vmId: '11000000-0000-4000-8000-000000000000',
      reservationId: reservationId(1),
      number: 1,
      userId: bob.userId,
      username: 'bob',
      name: 'bob-4',
      reservationName: null,
      state: 'RUNNING',
      wanted: 'running',
      parkedSinceMs: 77,
      trouble: null,
      keptUntilMs: null,
      windowOpen: true,
      nodeId: 'n1',
      ipAddress: '10.0.0.1',
      loadPermille: 250,
      type: 'SMALL',
      demand: TERMS.demand,
      template: 'Debian',
      startMs: TERMS.startMs,
      endMs: TERMS.startMs + TERMS.durationMs,
    });
    expect(await store.get('02000000-0000-4000-8000-000000000000')).toMatchObject({
      parkedSinceMs: null,
      windowOpen: false,
    });
    expect(await store.get('none')).toBeUndefined();
  });

  test('the journal is read forwards, backwards, by user and by type, and streamed whole', async () => {
    const database = await open();
    const alice = await registerUser(database, 'alice');
    const bob = await registerUser(database, 'bob');
    const manager = new ScriptedManager(database);
    for (let number = 1; number <= 700; number++) {
      const held = reservation(number % 2 === 0 ? alice : bob, number, { instances: [] });
      manager.run('request', held, ...accepted(held));
    }
    await manager.recorder.flushed();
    const journal = new Journal(database);
    expect(await journal.lastSeq()).toBe(2_100);
    const seqs = async (query: Parameters<Journal['page']>[0]) =>
      (await journal.page(query)).map(({ seq }) => seq);
    expect(await seqs({ afterSeq: 2_097, limit: 10 })).toEqual([2_098, 2_099, 2_100]);
    expect(await seqs({ limit: 2, newestFirst: true })).toEqual([2_100, 2_099]);
    expect(await seqs({ limit: 4, userId: alice.userId })).toEqual([4, 5, 6, 10]);
    expect(await seqs({ limit: 3, types: ['offer-accepted'], userId: bob.userId })).toEqual([3, 9, 15]);
    const { event } = (await journal.page({ afterSeq: 3, limit: 1 }))[0]!;
    const { reservationId } = event as { readonly reservationId: string };
    const asked: { readonly sql: string; readonly bindings: readonly unknown[] }[] = [];
    database.knex.on('query', (query) => asked.push(query));
    database.reads.on('query', (query) => asked.push(query));
    expect(await seqs({ limit: 9, newestFirst: true, reservationId })).toEqual([6, 5, 4]);
    // By its index, and not by looking at every event.
    if (database.knex.client.config.client !== 'pg') {
      const { bindings, sql } = asked[0]!;
      const plan = await database.knex.raw(`explain query plan ${sql}`, [...bindings] as string[]);
      expect(JSON.stringify(plan)).toContain('USING INDEX journal_request_id_seq_index');
    }
    const streamed = [];
    for await (const event of journal.stream()) streamed.push(event);
    expect(streamed).toEqual(manager.journal);
  });
});

describe.each(databases())('ledger, settings and templates on $name', ({ open }) => {
  test('every balance is the sum of its entries, through deposits and reservations at the same time', async () => {
    const database = await open();
    const users = [await registerUser(database, 'alice', 50_000), await registerUser(database, 'bob', 9)];
    const ledger = new Ledger(database);
    const manager = new ScriptedManager(database);
    const deposits = Array.from({ length: 20 }, (_, index) =>
      ledger.deposit({
        userId: users[index % 2]!.userId,
        amountMicros: index * 100 - 700,
        note: `no. ${index}`,
        atMs: index,
      }),
    );
    for (let number = 1; number <= 20; number++) {
      const held = reservation(users[number % 2]!, number);
      manager.run('request', held, ...accepted(held));
      manager.run('confirm', { ...held, state: 'CONFIRMED' }, confirmed(held));
    }
    await Promise.all([...deposits, manager.recorder.flushed()]);
    const balances = await ledger.balances();
    expect([...balances.keys()]).toEqual(users.map(({ userId }) => userId));
    for (const { userId } of users) {
      const entries = await everyPage((cursor) =>
        ledger.page({ userId, limit: 7, ...(cursor === undefined ? {} : { cursor }) }),
      );
      expect(entries).toHaveLength(21);
      expect(entries.reduce((sum, { amountMicros }) => sum + amountMicros, 0)).toBe(balances.get(userId));
    }
    await expect(ledger.deposit({ userId: 99, amountMicros: 1, note: '', atMs: 0 })).rejects.toMatchObject({
      code: 'PEX_NOT_FOUND',
    });
  });

  test('a setting is what was set last', async () => {
    const settings = new SettingsStore(await open());
    expect(await settings.get('clock')).toBeUndefined();
    await settings.set('clock', { speed: 60 });
    await settings.set('clock', { speed: 1, since: null });
    expect(await settings.get('clock')).toEqual({ speed: 1, since: null });
  });

  test('templates are those of the configuration, in its order', async () => {
    const templates = new TemplateStore(await open());
    await templates.replaceAll([
      { name: 'Old', description: '' },
      { name: 'Debian', description: 'as it was' },
    ]);
    const wanted = [
      { name: 'Debian', description: 'Debian 13' },
      { name: 'Alpine', description: 'small' },
    ];
    await templates.replaceAll(wanted);
    expect(await templates.list()).toEqual(wanted);
    await templates.replaceAll([]);
    expect(await templates.list()).toEqual([]);
  });
});
