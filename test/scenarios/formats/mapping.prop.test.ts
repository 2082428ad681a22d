// A mapping gives what our own CSV gives: any requests, laid out as somebody else's table under a mapping drawn with it, are read as they are.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REQUEST_KINDS } from '../../../engine/index.ts';
import { formatCsvHeader, formatCsvRow } from '../../../scenarios/formats/csv.ts';
import type { WorkloadRow } from '../../../scenarios/formats/row.ts';
import { runs } from '../../support/fast-check.ts';
import { START_MS, WorkloadFolder } from './workload-folder.ts';

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

const UNITS_MS = { s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZES = { MiB: 1, GiB: 1024, TiB: 1024 ** 2 };

const row = fc
  .record({
    id: fc.stringMatching(/^[a-z0-9]{1,6}$/),
    kind: fc.constantFrom(...REQUEST_KINDS.filter((kind) => kind === 'advance' || kind === 'best-effort')),
    submitMs: fc.nat({ max: 1000 }).map((days) => days * UNITS_MS.d),
    leadMs: fc.option(
      fc.nat({ max: 100 }).map((days) => days * UNITS_MS.d),
      { nil: undefined },
    ),
    durationMs: fc.integer({ min: 1, max: 100 }).map((days) => days * UNITS_MS.d),
    milliCpus: fc.integer({ min: 1, max: 64 }).map((cpus) => cpus * 1000),
    memoryMib: fc.integer({ min: 1, max: 16 }).map((tebibytes) => tebibytes * SIZES.TiB),
    diskGib: fc.nat({ max: 100 }),
    instances: fc.integer({ min: 1, max: 100 }),
    user: fc.option(fc.constantFrom('ann', 'bob, jr', '007', 'say "x"'), { nil: undefined }),
  })
  .map(
    ({ leadMs, milliCpus, memoryMib, diskGib, ...drawn }): WorkloadRow => ({
      ...drawn,
      startMs: leadMs === undefined ? undefined : drawn.submitMs + leadMs,
      size: { milliCpus, memoryMib, diskGib },
      optional: 0,
    }),
  );

const layout = fc.record({
  order: fc.shuffledSubarray(
    ['id', 'kind', 'submit', 'start', 'length', 'cpus', 'memory', 'disk', 'instances', 'user', 'noise'],
    { minLength: 11 },
  ),
  unit: fc.constantFrom(...(Object.keys(UNITS_MS) as (keyof typeof UNITS_MS)[])),
  size: fc.constantFrom(...(Object.keys(SIZES) as (keyof typeof SIZES)[])),
  isDated: fc.boolean(),
  isUnix: fc.boolean(),
  hasEnd: fc.boolean(),
  isTotal: fc.boolean(),
  hasHeader: fc.boolean(),
  separator: fc.constantFrom(',', ';', '|', 'tab'),
  nothing: fc.constantFrom('', '-1', 'NULL'),
  lineEnd: fc.constantFrom('\n', '\r\n'),
  numbered: fc.boolean(),
  noise: fc.constantFrom('x', 'a, "b"', '17'),
});
type Layout = typeof layout extends fc.Arbitrary<infer L> ? L : never;

/** The table, and the mapping that reads it. */
function foreign(rows: readonly WorkloadRow[], drawn: Layout): { text: string; columns: object } {
  const { hasEnd, hasHeader, isDated, isTotal, isUnix, lineEnd, nothing, order, separator, size, unit } =
    drawn;
  const instant = (ms: number | undefined): string => {
    if (ms === undefined) return nothing;
    if (isDated) return new Date(START_MS + ms).toISOString().slice(0, 19).replace('T', ' ');
    return String((isUnix ? START_MS + ms : ms) / UNITS_MS[isUnix ? 's' : unit]);
  };
  const cells = (each: WorkloadRow): Record<string, string> => {
    if (typeof each.size === 'string') throw new Error('rows have amounts');
    const times = isTotal ? each.instances : 1;
    return {
      id: each.id,
      kind: each.kind === 'advance' ? 'A' : 'B',
      submit: instant(each.submitMs),
      start: instant(each.startMs),
      length: hasEnd
        ? instant((each.startMs ?? each.submitMs) + each.durationMs)
        : String(each.durationMs / UNITS_MS[unit]),
      cpus: String((each.size.milliCpus * times) / 1000),
      memory: String((each.size.memoryMib * times) / SIZES[size]),
      disk: String(each.size.diskGib),
      instances: String(each.instances),
      user: each.user ?? nothing,
      noise: drawn.noise,
    };
  };
  const mark = separator === 'tab' ? '\t' : separator;
  const quoted = (text: string) => (/[",;|\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (fields: readonly string[]) => `${fields.map(quoted).join(mark)}${lineEnd}`;
  const lines = rows.map((each) => line(order.map((column) => cells(each)[column]!)));
  const at = (column: string) => (drawn.numbered || !hasHeader ? order.indexOf(column) + 1 : column);
  const clock = isDated || isUnix ? {} : { unit };
  const per = isTotal ? { over: at('instances') } : {};
  return {
    text: (hasHeader ? line(order) : '') + lines.join(''),
    columns: {
      header: hasHeader,
      separator,
      time: { ...(isDated ? { zone: 'Z' } : {}), ...(isUnix ? { origin: 'unix' } : {}) },
      ...(nothing === '' ? {} : { nothing: [nothing] }),
      id: at('id'),
      kind: { column: at('kind'), words: { A: 'advance', B: 'best-effort' } },
      submit: { column: at('submit'), ...clock },
      start: { column: at('start'), ...clock },
      ...(hasEnd
        ? { end: { column: at('length'), ...clock } }
        : { duration: { column: at('length'), unit } }),
      cpus: { column: at('cpus'), ...per },
      memory: { column: at('memory'), unit: size, ...per },
      disk: at('disk'),
      instances: at('instances'),
      user: at('user'),
    },
  };
}

test('a foreign table under its mapping gives the requests of our own CSV', async () => {
  const tables = fc.uniqueArray(row, { minLength: 1, maxLength: 12, selector: ({ id }) => id });
  await fc.assert(
    fc.asyncProperty(tables, layout, async (drawn, how) => {
      const rows = [...drawn].sort((a, b) => a.submitMs - b.submitMs);
      const own = await folder.requests(
        'own.csv',
        formatCsvHeader() + rows.map((row) => formatCsvRow(row)).join(''),
      );
      const { text, columns } = foreign(rows, how);
      expect(await folder.requests('log', text, { columns })).toEqual(own);
      expect(folder.odd).toEqual({});
    }),
    { numRuns: runs(200) },
  );
});
