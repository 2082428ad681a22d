// When nodes are out and until when, planned maintenance included. A node that an older version knew as lost or drained is out until it is
// back: nobody was asked when.
import type { Knex } from 'knex';

export async function up(trx: Knex): Promise<void> {
  await trx.schema.createTable('outages', (table) => {
    table.text('outage_id').primary();
    // In the order in which they were entered.
    table.integer('position').notNullable();
    table.text('node_name').notNullable();
    table.text('cause').notNullable();
    table.bigInteger('from_ms').notNullable();
    // When the node is expected back; null when nobody knows.
    table.bigInteger('until_ms');
    table.boolean('begun').notNullable();
    table.bigInteger('due_order').notNullable();
  });
  const [last]: { ms: number | string | null }[] = await trx('journal').max({ ms: 'at_ms' });
  const nodes: { node_name: string; avail: unknown; in_service: unknown }[] = await trx('nodes')
    .select('node_name', 'avail', 'in_service')
    .orderBy('node_name');
  const out = nodes.flatMap(({ avail, in_service, node_name }) => [
    ...(in_service ? [] : [{ node_name, cause: 'drained' }]),
    ...(avail ? [] : [{ node_name, cause: 'lost' }]),
  ]);
  if (out.length === 0) return;
  await trx('outages').insert(
    out.map(({ cause, node_name }, position) => ({
      outage_id: `${cause}:${node_name}`,
      position,
      node_name,
      cause,
      from_ms: Number(last?.ms ?? 0),
      until_ms: null,
      begun: true,
      due_order: 0,
    })),
  );
}
