import { expect, test } from 'vitest';
import { type Transactions, transactionsOf } from '../../../live/database/write-transactions.ts';
import { databases } from '../../support/databases.ts';

for (const { name, open } of databases()) {
  const papers = async () => {
    const { kind, knex } = await open();
    await knex.raw('CREATE TABLE journals (id INTEGER PRIMARY KEY)');
    await knex.raw(
      'CREATE TABLE papers (id INTEGER PRIMARY KEY, journal INTEGER REFERENCES journals (id) DEFERRABLE INITIALLY DEFERRED)',
    );
    const transaction = transactionsOf(knex);
    const stored = () => knex('papers').orderBy('id').pluck('id');
    return { kind, knex, stored, transaction };
  };
  const write = (transaction: Transactions, id: number, journal: number | null = null) =>
    transaction(async (trx) => {
      await trx('papers').insert({ id, journal });
      return id;
    });

  test(`on ${name} what a transaction wrote is there when it is over, and what it returns is told`, async () => {
    const { stored, transaction } = await papers();
    expect(await write(transaction, 1)).toBe(1);
    expect(await write(transaction, 2)).toBe(2);
    expect(await stored()).toEqual([1, 2]);
  });

  test(`on ${name} nothing stays of what failed half-way, and the next is not part of it`, async () => {
    const { stored, transaction } = await papers();
    const failed = transaction(async (trx) => {
      await trx('papers').insert({ id: 1 });
      throw new Error('no more paper');
    });
    await expect(failed).rejects.toThrow('no more paper');
    await write(transaction, 2);
    expect(await stored()).toEqual([2]);
  });

  test(`on ${name} what cannot be committed is undone, and the next is not part of it`, async () => {
    const { stored, transaction } = await papers();
    // Nobody minds before COMMIT, which SQLite refuses without an end of the transaction.
    await expect(write(transaction, 1, 4711)).rejects.toThrow(/foreign key/i);
    await write(transaction, 2);
    expect(await stored()).toEqual([2]);
  });

  test(`on ${name} those that are begun at once do not mix`, async () => {
    const { knex, stored, transaction } = await papers();
    const others = transactionsOf(knex);
    const all = [1, 2, 3, 4, 5, 6].map((id) =>
      (id % 2 === 0 ? transaction : others)(async (trx) => {
        await trx('papers').insert({ id });
        await trx('papers').insert({ id: id + 10 });
        if (id % 3 === 0) throw new Error(`not ${id}`);
      }),
    );
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
    ]);
    expect(await stored()).toEqual([1, 2, 4, 5, 11, 12, 14, 15]);
  });
}
