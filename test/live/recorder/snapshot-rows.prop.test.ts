import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type {
  EventBody,
  InstanceSnapshot,
  PolicyMemory,
  ProviderSnapshot,
  ReservationSnapshot,
} from '../../../engine/index.ts';
import { loadState } from '../../../live/recorder/recovery.ts';
import { databases } from '../../support/databases.ts';
import { runs } from '../../support/fast-check.ts';
import {
  registerUser,
  reservation,
  reservationId,
  type ScriptedEvent,
  ScriptedManager,
} from '../database/scripted-manager.ts';
import { ends, origins, outages, pieces, proposals, states, text, vms, whole } from '../stored-values.ts';

/** What a reservation may look like; whose it is and which VMs it has is filled in later. */
const pictures = fc.record({
  state: states,
  round: whole(100),
  proposal: fc.option(proposals, { freq: 10 }),
  priceMicros: whole(),
  holdUntilMs: whole(),
  windowOpen: fc.boolean(),
  openedMs: whole(),
  optionsClaimed: whole(10_000),
  claims: fc.array(fc.record({ count: whole(100), fromMs: whole(), priceMicros: whole() }), { maxLength: 2 }),
  dueOrder: whole(),
  end: fc.option(ends, { freq: 3 }),
  places: fc.array(
    fc.record({ pieces: fc.array(pieces, { minLength: 1, maxLength: 3 }), vm: fc.option(vms, { freq: 4 }) }),
    {
      maxLength: 4,
    },
  ),
});

/** A few reservations through many states, and whether a new daemon takes over before each. */
const histories = fc.record({
  origins: fc.tuple(fc.option(origins), fc.option(origins), fc.option(origins)),
  steps: fc.array(fc.record({ which: fc.nat(2), picture: pictures, isTakenOver: fc.boolean() }), {
    minLength: 1,
    maxLength: 10,
  }),
});

const memories: fc.Arbitrary<readonly PolicyMemory[]> = fc.array(
  fc.record({ kind: text(), policy: text(), memory: fc.jsonValue() }),
  { maxLength: 3 },
);

/** What a provider goes through beside its reservations, whether a new daemon takes over before, and how long it takes. */
const changes = fc.record({
  change: fc.oneof(
    fc.record({
      kind: fc.constantFrom('node-joined', 'node-left'),
      nodeId: fc.constantFrom('n1', 'n2', 'n3'),
    }),
    fc.record({
      kind: fc.constant('remembers'),
      policyMemory: memories,
      outages: fc.uniqueArray(outages, { maxLength: 4, selector: ({ outageId }) => outageId }),
    }),
    fc.record({ kind: fc.constant('opened'), which: fc.nat(3) }),
    fc.record({ kind: fc.constant('ended'), which: fc.nat(3), end: ends }),
  ),
  isTakenOver: fc.boolean(),
  passedMs: fc.integer({ min: 1, max: 1_000_000 }),
});

describe.each(databases())('snapshots on $name', ({ name, open }) => {
  test('what is stored is what is loaded, whatever a reservation was before and whoever wrote it', async () => {
    const database = await open();
    const user = await registerUser(database);
    let drawn = 0;
    const property = fc.asyncProperty(histories, async ({ origins, steps }) => {
      drawn += 1;
      let manager = new ScriptedManager(database, (await loadState(database)).snapshot);
      const last = new Map<string, ReservationSnapshot>();
      const vmIds = new VmIds(drawn);
      for (const { isTakenOver, picture, which } of steps) {
        if (isTakenOver) {
          await manager.recorder.flushed();
          manager = new ScriptedManager(database, (await loadState(database)).snapshot);
        }
        const { claims, places, ...rest } = picture;
        const snapshot: ReservationSnapshot = {
          ...rest,
          ...(claims.length === 0 ? {} : { claims }),
          state: rest.end?.state ?? rest.state,
          reservationId: reservationId(3 * drawn + which),
          userId: String(user.userId),
          origin: origins[which]!,
          instances: vmIds.instancesOf(which, places),
        };
        const { reservationId: id, origin, userId } = snapshot;
        const event: ScriptedEvent = last.has(id)
          ? { type: 'reservation-activated', atMs: 2, reservationId: id }
          : { type: 'reservation-initiated', atMs: 1, reservationId: id, userId, origin };
        manager.run('step', snapshot, event);
        last.set(id, snapshot);
      }
      await manager.recorder.flushed();
      const { snapshot } = await loadState(database);
      const loaded = snapshot?.reservations.filter(({ reservationId }) => last.has(reservationId));
      const expected = [...last.values()].filter(
        ({ end, instances }) =>
          end === null || instances.some(({ vm }) => vm !== null && vm.state !== 'DELETED'),
      );
      expect(loaded).toEqual(expected);
    });
    await fc.assert(property, { numRuns: runs(name === 'SQLite' ? 100 : 30) });
  });

  test('what a provider remembers beside its reservations is loaded as it was left', async () => {
    const database = await open();
    const user = await registerUser(database);
    const property = fc.asyncProperty(fc.array(changes, { maxLength: 15 }), async (steps) => {
      for (const table of [
        'offers',
        'bookings',
        'reservations',
        'nodes',
        'outages',
        'journal',
        'inputs',
        'settings',
      ])
        await database.knex(table).delete();
      let manager = new ScriptedManager(database);
      let state: ProviderSnapshot = {
        atMs: 1,
        lastCommitSeq: 1,
        lastEventSeq: 1,
        reservations: [],
        epitaphs: [],
        knownNodeIds: [],
        outages: [],
        policyMemory: [],
      };
      manager.run('begin', null, {
        type: 'provider-joined',
        atMs: 1,
        engine: '0.2.0',
        pool: { diskGib: null },
      });
      for (const { change, isTakenOver, passedMs } of steps) {
        if (isTakenOver) {
          await manager.recorder.flushed();
          const { lastSeq, snapshot } = await loadState(database);
          expect(snapshot).toEqual(state);
          expect(lastSeq).toBe(state.lastEventSeq);
          manager = new ScriptedManager(database, snapshot);
        }
        const atMs = state.atMs + passedMs;
        const next = after(state, change, (number) => reservation(user, number, { instances: [] }));
        if (next === undefined) continue;
        const { changed, events, ...now } = next;
        state = {
          ...state,
          ...now,
          atMs,
          lastCommitSeq: state.lastCommitSeq + 1,
          lastEventSeq: state.lastEventSeq + events.length,
        };
        const provider = change.kind === 'remembers' ? state : undefined;
        manager.record(
          { atMs, changed, events: events.map((body) => ({ ...body, atMs })), provider },
          () => {},
        );
      }
      await manager.recorder.flushed();
      expect((await loadState(database)).snapshot).toEqual(state);
    });
    await fc.assert(property, { numRuns: runs(name === 'SQLite' ? 100 : 30) });
  });
});

