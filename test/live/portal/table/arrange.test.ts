import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arrange, nextOrder } from '../../../../live/portal/src/table/arrange.ts';
import type { Column } from '../../../../live/portal/src/table/column.ts';

interface Vm {
  readonly name: string;
  readonly cpus: number;
  readonly node: string | null;
  readonly startMs: number;
}

const COLUMNS: readonly Column<Vm>[] = [
  { name: 'Name', value: ({ name }) => name, cell: ({ name }) => name },
  { name: 'CPUs', value: ({ cpus }) => cpus, cell: ({ cpus }) => cpus },
  { name: 'Node', value: ({ node }) => node, cell: ({ node }) => node },
  { name: 'Start', value: ({ startMs }) => new Date(startMs), cell: () => null },
  { name: 'Actions', cell: () => 'Delete' },
];
const AT = Date.parse('2026-12-03T09:00:00Z');
const VMS: readonly Vm[] = [
  { name: 'web-10', cpus: 2, node: 'n1', startMs: AT },
  { name: 'web-9', cpus: 4, node: null, startMs: AT + 1000 },
  { name: 'Database', cpus: 2, node: 'n2', startMs: AT - 90_000_000 },
];
const namesBy = (search: string, by?: string, descending = false) =>
  arrange(VMS, COLUMNS, { search, order: by === undefined ? null : { by, descending } }).map(
    ({ name }) => name,
  );

test('every word that is searched for is in some column, whatever its case', () => {
  expect(namesBy('web n1')).toEqual(['web-10']);
  expect(namesBy('DATA')).toEqual(['Database']);
  // The words of a date, and nothing of columns that say nothing as data.
  expect(namesBy('thu dec web')).toEqual(['web-10', 'web-9']);
  expect(namesBy('delete')).toEqual([]);
  expect(namesBy('  ')).toHaveLength(3);
});

test('numbers within names count as numbers, what is not there comes last either way, and equals stay as they came', () => {
  expect(namesBy('', 'Name')).toEqual(['Database', 'web-9', 'web-10']);
  expect(namesBy('', 'Node')).toEqual(['web-10', 'Database', 'web-9']);
  expect(namesBy('', 'Node', true)).toEqual(['Database', 'web-10', 'web-9']);
  expect(namesBy('', 'CPUs')).toEqual(['web-10', 'Database', 'web-9']);
  expect(namesBy('', 'CPUs', true)).toEqual(['web-9', 'web-10', 'Database']);
  expect(namesBy('', 'Start')).toEqual(['Database', 'web-10', 'web-9']);
});

test('a heading sorts up, down, and not at all', () => {
  const up = nextOrder(null, 'Name');
  expect(up).toEqual({ by: 'Name', descending: false });
  const down = nextOrder(up, 'Name');
  expect(down).toEqual({ by: 'Name', descending: true });
  expect(nextOrder(down, 'Name')).toBeNull();
  expect(nextOrder(down, 'Node')).toEqual({ by: 'Node', descending: false });
});

test('sorting loses no row and puts neighbours in order', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: null })), fc.boolean(), (values, descending) => {
      const columns: readonly Column<{ value: number | null }>[] = [
        { name: 'Value', value: ({ value }) => value, cell: () => null },
      ];
      const rows = values.map((value) => ({ value }));
      const sorted = arrange(rows, columns, { search: '', order: { by: 'Value', descending } });
      expect(new Set(sorted)).toEqual(new Set(rows));
      const numbers = sorted.map(({ value }) => value);
      const there = values.filter((value) => value !== null).sort((a, b) => (descending ? b - a : a - b));
      expect(numbers).toEqual([...there, ...values.filter((value) => value === null)]);
    }),
  );
});
