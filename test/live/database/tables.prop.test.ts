// For every table: rows that are written, changed and read back are what they should be. Keys are drawn from so few that most rows are
// written more than once. Which fields stay as they were is said here once more, so that a table that forgets to update one is noticed.
import fc from 'fast-check';
import type { Knex } from 'knex';
import { describe, expect, test } from 'vitest';
import type { Fields, Row, Scalar } from '../../../live/database/field.ts';
import type { Database } from '../../../live/database/open-database.ts';
import type { NewRecordOf, Table } from '../../../live/database/table.ts';
import {
  ACCESS_KEYS,
  ANSWERS,
  ARCHIVES,
  AUDIT,
  BOOKINGS,
  CHECKPOINTS,
  EC2_GROUPS,
  EC2_KEY_PAIRS,
  EC2_SLOTS,
  EC2_TAGS,
  GUEST_DATA,
  GUEST_KEYS,
  IDENTITIES,
  IMAGE_STATE,
  INPUTS,
  INSTANCES,
  JOURNAL,
  LEDGER,
  MANAGED_LEASES,
  MANAGED_SERVICES,
  NODES,
  NOTICES,
  NOTIFICATION_CHOICES,
  OFFERS,
  OUTAGES,
  PASSAGES,
  PROJECT_MEMBERS,
  RESERVATION_LABELS,
  RESERVATIONS,
  SESSIONS,
  SETTINGS,
  TABLES,
  TEMPLATES,
  TOKENS,
  USERS,
} from '../../../live/database/tables.ts';
import { databases } from '../../support/databases.ts';
import { runs } from '../../support/fast-check.ts';
import {
  ends,
  origins,
  outages,
  pieces,
  progresses,
  proposals,
  resources,
  small,
  states,
  text,
  vms,
  whole,
} from '../stored-values.ts';
import { accepted, registerUser, reservation, reservationId, ScriptedManager } from './scripted-manager.ts';

type Stored = Readonly<Record<string, unknown>>;

/** A table whatever its records are. */
interface AnyTable {
  readonly name: string;
  read(row: Row): Stored;
  write(values: Stored): Record<string, Scalar>;
  create(trx: Knex, values: Stored): Promise<Stored>;
  save(trx: Knex, records: readonly Stored[]): Promise<void>;
}

interface Case {
  readonly name: string;
  readonly table: AnyTable;
  readonly records: fc.Arbitrary<Stored>;
  readonly rules: Rules;
}

interface Rules {
  /** The key of a record; absent when it is numbered. */
  readonly key?: (values: never) => unknown;
  /** The field with the number that the database gives to a row: every writing makes one more. */
  readonly numbered?: string;
  /** Fields that a second writing leaves as they are. */
  readonly kept?: readonly string[];
  /** Fields that a second writing leaves as they are when it has null for them. */
  readonly filled?: readonly string[];
}

function caseOf<F extends Fields>(
  table: Table<F>,
  rules: Rules,
  records: fc.Arbitrary<NewRecordOf<F>>,
): Case {
  return { name: table.name, table, records: records as fc.Arbitrary<Stored>, rules };
}

const KEYS = 3;
const users = fc.constantFrom(1, 2);
const reservations = fc.nat(KEYS - 1).map(reservationId);
const vmIds = fc.nat(KEYS - 1).map((number) => `${number}0000000-0000-4000-8000-000000000000`);
const names = fc.constantFrom('a', 'b', 'c');
const numbers = fc.nat(KEYS - 1);
const numberOf = (name: string) => String(['a', 'b', 'c'].indexOf(name));
/** Of a row whose number among the few is this; never that of another. */
const ownOf = (value: number, key: string) => value * KEYS + Number(key[0] === '0' ? key.at(-1) : key[0]);

const providers = fc.record({
  atMs: whole(),
  lastCommitSeq: whole(),
  lastEventSeq: whole(),
  reservations: fc.constant([]),
  epitaphs: fc.constant([]),
  knownNodeIds: fc.array(text(), { maxLength: 2 }),
  outages: fc.constant([]),
  policyMemory: fc.constant([]),
});

