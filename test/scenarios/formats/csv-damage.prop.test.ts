// Nothing of a CSV is lost or changed on the way to requests: however its lines end, its values are quoted and its columns are ordered, it
// means the same; and of a row that is damaged one hears its line, unless it is read as it is written now.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WorkloadRow } from '../../../scenarios/formats/row.ts';
import { runs } from '../../support/fast-check.ts';
import { WorkloadFolder } from './workload-folder.ts';

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

const COLUMNS = ['id', 'submit', 'start', 'duration', 'type', 'instances', 'user', 'latest_start'] as const;
type Column = (typeof COLUMNS)[number];
type Written = Readonly<Record<Column, string>>;

/** Blanks inside, commas, quotes and line breaks: what quoting is for. */
const name = fc
  .string({ maxLength: 8, unit: fc.constantFrom('a', 'Z', '7', ' ', ',', '"', '\n', '\r\n', ';', '|', 'é') })
  .map((text) => `x${text}y`);

const table: fc.Arbitrary<Written[]> = fc
  .array(
    fc.record({
      gap: fc.nat({ max: 5000 }),
      lead: fc.option(fc.nat({ max: 100_000 })),
      duration: fc.oneof(
        fc.integer({ min: 1, max: 1_000_000 }).map(String),
        fc.constantFrom('PT1H', '0.5', '1e3'),
      ),
      type: fc.constantFrom('SMALL', 'LARGE'),
      instances: fc.option(fc.integer({ min: 1, max: 9 })),
      user: fc.option(name),
      slack: fc.option(fc.nat({ max: 1000 })),
      id: name,
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((rows) => {
    let submit = 0;
    return rows.map(({ gap, lead, slack, instances, user, id, ...rest }, index) => {
      submit += gap;
      const start = lead === null ? '' : String(submit + lead);
      return {
        ...rest,
        id: `${index}${id}`,
        submit: String(submit),
        start,
        instances: String(instances ?? ''),
        user: user ?? '',
        latest_start: slack === null ? '' : String(submit + (lead ?? 0) + slack),
      };
    });
  });

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
const needsQuotes = (text: string): boolean => /[",\r\n]/.test(text);
const plain = (text: string): string => (needsQuotes(text) ? quoted(text) : text);

/** The plainest way to write it. */
function plainCsv(rows: readonly Written[]): string {
  const lines = rows.map((row) => COLUMNS.map((column) => plain(row[column])).join(','));
  return [COLUMNS.join(','), ...lines, ''].join('\n');
}

/** What a reader of the file made of it, without what tells where it stood. */
const meaning = (rows: readonly WorkloadRow[]) => rows.map((row) => ({ ...row, line: undefined }));

test('line ends, quotes, blanks, empty lines, commas at the end and the order of columns mean nothing', async () => {
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.shuffledSubarray([...COLUMNS], { minLength: COLUMNS.length }),
      fc.infiniteStream(fc.constantFrom('\n', '\r\n', '\r')),
      fc.infiniteStream(fc.constantFrom('', '', ' ', '\t')),
      fc.infiniteStream(fc.boolean()),
      fc.record({ bom: fc.boolean(), comma: fc.boolean(), open: fc.boolean() }),
      async (rows, order, ends, blanks, coins, { bom, comma, open }) => {
        const next = <T>(stream: fc.Stream<T>): T => stream.next().value as T;
        const value = (text: string) => {
          const written = next(coins) ? quoted(text) : plain(text);
          return next(blanks) + written + next(blanks);
        };
        const lines = [
          order.map((column) => value(column)),
          ...rows.map((row) => order.map((c) => value(row[c]))),
        ];
        let text = bom ? '\uFEFF' : '';
        for (const [index, line] of lines.entries()) {
          const isLast = index === lines.length - 1;
          text += line.join(',') + (comma ? ',' : '') + (isLast && open ? '' : next(ends));
          if (!isLast && next(coins)) text += next(blanks) + next(ends);
        }
        const expected = meaning(await folder.rows('plain.csv', plainCsv(rows)));
        expect(expected).toHaveLength(rows.length);
        const read = await folder.rows('odd.csv', text);
        expect(meaning(read)).toEqual(expected);
        // Each says where it begins.
        const physical = text.split(/\r\n|\n|\r/);
        for (const [index, { id, line }] of read.entries()) {
          const [first] = id.split(/\r\n|\n|\r/);
          const hasId = order[0] !== 'id' || physical[line! - 1]!.includes(first!.replaceAll('"', '""'));
          expect([index, line, hasId]).toEqual([index, line, true]);
        }
      },
    ),
    { numRuns: runs(200) },
  );
});

/** What can happen to one line. */
type Damage = {
  readonly kind: 'cut' | 'surplus' | 'value' | 'comma' | 'byte';
  readonly at: number;
  readonly value: string;
};

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('cut', 'surplus', 'value', 'comma', 'byte'),
  at: fc.nat({ max: 1000 }),
  value: fc.constantFrom(
    '',
    '0x10',
    '-1',
    'NaN',
    '1e20',
    '2009-02-30',
    '01:00:00',
    '1.5',
    'SMAL',
    'é',
    '"',
    '7 7',
    '99999999999999',
  ),
});

function damagedLine(row: Written, { kind, at, value }: Damage): string {
  const values: string[] = COLUMNS.map((column) => plain(row[column]));
  const line = values.join(',');
  switch (kind) {
    case 'cut':
      return line.slice(0, at % (line.length + 1));
    case 'surplus':
      return `${line},${value}`;
    case 'value':
      return values.with(at % values.length, value).join(',');
    case 'comma':
      return `${line.slice(0, at % line.length)},${line.slice(at % line.length)}`;
    case 'byte':
      return line.slice(0, at % line.length) + value + line.slice((at % line.length) + 1);
  }
}

test('a damaged row is named with its line, or read as it is written; the others are read as ever', async () => {
  // Without line breaks in values, so that the oracle can split lines and values by hand.
  const tame = table.map((rows) =>
    rows.map((row) => ({
      ...row,
      id: row.id.replaceAll(/[\r\n"]/g, ''),
      user: row.user.replaceAll(/[\r\n"]/g, ''),
    })),
  );
  await fc.assert(
    fc.asyncProperty(tame, fc.nat({ max: 100 }), damage, async (rows, where, drawn) => {
      const index = where % rows.length;
      const lines = plainCsv(rows).split('\n');
      const line = damagedLine(rows[index]!, drawn);
      const text = lines.with(index + 1, line).join('\n');
      const sound = await folder.rows('plain.csv', plainCsv(rows));
      const others = sound.toSpliced(index, 1);
      let read: WorkloadRow[];
      try {
        read = await folder.rows('damaged.csv', text);
      } catch {
        const problem = await folder.problem('damaged.csv', text);
        // An order that is broken is told of the row behind, which names the damaged one.
        expect(problem).toMatch(new RegExp(`:${index + 2}: |line ${index + 2}\\b|"[^"]*" is the id of`));
        return;
      }
      const isGone = line.trim() === '';
      expect(read).toHaveLength(isGone ? rows.length - 1 : rows.length);
      expect(isGone ? read : read.toSpliced(index, 1)).toEqual(others);
      if (isGone) return;
      // As written: each value that the row now has stands in its line.
      const row = read[index]!;
      expect(line).toContain(row.id);
      if (row.user !== undefined) expect(line).toContain(row.user);
    }),
    { numRuns: runs(400) },
  );
});
