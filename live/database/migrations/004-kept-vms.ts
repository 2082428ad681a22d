// What a VM has to lose, what could not be done with it, and until when the disk of a guest that shut down by itself is kept.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.alterTable('instances', (table) => {
    // Of the VMs that are there already it is not known: they are taken for VMs with something to lose.
    table.boolean('has_run').notNullable().defaultTo(true);
    // As JSON; null when nothing is.
    table.text('trouble');
    table.bigInteger('kept_until_ms');
  });
}