const CASES: readonly Case[] = [
  caseOf(
    USERS,
    { numbered: 'userId' },
    fc
      .record({
        username: text(),
        password: text(),
        fullName: text(),
        email: text(),
        role: fc.constantFrom('user', 'operator'),
        kind: fc.constantFrom('person', 'project'),
        disabled: fc.boolean(),
        balanceMicros: whole(),
        quota: fc.option(
          fc.oneof(
            fc.record({ reservations: small(), vcpus: small() }),
            fc.record({ reservations: small() }),
            fc.record({ vcpus: small() }),
            fc.record({
              rolling: fc.array(
                fc.record({
                  of: text(),
                  periodMs: whole(),
                  hours: fc.double({ min: 0, noNaN: true }).map((hours) => hours || 0),
                }),
              ),
            }),
          ),
        ),
        createdMs: whole(),
        deletedMs: fc.option(whole()),
        unique: fc.uuid(),
      })
      .map(({ unique, ...user }) => ({
        ...user,
        username: `${user.username}${unique}`,
        email: `${user.email}${unique}`,
      })),
  ),
  caseOf(
    SESSIONS,
    { key: ({ tokenHash }: { tokenHash: string }) => tokenHash },
    fc.record({ tokenHash: names, userId: users, seenMs: whole(), expiresMs: whole() }),
  ),
  caseOf(
    TEMPLATES,
    { key: ({ name }: { name: string }) => name },
    fc.record(
      { name: names, description: text(), position: small(), login: text() },
      { requiredKeys: ['name', 'description', 'position'] },
    ),
  ),
  caseOf(
    GUEST_KEYS,
    { key: ({ userId }: { userId: number }) => String(userId) },
    fc.record({ userId: whole(5), sshKeys: fc.array(text()) }),
  ),
  caseOf(
    GUEST_DATA,
    { key: ({ reservationId }: { reservationId: string }) => reservationId },
    fc.record({ reservationId: names, userData: text() }),
  ),
  caseOf(
    RESERVATION_LABELS,
    { key: ({ reservationId }: { reservationId: string }) => reservationId },
    fc.record({
      reservationId: names,
      name: fc.option(text()),
      note: fc.option(text()),
    }),
  ),
  caseOf(
    NODES,
    { key: ({ nodeId }: { nodeId: string }) => nodeId, kept: ['up', 'inService'] },
    fc.record({
      nodeId: names,
      group: text(),
      capacity: resources,
      power: fc.option(fc.record({ idleW: whole(1_000), peakW: whole(1_000) })),
      up: fc.boolean(),
      inService: fc.boolean(),
    }),
  ),
  caseOf(
    OUTAGES,
    { key: ({ outage }: { outage: { outageId: string } }) => outage.outageId },
    fc.record({
      outage: fc
        .record({ id: names, outage: outages })
        .map(({ id, outage }) => ({ ...outage, outageId: id })),
      position: small(),
    }),
  ),
  caseOf(
    RESERVATIONS,
    {
      key: (values: { reservationId: string }) => values.reservationId,
      kept: ['origin', 'createdMs', 'openedSeq'],
      filled: ['confirmedMs', 'activatedMs', 'endedMs', 'noShow', 'refundMicros', 'penaltyMicros'],
    },
    fc
      .record({
        reservationId: reservations,
        userId: users,
        state: states,
        round: whole(100),
        proposal: fc.option(proposals, { freq: 10 }),
        priceMicros: whole(),
        holdUntilMs: whole(),
        outsourced: fc.option(
          fc.record({ partner: text(), reservationId: text(), priceMicros: whole(), holdUntilMs: whole() }),
          { nil: undefined },
        ),
        windowOpen: fc.boolean(),
        optionsClaimed: whole(10_000),
        end: fc.option(ends),
        origin: fc.option(origins),
        openedMs: whole(),
        progress: fc.option(progresses, { nil: undefined }),
        dueOrder: whole(),
        createdMs: whole(),
        confirmedMs: fc.option(whole()),
        activatedMs: fc.option(whole()),
        endedMs: fc.option(whole()),
        noShow: fc.option(fc.boolean()),
        refundMicros: fc.option(whole()),
        penaltyMicros: fc.option(whole()),
        openedSeq: whole(1_000_000),
      })
      .map(({ end, outsourced, progress, ...values }) => ({
        ...values,
        ...(outsourced && { outsourced }),
        ...(progress && { progress }),
        state: end?.state ?? values.state,
        endReason: end?.reason ?? null,
        openedSeq: ownOf(values.openedSeq, values.reservationId),
      })),
  ),
  caseOf(
    BOOKINGS,
    { key: (values: { reservationId: string; number: number }) => [values.reservationId, values.number] },
    fc.record({
      reservationId: reservations,
      number: numbers,
      nodeId: text(),
      pieces: fc.option(fc.array(pieces, { maxLength: 3 })),
    }),
  ),
  caseOf(
    INSTANCES,
    {
      key: ({ vm }: { vm: { vmId: string } }) => vm.vmId,
      kept: ['reservationId', 'number', 'userId', 'instanceNo'],
    },
    fc
      .record({
        vmId: vmIds,
        vm: vms,
        reservationId: reservations,
        number: small(),
        userId: users,
        instanceNo: whole(1_000_000),
      })
      .map(({ vmId, ...values }) => ({
        ...values,
        vm: { ...values.vm, vmId },
        instanceNo: ownOf(values.instanceNo, vmId),
      })),
  ),
  caseOf(
    TOKENS,
    { key: ({ tokenHash }: { tokenHash: string }) => tokenHash },
    fc
      .record({
        tokenHash: names,
        userId: users,
        name: text(),
        scope: fc.constantFrom('read', 'use', 'operate'),
        createdMs: whole(),
        expiresMs: fc.option(whole()),
        usedMs: fc.option(whole()),
      })
      .map((values) => ({ ...values, tokenId: `id of ${values.tokenHash}` })),
  ),
  caseOf(
    ACCESS_KEYS,
    { key: ({ accessKeyId }: { accessKeyId: string }) => accessKeyId },
    fc.record({
      accessKeyId: names,
      userId: users,
      createdMs: whole(),
      expiresMs: fc.option(whole()),
      usedMs: fc.option(whole()),
      secret: text(),
    }),
  ),
  caseOf(
    EC2_GROUPS,
    { key: ({ groupId }: { groupId: string }) => groupId },
    fc
      .record({
        groupId: names,
        userId: users,
        kind: fc.constantFrom('launch' as const, 'capacity' as const, 'offering' as const),
        createdMs: whole(),
        fingerprint: text(),
        isSettled: fc.boolean(),
        terms: fc.record({ instanceType: text(), imageId: text() }),
        hasToken: fc.boolean(),
      })
      .map(({ hasToken, ...values }) => ({ ...values, token: hasToken ? `of ${values.groupId}` : null })),
  ),
  caseOf(
    EC2_SLOTS,
    { key: (values: { reservationId: string }) => values.reservationId },
    fc.record({
      reservationId: reservations,
      userId: users,
      capacityId: fc.option(text()),
      launchId: fc.option(text()),
      launchIndex: small(),
    }),
  ),
  caseOf(
    EC2_KEY_PAIRS,
    { key: ({ pairId }: { pairId: string }) => pairId },
    fc
      .record({
        pairId: names,
        userId: users,
        type: fc.constantFrom('rsa' as const, 'ed25519' as const),
        fingerprint: text(),
        publicKey: text(),
        createdMs: whole(),
      })
      .map((values) => ({ ...values, name: `name of ${values.pairId}` })),
  ),
  caseOf(
    EC2_TAGS,
    {
      key: (values: { userId: number; resourceId: string; key: string }) => [
        values.userId,
        values.resourceId,
        values.key,
      ],
    },
    fc.record({ userId: users, resourceId: names, key: names, value: text() }),
  ),
  caseOf(
    OFFERS,
    { key: ({ seq, step }: { seq: number; step: number }) => [seq, step] },
    fc.record({
      seq: numbers,
      step: numbers,
      reservationId: reservations,
      round: whole(100),
      atMs: whole(),
      from: fc.constantFrom('user', 'provider'),
      message: text(),
      proposal: fc.option(proposals),
      priceMicros: fc.option(whole()),
      holdUntilMs: fc.option(whole()),
      reason: fc.option(text()),
      details: fc.option(
        fc.record(
          {
            alternatives: fc.array(fc.record({ proposal: proposals, priceMicros: whole() }), {
              maxLength: 2,
            }),
            bottleneck: fc.record({
              by: fc.constant('price' as const),
              priceMicros: whole(),
              maxPriceMicros: whole(),
            }),
          },
          { requiredKeys: [] },
        ),
      ),
    }),
  ),
  caseOf(
    AUDIT,
    { numbered: 'entryId' },
    fc.record({
      atMs: whole(),
      userId: fc.option(small()),
      username: fc.option(text()),
      forUserId: fc.option(small()),
      cameBy: fc.constantFrom('password', 'nothing'),
      address: text(),
      action: text(),
      // Which row is which.
      target: fc.uuid(),
      status: small(),
      code: fc.option(text()),
      times: small(),
    }),
  ),
  caseOf(
    IDENTITIES,
    { key: (values: { issuer: string; subject: string }) => [values.issuer, values.subject] },
    fc.record({ issuer: names, subject: names, userId: users }),
  ),
  caseOf(
    PROJECT_MEMBERS,
    { key: (values: { projectId: number; userId: number }) => [values.projectId, values.userId] },
    fc.record({ projectId: users, userId: users, role: fc.constantFrom('member', 'manager') }),
  ),
  caseOf(
    MANAGED_SERVICES,
    {
      key: ({ serviceId }: { serviceId: string }) => serviceId,
      kept: ['serviceNo'],
    },
    fc
      .record({
        serviceId: names,
        serviceNo: fc.nat(100_000),
        userId: users,
        name: text(),
        state: fc.constantFrom('SUBMITTED' as const, 'RUNNING' as const, 'ENDED' as const),
        manifest: text(),
        submittedMs: whole(),
        holdUntilMs: whole(),
        confirmedMs: fc.option(whole()),
        endedMs: fc.option(whole()),
        endReason: fc.option(fc.constantFrom('declined' as const, 'hold-expired' as const)),
        lookedMs: whole(),
        memory: fc.record({ components: fc.constant({}), counts: fc.dictionary(text(), whole(100)) }),
        measured: fc.dictionary(text(), whole()),
        figures: fc.dictionary(text(), whole()),
        probed: fc.dictionary(text(), fc.record({ value: whole(), atMs: whole() })),
      })
      .map(({ serviceNo, ...values }) => ({
        ...values,
        serviceNo: ownOf(serviceNo, numberOf(values.serviceId)),
      })),
  ),
  caseOf(
    MANAGED_LEASES,
    { key: (values: { serviceId: string; leaseId: string }) => [values.serviceId, values.leaseId] },
    fc.record({
      serviceId: fc.constant('service 1'),
      leaseId: names,
      component: text(),
      askedMs: whole(),
      startMs: whole(),
      endMs: whole(),
      size: fc.oneof(text(), resources),
      state: fc.constantFrom('WANTED' as const, 'BOOKED' as const, 'RELEASED' as const),
      sinceMs: whole(),
      reason: fc.option(text()),
      reservationId: fc.option(reservations),
      priceMicros: fc.option(whole()),
    }),
  ),
  caseOf(
    NOTICES,
    { numbered: 'noticeId' },
    fc.record({
      userId: users,
      kind: fc.constantFrom('failed', 'test'),
      reservationId: fc.option(text()),
      dueMs: whole(),
      facts: fc.record({ atMs: whole(), reason: text() }),
      channel: fc.option(fc.constantFrom('email', 'webhook')),
      // Which row is which.
      tryMs: fc.maxSafeInteger(),
      addressedMs: fc.option(whole()),
      attempts: small(),
    }),
  ),
  caseOf(
    NOTIFICATION_CHOICES,
    { key: ({ userId }: { userId: number }) => userId },
    fc.record({
      userId: users,
      email: fc.subarray(['started', 'failed'] as const),
      webhook: fc.subarray(['started', 'failed'] as const),
      webhookUrl: fc.option(text()),
      webhookSecret: fc.option(text()),
      webhookTrouble: fc.option(fc.record({ atMs: whole(), reason: text() })),
    }),
  ),
  caseOf(
    PASSAGES,
    { key: (values: { reservationId: string }) => values.reservationId },
    fc.record({
      seq: whole(),
      reservationId: reservations,
      partner: text(),
      partnerReservationId: text(),
      priceMicros: whole(),
      offeredMs: whole(),
      endsMs: whole(),
      confirmedMs: fc.option(whole()),
      settledMs: fc.option(whole()),
      refundMicros: whole(),
      penaltyMicros: whole(),
    }),
  ),
  caseOf(
    LEDGER,
    { numbered: 'entryId' },
    fc.record({
      userId: users,
      atMs: whole(),
      kind: fc.constantFrom('deposit', 'charge', 'refund', 'penalty', 'transfer'),
      amountMicros: fc.maxSafeInteger(),
      reservationId: fc.option(reservations),
      note: fc.uuid(),
    }),
  ),
  caseOf(
    ANSWERS,
    { key: (values: { userId: number; key: string }) => [values.userId, values.key] },
    fc.record({
      userId: users,
      key: names,
      fingerprint: text(),
      atMs: whole(),
      reservationId: fc.option(reservations),
      reply: fc.option(fc.object()),
    }),
  ),
  caseOf(
    JOURNAL,
    { key: ({ seq }: { seq: number }) => seq },
    fc.record({
      seq: numbers,
      userId: fc.option(small()),
      event: fc.record({
        seq: whole(),
        atMs: whole(),
        provider: text(),
        type: fc.constant('node-returned' as const),
        nodeId: text(),
      }),
      atMs: whole(),
      type: fc.constantFrom('node-returned', 'node-drained'),
      reservationId: fc.option(text()),
    }),
  ),
  caseOf(
    INPUTS,
    { key: ({ seq }: { seq: number }) => seq },
    fc.record({
      seq: numbers,
      atMs: whole(),
      kind: fc.constant('command'),
      firstEvent: fc.option(whole()),
      input: fc.record({
        kind: fc.constant('command'),
        command: fc.record({ name: fc.constantFrom('drain', 'enable'), nodeId: text() }),
      }),
    }),
  ),
  caseOf(
    CHECKPOINTS,
    { key: ({ seq }: { seq: number }) => seq },
    fc.record({ seq: numbers, eventSeq: whole(), atMs: whole(), snapshot: providers }),
  ),
  caseOf(
    ARCHIVES,
    { key: ({ eventSeq }: { eventSeq: number }) => eventSeq },
    fc.record({
      eventSeq: numbers,
      seq: whole(),
      fromMs: whole(),
      atMs: whole(),
      madeMs: whole(),
      file: text(),
      bytes: whole(),
      sha256: text(),
      rows: fc.dictionary(fc.constantFrom('journal', 'inputs'), whole()),
      lastEntryId: whole(),
      lastInstanceNo: whole(),
      isDropped: fc.boolean(),
      snapshot: fc.option(providers),
    }),
  ),
  caseOf(
    SETTINGS,
    { key: ({ key }: { key: string }) => key },
    fc.record({ key: names, value: fc.jsonValue() }),
  ),
  caseOf(
    IMAGE_STATE,
    { key: ({ item }: { item: string }) => item },
    fc.record({ item: names, state: fc.jsonValue() }),
  ),
];

