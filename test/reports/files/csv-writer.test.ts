import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Cell, CsvWriter, csvLine } from '../../../reports/files/csv-writer.ts';
import { InputError } from '../../../written/input-error.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'openpex-csv-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function written(columns: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const path = join(directory, 'table.csv');
  const writer = new CsvWriter(path, columns);
  for (const row of rows) writer.write(row);
  writer.close();
  return readFileSync(path, 'utf8');
}

describe('a CSV writer', () => {
  test('quotes what needs quotes and leaves the rest bare', () => {
    const text = written(
      ['id', 'note'],
      [
        [1.5, 'plain'],
        [-2, 'says "no", twice\nand leaves'],
        [null, ''],
        [true, 'é – ≤'],
      ],
    );
    expect(text).toBe('id,note\r\n1.5,plain\r\n-2,"says ""no"", twice\nand leaves"\r\n,\r\ntrue,é – ≤\r\n');
    const [, second] = parse(text, { columns: true }) as { note: string }[];
    expect(second!.note).toBe('says "no", twice\nand leaves');
  });

  test('keeps spreadsheets from running a name as a formula', () => {
    const text = written(['user'], [['=HYPERLINK("x")'], ['+1'], ['-1'], ['@sum'], ['\tx'], ['a=b']]);
    expect(text.split('\r\n').slice(1, -1)).toEqual([
      `"'=HYPERLINK(""x"")"`,
      "'+1",
      "'-1",
      "'@sum",
      "'\tx",
      'a=b',
    ]);
  });

  test('writes more than a buffer holds, in order', () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => [i, `row ${i}`]);
    const parsed = parse(written(['i', 'text'], rows)) as string[][];
    expect(parsed).toHaveLength(20_001);
    expect(parsed.at(-1)).toEqual(['19999', 'row 19999']);
  });

  test('writes every row as a line by itself would be, whatever is in it', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('=', '-', '+', '@', '"', ',', '\t', '\r', '\n', 'é', '🙂', 'a') }),
    );
    const long = fc.nat(3).map((n) => 'ü,x'.repeat(10_000 * n));
    const cell = fc.oneof(
      { arbitrary: text, weight: 8 },
      { arbitrary: fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null)), weight: 4 },
      { arbitrary: long, weight: 1 },
    );
    const rows = fc.array(fc.tuple(cell, cell, cell), { maxLength: 20 });
    fc.assert(
      fc.property(rows, (cells) => {
        const lines = [['a', 'b', 'c'], ...cells].map(csvLine);
        expect(written(['a', 'b', 'c'], cells)).toBe(Buffer.from(lines.join('')).toString());
      }),
    );
  });

  test('refuses a row with the wrong number of cells', () => {
    expect(() => written(['a', 'b'], [[1]])).toThrow(RangeError);
  });

  test('says when its file cannot be written', () => {
    expect(() => new CsvWriter(join(directory, 'absent', 'x.csv'), ['a'])).toThrow(InputError);
  });

  test.skipIf(!existsSync('/dev/full'))('says when the disk is full', () => {
    const full = new CsvWriter('/dev/full', ['a']);
    expect(() => full.close()).toThrow(
      expect.objectContaining({
        code: 'PEX_FILE_UNWRITABLE',
        message: expect.stringContaining('no space left'),
      }),
    );
  });

  test('can be abandoned at any time', () => {
    const writer = new CsvWriter(join(directory, 'x.csv'), ['a']);
    writer.abandon();
    writer.abandon();
    writer.close();
    expect(readFileSync(join(directory, 'x.csv'), 'utf8')).toBe('');
  });
});
