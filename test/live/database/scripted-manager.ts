// Stands in for the manager before a GroupCommit: a test says what the state is and which events a command had.
import type { DomainEvent, Proposal, ReservationSnapshot, VmSnapshot } from '../../../engine/index.ts';
import { AccountStore } from '../../../live/database/account-store.ts';
import type { Database } from '../../../live/database/open-database.ts';
import { GroupCommit } from '../../../live/recorder/group-commit.ts';
import type { AccountRecord, JournalEvent } from '../../../live/records.ts';

export const TERMS: Proposal = {
  type: 'SMALL',
  demand: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
  numInstancesFixed: 2,
  numInstancesOption: 1,
  startMs: 1_250_000_000_000,
  durationMs: 3_600_000,
  template: 'Debian',
};

export async function registerUser(
  database: Database,
  username = 'alice',
  balanceMicros = 0,
): Promise<AccountRecord> {
  return new AccountStore(database).register({
    username,
    password: 'correct horse battery',
    fullName: `${username} of Melbourne`,
    email: `${username}@example.org`,
    role: 'user',
    createdMs: 1_000,
    balanceMicros,
  });
}

/** The number-th id. */
export function reservationId(number: number): string {
  return `0F000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export function reservation(
  user: AccountRecord,
  number: number,
  changes: Partial<ReservationSnapshot> = {},
): ReservationSnapshot {
  return {
    reservationId: reservationId(number),
    userId: String(user.userId),
    origin: null,
    state: 'ACCEPTED',
    round: 1,
    proposal: TERMS,
    priceMicros: 5_000,
    holdUntilMs: 60_000,
    windowOpen: false,
    openedMs: 0,
    optionsClaimed: 0,
    end: null,
    instances: [
      { number: 1, nodeId: 'n1', vm: null },
      { number: 2, nodeId: 'n2', vm: null },
    ],
    ...changes,
  };
}

export function vm(vmId: string, changes: Partial<VmSnapshot> = {}): VmSnapshot {
  return {
    vmId,
    wanted: 'running',
    state: 'RUNNING',
    nodeId: 'n1',
    loadPermille: 250,
    ipAddress: '10.0.0.1',
    guestDone: false,
    hung: false,
    rebootDue: false,
    powerOffDue: false,
    attempts: 0,
    parkedSinceMs: null,
    ...changes,
  };
}

/** The events of a request that is accepted as it is. */
export function accepted(
  { reservationId, userId, priceMicros, holdUntilMs }: ReservationSnapshot,
  atMs = 10,
): DomainEvent[] {
  return [
    { type: 'reservation-initiated', atMs, reservationId, userId, origin: null },
    { type: 'proposal-received', atMs, reservationId, round: 1, proposal: TERMS },
    { type: 'offer-accepted', atMs, reservationId, round: 1, priceMicros, holdUntilMs, pieces: [] },
  ];
}

export function confirmed({ reservationId, priceMicros }: ReservationSnapshot, atMs = 20): DomainEvent {
  return { type: 'reservation-confirmed', atMs, reservationId, proposal: TERMS, priceMicros, pieces: [] };
}

export class ScriptedManager {
  readonly snapshots = new Map<string, ReservationSnapshot>();
  /** What happened, in order: `reply <name>`, `committed <seq>-<seq>`, `failed`. */
  readonly log: string[] = [];
  readonly committed: JournalEvent[] = [];
  failure: unknown;
  readonly persistence: GroupCommit;

  constructor(database: Database, lastSeq = 0) {
    this.persistence = new GroupCommit({
      database,
      lastSeq,
      snapshotOf: (id) => this.snapshots.get(id),
      reservationIds: () => this.snapshots.keys(),
      onCommitted: (events) => {
        this.committed.push(...events);
        this.log.push(`committed ${events[0]?.seq}-${events.at(-1)?.seq}`);
      },
      onFailed: (error) => {
        this.failure = error;
        this.log.push('failed');
      },
    });
  }

  /** A command that leaves the reservation like this. */
  run(name: string, state: ReservationSnapshot | null, ...events: DomainEvent[]): void {
    if (state !== null) this.snapshots.set(state.reservationId, state);
    this.persistence.commit(events, () => this.log.push(`reply ${name}`));
  }
}
