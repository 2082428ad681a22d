// Rows that are inserted come back as they were, whichever of their columns were empty in those before them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inserterOf } from '../../../live/database/multi-row.ts';
import { databases } from '../../support/databases.ts';
import { runs } from '../../support/fast-check.ts';

const COLUMNS = ['n', 'whole', 'word', 'other'];

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((said) => said.replaceAll('\0', '')),
  // What could be taken for something else on its way.
  fc.constantFrom('null', '17', 'true', '["a"]', '{"a":"b\\u0000"}', '"', "'", '\\', ''),
);
const values = fc.tuple(
  fc.option(fc.maxSafeInteger()),
  fc.option(text, { freq: 2 }),
  fc.option(text, { freq: 2 }),
);
const batches = fc.array(fc.array(values, { maxLength: 4 }), { minLength: 1, maxLength: 4 });

for (const { name, open } of databases()) {
  test(`on ${name} rows come back as they were inserted, batch after batch`, async () => {
    const { knex } = await open();
    await knex.raw('CREATE TABLE things (n INTEGER PRIMARY KEY, whole BIGINT, word TEXT, other TEXT)');
    await fc.assert(
      fc.asyncProperty(batches, async (drawn) => {
        await knex('things').delete();
        const insert = inserterOf({ table: 'things', columns: COLUMNS });
        let n = 0;
        const all = drawn.map((batch) => batch.map((row) => [n++, ...row]));
        for (const rows of all) await insert(knex, rows);
        const stored: Record<string, unknown>[] = await knex('things').orderBy('n');
        expect(stored.map((row) => COLUMNS.map((column) => row[column]))).toEqual(all.flat());
      }),
      { numRuns: runs(100) },
    );
  });

  test(`on ${name} a row that is there is changed, and what is empty now is empty`, async () => {
    const { knex } = await open();
    await knex.raw('CREATE TABLE things (n INTEGER PRIMARY KEY, whole BIGINT, word TEXT, other TEXT)');
    const save = inserterOf({
      table: 'things',
      columns: COLUMNS,
      onConflict: 'ON CONFLICT (n) DO UPDATE SET whole = excluded.whole, word = excluded.word',
    });
    await save(knex, [[1, null, 'first', null]]);
    await save(knex, [
      [1, 7, null, 'not changed by a save'],
      [2, null, null, 'new'],
    ]);
    expect(await knex('things').orderBy('n')).toEqual([
      { n: 1, whole: 7, word: null, other: null },
      { n: 2, whole: null, word: null, other: 'new' },
    ]);
    await save(knex, [[1, null, null, null]]);
    expect(await knex('things').where({ n: 1 })).toEqual([{ n: 1, whole: null, word: null, other: null }]);
  });
}