/** What a test does: writes some rows at once, and then changes fields of one of those that are there. */
interface Step {
  readonly written: readonly Stored[];
  readonly changed: { readonly which: number; readonly to: Stored; readonly fields: readonly number[] };
}

function stepsOf({ records, rules: { key } }: Case): fc.Arbitrary<readonly Step[]> {
  const written =
    key === undefined
      ? fc.array(records, { maxLength: 3 })
      : fc.uniqueArray(records, { maxLength: 3, selector: (values) => JSON.stringify(key(values as never)) });
  const changed = fc.record({ which: fc.nat(), to: records, fields: fc.array(fc.nat(), { maxLength: 3 }) });
  return fc.array(fc.record({ written, changed }), { maxLength: 5 });
}

/** What the table must hold now, row by row. */
class Model {
  readonly rows = new Map<string, Stored>();
  readonly #rules: Rules;
  #created = 0;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** Undefined when it has none but its number. */
  nameOf(values: Stored): string | undefined {
    return this.#rules.key && JSON.stringify(this.#rules.key(values as never));
  }

  write(values: Stored): void {
    const { filled = [], kept = [] } = this.#rules;
    const name = this.nameOf(values) ?? String(this.#created++);
    const before = this.rows.get(name);
    const now: Record<string, unknown> = { ...values };
    if (before !== undefined) {
      for (const field of kept) now[field] = before[field];
      for (const field of filled) now[field] ??= before[field];
    }
    this.rows.set(name, now);
  }
}

describe.each(databases())('rows on $name', ({ name, open }) => {
  test.each(CASES)('of $name are what was written last', async (tableCase) => {
    const { rules, table } = tableCase;
    const database = await open();
    await makeWhatRowsReferTo(database, table);
    const property = fc.asyncProperty(stepsOf(tableCase), async (steps) => {
      await database.knex(table.name).delete();
      const model = new Model(rules);
      for (const { changed, written } of steps) {
        for (const values of written) model.write(values);
        if (rules.key !== undefined) await table.save(database.knex, written);
        else for (const values of written) await table.create(database.knex, values);
        await change(changed, model);
      }
      const rows: Row[] = await database.reads(table.name);
      const read = rows.map((row) => {
        const { [rules.numbered ?? '']: _number, ...values } = table.read(row);
        return values;
      });
      expect(inOrder(read)).toEqual(inOrder([...model.rows.values()]));
    });
    /** Of a row that is there, to values that its table keeps to itself otherwise, too. */
    const change = async ({ fields, to, which }: Step['changed'], model: Model) => {
      const name = model.nameOf(to) ?? [...model.rows.keys()][which % Math.max(1, model.rows.size)];
      const values = name === undefined ? undefined : model.rows.get(name);
      if (name === undefined || values === undefined || fields.length === 0) return;
      const part = Object.fromEntries(fields.map((at) => Object.entries(to)[at % Object.keys(to).length]!));
      const rows = database.knex(table.name).where(table.write(values));
      expect(await rows.update(table.write(part))).toBe(1);
      model.rows.set(name, { ...values, ...part });
    };
    await fc.assert(property, { numRuns: runs(name === 'SQLite' ? 50 : 15) });
  });

  test('are written of every table', () => {
    expect(CASES.map((tableCase) => tableCase.name).sort()).toEqual(TABLES.map((table) => table.name).sort());
  });
});

async function makeWhatRowsReferTo(database: Database, table: AnyTable): Promise<void> {
  if (table.name === 'users') return;
  const user = await registerUser(database, 'alice');
  await registerUser(database, 'bob');
  if (table.name === 'reservations' || table.name === 'journal') return;
  const manager = new ScriptedManager(database);
  for (let number = 0; number < KEYS; number++) {
    const held = reservation(user, number, { instances: [] });
    manager.run('request', held, ...accepted(held));
  }
  await manager.recorder.flushed();
}

function inOrder(records: readonly Stored[]): string[] {
  return records.map((values) => stable(values)).sort();
}

function stable(value: unknown): string {
  return JSON.stringify(value, (_, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
