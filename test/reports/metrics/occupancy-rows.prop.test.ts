import fc from 'fast-check';
import { expect, test } from 'vitest';
import { OccupancyRows } from '../../../reports/metrics/occupancy-rows.ts';
import { runs } from '../../support/fast-check.ts';

const END_MS = 300_000;
const CPUS = 4_000;
const BUCKET_MS = 1_000;

interface Step {
  readonly node: number;
  readonly atMs: number;
  readonly delta: number;
}

test('the overview says what share of its nodes was reserved in each row, however many nodes share one', () => {
  const scenes = fc.record({
    nodes: fc.constantFrom(1, 3, 400, 401, 1_000),
    steps: fc.array(
      fc.record({ node: fc.nat(999), atMs: fc.nat(END_MS - 1), delta: fc.integer({ min: 1, max: 40 }) }),
      { maxLength: 30 },
    ),
  });
  fc.assert(
    fc.property(scenes, ({ nodes, steps }) => {
      const changes = steps
        .map((step) => ({ ...step, node: step.node % nodes }))
        .sort((a, b) => a.atMs - b.atMs);
      const rows = new OccupancyRows(0);
      for (let node = 0; node < nodes; node += 1) rows.join(node, 0, CPUS);
      for (const { atMs, delta, node } of changes) rows.reserved(node, atMs, delta);
      const overview = rows.finish(END_MS, new Array<number>(nodes).fill(CPUS));
      expect(overview).toMatchObject({ startMs: 0, widthMs: BUCKET_MS });
      expect(overview.rows).toHaveLength(Math.ceil(nodes / overview.nodesPerRow));
      expect(overview.rows.length).toBeLessThanOrEqual(400);
      for (const [index, row] of overview.rows.entries()) {
        const first = index * overview.nodesPerRow;
        const own = changes.filter(({ node }) => Math.floor(node / overview.nodesPerRow) === index);
        const count = Math.min(nodes, first + overview.nodesPerRow) - first;
        expect(row).toHaveLength(END_MS / BUCKET_MS);
        if (own.length === 0) expect(new Set(row)).toEqual(new Set([0]));
        else
          for (const [bucket, share] of row.entries())
            expect(share).toBeCloseTo(naive(own, bucket, count), 12);
      }
    }),
    { numRuns: runs(25) },
  );
});

test('a row that was mostly offline says nothing of its occupancy', () => {
  const rows = new OccupancyRows(0);
  rows.join(0, 0, CPUS);
  rows.reserved(0, 0, CPUS / 2);
  rows.online(0, 1_000, -CPUS);
  rows.online(0, 2_000, CPUS);
  expect(rows.finish(3_000, [CPUS]).rows).toEqual([[0.5, null, 0.5]]);
});

/** Of what `count` nodes have, what the steps take in the bucket. */
function naive(steps: readonly Step[], bucket: number, count: number): number {
  const endMs = (bucket + 1) * BUCKET_MS;
  const reservedMs = steps.map(({ atMs, delta }) => {
    const fromMs = Math.max(atMs, bucket * BUCKET_MS);
    return delta * Math.max(0, endMs - fromMs);
  });
  return reservedMs.reduce((a, b) => a + b, 0) / (count * CPUS * BUCKET_MS);
}
