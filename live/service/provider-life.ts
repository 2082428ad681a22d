// One life of the provider: from what the database holds to the moment at which it is stopped or something fails. Then it is thrown
// away as a whole, and the next life begins from what is stored; nothing is ever repaired in memory.
import {
  type Command,
  EventQueue,
  formatInstant,
  type HostTimers,
  Phase,
  PolicyError,
  Provider,
  type ProviderSnapshot,
  type ReplyTo,
  type VmObservation,
  WallClock,
} from '../../engine/index.ts';
import type { ServedProvider } from '../../scenarios/load/served-provider.ts';
import { InputError } from '../../written/input-error.ts';
import type { Database } from '../database/open-database.ts';
import type { Carrier, Hypervisor, NodeFaults } from '../hypervisors/hypervisor.ts';
import { ServiceError } from '../problems.ts';
import { GroupCommit, type GroupCommitParts, type StoringRecorder } from '../recorder/group-commit.ts';
import type { JournalEvent } from '../records.ts';
import { vmIdOf } from '../vm-id.ts';
import { watchDatabase } from './database-watch.ts';
import { Tally } from './tally.ts';

export interface ProviderLifeParts {
  readonly provider: ServedProvider;
  readonly database: Database;
  readonly hypervisor: Hypervisor;
  readonly host: HostTimers;
  readonly speed: number;
  /** Undefined: the database is new. */
  readonly snapshot: ProviderSnapshot | undefined;
  /** Micro-credits by user. */
  readonly balances: ReadonlyMap<number, number>;
  /** What was used by reservations that have ended, and for how long it is remembered. */
  readonly history: ConstructorParameters<typeof Tally>[2];
  /** Recorded events, in order. */
  readonly onRecorded: (event: JournalEvent) => void;
  /** A policy failed, and nothing was changed because of it. */
  readonly onPolicyError: (error: PolicyError) => void;
  /** Called once, when this life is over because of an error: the database failed, or a policy, or there is a bug. */
  readonly onFailed: (error: unknown) => void;
  /** Of what users are told ahead; absent: they are told nothing. */
  readonly noticeLeads?: GroupCommitParts['noticeLeads'];
  /** Told of each transaction that stored something. */
  readonly onStored?: GroupCommitParts['onStored'];
  /** Default: a group commit. */
  readonly recorderOf?: ((parts: GroupCommitParts) => StoringRecorder) | undefined;
}

/** A machine whose clock was set back by more than this is not waited for. */
const TOLERATED_STEP_BACK_MS = 60_000;
/** After a sleep of the machine, or when its clock is set forwards, what fell due is noticed within this (real) time. */
const LONGEST_WAIT_MS = 10_000;

export class ProviderLife {
  readonly clock: WallClock;
  readonly provider: Provider;
  readonly tally: Tally;
  readonly #queue: EventQueue;
  readonly #carrier: Carrier;
  readonly #recorder: StoringRecorder;
  readonly #waiting = new Set<(error: ServiceError) => void>();
  readonly #onFailed: (error: unknown) => void;
  readonly #onPolicyError: (error: PolicyError) => void;
  readonly #endWatch: () => void;
  #isOver = false;

