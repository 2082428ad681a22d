// Stands in for the provider before a GroupCommit: a test says what the state is and which events an input had.
import {
  type Commit,
  type EventBody,
  endOf,
  type Input,
  type InstanceSnapshot,
  type Proposal,
  type ReservationSnapshot,
  type VmSnapshot,
} from '../../../engine/index.ts';
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
    dueOrder: 0,
    instances: [instance(1, 'n1'), instance(2, 'n2')],
    ...changes,
  };
}

/** Runs for the whole window of {@link TERMS}. */
export function instance(number: number, nodeId: string, vm: VmSnapshot | null = null): InstanceSnapshot {
  return { number, vm, pieces: [{ nodeId, startMs: TERMS.startMs, endMs: endOf(TERMS), use: 'run' }] };
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
    hasRun: true,
    service: null,
    trouble: null,
    keptUntilMs: null,
    parkedSinceMs: null,
    stays: false,
    operations: 0,
    operation: null,
    heard: null,
    retry: null,
    ...changes,
  };
}

/** An event with its instant; the number and the provider are added when it is recorded. */
export type ScriptedEvent = EventBody & { readonly atMs: number };

/** The events of a request that is accepted as it is. */
export function accepted(
  { reservationId, userId, priceMicros, holdUntilMs }: ReservationSnapshot,
  atMs = 10,
): ScriptedEvent[] {
  return [
    { type: 'reservation-initiated', atMs, reservationId, userId, origin: null },
    { type: 'proposal-received', atMs, reservationId, round: 1, proposal: TERMS },
    { type: 'offer-accepted', atMs, reservationId, round: 1, priceMicros, holdUntilMs, pieces: [] },
  ];
}

export function confirmed({ reservationId, priceMicros }: ReservationSnapshot, atMs = 20): ScriptedEvent {
  return { type: 'reservation-confirmed', atMs, reservationId, proposal: TERMS, priceMicros, pieces: [] };
}

export class ScriptedManager {
  /** What happened, in order: `reply <name>`, `failed`. */
  readonly log: string[] = [];
  failure: unknown;
  /** What was called back, as the journal should have it. */
  readonly journal: JournalEvent[] = [];
  readonly recorder: GroupCommit;
  #lastEventSeq: number;
  #lastSeq: number;
  #nowMs = 0;

  /** Goes on after these numbers. */
  constructor(database: Database, { lastCommitSeq = 0, lastEventSeq = 0 } = {}) {
    this.#lastSeq = lastCommitSeq;
    this.#lastEventSeq = lastEventSeq;
    this.recorder = new GroupCommit({
      database,
      onFailed: (error) => {
        this.failure = error;
        this.log.push('failed');
      },
    });
  }

  /** An input that leaves the reservation like this. */
  run(name: string, state: ReservationSnapshot | null, ...events: ScriptedEvent[]): void {
    this.record({ changed: state === null ? [] : [state], events }, () => this.log.push(`reply ${name}`));
  }

  record(
    {
      atMs,
      changed = [],
      events = [],
      input = { kind: 'command', command: { name: 'begin' } },
      provider,
    }: {
      /** Default: that of the first event, or as before. */
      readonly atMs?: number;
      readonly changed?: readonly ReservationSnapshot[];
      readonly events?: readonly ScriptedEvent[];
      readonly input?: Input;
      readonly provider?: Commit['provider'];
    },
    onRecorded: () => void,
  ): void {
    this.#lastSeq += 1;
    this.#nowMs = atMs ?? events[0]?.atMs ?? this.#nowMs;
    const commit: Commit = {
      seq: this.#lastSeq,
      atMs: this.#nowMs,
      input,
      events: events.map((event) => {
        this.#lastEventSeq += 1;
        return { seq: this.#lastEventSeq, provider: 'p', ...event };
      }),
      changed,
      provider,
      effects: [],
      armed: [],
      disarmed: [],
      reply: null,
    };
    this.recorder.record(commit, () => {
      this.journal.push(...this.recorder.stored(commit));
      onRecorded();
    });
  }
}
