// The shipped campus month has the published shape of the SDSC Blue Horizon month, whatever the seed.
import { describe, expect, test } from 'vitest';
import { Rng } from '../../../engine/index.ts';
import { TYPES_OF_THE_PAPERS } from '../../../scenarios/formats/instance-size.ts';
import type { WorkloadRow } from '../../../scenarios/formats/row.ts';
import { generateRows } from '../../../scenarios/generator/generate.ts';
import { loadGeneratorSpec } from '../../../scenarios/generator/load-spec.ts';

const HOUR_MS = 3_600_000;
const MONTH_MS = 720 * HOUR_MS;

describe.each([1, 2, 2009])('with seed %d', async (seed) => {
  const spec = await loadGeneratorSpec('scenarios/campus-month.workload.yaml');
  const rows: WorkloadRow[] = [];
  for await (const row of generateRows(spec, { startMs: Date.UTC(2009, 8, 1), rng: Rng.fromSeed(seed) })) {
    rows.push(row);
  }
  const batch = rows.filter(({ kind }) => kind !== 'advance');
  const reservations = rows.filter(({ kind }) => kind === 'advance');
  const shareOf = (keeps: (row: WorkloadRow) => boolean) => batch.filter(keeps).length / batch.length;
  /** Share of the campus over the month. */
  const load = (some: readonly WorkloadRow[], msOf: (row: WorkloadRow) => number) =>
    some.reduce((sum, row) => sum + cpusOf(row) * row.instances * msOf(row), 0) /
    ((spec.capacity?.cpus ?? 0) * MONTH_MS);
  const cpusOf = ({ size }: WorkloadRow) => (TYPES_OF_THE_PAPERS.get(String(size))?.milliCpus ?? 0) / 1000;

  test('over 5,000 requests in 30 days, hundreds of them advance reservations', () => {
    expect(rows.length).toBeGreaterThan(5000);
    expect(rows.length).toBeLessThan(10_000);
    expect(reservations.length).toBeGreaterThan(200);
    expect(reservations.length).toBeLessThan(500);
    expect(rows.at(-1)!.submitMs).toBeLessThan(MONTH_MS);
  });

  test('two thirds ask for an hour or less, six in ten for four machines or fewer, nine in ten for a power of two', () => {
    // The log: 0.667, 0.612, 0.910.
    expect(Math.abs(shareOf(({ durationMs }) => durationMs <= HOUR_MS) - 0.667)).toBeLessThan(0.02);
    expect(Math.abs(shareOf(({ instances }) => instances <= 4) - 0.612)).toBeLessThan(0.03);
    expect(Math.abs(shareOf(({ instances }) => Number.isInteger(Math.log2(instances))) - 0.91)).toBeLessThan(
      0.02,
    );
  });

  test('guests run for 70 % of the campus, and users ask for more than twice that', () => {
    expect(load(batch, ({ durationMs, runTimeMs }) => Math.min(durationMs, runTimeMs!))).toBeCloseTo(0.7, 1);
    // The log: 2.38.
    const asked = load(batch, ({ durationMs }) => durationMs);
    expect(asked).toBeGreaterThan(2);
    expect(asked).toBeLessThan(2.7);
  });

  test('half of the jobs use less than a quarter of what they asked for; eight in a hundred may be withdrawn', () => {
    const used = batch.map(({ durationMs, runTimeMs }) => runTimeMs! / durationMs).sort((a, b) => a - b);
    // The log: 0.19.
    expect(used[Math.floor(used.length / 2)]!).toBeGreaterThan(0.15);
    expect(used[Math.floor(used.length / 2)]!).toBeLessThan(0.25);
    expect(Math.abs(shareOf(({ cancelMs }) => cancelMs !== undefined) - 0.079)).toBeLessThan(0.015);
  });

  test('reservations take 20 % of the campus: about three hours, 25 to 48 machines, a day ahead', () => {
    expect(load(reservations, ({ durationMs }) => durationMs)).toBeCloseTo(0.2, 2);
    for (const { instances, durationMs, submitMs, startMs } of reservations) {
      expect(instances).toBeGreaterThanOrEqual(25);
      expect(instances).toBeLessThanOrEqual(48);
      expect(Math.abs(durationMs - 3 * HOUR_MS)).toBeLessThanOrEqual(HOUR_MS / 2);
      expect(startMs! - submitMs).toBe(24 * HOUR_MS);
    }
  });
});
