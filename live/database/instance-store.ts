// Virtual machines as users and operators look at them, those that are gone included. Written by persistence/group-commit.ts.
import { isFinal, type ReservationState, type VmSnapshot, type VmState } from '../../engine/index.ts';
import type { InstanceRecord, Page } from '../records.ts';
import type { Database } from './open-database.ts';
import { countRows, pageOf, parseCursor } from './paging.ts';
import { fromProposalColumns, type ProposalColumns } from './proposal-columns.ts';

export interface InstanceQuery {
  readonly userId?: number;
  readonly reservationId?: string;
  /** Default false: only what is not DELETED. */
  readonly includeDeleted?: boolean;
  readonly limit: number;
  readonly cursor?: string;
}

interface InstanceRow extends ProposalColumns {
  readonly vm_id: string;
  readonly instance_no: number;
  readonly request_id: string;
  readonly number: number;
  readonly userid: number;
  readonly username: string;
  readonly status: VmState;
  readonly wanted: VmSnapshot['wanted'];
  readonly node_name: string;
  readonly ip_address: string | null;
  readonly load_permille: number;
  readonly parked_since_ms: number | null;
  readonly window_open: boolean | number;
  readonly reservation_status: ReservationState;
}

/** The terms of the reservation and the VM's own columns, of which `status` and `userid` are in both. */
const COLUMNS = [
  'reservations.type',
  'reservations.milli_cpus',
  'reservations.memory_mib',
  'reservations.disk_gib',
  'reservations.num_instances_fixed',
  'reservations.num_instances_option',
  'reservations.start_ms',
  'reservations.duration_ms',
  'reservations.template',
  'reservations.earliest_start_ms',
  'reservations.max_price_micros',
  'reservations.window_open',
  'reservations.status as reservation_status',
  'instances.*',
  'users.username',
];

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
      .select(COLUMNS)
      .orderBy('instance_no', 'desc')
      .limit(limit + 1);
    if (cursor !== undefined) selection.where('instance_no', '<', parseCursor(cursor));
    const rows: InstanceRow[] = await selection;
    const total = await countRows(matching());
    return pageOf(rows, { limit, total, positionOf: (row) => row.instance_no, toItem: toInstance });
  }

  async get(vmId: string): Promise<InstanceRecord | undefined> {
    const row: InstanceRow | undefined = await this.#database
      .reads('instances')
      .join('reservations', 'reservations.request_id', 'instances.request_id')
      .join('users', 'users.userid', 'instances.userid')
      .select(COLUMNS)
      .where('instances.vm_id', vmId)
      .first();
    return row && toInstance(row);
  }
}

function toInstance(row: InstanceRow): InstanceRecord {
  const terms = fromProposalColumns(row);
  if (terms === null) throw new TypeError(`VM ${row.vm_id} belongs to a reservation without terms`);
  return {
    vmId: row.vm_id,
    reservationId: row.request_id,
    number: row.number,
    userId: row.userid,
    username: row.username,
    name: `${row.username}-${row.instance_no}`,
    state: row.status,
    wanted: row.wanted,
    parkedSinceMs: row.parked_since_ms,
    windowOpen: Boolean(row.window_open) && !isFinal(row.reservation_status),
    nodeId: row.node_name,
    ipAddress: row.ip_address,
    loadPermille: row.load_permille,
    type: terms.type,
    demand: terms.demand,
    template: terms.template,
    startMs: terms.startMs,
    endMs: terms.startMs + terms.durationMs,
  };
}
