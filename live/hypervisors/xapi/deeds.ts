// What a pool tells its administrators about a VM: every deed of a client and every crash leaves a message, a shutdown by the guest leaves
// none. So messages prove that a VM did not shut down by itself, and never that it did.
import type { PoolConnection } from './connection.ts';
import { fieldsOf, readRecord, text } from './records.ts';

/** What brought a VM down, as far as the pool tells. */
export type Deed = 'shut-down' | 'crashed';

const DEEDS: Readonly<Record<string, Deed>> = { VM_SHUTDOWN: 'shut-down', VM_CRASHED: 'crashed' };

const BEGINNINGS: ReadonlySet<string> = new Set(['VM_STARTED', 'VM_RESUMED', 'VM_REBOOTED']);

/** The API's times have whole seconds. */
const EVER = '19700101T00:00:00Z';

/**
 * What brought the VM down after its last start. What happened in the same second as that start counts.
 * @returns undefined when the pool tells of nothing
 * @throws PoolFailure, PoolUnreachable when it does not tell
 */
export async function deedOn(
  connection: PoolConnection,
  { metrics, uuid }: { readonly metrics: string | undefined; readonly uuid: string },
): Promise<Deed | undefined> {
  const answer = await connection.call('message.get', 'VM', uuid, EVER);
  const messages = Object.values(fieldsOf(answer))
    .map(fieldsOf)
    .map((message) => ({ name: text(message['name']), at: text(message['timestamp']) }));
  const started =
    metrics === undefined
      ? undefined
      : text((await readRecord(connection, 'VM_metrics', metrics))?.['start_time']);
  const begun = messages.filter(({ name }) => BEGINNINGS.has(name)).map(({ at }) => at);
  const since = [...begun, started ?? EVER].reduce((latest, at) => (at > latest ? at : latest), EVER);
  return messages
    .filter(({ at }) => at >= since)
    .flatMap(({ name }) => DEEDS[name] ?? [])
    .sort()[0];
}
