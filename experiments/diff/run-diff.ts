// What is different between two runs: their settings, where they part, the requests that were answered differently, their figures.
import type { DomainEvent } from '../../engine/index.ts';
import { type Figure, figuresOf } from '../results/figures.ts';
import { type ChangedRequest, changedRequests, type RequestChanges } from './changed-requests.ts';
import { eventsOfRequests, firstDifferent, firstParting, type Parting } from './first-parting.ts';
import type { RunFolder } from './run-folder.ts';

/** Absent: that run does not have it. */
export interface Changed<T> {
  readonly name: string;
  readonly a: T | undefined;
  readonly b: T | undefined;
}

/** The first thing that happened to a request in one run and not in the other; null: nothing more happened there. */
export interface Turn {
  readonly a: DomainEvent | null;
  readonly b: DomainEvent | null;
}

export interface RunDiff {
  readonly isSame: boolean;
  readonly settings: readonly Changed<string>[];
  /** Null: both have the same events. Undefined: not known, as not both were recorded. */
  readonly parting: Parting | null | undefined;
  readonly requests: RequestChanges;
  /** Of the first changed requests, by their ids, where both runs were recorded. */
  readonly turns: ReadonlyMap<string, Turn>;
  readonly figures: readonly Changed<Figure>[];
}

/**
 * @param options.explained of so many changed requests, the first ones, the turn is looked for
 * @throws InputError PEX_FILE_UNREADABLE
 */
export async function diffRuns(
  a: RunFolder,
  b: RunFolder,
  { explained }: { readonly explained: number },
): Promise<RunDiff> {
  const isRecorded = a.isRecorded && b.isRecorded;
  const isSame = a.summary.digest === b.summary.digest;
  const requests = await changedRequests(a, b);
  return {
    isSame,
    settings: changes(await a.settings(), await b.settings()),
    parting: isRecorded ? await firstParting(a, b) : isSame ? null : undefined,
    requests,
    turns: isRecorded ? await turnsOf(a, b, requests.changed.slice(0, explained)) : new Map(),
    figures: changes(figuresOf(a.summary), figuresOf(b.summary)),
  };
}

async function turnsOf(
  a: RunFolder,
  b: RunFolder,
  changed: readonly ChangedRequest[],
): Promise<ReadonlyMap<string, Turn>> {
  const ids = new Set(changed.map(({ requestId }) => requestId));
  if (ids.size === 0) return new Map();
  const [before, after] = [await eventsOfRequests(a, ids), await eventsOfRequests(b, ids)];
  return new Map(
    [...ids].flatMap((id): [string, Turn][] => {
      const pair = firstDifferent(before.get(id) ?? [], after.get(id) ?? []);
      return pair === null ? [] : [[id, { a: pair[0], b: pair[1] }]];
    }),
  );
}

function changes<T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): Changed<T>[] {
  return [...new Set([...a.keys(), ...b.keys()])]
    .map((name) => ({ name, a: a.get(name), b: b.get(name) }))
    .filter((change) => change.a !== change.b);
}
