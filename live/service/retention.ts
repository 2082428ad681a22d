// Keeps the database from growing for ever: takes a checkpoint of the provider now and then, and moves what is older than the operator
// wants to keep into an archive. All of it beside the work of the service, in small steps.
import type { HostTimers } from '../../engine/index.ts';
import { archive, finishDropping } from '../archive/archive.ts';
import { ArchiveStore } from '../database/archive-store.ts';
import { describeDatabaseError } from '../database/database-error.ts';
import type { Database } from '../database/open-database.ts';
import type { ProviderLife } from './provider-life.ts';
import type { ServiceLog } from './service-log.ts';

export interface RetentionSettings {
  /** Of the service's time. */
  readonly keepMs: number;
  /** Where archives are left. */
  readonly directory: string;
}

export interface RetentionParts extends RetentionSettings {
  readonly database: Database;
  readonly host: HostTimers;
  readonly speed: number;
  readonly log: ServiceLog;
  /** Undefined while nothing is decided. */
  readonly life: () => ProviderLife | undefined;
}

/** So many archives in the time that is kept; what is in the database is older by at most one of these. */
const ARCHIVES_PER_KEEP = 8;
const LONGEST_BETWEEN_MS = 7 * 86_400_000;
/** In real time. */
const SHORTEST_LOOK_MS = 1_000;
const LONGEST_LOOK_MS = 3_600_000;

export class Retention {
  readonly #parts: RetentionParts;
  readonly #store: ArchiveStore;
  /** Between two checkpoints, of the service's time. */
  readonly #everyMs: number;
  #timer: unknown;
  #working: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
    this.#store = new ArchiveStore(parts.database);
    this.#everyMs = Math.min(parts.keepMs / ARCHIVES_PER_KEEP, LONGEST_BETWEEN_MS);
  }

  /** Looks now and then, until `end`. */
  watch(): void {
    const { host, speed } = this.#parts;
    const lookEveryMs = Math.min(Math.max(this.#everyMs / speed, SHORTEST_LOOK_MS), LONGEST_LOOK_MS);
    this.#timer = host.setTimer(() => {
      this.#working = this.#look().finally(() => {
        if (!this.#isOver) this.watch();
      });
    }, lookEveryMs);
  }

  /** Resolves when nothing is being done any more. What was begun goes on with the next start. */
  async end(): Promise<void> {
    this.#isOver = true;
    if (this.#timer !== undefined) this.#parts.host.clearTimer(this.#timer);
    await this.#working;
  }

  /** Resolves when what was begun is done. */
  settled(): Promise<void> {
    return this.#working;
  }

  async #look(): Promise<void> {
    const life = this.#parts.life();
    if (life === undefined) return;
    const { database, log } = this.#parts;
    try {
      await this.#takeCheckpoint(life);
      await this.#archive(life.clock.now());
    } catch (error) {
      if (this.#isOver) return;
      log.error(
        { err: error },
        `nothing was archived, and nothing was dropped that is not: ${describeDatabaseError(error, database.name)}`,
      );
    }
  }

  async #takeCheckpoint(life: ProviderLife): Promise<void> {
    const { lastMs } = await this.#store.checkpointSpan();
    if (lastMs !== null && life.clock.now() < lastMs + this.#everyMs) return;
    const snapshot = life.provider.snapshot();
    // Of what is not stored after all nothing begins.
    await life.flushed();
    await this.#store.storeCheckpoint({ atMs: snapshot.atMs, eventSeq: snapshot.lastEventSeq, snapshot });
  }

  async #archive(nowMs: number): Promise<void> {
    const { database, directory, keepMs, log } = this.#parts;
    const goOn = () => {
      if (this.#isOver) throw new Error('the service stops');
    };
    await finishDropping(database, goOn);
    const checkpoint = await this.#store.checkpointBefore(nowMs - keepMs);
    if (checkpoint === undefined) return;
    const archived = await archive({
      database,
      directory,
      checkpoint,
      nowMs: Date.now(),
      serviceNowMs: nowMs,
      goOn,
    });
    if (archived === undefined) return;
    const { bytes, eventSeq, file, rows, sha256 } = archived;
    log.info({ file, bytes, sha256, eventSeq, rows }, 'history was moved into an archive');
  }
}
