import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openForTest, temporaryDirectory } from '../../support/databases.ts';

async function numbers() {
  const database = await openForTest(`sqlite:${join(temporaryDirectory(), 'numbers.db')}`);
  const { knex } = database;
  await knex.raw('CREATE TABLE numbers (n INTEGER UNIQUE)');
  const insert = (n: number) => knex('numbers').insert({ n });
  return { database, knex, insert };
}

test('a statement that failed is said again, with other values, as if nothing were', async () => {
  const { insert, knex } = await numbers();
  await insert(1);
  await expect(insert(1)).rejects.toThrow('UNIQUE');
  await insert(2);
  expect(await knex('numbers').pluck('n')).toEqual([1, 2]);
  expect(await knex('numbers').where('n', '>', 1).delete()).toBe(1);
  expect(await knex('numbers').where('n', '>', 5).delete()).toBe(0);
});

test('a statement that is said twice at once has two answers, and one that is wrong two refusals', async () => {
  const { knex } = await numbers();
  await knex.transaction(async (trx) => {
    const plus = (n: number) => trx.raw('SELECT ? + 1 AS n', [n]);
    expect(await Promise.all([plus(1), plus(2), plus(3)])).toEqual([[{ n: 2 }], [{ n: 3 }], [{ n: 4 }]]);
    expect(await Promise.all([plus(5), plus(6)])).toEqual([[{ n: 6 }], [{ n: 7 }]]);
    const wrong = await Promise.allSettled([1, 2].map(() => trx.raw('SELECT nothing FROM numbers')));
    expect(wrong.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

test('a column that is new is in the next answer', async () => {
  const { insert, knex } = await numbers();
  await insert(1);
  expect(await knex('numbers').select('*')).toEqual([{ n: 1 }]);
  await knex.raw('ALTER TABLE numbers ADD COLUMN word TEXT');
  expect(await knex('numbers').select('*')).toEqual([{ n: 1, word: null }]);
});

test('more statements than are kept, and longer ones, are said all the same, and the database closes', async () => {
  const { database, knex } = await numbers();
  for (let n = 0; n < 250; n++) expect(await knex.raw(`SELECT ${n} AS n`)).toEqual([{ n }]);
  const many = Array.from({ length: 3_000 }, (_, n) => n);
  expect(await knex('numbers').whereIn('n', many)).toEqual([]);
  await database.close();
  await expect(knex('numbers')).rejects.toThrow();
});
