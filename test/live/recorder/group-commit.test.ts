import { describe, expect, test } from 'vitest';
import type { PowerModel, RequestNote, ReservationSnapshot } from '../../../engine/index.ts';
import { AccountStore } from '../../../live/database/account-store.ts';
import { AnswerStore } from '../../../live/database/answer-store.ts';
import { InstanceStore } from '../../../live/database/instance-store.ts';
import { Journal } from '../../../live/database/journal.ts';
import { Ledger } from '../../../live/database/ledger.ts';
import { ReservationStore } from '../../../live/database/reservation-store.ts';
import { loadState } from '../../../live/recorder/recovery.ts';
import { databases } from '../../support/databases.ts';
import {
  accepted,
  confirmed,
  instance,
  registerUser,
  reservation,
  reservationId,
  type ScriptedEvent,
  ScriptedManager,
  TERMS,
  vm,
} from '../database/scripted-manager.ts';

const VM_1 = '11111111-0000-4000-8000-000000000001';
const VM_2 = '22222222-0000-4000-8000-000000000002';

describe.each(databases())('group commit on $name', ({ open }) => {
  test('commands of one turn are stored together and called back in order', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const [first, second] = [reservation(user, 1), reservation(user, 2)];
    manager.run('first', first, ...accepted(first));
    manager.run('empty', null);
    manager.run('second', second, ...accepted(second));
    expect(manager.log).toEqual([]);

    await manager.recorder.flushed();

    expect(manager.log).toEqual(['reply first', 'reply empty', 'reply second']);
    expect(await new Journal(database).page({ limit: 10 })).toEqual(manager.journal);
    expect(manager.journal.map(({ userId }) => userId)).toEqual(Array(6).fill(user.userId));
  });

  test('a command without events is called back at once when nothing is before it', async () => {
    const manager = new ScriptedManager(await open());
    manager.run('empty', null);
    expect(manager.log).toEqual(['reply empty']);
  });

  test('what is committed from within a callback goes into the next transaction', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const held = reservation(user, 1);
    manager.record({ changed: [held], events: accepted(held) }, () =>
      manager.run('confirm', { ...held, state: 'CONFIRMED' }, confirmed(held)),
    );

    await manager.recorder.flushed();

    expect(manager.log).toEqual(['reply confirm']);
    expect((await new ReservationStore(database).get(held.reservationId))?.state).toBe('CONFIRMED');
  });

  test('when a transaction fails, nothing of it is stored and nobody is ever called back', async () => {
    const database = await open();
    const user = await registerUser(database);
    const before = new ScriptedManager(database);
    const stored = reservation(user, 1);
    before.run('stored', stored, ...accepted(stored));
    await before.recorder.flushed();

    // It does not know all that is stored: as a second daemon would not.
    const manager = new ScriptedManager(database, { lastEventSeq: 2 });
    const lost = reservation(user, 2);
    manager.run('lost', lost, ...accepted(lost));
    await expect(manager.recorder.flushed()).rejects.toThrow(/inputs/);
    manager.run('late', lost, confirmed(lost));
    manager.run('late and empty', null);
    await expect(manager.recorder.flushed()).rejects.toThrow(/inputs/);

    expect(manager.log).toEqual(['failed']);
    expect(await new Journal(database).lastSeq()).toBe(3);
    const { snapshot, lastSeq } = await loadState(database);
    expect(lastSeq).toBe(3);
    expect(snapshot?.reservations).toEqual([stored]);
  });

  test('an error thrown by a callback stops the service, since its manager is unfit from there on', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const held = reservation(user, 1);
    manager.record({ changed: [held], events: accepted(held) }, () => {
      throw new Error('a bug');
    });
    manager.run('after', null);
    await expect(manager.recorder.flushed()).rejects.toThrow('a bug');
    expect(manager.log).toEqual(['failed']);
  });

  test('once it is closed nobody is called back, not even for what is being stored', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const stored = reservation(user, 1);
    manager.run('in flight', stored, ...accepted(stored));
    await new Promise((resolve) => setImmediate(resolve));
    manager.run('queued', null);
    const flushed = manager.recorder.flushed();
    manager.recorder.close();
    await expect(flushed).rejects.toThrow('the manager was abandoned');
    manager.run('late', null);
    // A transaction of its own, on the same connection where there is only one: after the one in flight.
    await expect.poll(async () => (await loadState(database)).lastSeq).toBe(3);

    expect(manager.log).toEqual([]);
    expect(manager.failure).toBeUndefined();
  });

  test('the negotiation is kept message by message', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const id = reservationId(1);
    const later = { ...TERMS, startMs: TERMS.startMs + 60_000 };
    const countered = reservation(user, 1, { state: 'COUNTERED', proposal: later });
    const offer = { priceMicros: 5_000, holdUntilMs: 60_000, pieces: [] };
    manager.run(
      'request',
      countered,
      { type: 'reservation-initiated', atMs: 10, reservationId: id, userId: countered.userId, origin: null },
      { type: 'proposal-received', atMs: 10, reservationId: id, round: 1, proposal: TERMS },
      { type: 'offer-countered', atMs: 10, reservationId: id, round: 1, proposal: later, ...offer },
    );
    const again = { ...TERMS, numInstancesFixed: 1 };
    manager.run(
      'counter',
      { ...countered, round: 2, proposal: again },
      { type: 'proposal-received', atMs: 20, reservationId: id, round: 2, proposal: again },
      { type: 'offer-accepted', atMs: 20, reservationId: id, round: 2, ...offer },
    );
    manager.run(
      'accept',
      { ...countered, round: 2 },
      { type: 'counter-accepted', atMs: 30, reservationId: id, round: 2 },
    );
    const ended = { state: 'REJECTED', reason: 'declined' } as const;
    manager.run(
      'decline',
      { ...countered, round: 2, state: 'REJECTED', end: ended, instances: [] },
      { type: 'offer-declined', atMs: 40, reservationId: id, round: 2, reason: 'too\0 dear' },
      {
        type: 'reservation-ended',
        atMs: 40,
        reservationId: id,
        ...ended,
        noShow: false,
        refundMicros: 0,
        penaltyMicros: 0,
      },
    );
    await manager.recorder.flushed();

    const offers = await new ReservationStore(database).offers(id);
    expect(
      offers.map(({ round, from, message, proposal, reason }) => [round, from, message, proposal, reason]),
    ).toEqual([
      [1, 'user', 'REQUEST', TERMS, null],
      [1, 'provider', 'COUNTER', later, null],
      [2, 'user', 'COUNTER', again, null],
      [2, 'provider', 'ACCEPT', again, null],
      [2, 'user', 'ACCEPT', null, null],
      [2, 'provider', 'CONFIRM_REQUEST', null, null],
      [2, 'user', 'REJECT', null, 'too\uFFFD dear'],
    ]);
  });

  test('the first answer is found again by the key of the request, for its user only', async () => {
    const database = await open();
    const user = await registerUser(database);
    const other = await registerUser(database, 'bob');
    const manager = new ScriptedManager(database);
    const held = reservation(user, 1);
    openAs(
      manager,
      held,
      { askedBy: String(user.userId), idempotencyKey: 'k', requestFingerprint: 'abc' },
      accepted(held),
    );
    const refused = reservation(user, 2, {
      state: 'REJECTED',
      end: { state: 'REJECTED', reason: 'never-fits' },
      instances: [],
    });
    const [initiated, proposed] = accepted(refused);
    const { end, reservationId } = refused;
    const rejected: ScriptedEvent = {
      type: 'reservation-ended',
      atMs: 10,
      reservationId,
      ...end!,
      noShow: false,
      refundMicros: 0,
      penaltyMicros: 0,
    };
    openAs(
      manager,
      refused,
      { askedBy: String(user.userId), idempotencyKey: 'big', requestFingerprint: 'def' },
      [initiated!, proposed!, rejected],
    );
    manager.run('confirm', { ...held, state: 'CONFIRMED' }, confirmed(held));
    await manager.recorder.flushed();

    const reservations = new ReservationStore(database);
    const answers = new AnswerStore(database);
    expect(await answers.find(user.userId, 'k')).toEqual({
      userId: user.userId,
      key: 'k',
      fingerprint: 'abc',
      atMs: expect.any(Number),
      reservationId: held.reservationId,
      reply: null,
    });
    expect(await reservations.firstReply(held.reservationId)).toEqual({
      proposal: TERMS,
      reply: { reply: 'ACCEPT', proposal: TERMS, priceMicros: 5_000, holdUntilMs: 60_000 },
    });
    expect(await answers.find(user.userId, 'big')).toMatchObject({ reservationId: refused.reservationId });
    expect(await reservations.firstReply(refused.reservationId)).toMatchObject({
      reply: { reply: 'REJECT', reason: 'never-fits' },
    });
    expect(await answers.find(other.userId, 'k')).toBeUndefined();
  });

  test('a price is charged at the confirmation, and what comes back is credited at the end', async () => {
    const database = await open();
    const user = await registerUser(database, 'alice', 20_000);
    const other = await registerUser(database, 'bob', 7);
    const manager = new ScriptedManager(database);
    const held = reservation(user, 1);
    const cheap = reservation(other, 2, { priceMicros: 3 });
    manager.run('request', held, ...accepted(held));
    manager.run('request', cheap, ...accepted(cheap));
    manager.run('confirm', { ...held, state: 'CONFIRMED' }, confirmed(held));
    manager.run('confirm', { ...cheap, state: 'CONFIRMED' }, confirmed(cheap));
    await manager.recorder.flushed();
    const ledger = new Ledger(database);
    expect(await ledger.balances()).toEqual(
      new Map([
        [user.userId, 15_000],
        [other.userId, 4],
      ]),
    );
    const end = { state: 'FAILED', reason: 'node-lost' } as const;
    manager.run(
      'lost',
      { ...held, state: 'FAILED', end, instances: [] },
      {
        type: 'reservation-ended',
        atMs: 30,
        reservationId: held.reservationId,
        ...end,
        noShow: false,
        refundMicros: 4_000,
        penaltyMicros: 700,
      },
    );
    await manager.recorder.flushed();

    expect((await new AccountStore(database).get(user.userId))?.balanceMicros).toBe(19_700);
    const { items } = await ledger.page({ userId: user.userId, limit: 10 });
    expect(items.map(({ kind, amountMicros }) => [kind, amountMicros])).toEqual([
      ['penalty', 700],
      ['refund', 4_000],
      ['charge', -5_000],
      ['deposit', 20_000],
    ]);
    expect(await new ReservationStore(database).get(held.reservationId)).toMatchObject({
      state: 'FAILED',
      endReason: 'node-lost',
      createdMs: 10,
      endedMs: 30,
      refundMicros: 4_000,
      penaltyMicros: 700,
    });
  });

  test('VMs are listed with their names while they exist, and as DELETED afterwards', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const active = reservation(user, 1, {
      state: 'ACTIVATED',
      instances: [
        instance(1, 'n1', vm(VM_1)),
        instance(2, 'n2', vm(VM_2, { nodeId: 'n2', ipAddress: null })),
      ],
    });
    const { reservationId } = active;
    manager.run('request', active, ...accepted(active), {
      type: 'reservation-activated',
      atMs: 15,
      reservationId,
    });
    await manager.recorder.flushed();
    // Another daemon goes on; the counter of names does too.
    const next = new ScriptedManager(database, (await loadState(database)).snapshot);
    const other = reservation(user, 2, {
      instances: [instance(1, 'n3', vm(VM_2.replace('2', '3')))],
    });
    next.run('other', other, ...accepted(other));
    const replaced = { ...active, instances: [instance(1, 'n3', vm(VM_1, { nodeId: 'n3' }))] };
    next.run('moved', replaced, {
      type: 'options-claimed',
      atMs: 20,
      reservationId,
      asked: 0,
      granted: 0,
      pieces: [],
    });
    await next.recorder.flushed();

    const instances = new InstanceStore(database);
    const present = await instances.list({ userId: user.userId, limit: 10 });
    expect(present.items.map(({ name, nodeId, number }) => [name, nodeId, number])).toEqual([
      ['alice-3', 'n1', 1],
      ['alice-1', 'n3', 1],
    ]);
    const all = await instances.list({ reservationId, includeDeleted: true, limit: 10 });
    expect(all.total).toBe(2);
    expect(all.items[0]).toMatchObject({
      vmId: VM_2,
      name: 'alice-2',
      state: 'DELETED',
      wanted: 'deleted',
      nodeId: 'n2',
    });
    expect(await new ReservationStore(database).get(reservationId)).toMatchObject({
      activatedInstances: 2,
      activatedMs: 15,
      nodeIds: ['n3'],
    });
    expect((await loadState(database)).snapshot?.reservations).toEqual([replaced, other]);
  });

  test('an event about a node stores what it changed, and the condition of the node', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const capacity = { milliCpus: 4_000, memoryMib: 3_584, diskGib: 200 };
    const power = { idleW: 100, peakW: 200 };
    const join = (nodeId: string, power: PowerModel | null = null, atMs = 1): ScriptedEvent => ({
      type: 'node-joined',
      atMs,
      nodeId,
      group: 'rack',
      capacity,
      power,
    });
    manager.run('start', null, join('n2'), join('n1', power), join('n3'));
    const moved = reservation(user, 1);
    manager.run('request', moved, ...accepted(moved));
    await manager.recorder.flushed();
    const after = { ...moved, instances: [instance(1, 'n2')] };
    manager.run('lost', after, { type: 'node-lost', atMs: 30, nodeId: 'n1', vmsLost: 0 });
    manager.run(
      'drained',
      null,
      { type: 'node-drained', atMs: 31, nodeId: 'n3' },
      { type: 'node-drained', atMs: 31, nodeId: 'n2' },
    );
    manager.run('enabled', null, { type: 'node-enabled', atMs: 32, nodeId: 'n2' });
    manager.run('joined again', null, join('n3', null, 32));
    await manager.recorder.flushed();

    const rows = await database
      .reads('nodes')
      .select('node_name', 'avail', 'in_service')
      .orderBy('node_name');
    expect(rows.map(({ avail, in_service, node_name }) => [node_name, !!avail, !!in_service])).toEqual([
      ['n1', false, true],
      ['n2', true, true],
      ['n3', true, false],
    ]);
    expect((await loadState(database)).snapshot).toEqual({
      atMs: 32,
      lastCommitSeq: 6,
      lastEventSeq: 11,
      reservations: [after],
      epitaphs: [],
      policyMemory: [],
      knownNodeIds: ['n1', 'n2', 'n3'],
      outages: [],
    });
  });

  test('a message about a reservation that nobody knows any more is journaled without an owner', async () => {
    const database = await open();
    const manager = new ScriptedManager(database);
    manager.run('late', null, {
      type: 'message-refused',
      atMs: 5,
      reservationId: reservationId(9),
      message: 'CONFIRM',
      reason: 'unknown-reservation',
    });
    await manager.recorder.flushed();
    expect(await new Journal(database).page({ limit: 2 })).toMatchObject([{ seq: 1, userId: null }]);
    expect((await loadState(database)).snapshot?.reservations).toEqual([]);
  });

  test('what happens to a reservation concerns its user, also where nothing of it changed', async () => {
    const database = await open();
    const users = [await registerUser(database), await registerUser(database, 'bob')];
    const [first, second] = users.map((user, i) => reservation(user, i + 1));
    const manager = new ScriptedManager(database);
    manager.run('first', first!, ...accepted(first!));
    manager.run('second', second!, ...accepted(second!));
    const refused = { type: 'plan-refused', edit: 'book', reason: 'no-room' } as const;
    const unknown = reservationId(9);
    // In one input, which changed neither.
    manager.run(
      'none',
      null,
      ...[second!.reservationId, first!.reservationId, unknown].map((id) => ({
        ...refused,
        atMs: 20,
        reservationId: id,
      })),
    );
    await manager.recorder.flushed();
    const stored = await new Journal(database).page({ limit: 10 });
    expect(stored.slice(-3).map(({ userId }) => userId)).toEqual([users[1]!.userId, users[0]!.userId, null]);
    expect(manager.journal).toEqual(stored);
    expect(manager.log).toEqual(['reply first', 'reply second', 'reply none']);
  });

  test('a reservation of thousands of instances is stored and changed', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const instances = Array.from({ length: 9_000 }, (_, index) => instance(index + 1, `n${index % 7}`));
    const huge = reservation(user, 1, { instances });
    manager.run('request', huge, ...accepted(huge));
    await manager.recorder.flushed();
    const smaller = { ...huge, instances: instances.filter(({ number }) => number % 3 > 0) };
    manager.run('shrunk', smaller, confirmed(huge));
    await manager.recorder.flushed();
    expect((await loadState(database)).snapshot?.reservations).toEqual([smaller]);
  });

  test('inputs are stored beside their events; what changed nothing is not', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const held = reservation(user, 1);
    const { reservationId } = held;
    manager.run('request', held, ...accepted(held));
    manager.record({ input: { kind: 'command', command: { name: 'activate', reservationId } } }, () => {});
    const due = { kind: 'start', reservationId, atMs: 20 } as const;
    manager.record({ changed: [{ ...held, windowOpen: true }], input: { kind: 'due', due } }, () => {});
    await manager.recorder.flushed();
    const rows = await database.reads('inputs').select('seq', 'kind', 'first_event').orderBy('seq');
    expect(rows).toEqual([
      { seq: 1, kind: 'command', first_event: 1 },
      { seq: 3, kind: 'due', first_event: null },
    ]);
    expect((await loadState(database)).snapshot).toMatchObject({
      lastCommitSeq: 3,
      reservations: [{ windowOpen: true }],
    });
  });

  test('several reservations that changed without an event are stored together, and stay in their order', async () => {
    const database = await open();
    const user = await registerUser(database);
    const before = new ScriptedManager(database);
    const all = [1, 2, 3].map((number) => reservation(user, number));
    for (const held of all) before.run('request', held, ...accepted(held));
    await before.recorder.flushed();
    const manager = new ScriptedManager(database, (await loadState(database)).snapshot);
    const changed = all.map((held) => ({ ...held, dueOrder: 7 })).reverse();
    manager.record({ changed }, () => {});
    await manager.recorder.flushed();
    expect((await loadState(database)).snapshot?.reservations).toEqual(changed.reverse());
  });

  test('the last that policies remember is stored with what made them', async () => {
    const database = await open();
    const manager = new ScriptedManager(database);
    const remembering = (memory: number) => ({
      knownNodeIds: [],
      outages: [],
      policyMemory: [{ kind: 'allocation', policy: 'round-robin', memory }],
    });
    manager.run('node', null, { type: 'node-returned', atMs: 1, nodeId: 'n1' });
    manager.record({ provider: remembering(1) }, () => {});
    manager.record({ provider: remembering(2) }, () => {});
    await manager.recorder.flushed();
    expect((await loadState(database)).snapshot?.policyMemory).toEqual(remembering(2).policyMemory);
  });

  test('how reservations ended is known afterwards, the oldest end first', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const end = { state: 'EXPIRED', reason: 'hold-expired' } as const;
    for (const [number, atMs] of [
      [1, 40],
      [2, 30],
    ] as const) {
      const ended = reservation(user, number, { state: 'EXPIRED', end, instances: [] });
      const told = { ...end, noShow: false, refundMicros: 0, penaltyMicros: 0 };
      const { reservationId } = ended;
      manager.run('ended', ended, ...accepted(ended), {
        type: 'reservation-ended',
        atMs,
        reservationId,
        ...told,
      });
    }
    await manager.recorder.flushed();
    expect((await loadState(database)).snapshot?.epitaphs).toEqual([
      { reservationId: reservationId(2), ...end },
      { reservationId: reservationId(1), ...end },
    ]);
  });

  test('a deleted VM is told as long as its reservation is alive, and forgotten with it', async () => {
    const database = await open();
    const user = await registerUser(database);
    const manager = new ScriptedManager(database);
    const gone = vm(VM_1, { state: 'DELETED', wanted: 'deleted', guestDone: true });
    const active = reservation(user, 1, { state: 'ACTIVATED', instances: [instance(1, 'n1', gone)] });
    manager.run('request', active, ...accepted(active));
    await manager.recorder.flushed();
    expect((await loadState(database)).snapshot?.reservations).toEqual([active]);
    const { reservationId } = active;
    const end = { state: 'EXPIRED', reason: 'completed' } as const;
    const told = { ...end, noShow: false, refundMicros: 0, penaltyMicros: 0 };
    manager.run(
      'ended',
      { ...active, state: 'EXPIRED', end },
      {
        type: 'reservation-ended',
        atMs: 50,
        reservationId,
        ...told,
      },
    );
    await manager.recorder.flushed();
    expect((await loadState(database)).snapshot?.reservations).toEqual([]);
  });
});

function openAs(
  manager: ScriptedManager,
  held: ReservationSnapshot,
  note: RequestNote,
  events: readonly ScriptedEvent[],
): void {
  const { origin, reservationId, userId } = held;
  const command = { name: 'open', reservationId, userId, origin, proposal: TERMS, note } as const;
  manager.record({ changed: [held], events, input: { kind: 'command', command } }, () => {});
}
