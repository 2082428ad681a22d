// The course of one live migration: stages, each of which sends bytes or waits, and what it came to. A model says what comes next when it
// hears how long the last stage took, so the same model runs alone, to predict, and beside others on links that they share.

/** Bytes of a page of memory. */
export const PAGE_BYTES = 4096;

/** What a guest does to its memory. */
export interface GuestMemory {
  /** In use: what has to be copied. */
  readonly bytes: number;
  /** How fast it writes to pages. */
  readonly dirtyPagesPerS: number;
  /** The pages that it writes to at all (the writable working set): no round dirties more. */
  readonly workingSetPages: number;
}

/** Where the guest is during a stage: it runs on, stands still, or runs at its destination while pages are missing there. */
export type GuestPlace = 'at-source' | 'nowhere' | 'split';

export type Stage =
  | {
      readonly kind: 'send';
      /** Of memory, or of a disk, before compression. */
      readonly bytes: number;
      /** On the wire, whatever the link could take. */
      readonly mostBytesPerS: number;
      readonly guest: GuestPlace;
      /** Of a model that compresses by itself: how it does in this stage. Absent: as all memory is on its way. */
      readonly compression?: Compression;
    }
  | { readonly kind: 'wait'; readonly seconds: number; readonly guest: GuestPlace };

/** Why a migration stopped copying while the guest ran. */
export type StopReason =
  /** Few enough pages were left. */
  | 'few-pages'
  | 'max-iterations'
  /** More was sent than so many times the memory. */
  | 'max-factor'
  /** The rate that would be needed is more than may be used. */
  | 'max-rate'
  /** A round left no less than the one before. */
  | 'no-progress'
  /** It does not copy in rounds. */
  | 'by-design';

export interface Outcome {
  readonly reason: StopReason;
  /** What was left shrank to what it was to shrink to; false when the guest wrote as fast as its memory was sent, or faster. */
  readonly isConverged: boolean;
}

/** Takes the seconds that the last stage took (0 at first), gives the next. */
export type Course = Generator<Stage, Outcome, number>;

/** Sums over the stages of a migration. */
export interface MigrationSums {
  readonly outcome: Outcome;
  /** Stages in which something was sent while the guest ran. */
  readonly rounds: number;
  readonly seconds: number;
  readonly sendingS: number;
  /** While the guest stood still. */
  readonly downtimeS: number;
  /** Memory sent, and disk. */
  readonly sourceBytes: number;
  /** What went over the link. */
  readonly wireBytes: number;
}

/** Compression of what is sent, as a stream: what it saves, and what it can take. */
export interface Compression {
  /** Bytes on the wire for each byte of memory. */
  readonly ratio: number;
  /** Of memory, that the compressor takes at most. */
  readonly bytesPerS: number;
  /** Bytes before each batch of 1024 pages, which serialising them costs. */
  readonly batchHeaderBytes: number;
}

const BATCH_BYTES = 1024 * PAGE_BYTES;

export const NO_COMPRESSION: Compression = {
  ratio: 1,
  bytesPerS: Number.POSITIVE_INFINITY,
  batchHeaderBytes: 0,
};

/** What goes over the wire for memory, and how fast at most. */
export function onTheWire(
  { bytes, mostBytesPerS }: Extract<Stage, { kind: 'send' }>,
  { batchHeaderBytes, bytesPerS, ratio }: Compression,
): { readonly bytes: number; readonly mostBytesPerS: number } {
  return {
    bytes: bytes * ratio + Math.ceil(bytes / BATCH_BYTES) * batchHeaderBytes,
    mostBytesPerS: Math.min(mostBytesPerS, bytesPerS * ratio),
  };
}

/** Adds up the stages of a course while somebody else says how long each of them took. */
export class Walk {
  readonly #course: Course;
  readonly #compression: Compression;
  #stage: Stage | undefined;
  #wire = 0;
  #rounds = 0;
  #seconds = 0;
  #sendingS = 0;
  #downtimeS = 0;
  #sourceBytes = 0;
  #wireBytes = 0;

  constructor(course: Course, compression: Compression) {
    this.#course = course;
    this.#compression = compression;
  }

  /**
   * @param tookS the last stage; 0 at first
   * @returns the next stage, as seen on the wire, or what all of them came to
   */
  next(tookS: number): Stage | MigrationSums {
    const last = this.#stage;
    if (last !== undefined) this.#add(last, tookS);
    const { done, value } = this.#course.next(tookS);
    if (done === true) return this.#sums(value);
    this.#stage = value;
    if (value.kind === 'wait') return value;
    const wire = onTheWire(value, value.compression ?? this.#compression);
    this.#wire = wire.bytes;
    return { ...value, ...wire };
  }

  #add(stage: Stage, tookS: number): void {
    this.#seconds += tookS;
    if (stage.guest === 'nowhere') this.#downtimeS += tookS;
    if (stage.kind === 'wait') return;
    this.#sendingS += tookS;
    this.#sourceBytes += stage.bytes;
    this.#wireBytes += this.#wire;
    if (stage.guest === 'at-source') this.#rounds += 1;
  }

  #sums(outcome: Outcome): MigrationSums {
    return {
      outcome,
      rounds: this.#rounds,
      seconds: this.#seconds,
      sendingS: this.#sendingS,
      downtimeS: this.#downtimeS,
      sourceBytes: this.#sourceBytes,
      wireBytes: this.#wireBytes,
    };
  }
}

/** The course on a link of its own. */
export function alone(course: Course, compression: Compression, linkBytesPerS: number): MigrationSums {
  const walk = new Walk(course, compression);
  let tookS = 0;
  for (;;) {
    const next = walk.next(tookS);
    if ('outcome' in next) return next;
    tookS = next.kind === 'wait' ? next.seconds : next.bytes / Math.min(next.mostBytesPerS, linkBytesPerS);
  }
}

/** Memory that is sent as fast as the link takes it. */
export function send(
  bytes: number,
  guest: GuestPlace,
  mostBytesPerS = Number.POSITIVE_INFINITY,
  compression?: Compression,
): Stage {
  return { kind: 'send', bytes, mostBytesPerS, guest, ...(compression !== undefined && { compression }) };
}

export function wait(seconds: number, guest: GuestPlace): Stage {
  return { kind: 'wait', seconds, guest };
}

export function pagesOf({ bytes }: Pick<GuestMemory, 'bytes'>): number {
  return Math.ceil(bytes / PAGE_BYTES);
}

/** Whether a guest wrote less than was sent meanwhile: else copying gains nothing on it. The slack is that of rounding. */
export function gains(written: number, sent: number): boolean {
  return written < sent * (1 - 1e-9);
}
