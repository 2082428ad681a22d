// What the EC2 interface keeps of its own, and what an account has, put together for it from reservations and instances. Everything is read
// and written for one account: there is no query here that reaches another.
import type { Ec2GroupRecord, Ec2KeyPairRecord, Ec2SlotRecord, Ec2TagRecord } from '../records.ts';
import type { Row } from './field.ts';
import { chunksOf } from './multi-row.ts';
import type { Database } from './open-database.ts';
import { EC2_GROUPS, EC2_KEY_PAIRS, EC2_SLOTS, EC2_TAGS, INSTANCES, SHOWN_RESERVATION } from './tables.ts';

export type HeldReservation = ReturnType<typeof SHOWN_RESERVATION.read>;
export type HeldInstance = ReturnType<typeof INSTANCES.read>;

/** What an account has, and what it had until lately. */
export interface Holdings {
  readonly reservations: readonly HeldReservation[];
  readonly instances: readonly HeldInstance[];
  readonly slots: readonly Ec2SlotRecord[];
  readonly groups: readonly Ec2GroupRecord[];
  readonly tags: readonly Ec2TagRecord[];
}

export class Ec2Store {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** @param sinceMs what ended before is left out */
  async holdings(userId: number, sinceMs: number): Promise<Holdings> {
    const { reads } = this.#database;
    const own = { userid: userId };
    const rows: (Row & { readonly request_id: string })[] = await reads('reservations')
      .where(own)
      .where((where) => where.whereNull('ended_ms').orWhere('ended_ms', '>', sinceMs))
      .orderBy('opened_seq');
    const ids = rows.map(({ request_id }) => request_id);
    const instances: HeldInstance[] = [];
    const slots: Ec2SlotRecord[] = [];
    for (const some of chunksOf(ids)) {
      const vms: Row[] = await reads('instances').where(own).whereIn('request_id', some);
      instances.push(...vms.map(INSTANCES.read));
      const ofThese: Row[] = await reads('ec2_slots').where(own).whereIn('request_id', some);
      slots.push(...ofThese.map(EC2_SLOTS.read));
    }
    const groupIds = new Set(slots.flatMap(({ capacityId, launchId }) => [capacityId, launchId]));
    const groups: Ec2GroupRecord[] = [];
    for (const some of chunksOf([...groupIds].filter((id) => id !== null))) {
      const ofThese: Row[] = await reads('ec2_groups').where(own).whereIn('group_id', some);
      groups.push(...ofThese.map(EC2_GROUPS.read));
    }
    const tags: Row[] = await reads('ec2_tags').where(own).orderBy(['resource_id', 'key']);
    return {
      reservations: rows.map(SHOWN_RESERVATION.read),
      instances,
      slots,
      groups,
      tags: tags.map(EC2_TAGS.read),
    };
  }

  /** Whose confirmation a crash came in the way of. */
  async unsettled(userId: number): Promise<readonly Ec2GroupRecord[]> {
    const rows: Row[] = await this.#database.reads('ec2_groups').where({ userid: userId, settled: false });
    return rows.map(EC2_GROUPS.read);
  }

  async findByToken(userId: number, token: string): Promise<Ec2GroupRecord | undefined> {
    const row: Row | undefined = await this.#database
      .reads('ec2_groups')
      .where({ userid: userId, token })
      .first();
    return row && EC2_GROUPS.read(row);
  }

  async slotsOf(userId: number, groupId: string): Promise<readonly Ec2SlotRecord[]> {
    const rows: Row[] = await this.#database
      .reads('ec2_slots')
      .where({ userid: userId })
      .where((where) => where.where({ launch_id: groupId }).orWhere({ capacity_id: groupId }))
      .orderBy(['launch_index', 'request_id']);
    return rows.map(EC2_SLOTS.read);
  }

  /** A group, what belongs to it, and what it is tagged with: all of it or nothing. */
  async save(
    groups: readonly Ec2GroupRecord[],
    slots: readonly Ec2SlotRecord[],
    tags: readonly Ec2TagRecord[] = [],
  ): Promise<void> {
    await this.#database.knex.transaction(async (trx) => {
      await EC2_GROUPS.save(trx, groups);
      await EC2_SLOTS.save(trx, slots);
      await EC2_TAGS.save(trx, tags);
    });
  }

  /** As if it had not been asked for. */
  async forget({ groupId, kind, userId }: Ec2GroupRecord): Promise<void> {
    const own = { userid: userId };
    await this.#database.knex.transaction(async (trx) => {
      await trx('ec2_groups')
        .where({ ...own, group_id: groupId })
        .delete();
      if (kind === 'launch') {
        // What was launched into a capacity reservation remains its place.
        await trx('ec2_slots')
          .where({ ...own, launch_id: groupId })
          .whereNotNull('capacity_id')
          .update(EC2_SLOTS.write({ launchId: null }));
        await trx('ec2_slots')
          .where({ ...own, launch_id: groupId })
          .delete();
      } else {
        await trx('ec2_slots')
          .where({ ...own, capacity_id: groupId })
          .delete();
      }
      await trx('ec2_tags')
        .where({ ...own, resource_id: groupId })
        .delete();
    });
  }

  // Key pairs

  async keyPairs(userId: number): Promise<readonly Ec2KeyPairRecord[]> {
    const rows: Row[] = await this.#database.reads('ec2_key_pairs').where({ userid: userId }).orderBy('name');
    return rows.map(EC2_KEY_PAIRS.read);
  }

  async addKeyPair(pair: Ec2KeyPairRecord, tags: readonly Ec2TagRecord[]): Promise<void> {
    await this.#database.knex.transaction(async (trx) => {
      await EC2_KEY_PAIRS.insert(trx, [pair]);
      await EC2_TAGS.save(trx, tags);
    });
  }

  async deleteKeyPair({ pairId, userId }: Ec2KeyPairRecord): Promise<void> {
    await this.#database.knex('ec2_key_pairs').where({ userid: userId, pair_id: pairId }).delete();
    await this.#database.knex('ec2_tags').where({ userid: userId, resource_id: pairId }).delete();
  }

  // Tags

  async tag(tags: readonly Ec2TagRecord[]): Promise<void> {
    await EC2_TAGS.save(this.#database.knex, tags);
  }

  /** @param value undefined: whatever it is */
  async untag(userId: number, resourceId: string, key?: string, value?: string): Promise<void> {
    await this.#database
      .knex('ec2_tags')
      .where({
        userid: userId,
        resource_id: resourceId,
        ...(key === undefined ? {} : { key }),
        ...(value === undefined ? {} : { value }),
      })
      .delete();
  }
}
