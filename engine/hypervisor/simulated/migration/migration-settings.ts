// What can be set about live migrations that copy memory, and the port of the models that make a course of it.
import type { Compression, Course, GuestMemory } from './course.ts';

export interface MigrationSettings {
  /** Name of a model of the catalogue. */
  readonly model: string;
  /** What the link of a node carries, each way. */
  readonly linkBytesPerS: number;
  /** What Dom-0 of a node moves, both ways together; Infinity: whatever comes. */
  readonly dom0BytesPerS: number;
  /** Before anything is copied, and after the last byte, while the guest stands still. Absent: as the model has it. */
  readonly beforeMs?: number;
  readonly afterMs?: number;
  readonly compression: Compression;
  /** Guests draw theirs evenly between the two: the share of a VM's memory that is in use, 0..1. */
  readonly memoryInUse: Range;
  readonly dirtyPagesPerS: Range;
  /** Share of the memory in use that is written to, 0..1. */
  readonly workingSet: Range;
  readonly stop: StopRules;
  readonly rate: RateRules;
  readonly liu: LiuConstants;
  /** Distinct pages that are dirtied in each second of a recorded run, which begins again after its end. */
  readonly dirtyTrace: readonly number[];
  /** What a guest needs to run on at its destination without its memory. */
  readonly stateBytes: number;
  readonly mecom: MecomSettings;
  readonly delta: DeltaSettings;
  readonly disk: DiskSettings;
}

/** Of migrations to where the disk of the VM is not: what there is of it, and when copying it in rounds stops. */
export interface DiskSettings {
  /** Guests draw theirs evenly between the two: the share of a VM's disk that is in use, 0..1. */
  readonly inUse: Range;
  readonly writtenBytesPerS: Range;
  /** Share of the disk in use that is written to at all, 0..1. */
  readonly workingSet: Range;
  /** With no more than these left memory is next. */
  readonly fewBytes: number;
  readonly maxRounds: number;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

/** When Xen stops copying in rounds (libxc of Xen 3.x to 4.5). */
export interface StopRules {
  /** What is compared with `fewPages`: what the round left dirty (the documents), or what it sent (the source; one more tiny round). */
  readonly check: 'dirtied' | 'sent';
  readonly fewPages: number;
  readonly maxRounds: number;
  /** Times the memory, strictly more. */
  readonly maxFactor: number;
}

/** Clark et al. 2005, section 5.3: how the rate follows the guest. */
export interface RateRules {
  readonly minBytesPerS: number;
  readonly maxBytesPerS: number;
  /** On top of the rate at which the last round was dirtied. */
  readonly stepBytesPerS: number;
  /** So much or less is left to the end. */
  readonly remainingBytes: number;
}

/** Liu et al. 2011. Sizes are megabytes of 10^6 bytes, as a, b and c take them. */
export interface LiuConstants {
  readonly thresholdBytes: number;
  readonly resumeS: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** No round sends more than the memory; the paper does not say so. */
  readonly isBounded: boolean;
}

/** Jin et al. 2009: each page is compressed by what suits pages of its class. */
export interface MecomSettings {
  /** Shares of all memory, which add up to 1. */
  readonly pages: readonly PageClass[];
  /** That compress at the same time. */
  readonly threads: number;
}

export interface PageClass {
  readonly share: number;
  /** Bytes on the wire for each byte of memory. */
  readonly ratio: number;
  /** Of memory, by one thread. */
  readonly bytesPerS: number;
}

/** What is sent again goes as its difference to what was sent before, as long as that is at hand. */
export interface DeltaSettings {
  /** Of pages as they were sent last, at the source. */
  readonly cacheBytes: number;
  /** Bytes on the wire for each byte of a page whose difference is sent. */
  readonly ratio: number;
  /** Of memory, that is compared and compressed at most. */
  readonly bytesPerS: number;
  /** Of `hmdc`: rounds at the most before the guest goes ahead. */
  readonly rounds: number;
}

/** What a model works with. */
export interface Migration {
  readonly memory: GuestMemory;
  /** Nominal, of the slower of the two links: what a stage really gets may be less. */
  readonly linkBytesPerS: number;
  readonly settings: MigrationSettings;
}

export interface MigrationModel {
  /** Lower case with hyphens. */
  readonly name: string;
  /** One line, for the documentation. */
  readonly summary: string;
  /** It says by itself how its stages are compressed, and takes no other compression. */
  readonly compressesItself?: true;
  /** Absent: it copies nothing, and takes the time that is set for it. */
  course?(migration: Migration): Course;
}
