// What a workload format is: how a file is known to have it, how it is to be read, and its rows. Each is one file here, and one line of
// catalogue.ts; docs/workloads.md shows how to add one.
import type { Static, TObject } from 'typebox';
import type { RequestKind, Resources } from '../../engine/index.ts';
import type { BadRowHandling } from './good-rows.ts';
import type { KnownResources } from './named-amounts.ts';
import type { WorkloadRow } from './row.ts';

export interface WorkloadFormat<O extends TObject = TObject> {
  /** As `format` and `--from` take it: lower case with hyphens, unique, and no other setting of a workload. */
  readonly name: string;
  /** Ends of the names of its files, in lower case, without the dot and without `.gz`. */
  readonly extensions: readonly string[];
  /**
   * May be asked when formats share an extension: is a file that begins with this line of this format? One that has no such function is
   * taken when no other recognises the file.
   */
  recognises?(firstLine: string): boolean;
  /** Settings of a workload, in a group under its name: each with a description, and with a default or `Type.Optional`. */
  readonly options?: O;
  /** Kind of the rows that leave it open, unless the workload says another. Absent: its rows say their kind. */
  readonly kind?: RequestKind;
  /**
   * The rows of a file in its order, read as they are asked for. Must pass each record through `goodRows`, and each row through `checkRow`,
   * so that all formats complain alike.
   */
  read(reading: Reading<Static<O>>): AsyncIterable<WorkloadRow>;
}

/** Infers the type of the options from their schema. */
export function workloadFormat<O extends TObject>(format: WorkloadFormat<O>): WorkloadFormat<O> {
  return format;
}

/** What a format is told about the file that it reads. */
export interface Reading<Options = unknown> extends BadRowHandling {
  /** Complete, and of the form of the schema. */
  readonly options: Options;
  /** Kind of the rows that leave it open. */
  readonly kind: RequestKind;
  /** What instants of a calendar are relative to, in milliseconds since the Unix epoch. */
  readonly startMs: number;
  /** The types that rows may name; absent: any. */
  readonly instanceTypes?: ReadonlyMap<string, Resources> | undefined;
  /** The resources that rows may name beside CPU, memory and disk. */
  readonly resources: KnownResources;
  /** The buyer policies that rows may name; absent: any. */
  readonly buyers?: readonly string[] | undefined;
  /**
   * To be told, for each row that is left out or understood otherwise than it is written though nobody asked for that, what was done: a
   * clause that follows "1 row" and "12 rows" alike, so it begins with a participle or a preposition; the same for each of them. It is counted, and said once.
   */
  onOdd(what: string): void;
}
