// Virtual machines as users and operators look at them, those that are gone included. Written by recorder/group-commit.ts.
import { isFinal, type ReservationState } from '../../engine/index.ts';
import type { InstanceRecord, Page } from '../records.ts';
import type { Row } from './field.ts';
import type { Database } from './open-database.ts';
import { countRows, pageOf, parseCursor } from './paging.ts';
import { INSTANCES, PROPOSAL } from './tables.ts';

export interface InstanceQuery {
  readonly userId?: number;
  readonly reservationId?: string;
  /** Default false: only what is not DELETED. */
  readonly includeDeleted?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

/** A VM's row with its user's name, and the name and the terms of its reservation. */
type NamedRow = Row & { readonly instance_no: number; readonly username: string } & {
  readonly window_open: boolean | number;
  readonly reservation_status: ReservationState;
  readonly reservation_name: string | null;
};

/** Named one by one, since `status` and `userid` are in both tables. */
const COLUMNS = [
  ...PROPOSAL.columns.map(({ name }) => `reservations.${name}`),
  'reservations.window_open',
  'reservations.status as reservation_status',
  'instances.*',
  'users.username',
  'reservation_labels.name as reservation_name',
];
const LABELS = ['reservation_labels', 'reservation_labels.request_id', 'instances.request_id'] as const;

export class InstanceStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The last launched first. */
  async list(query: InstanceQuery): Promise<Page<InstanceRecord>> {
    const { userId, reservationId, includeDeleted = false, limit, cursor } = query;
    const matching = () => {
      const selection = this.#database.reads('instances');
      if (userId !== undefined) selection.where('instances.userid', userId);
      if (reservationId !== undefined) selection.where('instances.request_id', reservationId);
      if (!includeDeleted) selection.whereNot('instances.status', 'DELETED');
      return selection;
    };
    const selection = matching()
      .join('reservations', 'reservations.request_id', 'instances.request_id')
      .join('users', 'users.userid', 'instances.userid')
      .leftJoin(...LABELS)
      .select(COLUMNS)
      .orderBy('instance_no', 'desc')
      .limit(limit + 1);
    if (cursor !== undefined) selection.where('instance_no', '<', parseCursor(cursor));
    const rows: NamedRow[] = await selection;
    const total = await countRows(matching());
    return pageOf(rows, { limit, total, positionOf: (row) => row.instance_no, toItem: toInstance });
  }

  async get(vmId: string): Promise<InstanceRecord | undefined> {
    const row: NamedRow | undefined = await this.#database
      .reads('instances')
      .join('reservations', 'reservations.request_id', 'instances.request_id')
      .join('users', 'users.userid', 'instances.userid')
      .leftJoin(...LABELS)
      .select(COLUMNS)
      .where('instances.vm_id', vmId)
      .first();
    return row && toInstance(row);
  }
}

function toInstance(row: NamedRow): InstanceRecord {
  const { username } = row;
  const { demand, durationMs, startMs, template, type } = PROPOSAL.read(row);
  const { instanceNo, number, reservationId, userId, vm } = INSTANCES.read(row);
  const { ipAddress, loadPermille, nodeId, state, vmId, wanted } = vm;
  return {
    vmId,
    reservationId,
    number,
    userId,
    username,
    name: `${username}-${instanceNo}`,
    reservationName: row.reservation_name,
    state,
    wanted,
    trouble: vm.trouble,
    keptUntilMs: vm.keptUntilMs,
    parkedSinceMs: vm.parkedSinceMs,
    windowOpen: Boolean(row.window_open) && !isFinal(row.reservation_status),
    nodeId,
    ipAddress,
    loadPermille,
    type,
    demand,
    template,
    startMs,
    endMs: startMs + durationMs,
  };
}
