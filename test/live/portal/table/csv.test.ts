import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Column } from '../../../../live/portal/src/table/column.ts';
import { csvOf } from '../../../../live/portal/src/table/csv.ts';

interface Row {
  readonly name: string;
  readonly price: number;
  readonly at: number | null;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'Name', value: ({ name }) => name, cell: () => null },
  { name: 'Price', unit: 'credits', value: ({ price }) => price, cell: () => null },
  { name: 'At', value: ({ at }) => (at === null ? null : new Date(at)), cell: () => null },
  { name: 'Actions', cell: () => null },
];

test('has the columns that say something as data, with their units and instants as machines read them', () => {
  expect(
    csvOf(COLUMNS, [
      { name: 'Ada, "the first"', price: -1.5, at: Date.parse('2026-12-03T09:00:00Z') },
      { name: 'two\nlines', price: 0, at: null },
    ]),
  ).toBe(
    'Name,Price (credits),At\r\n"Ada, ""the first""",-1.5,2026-12-03T09:00:00.000Z\r\n"two\nlines",0,\r\n',
  );
});

test('a name that a spreadsheet would take for a formula is text', () => {
  const [, first] = csvOf(COLUMNS, [{ name: '=HYPERLINK("http://example.org")', price: 1, at: null }]).split(
    '\r\n',
  );
  expect(first).toBe(`"'=HYPERLINK(""http://example.org"")",1,`);
});

test('what is written is read back', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc
          .string({
            minLength: 1,
            maxLength: 8,
            unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '\u{1F600}', '='),
          })
          .filter((name) => !/^[=+\-@\t\r]/.test(name)),
        { maxLength: 6 },
      ),
      (names) => {
        const text = csvOf(
          COLUMNS.slice(0, 2),
          names.map((name) => ({ name, price: 2, at: null })),
        );
        const rows = parse(text, { record_delimiter: '\r\n' });
        expect(rows).toEqual([['Name', 'Price (credits)'], ...names.map((name) => [name, '2'])]);
      },
    ),
    { numRuns: 50 },
  );
});
