// What was bought of partners, and what they are owed. Offers, confirmations, and settlements of what was sold are written with the commits that they
// belong to (recorder/batch-writer.ts); here is what came of what was not sold.
import type { Page, PassageRecord } from '../records.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { countRows, pageOf, parseCursor } from './paging.ts';
import { PASSAGES } from './tables.ts';

export interface PassageQuery {
  readonly reservationId?: string;
  readonly limit: number;
  readonly cursor?: string;
}

/** What a partner is owed by now, and of how many reservations more is to come. */
export interface PartnerBalance {
  readonly partner: string;
  readonly owedMicros: number;
  readonly open: number;
}

export class PassageStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async get(reservationId: string): Promise<PassageRecord | undefined> {
    const row: Row | undefined = await this.#passages().where({ request_id: reservationId }).first();
    return row && PASSAGES.read(row);
  }

  /** Of which something is still to come, the oldest first. */
  async unsettled(): Promise<readonly PassageRecord[]> {
    const rows: Row[] = await this.#passages().whereNull('settled_ms').orderBy('seq');
    return rows.map(PASSAGES.read);
  }

  /** The newest first. */
  async page({ cursor, limit, reservationId }: PassageQuery): Promise<Page<PassageRecord>> {
    const matching = () => {
      const selection = this.#passages();
      if (reservationId !== undefined) selection.where({ request_id: reservationId });
      return selection;
    };
    const selection = matching()
      .orderBy('seq', 'desc')
      .limit(limit + 1);
    if (cursor !== undefined) selection.where('seq', '<', parseCursor(cursor));
    const rows: (Row & { seq: number })[] = await selection;
    const total = await countRows(matching());
    return pageOf(rows, { limit, total, positionOf: ({ seq }) => seq, toItem: PASSAGES.read });
  }

  /** Of each partner that was ever bought from, by name. */
  async balances(): Promise<readonly PartnerBalance[]> {
    const { knex } = this.#database;
    const rows: { partner: string; owed: number | null; open: number | null }[] = await this.#passages()
      .select('partner')
      .select(
        knex.raw(
          'CAST(SUM(CASE WHEN confirmed_ms IS NULL THEN 0 ELSE price_micros - refund_micros - penalty_micros END) AS BIGINT) AS owed',
        ),
        knex.raw('CAST(SUM(CASE WHEN settled_ms IS NULL THEN 1 ELSE 0 END) AS INTEGER) AS open'),
      )
      .groupBy('partner')
      .orderBy('partner');
    return rows.map(({ open, owed, partner }) => ({
      partner,
      owedMicros: Number(owed),
      open: Number(open),
    }));
  }

  /** Nothing is to come of it any more. Again, it stays as it was. */
  async settle(
    reservationId: string,
    settled: Pick<PassageRecord, 'confirmedMs' | 'penaltyMicros' | 'refundMicros'> & { settledMs: number },
  ): Promise<void> {
    await this.#database
      .knex(PASSAGES.name)
      .where({ request_id: reservationId, settled_ms: null })
      .update(PASSAGES.write(settled));
  }

  #passages() {
    return this.#database.reads(PASSAGES.name);
  }
}
