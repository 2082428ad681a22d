// What holds of every model, whatever the guest and the link.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { alone, NO_COMPRESSION } from '../../../../engine/hypervisor/simulated/migration/course.ts';
import { MIGRATION_MODELS, type MigrationSettings, PAGE_BYTES } from '../../../../engine/index.ts';
import { runs } from '../../../support/fast-check.ts';
import { migration } from './migrations.ts';

const MIB = 2 ** 20;
const MODELS = MIGRATION_MODELS.filter(({ course }) => course !== undefined);
const IN_ROUNDS = MODELS.filter(({ name }) => !['stop-and-copy', 'post-copy', 'hmdc'].includes(name));

const GUESTS = fc.record({
  memMib: fc.integer({ min: 1, max: 8192 }),
  linkMbit: fc.constantFrom(10, 100, 1000, 10_000),
  dirtyPagesPerS: fc.oneof(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 4_000_000 })),
  workingSet: fc.double({ min: 0, max: 1, noNaN: true }),
  check: fc.constantFrom('dirtied', 'sent'),
});
type Guest = typeof GUESTS extends fc.Arbitrary<infer G> ? G : never;

function course(
  model: (typeof MODELS)[number],
  { check, dirtyPagesPerS, linkMbit, memMib, workingSet }: Guest,
) {
  const bytes = memMib * MIB;
  const linkBytesPerS = (linkMbit * 1e6) / 8;
  const of = migration(
    { bytes, dirtyPagesPerS, workingSetPages: Math.floor((bytes / PAGE_BYTES) * workingSet) },
    linkBytesPerS,
    {
      stop: { check: check as 'dirtied', fewPages: 50, maxRounds: 29, maxFactor: 3 },
      dirtyTrace: [dirtyPagesPerS],
    },
  );
  return { of, sums: alone(model.course!(of), NO_COMPRESSION, linkBytesPerS), linkBytesPerS, bytes };
}

describe.each(MODELS)('$name', (model) => {
  test('sends the memory at least once, and stands still for no longer than all of it takes', () => {
    fc.assert(
      fc.property(GUESTS, (guest) => {
        const { bytes, linkBytesPerS, sums } = course(model, guest);
        expect(sums.seconds).toBeGreaterThanOrEqual((sums.wireBytes / linkBytesPerS) * (1 - 1e-9));
        expect(sums.wireBytes).toBeGreaterThanOrEqual(bytes * (model.name === 'mecom' ? 0.312 : 1));
        expect(sums.sourceBytes).toBeGreaterThanOrEqual(bytes);
        // The last round of clark is at its limit, of the Akoush models at what the link really carries.
        const slowest = Math.min(linkBytesPerS * 0.713, (500 * 1e6) / 8);
        expect(sums.downtimeS).toBeLessThanOrEqual((bytes / slowest) * (1 + 1e-9));
        expect(sums.downtimeS).toBeLessThanOrEqual(sums.seconds);
      }),
      { numRuns: runs(300) },
    );
  });
});

describe.each(IN_ROUNDS.filter(({ compressesItself }) => compressesItself !== true))(
  '$name, copying in rounds as it is',
  (model) => {
    test('a guest that writes as fast as the link carries, or faster, is never said to converge', () => {
      fc.assert(
        fc.property(GUESTS, fc.double({ min: 1, max: 50, noNaN: true }), (guest, times) => {
          const dirtyPagesPerS = ((guest.linkMbit * 1e6) / 8 / PAGE_BYTES) * times;
          expect(course(model, { ...guest, dirtyPagesPerS }).sums.outcome.isConverged).toBe(false);
        }),
        { numRuns: runs(300) },
      );
    });
  },
);

describe.each(IN_ROUNDS)('$name, copying in rounds', (model) => {
  test('an idle guest converges', () => {
    fc.assert(
      fc.property(GUESTS, (guest) => {
        expect(course(model, { ...guest, dirtyPagesPerS: 0 }).sums.outcome.isConverged).toBe(true);
      }),
      { numRuns: runs(100) },
    );
  });
});

test('pre-copy of Xen: no more than 29 rounds, and five times the memory', () => {
  const xen = MODELS.find(({ name }) => name === 'xen')!;
  fc.assert(
    fc.property(GUESTS, (guest) => {
      const { bytes, sums } = course(xen, guest);
      expect(sums.rounds).toBeLessThanOrEqual(29);
      expect(sums.sourceBytes).toBeLessThanOrEqual(5 * bytes);
    }),
    { numRuns: runs(300) },
  );
});