type Change = typeof changes extends fc.Arbitrary<infer C extends { change: unknown }> ? C['change'] : never;

interface Outcome extends Partial<ProviderSnapshot> {
  readonly changed: readonly ReservationSnapshot[];
  readonly events: readonly EventBody[];
}

/** What becomes of the state, and how the recorder is told; undefined when such a thing cannot happen now. */
function after(
  { epitaphs, knownNodeIds, reservations }: ProviderSnapshot,
  change: Change,
  reservationOf: (number: number) => ReservationSnapshot,
): Outcome | undefined {
  if (change.kind === 'remembers') {
    const { outages, policyMemory } = change;
    return { changed: [], events: [], outages, policyMemory };
  }
  if (change.kind === 'opened') {
    const opened = reservationOf(change.which);
    const { origin, reservationId: id, userId } = opened;
    if ([...reservations, ...epitaphs].some(({ reservationId }) => reservationId === id)) return undefined;
    return {
      changed: [opened],
      events: [{ type: 'reservation-initiated', reservationId: id, userId, origin }],
      reservations: [...reservations, opened],
    };
  }
  if (change.kind === 'ended') {
    const { end, which } = change;
    const ended = reservations.find((alive) => alive.reservationId === reservationId(which));
    if (ended === undefined) return undefined;
    const { reservationId: id } = ended;
    const told = { noShow: false, refundMicros: 0, penaltyMicros: 0 };
    return {
      changed: [{ ...ended, state: end.state, end }],
      events: [{ type: 'reservation-ended', reservationId: id, ...end, ...told }],
      reservations: reservations.filter((other) => other !== ended),
      epitaphs: [...epitaphs, { reservationId: id, ...end }],
    };
  }
  const { kind: type, nodeId } = change;
  if (type === 'node-left') {
    if (!knownNodeIds.includes(nodeId)) return undefined;
    return {
      changed: [],
      events: [{ type, nodeId }],
      knownNodeIds: knownNodeIds.filter((other) => other !== nodeId),
    };
  }
  const capacity = { milliCpus: 1, memoryMib: 1, diskGib: 1 };
  return {
    changed: [],
    events: [{ type, nodeId, group: 'rack', capacity, power: null }],
    knownNodeIds: [...knownNodeIds.filter((other) => other !== nodeId), nodeId].sort(),
  };
}

type Place = typeof pictures extends fc.Arbitrary<infer P extends { places: unknown }> ? P['places'] : never;

/** An instance keeps its VM once it has one, also a deleted one. */
class VmIds {
  readonly #run: number;
  readonly #launched = new Map<string, NonNullable<InstanceSnapshot['vm']>>();

  constructor(run: number) {
    this.#run = run;
  }

  instancesOf(which: number, places: Place): InstanceSnapshot[] {
    return places.map(({ pieces, vm }, index) => {
      const number = index + 1;
      const place = `${which}${number}`;
      if (vm !== null) {
        const vmId = `${this.#run.toString(16).padStart(8, '0')}-0000-4000-8000-${place.padStart(12, '0')}`;
        this.#launched.set(place, { ...vm, vmId, operation: null, heard: null, retry: null });
      }
      return { number, pieces, vm: this.#launched.get(place) ?? null };
    });
  }
}
