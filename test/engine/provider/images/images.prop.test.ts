// Leases of several kinds, some changed or cancelled, against books kept from the events alone: the link sends one image at a time, no lease begins before its
// image is on each of its nodes, no node keeps more than it has room for; and a restart changes nothing.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ImageSettings,
  type ImagesSnapshot,
  Provider,
  type ProviderSetup,
  type ProviderSnapshot,
} from '../../../../engine/index.ts';
import { runs } from '../../../support/fast-check.ts';
import { HOUR, MINUTE, node, policy } from '../../../support/setup.ts';
import { type Story, tell } from '../../../support/story.ts';

const KINDS = ['advance', 'best-effort', 'preemptible', 'immediate'] as const;
const ASKED = fc.array(
  fc.record({
    kind: fc.constantFrom(...KINDS),
    atMs: fc.integer({ min: 1, max: 8 * HOUR }),
    aheadMs: fc.integer({ min: 1, max: 3 * HOUR }),
    lengthMs: fc.integer({ min: MINUTE, max: 2 * HOUR }),
    instances: fc.integer({ min: 1, max: 3 }),
    image: fc.constantFrom('a', 'b', 'c', 'none'),
    cancelledAfterMs: fc.option(fc.integer({ min: 1, max: 3 * HOUR })),
    changed: fc.option(
      fc.record({
        afterMs: fc.integer({ min: 1, max: 3 * HOUR }),
        startsLaterMs: fc.option(fc.integer({ min: -HOUR, max: HOUR })),
        lengthMs: fc.option(fc.integer({ min: MINUTE, max: 2 * HOUR })),
        instances: fc.option(fc.integer({ min: 1, max: 3 })),
        isConfirmed: fc.boolean(),
      }),
    ),
  }),
  { minLength: 1, maxLength: 12 },
);
const SETTINGS = fc
  .record({
    transfer: fc.constantFrom('multicast' as const, 'unicast' as const),
    cacheMib: fc.constantFrom(0, 600, 900),
    isAhead: fc.boolean(),
  })
  .map(
    ({ isAhead, ...rest }): ImageSettings => ({
      ...rest,
      linkMibPerS: 1,
      sizeMib: 600,
      sizeMibByTemplate: new Map([
        ['b', 300],
        ['none', 0],
      ]),
      isAhead: isAhead && rest.transfer === 'multicast',
    }),
  );

type Asked = typeof ASKED extends fc.Arbitrary<infer A> ? A : never;

/** Looks at the provider after each commit. */
function told(
  images: ImageSettings,
  asked: Asked,
  look: (provider: Provider, setup: ProviderSetup) => void,
): Story {
  let given: { readonly setup: ProviderSetup; readonly provider: Provider } | undefined;
  const story = tell({
    nodes: [node('n1', 1), node('n2', 1), node('n3', 2)],
    manager: { images },
    policies: { preemption: policy('preemption', 'youngest') },
    providerOf: (setup) => {
      given = { setup, provider: new Provider(setup) };
      return given.provider;
    },
    onCommit: () => look(given!.provider, given!.setup),
  });
  for (const [i, each] of asked.entries()) {
    const { aheadMs, atMs, cancelledAfterMs, changed, image, instances, kind, lengthMs } = each;
    const name = `${image}-${i}`;
    const start = atMs + (kind === 'advance' ? aheadMs : 0);
    const scene = story.at(atMs);
    scene.book(name, { kind, instances, template: image, start, duration: `${lengthMs}ms` });
    if (changed !== null) {
      const { isConfirmed, startsLaterMs } = changed;
      const then = story.at(atMs + changed.afterMs);
      then.change(name, {
        ...(startsLaterMs !== null && { start: start + startsLaterMs }),
        ...(changed.lengthMs !== null && { duration: `${changed.lengthMs}ms` }),
        ...(changed.instances !== null && { instances: changed.instances }),
      });
      if (isConfirmed) then.confirmChange(name);
    }
    if (cancelledAfterMs !== null) story.at(atMs + cancelledAfterMs).cancel(name);
  }
  return story.run();
}

/** As data, its lists the other way round. */
function inAnotherOrder(snapshot: ProviderSnapshot): ProviderSnapshot {
  const { kept, stages, supplies, transfers, ...link } = snapshot.images!;
  const images = {
    ...link,
    kept: kept.toReversed(),
    stages: stages.toReversed(),
    supplies: supplies.toReversed(),
    transfers: transfers.toReversed(),
  };
  return JSON.parse(JSON.stringify({ ...snapshot, images }));
}

function inOrder({ kept, stages, supplies, transfers, ...link }: ImagesSnapshot) {
  const sorted = (items: readonly object[]) => items.map((item) => JSON.stringify(item)).sort();
  return { ...link, lists: [kept, stages, supplies, transfers].map(sorted) };
}

test('books that are kept from the events find nothing wrong, and a restart would change nothing', () => {
  fc.assert(
    fc.property(SETTINGS, ASKED, (images, asked) => {
      const sizeOf = (image: string) => images.sizeMibByTemplate.get(image) ?? images.sizeMib;
      const story = told(images, asked, (provider, setup) => {
        const snapshot = provider.snapshot();
        for (const { images: kept } of snapshot.images!.kept)
          expect(kept.reduce((sum, { sizeMib }) => sum + sizeMib, 0)).toBeLessThanOrEqual(images.cacheMib);
        const again = new Provider(setup, { snapshot: inAnotherOrder(snapshot) });
        // What people see is told of the things themselves, and not of what was told of them before.
        expect(again.images()).toEqual(provider.images());
        for (const { id } of provider.reservations()) expect(again.imageOf(id)).toEqual(provider.imageOf(id));
        expect(inOrder(again.snapshot().images!)).toEqual(inOrder(snapshot.images!));
        expect(again.dues().filter(({ kind }) => kind === 'image-transfer')).toEqual(
          provider.dues().filter(({ kind }) => kind === 'image-transfer'),
        );
      });
      /** By node and image: when it came there. */
      const cameMs = new Map<string, number[]>();
      let freeMs = 0;
      for (const { atMs, image, nodeIds, untilMs } of story.eventsOf('image-transfer-begun')) {
        const copies = images.transfer === 'multicast' ? 1 : nodeIds.length;
        expect(atMs).toBeGreaterThanOrEqual(freeMs);
        expect(untilMs - atMs).toBeGreaterThanOrEqual(copies * sizeOf(image) * 1000);
        freeMs = untilMs;
        for (const nodeId of nodeIds) {
          const key = `${nodeId} ${image}`;
          cameMs.set(key, [...(cameMs.get(key) ?? []), untilMs]);
        }
      }
      const suspended = new Set<string>();
      for (const event of story.events) {
        if (event.type === 'lease-suspended') suspended.add(event.reservationId);
        if (event.type === 'lease-requeued') suspended.delete(event.reservationId);
        if (event.type !== 'window-opened' || suspended.has(event.reservationId)) continue;
        const [image] = event.reservationId.split('-') as [string];
        if (sizeOf(image) === 0) continue;
        for (const { nodeId } of event.pieces) {
          const came = cameMs.get(`${nodeId} ${image}`) ?? [];
          expect(came.some((ms) => ms <= event.atMs)).toBe(true);
        }
      }
    }),
    { numRuns: runs(12) },
  );
});
