// One life of the manager: from what the database holds to the moment at which it is stopped or something fails. Then it is thrown
// away as a whole, and the next life begins from what is stored; nothing is ever repaired in memory.
import { randomUUID } from 'node:crypto';
import {
  formatInstant,
  type HostTimers,
  type ManagerSnapshot,
  OpenPexManager,
  Phase,
  RestoreError,
  type VmObservation,
  WallClock,
} from '../../engine/index.ts';
import type { ServedProvider } from '../../scenarios/load/served-provider.ts';
import type { Database } from '../database/open-database.ts';
import type { Carrier, Hypervisor, NodeFaults } from '../hypervisors/hypervisor.ts';
import { ServiceError } from '../problems.ts';
import { GroupCommit } from '../recorder/group-commit.ts';
import type { JournalEvent } from '../records.ts';
import { watchDatabase } from './database-watch.ts';
import type { Idempotency } from './service.ts';
import { Tally } from './tally.ts';

export interface ProviderLifeParts {
  readonly provider: ServedProvider;
  readonly database: Database;
  readonly hypervisor: Hypervisor;
  readonly host: HostTimers;
  readonly speed: number;
  /** Undefined: the database is new. */
  readonly snapshot: ManagerSnapshot | undefined;
  readonly lastSeq: number;
  /** Micro-credits by user. */
  readonly balances: ReadonlyMap<number, number>;
  /** Committed events, in order. */
  readonly onCommitted: (events: readonly JournalEvent[]) => void;
  /** Called once, when this life is over because of an error: the database failed, or a policy, or there is a bug. */
  readonly onFailed: (error: unknown) => void;
}

/** A machine whose clock was set back by more than this is not waited for. */
const TOLERATED_STEP_BACK_MS = 60_000;
/** After a sleep of the machine, or when its clock is set forwards, what fell due is noticed within this (real) time. */
const LONGEST_WAIT_MS = 10_000;

export class ProviderLife {
  readonly clock: WallClock;
  readonly manager: OpenPexManager;
  readonly tally: Tally;
  readonly #carrier: Carrier;
  readonly #commits: GroupCommit;
  readonly #waiting = new Set<(error: ServiceError) => void>();
  readonly #onFailed: (error: unknown) => void;
  readonly #endWatch: () => void;
  #isOver = false;
  #nextReservationId = '';

  /** @throws RestoreError when the stored state does not fit the cluster, or lies in the future of this machine */
  constructor(parts: ProviderLifeParts) {
    const { balances, database, hypervisor, lastSeq, onCommitted, provider, snapshot } = parts;
    const { cluster } = provider;
    const setup = provider.setup();
    const clock = clockOf(parts, (error) => this.#fail(error));
    const tally = new Tally(snapshot, balances);
    const commits = new GroupCommit({
      database,
      lastSeq,
      snapshotOf: (reservationId) => this.manager.snapshotOf(reservationId),
      reservationIds: () => this.manager.snapshot().reservations.map(({ reservationId }) => reservationId),
      onCommitted,
      onFailed: (error) => this.#fail(error),
    });
    this.clock = clock;
    this.tally = tally;
    this.#commits = commits;
    this.#onFailed = parts.onFailed;
    this.#carrier = clock.setUp(() => hypervisor.carry({ clock, cluster, setup, snapshot }));
    this.manager = new OpenPexManager({
      clock,
      cluster,
      settings: setup.manager,
      policies: setup.policies,
      dispatcher: this.#carrier.dispatcher,
      persistence: {
        commit: (events, finish) => {
          for (const event of events) tally.hear(event);
          commits.commit(events, finish);
        },
      },
      nextReservationId: () => this.#nextReservationId,
      nextVmId: () => randomUUID(),
    });
    this.#endWatch = watchDatabase(database, (error) => this.#fail(error));
  }

  /** Undefined where nodes are real. */
  get faults(): NodeFaults | undefined {
    return this.#carrier.faults;
  }

  /** Goes on from the snapshot, or enters the nodes of a new database. To be called once, in the same turn as the constructor. */
  begin(snapshot: ManagerSnapshot | undefined): void {
    try {
      this.clock.setUp(() => this.#goOn(snapshot));
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #goOn(snapshot: ManagerSnapshot | undefined): void {
    if (snapshot === undefined) {
      this.manager.begin();
      return;
    }
    let inventory: readonly VmObservation[] = [];
    this.#carrier.dispatcher.inventory().subscribe((seen) => {
      inventory = seen;
    });
    this.manager.restore(snapshot, inventory);
  }

  /**
   * Has a command decided, after everything that is due before it. `decide` may throw a ServiceError before it asks the manager for
   * anything; any other error ends this life.
   * @returns its reply, once it is committed
   */
  run<R>(decide: (manager: OpenPexManager, onReply: (reply: R) => void) => void): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (this.#isOver) {
        reject(unavailable());
        return;
      }
      this.#waiting.add(reject);
      this.clock.at(this.clock.now(), Phase.Arrival, () => {
        try {
          decide(this.manager, (reply) => {
            this.#waiting.delete(reject);
            resolve(reply);
          });
        } catch (error) {
          if (!(error instanceof ServiceError)) throw error;
          this.#waiting.delete(reject);
          reject(error);
        }
      });
    });
  }

  /** Resolves when everything decided so far is committed and answered; rejects when storing fails. */
  flushed(): Promise<void> {
    return this.#commits.flushed();
  }

  /** The id of the reservation that the present command is about to open, under which a repeated request finds it again. */
  nextReservation(idempotency: Idempotency | undefined): string {
    this.#nextReservationId = randomUUID().toUpperCase();
    if (idempotency !== undefined) {
      this.#commits.annotate(this.#nextReservationId, {
        idempotencyKey: idempotency.key,
        requestFingerprint: idempotency.fingerprint,
      });
    }
    return this.#nextReservationId;
  }

  /** Ends this life in good order: nothing more is decided, what was decided is committed and answered. */
  async stop(): Promise<void> {
    if (this.#isOver) return;
    this.clock.close();
    try {
      await this.#commits.flushed();
    } finally {
      this.#end();
    }
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#end();
    this.#onFailed(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#endWatch();
    this.clock.close();
    this.#carrier.end();
    this.#commits.close();
    for (const reject of this.#waiting) reject(outcomeUnknown());
    this.#waiting.clear();
  }
}

function clockOf({ host, snapshot, speed }: ProviderLifeParts, onError: (error: unknown) => void): WallClock {
  const nowMs = host.now();
  const resumeMs = snapshot?.atMs ?? nowMs;
  if (speed === 1 && resumeMs > nowMs + TOLERATED_STEP_BACK_MS) {
    throw new RestoreError(
      `the last event in the database is of ${formatInstant(resumeMs)}, but this machine says it is ${formatInstant(nowMs)}; ` +
        'set its clock, or, if the service was run faster than real time before, give it a --speed again or a new database',
    );
  }
  return new WallClock(host, {
    startMs: Math.max(nowMs, resumeMs),
    resumeMs,
    speed,
    longestWaitMs: LONGEST_WAIT_MS,
    onError,
  });
}

function unavailable(): ServiceError {
  return new ServiceError('PEX_UNAVAILABLE', 'the service is not running at the moment; nothing was changed');
}

/** The connection may have been lost between the commit and its confirmation. */
function outcomeUnknown(): ServiceError {
  return new ServiceError(
    'PEX_UNAVAILABLE',
    'the service stopped before this was confirmed: it may have been carried out or not; see before you ask again, or repeat the ' +
      'request with its Idempotency-Key',
  );
}
