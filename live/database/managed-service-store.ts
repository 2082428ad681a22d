// Services that follow a manifest, and the leases that their managers have asked for.
import type { ManagedLeaseRecord, ManagedServiceRecord, Page } from '../records.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { countRows, pageOf, parseCursor } from './paging.ts';
import { MANAGED_LEASES, MANAGED_SERVICES } from './tables.ts';

type ListQuery = { readonly limit: number; readonly cursor?: string; readonly userId?: number };

export class ManagedServiceStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Newest first. */
  async list({ cursor, limit, userId }: ListQuery): Promise<Page<ManagedServiceRecord>> {
    const all = () => {
      const services = this.#database.reads('managed_services');
      return userId === undefined ? services : services.where({ userid: userId });
    };
    const selection = all()
      .orderBy('service_no', 'desc')
      .limit(limit + 1);
    if (cursor !== undefined) selection.where('service_no', '<', parseCursor(cursor));
    const rows: (Row & { readonly service_no: number })[] = await selection;
    const total = await countRows(all());
    return pageOf(rows, {
      limit,
      total,
      positionOf: (row) => row.service_no,
      toItem: MANAGED_SERVICES.read,
    });
  }

  /** For the next that is submitted. */
  async nextNo(): Promise<number> {
    const row: { last?: number | null } | undefined = await this.#database
      .reads('managed_services')
      .max({ last: 'service_no' })
      .first();
    return (row?.last ?? 0) + 1;
  }

  async get(serviceId: string): Promise<ManagedServiceRecord | undefined> {
    const row: Row | undefined = await this.#database
      .reads('managed_services')
      .where({ service_id: serviceId })
      .first();
    return row && MANAGED_SERVICES.read(row);
  }

  /** Of an account, one that has not ended and is called so. */
  async present(userId: number, name: string): Promise<ManagedServiceRecord | undefined> {
    const row: Row | undefined = await this.#database
      .reads('managed_services')
      .where({ userid: userId, name })
      .whereNot({ state: 'ENDED' })
      .first();
    return row && MANAGED_SERVICES.read(row);
  }

  /** The ids of those that have not ended, or have leases to give back. */
  async unsettled(): Promise<readonly string[]> {
    const rows: { service_id: string }[] = await this.#database
      .reads('managed_services')
      .whereNot({ state: 'ENDED' })
      .orWhereIn(
        'service_id',
        this.#database.reads('managed_leases').select('service_id').whereIn('state', ['WANTED', 'RELEASING']),
      )
      .orderBy('service_no')
      .select('service_id');
    return rows.map((row) => row.service_id);
  }

  /** The newest first. @param asked `states`: of which; absent: all */
  async leases(
    serviceId: string,
    {
      endAfterMs,
      limit,
      states,
    }: {
      readonly endAfterMs?: number;
      readonly limit?: number;
      readonly states?: readonly ManagedLeaseRecord['state'][];
    } = {},
  ): Promise<readonly ManagedLeaseRecord[]> {
    const leases = this.#database
      .reads('managed_leases')
      .where({ service_id: serviceId })
      .orderBy([
        { column: 'asked_ms', order: 'desc' },
        { column: 'start_ms', order: 'desc' },
        { column: 'lease_id', order: 'asc' },
      ]);
    if (states !== undefined) leases.whereIn('state', [...states]);
    if (endAfterMs !== undefined) leases.where('end_ms', '>', endAfterMs);
    if (limit !== undefined) leases.limit(limit);
    const rows: Row[] = await leases;
    return rows.map(MANAGED_LEASES.read);
  }

  /** A service with leases that changed: all of it or nothing. */
  async save(service: ManagedServiceRecord, leases: readonly ManagedLeaseRecord[] = []): Promise<void> {
    await this.#database.knex.transaction(async (trx) => {
      await MANAGED_SERVICES.save(trx, [service]);
      await MANAGED_LEASES.save(trx, leases);
    });
  }

  async saveLease(lease: ManagedLeaseRecord): Promise<void> {
    await MANAGED_LEASES.save(this.#database.knex, [lease]);
  }

  /** Forgets leases that were over by then. */
  async forget(serviceId: string, beforeMs: number): Promise<void> {
    await this.#database
      .knex('managed_leases')
      .where({ service_id: serviceId })
      .where('end_ms', '<', beforeMs)
      .whereNotIn('state', ['WANTED', 'RELEASING'])
      .delete();
  }
}
