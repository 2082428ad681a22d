// What was paused at the console of its host was shown so and meant to run; now it is meant to be paused until somebody wants it otherwise, so that it is not woken.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx('instances').where({ status: 'PAUSED', wanted: 'running' }).update({ wanted: 'paused' });
}
