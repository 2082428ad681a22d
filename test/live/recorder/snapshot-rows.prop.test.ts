import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DomainEvent, Proposal, ReservationSnapshot, VmSnapshot } from '../../../engine/index.ts';
import { loadState } from '../../../live/recorder/recovery.ts';
import { databases } from '../../support/databases.ts';
import { registerUser, reservationId, ScriptedManager } from '../database/scripted-manager.ts';

const whole = (max = Number.MAX_SAFE_INTEGER) => fc.integer({ min: 0, max });
/** Any text but NUL, which PostgreSQL does not store and JSON bodies are not let in with. */
const text = fc.string({ unit: 'grapheme', maxLength: 12 }).map((value) => value.replaceAll('\0', ''));

const proposals: fc.Arbitrary<Proposal> = fc.record(
  {
    type: text,
    demand: fc.record({
      milliCpus: whole(2 ** 31 - 1),
      memoryMib: whole(2 ** 31 - 1),
      diskGib: whole(2 ** 31 - 1),
    }),
    numInstancesFixed: whole(10_000),
    numInstancesOption: whole(10_000),
    startMs: whole(),
    durationMs: whole(),
    template: text,
    earliestStartMs: whole(),
    maxPriceMicros: whole(),
  },
  {
    requiredKeys: [
      'type',
      'demand',
      'numInstancesFixed',
      'numInstancesOption',
      'startMs',
      'durationMs',
      'template',
    ],
  },
);

const vms: fc.Arbitrary<VmSnapshot> = fc.record({
  vmId: fc.uuid(),
  wanted: fc.constantFrom('running', 'halted', 'suspended', 'deleted'),
  state: fc.constantFrom('NOT_PROVISIONED', 'HALTED', 'RUNNING', 'PAUSED', 'SUSPENDED', 'UNDER_MIGRATION'),
  nodeId: text,
  loadPermille: whole(1_000),
  ipAddress: fc.option(fc.ipV4()),
  guestDone: fc.boolean(),
  hung: fc.boolean(),
  rebootDue: fc.boolean(),
  powerOffDue: fc.boolean(),
  attempts: whole(100),
  parkedSinceMs: fc.option(whole()),
});

const alive = fc.constantFrom('INITIATED', 'ACCEPTED', 'COUNTERED', 'CONFIRMED', 'ACTIVATED');

const origins = fc.record({
  requestId: text,
  kind: fc.constantFrom('advance', 'immediate', 'best-effort', 'deadline', 'flexible'),
  buyer: text,
  latestStartMs: fc.option(whole()),
});

/** What a reservation may look like: its user is filled in later. */
const states: fc.Arbitrary<Omit<ReservationSnapshot, 'reservationId' | 'userId' | 'origin'>> = fc
  .record({
    state: alive,
    round: whole(100),
    proposal: fc.option(proposals, { freq: 10 }),
    priceMicros: whole(),
    holdUntilMs: whole(),
    windowOpen: fc.boolean(),
    openedMs: whole(),
    optionsClaimed: whole(10_000),
    end: fc.option(
      fc.record({
        state: fc.constantFrom('EXPIRED', 'REJECTED', 'CANCELLED', 'FAILED'),
        reason: fc.constantFrom('window-over', 'node-lost', 'declined', 'never-fits'),
      }),
      { freq: 3 },
    ),
    places: fc.uniqueArray(fc.record({ nodeId: text, vm: fc.option(vms) }), {
      maxLength: 6,
      selector: ({ vm }) => vm?.vmId ?? {},
    }),
  })
  .map(({ places, end, state, ...rest }) => ({
    ...rest,
    state: end?.state ?? state,
    end,
    instances: places.map((place, index) => ({ number: index + 1, ...place })),
  }));

/** One reservation through a few states, and whether a new daemon takes over before each. */
const histories = fc.array(
  fc.record({
    origin: fc.option(origins),
    steps: fc.array(fc.tuple(states, fc.boolean()), { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 4 },
);

describe.each(databases())('snapshots on $name', ({ name, open }) => {
  test('what is stored is what is loaded, whatever a reservation was before and whoever wrote it', async () => {
    const database = await open();
    const user = await registerUser(database);
    let count = 0;
    const property = fc.asyncProperty(histories, async (reservations) => {
      let { lastSeq } = await loadState(database);
      let manager = new ScriptedManager(database, lastSeq);
      const last = new Map<string, ReservationSnapshot>();
      for (const { origin, steps } of reservations) {
        count += 1;
        const id = reservationId(count);
        for (const [index, [state, isTakenOver]] of steps.entries()) {
          if (isTakenOver) {
            await manager.persistence.flushed();
            ({ lastSeq } = await loadState(database));
            manager = new ScriptedManager(database, lastSeq);
          }
          const snapshot = {
            ...withFreshVms(state, count),
            reservationId: id,
            userId: String(user.userId),
            origin,
          };
          const event: DomainEvent =
            index === 0
              ? { type: 'reservation-initiated', atMs: 1, reservationId: id, userId: snapshot.userId, origin }
              : { type: 'reservation-activated', atMs: 2, reservationId: id };
          manager.run('step', snapshot, event);
          last.set(id, snapshot);
        }
      }
      await manager.persistence.flushed();
      const { snapshot } = await loadState(database);
      const loaded = snapshot.reservations.filter(({ reservationId }) => last.has(reservationId));
      const expected = [...last.values()].filter(
        ({ end, instances }) => end === null || instances.some(({ vm }) => vm !== null),
      );
      expect(loaded).toEqual(expected);
    });
    await fc.assert(property, { numRuns: name === 'SQLite' ? 100 : 30 });
  });
});

/** Ids of VMs are never used again by another reservation; shrinking may make equal ones. */
function withFreshVms<S extends Pick<ReservationSnapshot, 'instances'>>(state: S, count: number): S {
  const prefix = count.toString(16).padStart(8, '0');
  const instances = state.instances.map((instance) => ({
    ...instance,
    vm: instance.vm && { ...instance.vm, vmId: `${prefix}${instance.vm.vmId.slice(8)}` },
  }));
  return { ...state, instances };
}
