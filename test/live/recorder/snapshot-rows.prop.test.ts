import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InstanceSnapshot, ReservationSnapshot } from '../../../engine/index.ts';
import { loadState } from '../../../live/recorder/recovery.ts';
import { databases } from '../../support/databases.ts';
import {
  registerUser,
  reservationId,
  type ScriptedEvent,
  ScriptedManager,
} from '../database/scripted-manager.ts';
import { ends, origins, pieces, proposals, states, vms, whole } from '../stored-values.ts';

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

describe.each(databases())('snapshots on $name', ({ name, open }) => {
  test('what is stored is what is loaded, whatever a reservation was before and whoever wrote it', async () => {
    const database = await open();
    const user = await registerUser(database);
    let runs = 0;
    const property = fc.asyncProperty(histories, async ({ origins, steps }) => {
      runs += 1;
      let manager = new ScriptedManager(database, (await loadState(database)).snapshot);
      const last = new Map<string, ReservationSnapshot>();
      const vmIds = new VmIds(runs);
      for (const { isTakenOver, picture, which } of steps) {
        if (isTakenOver) {
          await manager.recorder.flushed();
          manager = new ScriptedManager(database, (await loadState(database)).snapshot);
        }
        const { places, ...rest } = picture;
        const snapshot: ReservationSnapshot = {
          ...rest,
          state: rest.end?.state ?? rest.state,
          reservationId: reservationId(3 * runs + which),
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
    await fc.assert(property, { numRuns: name === 'SQLite' ? 100 : 30 });
  });
});

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