  /** @throws RestoreError when the stored state does not fit the cluster, InputError PEX_CLOCK_BEHIND when it lies in the future of this machine */
  constructor(parts: ProviderLifeParts) {
    const {
      balances,
      database,
      history,
      hypervisor,
      onPolicyError,
      onRecorded,
      provider: served,
      snapshot,
    } = parts;
    const { cluster } = served;
    const setup = served.setup();
    const clock = clockOf(parts, (error) => this.#fail(error));
    const tally = new Tally(snapshot, balances, history);
    const { recorderOf = (each) => new GroupCommit(each) } = parts;
    const recorder = recorderOf({
      database,
      noticeLeads: parts.noticeLeads,
      onStored: parts.onStored,
      onFailed: (error) => this.#fail(error),
    });
    this.clock = clock;
    this.tally = tally;
    this.#recorder = recorder;
    this.#onFailed = parts.onFailed;
    this.#onPolicyError = onPolicyError;
    this.provider = new Provider(
      { ...setup, vmIdOf },
      {
        keepsTrack: true,
        goesOnWithout: onPolicyError,
        ...(snapshot === undefined ? {} : { snapshot }),
      },
    );
    this.#carrier = clock.setUp(() => hypervisor.carry({ clock, cluster, onPolicyError, setup, snapshot }));
    this.#queue = clock.setUp(
      () =>
        new EventQueue({
          clock,
          provider: this.provider,
          dispatcher: this.#carrier.dispatcher,
          recorder: {
            record: (commit, onRecordedOne) => {
              for (const event of commit.events) tally.hear(event);
              recorder.record(commit, onRecordedOne);
            },
          },
        }),
    );
    this.#queue.committed$.subscribe((commit) => {
      for (const event of recorder.stored(commit)) onRecorded(event);
    });
    this.#endWatch = watchDatabase(database, (error) => this.#fail(error));
  }

  /** Commands that are not answered yet: they wait for their decision, or for that to be stored. */
  get unanswered(): number {
    return this.#waiting.size;
  }

  /** Undefined where nodes are real. */
  get faults(): NodeFaults | undefined {
    return this.#carrier.faults;
  }

  /** Null: nobody shows it. */
  consoleOf(vmId: string): string | null {
    return this.#carrier.consoleOf?.(vmId) ?? null;
  }

  /** Goes on from the snapshot, or enters the nodes of a new database. To be called once, in the same turn as the constructor. */
  begin(snapshot: ProviderSnapshot | undefined): void {
    try {
      this.clock.setUp(() => this.#queue.begin(snapshot === undefined ? undefined : this.#inventory()));
    } catch (error) {
      this.#end();
      throw error;
    }
  }

  #inventory(): readonly VmObservation[] {
    let inventory: readonly VmObservation[] = [];
    this.#carrier.dispatcher.inventory().subscribe((seen) => {
      inventory = seen;
    });
    return inventory;
  }

  /**
   * Has a command decided, after everything that is due before it. `command` is made at that moment, and may throw a ServiceError; a
   * policy that fails leaves everything as it was; any other error ends this life.
   * @returns its reply, once it is recorded
   */
  run<C extends Command>(command: (provider: Provider) => C): Promise<ReplyTo<C>> {
    return new Promise<ReplyTo<C>>((resolve, reject) => {
      if (this.#isOver) {
        reject(unavailable());
        return;
      }
      this.#waiting.add(reject);
      this.clock.at(this.clock.now(), Phase.Arrival, () => {
        try {
          this.#queue.execute(command(this.provider), (reply) => {
            this.#waiting.delete(reject);
            resolve(reply);
          });
        } catch (error) {
          const isHarmless = error instanceof PolicyError && !this.provider.isBroken;
          if (!isHarmless && !(error instanceof ServiceError)) throw error;
          if (isHarmless) this.#onPolicyError(error);
          this.#waiting.delete(reject);
          reject(error);
        }
      });
    });
  }

  /** Resolves when everything decided so far is recorded and answered; rejects when storing fails. */
  flushed(): Promise<void> {
    return this.#recorder.flushed();
  }

  /** Ends this life in good order: nothing more is decided, what was decided is recorded and answered. */
  async stop(): Promise<void> {
    if (this.#isOver) return;
    this.clock.close();
    try {
      await this.#recorder.flushed();
    } finally {
      this.#end();
    }
  }

  /** Ends this life as if it had failed. */
  abandon(error: Error): void {
    this.#fail(error);
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
    this.#recorder.close();
    for (const reject of this.#waiting) reject(outcomeUnknown());
    this.#waiting.clear();
  }
}

function clockOf({ host, snapshot, speed }: ProviderLifeParts, onError: (error: unknown) => void): WallClock {
  const nowMs = host.now();
  const resumeMs = snapshot?.atMs ?? nowMs;
  if (speed === 1 && resumeMs > nowMs + TOLERATED_STEP_BACK_MS) {
    throw new InputError(
      'PEX_CLOCK_BEHIND',
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
    'PEX_OUTCOME_UNKNOWN',
    'the service stopped before this was confirmed: it may have been carried out or not; see before you ask again, or repeat the ' +
      'request with its Idempotency-Key',
  );
}