test('pre-copy of Xen, as long as its rules do not bite: who writes more, or to more, sends no less', () => {
  const xen = MODELS.find(({ name }) => name === 'xen')!;
  const bytesOf = (guest: Guest) => course(xen, guest).sums;
  fc.assert(
    fc.property(
      GUESTS,
      fc.integer({ min: 0, max: 500_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (guest, more, wider) => {
        const before = bytesOf(guest);
        const after = bytesOf({
          ...guest,
          dirtyPagesPerS: guest.dirtyPagesPerS + more,
          workingSet: Math.max(guest.workingSet, wider),
        });
        // A rule that ends one of them early ends it with less.
        fc.pre(before.outcome.reason === 'few-pages' && after.outcome.reason === 'few-pages');
        // Up to the few pages that are left to the last round.
        expect(after.sourceBytes).toBeGreaterThanOrEqual(before.sourceBytes - 50 * PAGE_BYTES);
      },
    ),
    { numRuns: runs(300) },
  );
});

describe('models that compress by themselves', () => {
  const [xen, mecom, xbzrle, hmdc] = ['xen', 'mecom', 'xbzrle', 'hmdc'].map(
    (name) => MODELS.find((model) => model.name === name)!,
  );
  const by = (model: (typeof MODELS)[number], guest: Guest, settings: Partial<MigrationSettings>) => {
    const { of } = course(model, guest);
    const migration = { ...of, settings: { ...of.settings, ...settings } };
    return alone(model.course!(migration), NO_COMPRESSION, of.linkBytesPerS);
  };
  const unlimited = Number.POSITIVE_INFINITY;

  test('mecom whose pages do not get smaller, and xbzrle without a cache, are pre-copy of Xen', () => {
    fc.assert(
      fc.property(GUESTS, (guest) => {
        const plain = course(xen!, guest).sums;
        const pages = [{ share: 1, ratio: 1, bytesPerS: unlimited }];
        expect(by(mecom!, guest, { mecom: { pages, threads: 1 } })).toEqual(plain);
        const delta = { cacheBytes: 0, ratio: 0.1, bytesPerS: unlimited, rounds: 2 };
        expect(by(xbzrle!, guest, { delta })).toEqual(plain);
      }),
      { numRuns: runs(100) },
    );
  });

  test('mecom of one class is pre-copy of Xen with that compression', () => {
    const ratios = fc.double({ min: 0.01, max: 2, noNaN: true });
    fc.assert(
      fc.property(GUESTS, ratios, fc.integer({ min: 1, max: 1000 }), (guest, ratio, mbPerS) => {
        const compression = { ratio, bytesPerS: mbPerS * 1e6, batchHeaderBytes: 0 };
        const { of } = course(xen!, guest);
        const pages = [{ share: 1, ratio, bytesPerS: mbPerS * 1e6 }];
        const sums = by(mecom!, guest, { mecom: { pages, threads: 1 } });
        const compressed = alone(xen!.course!(of), compression, of.linkBytesPerS);
        expect(sums.sourceBytes).toBe(compressed.sourceBytes);
        expect(sums.seconds).toBeCloseTo(compressed.seconds, 6);
      }),
      { numRuns: runs(100) },
    );
  });

  test('hmdc stands still for the same time whatever the guest writes, and never sends more than its rounds and one more', () => {
    fc.assert(
      fc.property(GUESTS, fc.integer({ min: 1, max: 6 }), (guest, rounds) => {
        const delta = { cacheBytes: 64 * MIB, ratio: 0.25, bytesPerS: unlimited, rounds };
        const { bytes, of, linkBytesPerS } = course(hmdc!, guest);
        const sums = by(hmdc!, guest, { delta });
        const goesAhead = of.settings.stateBytes + Math.ceil(bytes / PAGE_BYTES / 8);
        expect(sums.downtimeS).toBeCloseTo(goesAhead / linkBytesPerS, 9);
        expect(sums.rounds).toBeLessThanOrEqual(rounds);
        expect(sums.sourceBytes).toBeLessThanOrEqual((rounds + 1) * bytes + goesAhead);
      }),
      { numRuns: runs(100) },
    );
  });
});
