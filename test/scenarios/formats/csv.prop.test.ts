// Whatever a row says survives being written as CSV and read again.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REQUEST_KINDS } from '../../../engine/index.ts';
import { formatCsvHeader, formatCsvRow } from '../../../scenarios/formats/csv.ts';
import { TYPES_OF_THE_PAPERS } from '../../../scenarios/formats/instance-size.ts';
import { toUserRequest, type WorkloadRow } from '../../../scenarios/formats/row.ts';
import { runs } from '../../support/fast-check.ts';
import { WorkloadFolder } from './workload-folder.ts';

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

/** Any text that is not blank at its ends: those blanks are no part of a value. */
const text = fc
  .string({
    minLength: 1,
    maxLength: 12,
    unit: fc.constantFrom('a', 'Z', '7', ' ', ',', '"', "'", '\n', 'é', '-', '='),
  })
  .map((value) => `x${value}y`);
const ms = fc.nat({ max: 10_000_000_000 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const size = fc.oneof(
  fc.constantFrom('SMALL', 'MEDIUM', 'LARGE', 'XLARGE'),
  fc.record({ milliCpus: fc.integer({ min: 1, max: 1_000_000 }), memoryMib: fc.nat(), diskGib: fc.nat() }),
);

const row: fc.Arbitrary<WorkloadRow> = fc
  .record({
    id: text,
    kind: fc.constantFrom(...REQUEST_KINDS),
    submitMs: ms,
    leadMs: optional(ms),
    durationMs: fc.integer({ min: 1, max: 10_000_000_000 }),
    size,
    instances: fc.integer({ min: 1, max: 100_000 }),
    optional: fc.nat({ max: 1000 }),
    template: optional(text),
    user: optional(text),
    displacementMs: optional(ms),
    slackMs: optional(ms),
    maxPriceMicros: optional(fc.nat({ max: 2 ** 50 })),
    runTimeMs: optional(ms),
    patienceMs: optional(ms),
    buyer: optional(text),
    providers: optional(fc.array(text, { minLength: 1, maxLength: 3 })),
    otherLeadsMs: optional(
      fc.array(fc.integer({ min: 1, max: 10_000_000_000 }), { minLength: 1, maxLength: 10 }),
    ),
    load: optional(text),
    requirements: optional(fc.constantFrom('FREE_CPU > 100 & CLUSTER = "xen*"', 'NAME != n1')),
    rank: optional(fc.constantFrom('RUNNING_VMS', 'FREE_CPU - 10 * RUNNING_VMS')),
    shorter: optional(fc.double({ min: 0, max: 1, noNaN: true })),
    fewer: optional(fc.double({ min: 0, max: 1, noNaN: true })),
  })
  .map(({ leadMs, displacementMs, slackMs, patienceMs, shorter, fewer, otherLeadsMs, ...drawn }) => {
    const share = (part: number | undefined, of: number) =>
      part === undefined || drawn.kind !== 'flexible' ? undefined : Math.max(1, Math.floor(part * of));
    const isImmediate = drawn.kind === 'immediate';
    const startMs = isImmediate || leadMs === undefined ? undefined : drawn.submitMs + leadMs;
    const earliestMs = startMs ?? drawn.submitMs;
    const after = (delta: number | undefined, fromMs: number) =>
      delta === undefined ? undefined : fromMs + delta;
    return {
      ...drawn,
      startMs,
      latestStartMs: isImmediate ? undefined : after(displacementMs, earliestMs),
      deadlineMs: after(drawn.kind === 'deadline' ? (slackMs ?? 0) : slackMs, earliestMs + drawn.durationMs),
      cancelMs: after(patienceMs, drawn.submitMs),
      minDurationMs: share(shorter, drawn.durationMs),
      minInstances: share(fewer, drawn.instances),
      orStartsMs: ['advance', 'deadline', 'flexible'].includes(drawn.kind)
        ? otherLeadsMs?.map((otherMs) => earliestMs + otherMs)
        : undefined,
    };
  });

const context = { startMs: Date.UTC(2009, 7, 17), instanceTypes: TYPES_OF_THE_PAPERS, template: 'debian' };

test('rows written as CSV are read as the same rows, and mean the same requests', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(row, { maxLength: 20, selector: ({ id }) => id }), async (rows) => {
      const written = [...rows].sort((a, b) => a.submitMs - b.submitMs);
      const csv = formatCsvHeader() + written.map((row) => formatCsvRow(row)).join('');
      const read = (await folder.rows('round-trip.csv', csv)).map((each) => ({ ...each, line: undefined }));
      expect(read).toEqual(written);
      expect(read.map((each) => toUserRequest(each, context))).toEqual(
        written.map((each) => toUserRequest(each, context)),
      );
    }),
    { numRuns: runs(300) },
  );
});
