// How busy VMs are, and what time it is there: every host answers for itself, over HTTP beside the API.
import type { PageTerms, PoolTransport } from './pool-transport.ts';
import { fieldsOf, texts } from './records.ts';

export interface LoadQuestion extends PageTerms {
  readonly transport: PoolTransport;
  /** Of the host, with protocol and port. */
  readonly url: string;
  readonly session: string;
}

/**
 * Thousandths of their virtual CPUs that guests keep busy, by the uuid of the VM; newest reading of the last minute.
 * @throws Error when the host does not answer, or not as it should
 */
export async function readLoads(question: LoadQuestion): Promise<Map<string, number>> {
  return parseLoads(await readUpdates(question));
}

/** Readings are taken every so often, at whole multiples by the clock of the host. */
export const READING_MS = 5_000;

/**
 * When the newest reading was taken by the clock of the host: at most {@link READING_MS} before the answer. Unlike this, the API tells the
 * time of the master, whichever host is asked for.
 * @throws Error when the host does not answer, or not as it should
 */
export async function readClock(question: LoadQuestion): Promise<number> {
  const endS = Number(fieldsOf(fieldsOf(await readUpdates(question))['meta'])['end']);
  if (Number.isFinite(endS)) return endS * 1000;
  throw new Error('the answer has no time');
}

async function readUpdates(question: LoadQuestion): Promise<unknown> {
  const url = new URL('/rrd_updates', question.url);
  url.search = new URLSearchParams({
    session_id: question.session,
    start: '-60',
    host: 'false',
    cf: 'AVERAGE',
    json: 'true',
  }).toString();
  return JSON.parse(await question.transport.page(url, question));
}

/** Rows come newest first; a series of a VM that has only begun says NaN. */
export function parseLoads(answer: unknown): Map<string, number> {
  const { data, meta } = fieldsOf(answer);
  const legend = texts(fieldsOf(meta)['legend']);
  const rows = (Array.isArray(data) ? data : []).map((row) => texts(fieldsOf(row)['values']));
  const cpus = new Map<string, number[]>();
  for (const [column, entry] of legend.entries()) {
    const uuid = /^AVERAGE:vm:([0-9a-f-]+):cpu\d+$/.exec(entry)?.[1];
    if (uuid === undefined) continue;
    const newest = rows.map((values) => Number.parseFloat(values[column] ?? 'NaN')).find(Number.isFinite);
    if (newest !== undefined) cpus.set(uuid, [...(cpus.get(uuid) ?? []), newest]);
  }
  return new Map(
    Array.from(cpus, ([uuid, shares]) => {
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
      return [uuid, Math.round(1000 * Math.min(1, Math.max(0, mean)))];
    }),
  );
}
