// Makes a case that fails smaller while it fails the same way: delta debugging (Zeller and Hildebrandt 2002) on lists, then whatever makes a reader's
// life easier. Several smaller cases are tried at once; which is taken does not depend on how many.

import type { PolicyKind } from '../../engine/index.ts';
import { defaultPolicyName } from '../../policies/catalogue.ts';
import type { WorkloadRow } from '../../scenarios/formats/row.ts';
import { type FuzzCase, SETTING_GROUPS } from './fuzz-case.ts';

export interface ShrinkOptions {
  /** Whether the case still fails the same way. */
  readonly fails: (smaller: FuzzCase) => Promise<boolean>;
  /** How many may be tried at once. */
  readonly atOnce: number;
  /** How many are tried at most. */
  readonly tries: number;
  /** The kinds whose policy is what is tried, and stays. */
  readonly fixed: readonly PolicyKind[];
}

export async function shrink(found: FuzzCase, options: ShrinkOptions): Promise<FuzzCase> {
  const search = new Search(options);
  let smallest = found;
  for (;;) {
    const before = smallest;
    smallest = await search.without(smallest, 'requests');
    smallest = await search.without(smallest, 'incidents');
    smallest = await search.firstOf(smallest, [...calmer(smallest), ...everywhere(smallest)]);
    smallest = await search.eachInTurn(smallest, withoutNode);
    smallest = await search.eachInTurn(smallest, (each) => plainer(each, options.fixed));
    for (const simplify of SIMPLER_ROWS) smallest = await search.rows(smallest, simplify);
    if (isSame(smallest, before) || search.isExhausted) return smallest;
  }
}

class Search {
  readonly #options: ShrinkOptions;
  /** What was tried already, by all of the case: the last round repeats most of the one before. */
  readonly #verdicts = new Map<string, Promise<boolean>>();
  #left: number;

  constructor(options: ShrinkOptions) {
    this.#options = options;
    this.#left = options.tries;
  }

  get isExhausted(): boolean {
    return this.#left <= 0;
  }

  /** The first of the smaller cases that fails; the case itself when none does. */
  async firstOf(fuzzCase: FuzzCase, smaller: readonly FuzzCase[]): Promise<FuzzCase> {
    return smaller[await this.#firstFrom(0, smaller)] ?? fuzzCase;
  }

  /** Through all that `make` makes of the case, once: where one fails it takes the place of the case, and what is left of the list is made of it. */
  async eachInTurn(fuzzCase: FuzzCase, make: (fuzzCase: FuzzCase) => readonly FuzzCase[]): Promise<FuzzCase> {
    let current = fuzzCase;
    // What was in the list behind the one that is taken moves up to its index.
    for (let index = 0; ; ) {
      const smaller = make(current);
      index = await this.#firstFrom(index, smaller);
      const taken = smaller[index];
      if (taken === undefined) return current;
      current = taken;
    }
  }

  /** Without halves of the list, then quarters, down to single items. */
  async without(fuzzCase: FuzzCase, list: 'requests' | 'incidents'): Promise<FuzzCase> {
    let current = fuzzCase;
    for (
      let chunk = Math.ceil(current[list].length / 2);
      chunk >= 1;
      chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)
    ) {
      current = await this.eachInTurn(current, (each) =>
        Array.from({ length: Math.ceil(each[list].length / chunk) }, (_, i) => ({
          ...each,
          [list]: each[list].toSpliced(i * chunk, chunk),
        })).filter((smaller) => smaller.requests.length > 0),
      );
    }
    return current;
  }

  /** All rows made simpler, or else those of the halves, the quarters and so on that can be. */
  rows(fuzzCase: FuzzCase, simplify: (row: WorkloadRow) => WorkloadRow): Promise<FuzzCase> {
    const simpler = fuzzCase.requests.map(simplify);
    const part = async (current: FuzzCase, indexes: readonly number[]): Promise<FuzzCase> => {
      if (indexes.length === 0) return current;
      const middle = Math.ceil(indexes.length / 2);
      const [first, second] = [indexes.slice(0, middle), indexes.slice(middle)];
      const made = [indexes, ...(second.length === 0 ? [] : [first])].map((some) => ({
        ...current,
        requests: current.requests.map((row, i) => (some.includes(i) ? simpler[i]! : row)),
      }));
      const taken = await this.firstOf(current, made);
      if (taken === made[0] || second.length === 0) return taken;
      return part(taken === current ? await part(current, first) : taken, second);
    };
    return part(
      fuzzCase,
      [...simpler.keys()].filter((i) => !isSame(simpler[i], fuzzCase.requests[i])),
    );
  }

  /** The index of the first from there on that fails; the length when none does. */
  async #firstFrom(first: number, smaller: readonly FuzzCase[]): Promise<number> {
    const { atOnce } = this.#options;
    for (let from = first; from < smaller.length && !this.isExhausted; from += atOnce) {
      const batch = smaller.slice(from, from + atOnce);
      const index = (await Promise.all(batch.map((each) => this.#fails(each)))).indexOf(true);
      // Those behind it were tried in vain, and count for nothing: how many there are depends on the crew.
      this.#left -= index < 0 ? batch.length : index + 1;
      if (index >= 0) return from + index;
    }
    return smaller.length;
  }

  #fails(smaller: FuzzCase): Promise<boolean> {
    const key = JSON.stringify(smaller);
    let verdict = this.#verdicts.get(key);
    if (verdict === undefined) {
      verdict = this.#options.fails(smaller);
      this.#verdicts.set(key, verdict);
    }
    return verdict;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const CALM = { restarts: 0, quotes: 0 };

/** Without disturbances, or without those of one kind. */
function calmer(fuzzCase: FuzzCase): FuzzCase[] {
  const { disturbance } = fuzzCase;
  return [CALM, { quotes: 0 }, { restarts: 0 }]
    .map((calm) => ({ ...fuzzCase, disturbance: { ...disturbance, ...calm } }))
    .filter((calm) => !isSame(calm, fuzzCase));
}

/** Disturbed at every input: then a reader need not ask where, and what else is made simpler need not meet the same instants. */
function everywhere(fuzzCase: FuzzCase): FuzzCase[] {
  const { disturbance } = fuzzCase;
  const [restarts, quotes] = [Math.ceil(disturbance.restarts), Math.ceil(disturbance.quotes)];
  const all = { ...fuzzCase, disturbance: { ...disturbance, restarts, quotes } };
  return isSame(all, fuzzCase) ? [] : [all];
}

function withoutNode(fuzzCase: FuzzCase): FuzzCase[] {
  if (fuzzCase.nodes.length === 1) return [];
  return fuzzCase.nodes.map(({ group }, i) => ({
    ...fuzzCase,
    nodes: fuzzCase.nodes.toSpliced(i, 1),
    incidents: fuzzCase.incidents.filter(({ node }) => node !== group),
  }));
}

/** One setting less, a whole group of them first; local disks; the usual policies. */
function plainer(fuzzCase: FuzzCase, fixed: readonly PolicyKind[]): FuzzCase[] {
  const { policies, settings, sharedDiskGib, ...rest } = fuzzCase;
  const with_ = (group: string, value: object): FuzzCase => ({
    ...fuzzCase,
    settings: { ...settings, [group]: value },
  });
  const groups = SETTING_GROUPS.filter((group) => Object.keys(settings[group]).length > 0);
  const usual = Object.entries(policies).filter(
    ([kind, choice]) => !fixed.includes(kind as PolicyKind) && !isSame(choice, usualPolicy(kind)),
  );
  return [
    ...groups.map((group) => with_(group, {})),
    ...groups.flatMap((group) =>
      Object.keys(settings[group]).map((name) => {
        const { [name]: _, ...others } = settings[group];
        return with_(group, others);
      }),
    ),
    ...(sharedDiskGib === undefined ? [] : [{ ...rest, policies, settings }]),
    ...(fuzzCase.devices === undefined ? [] : [withoutGpus(fuzzCase)]),
    ...(fuzzCase.nodes.some(({ site }) => site !== undefined) ? [withoutSites(fuzzCase)] : []),
    ...usual.map(([kind]) => ({
      ...fuzzCase,
      policies: { ...policies, [kind]: usualPolicy(kind) },
    })),
  ];
}

function withoutGpus({ devices: _, nodes, requests, ...rest }: FuzzCase): FuzzCase {
  return {
    ...rest,
    nodes: nodes.map(({ models: _, resources: __, ...node }) => node),
    requests: requests.map((row) => {
      if (typeof row.size === 'string') return row;
      const { named: _, ...size } = row.size;
      return { ...row, size };
    }),
  };
}

function withoutSites({ links: _, nodes, requests, ...rest }: FuzzCase): FuzzCase {
  return {
    ...rest,
    nodes: nodes.map(({ site: _, ...node }) => node),
    requests: requests.map(({ sites: _, ...row }) => row),
  };
}

function usualPolicy(kind: string): { readonly name: string } {
  return { name: defaultPolicyName(kind as PolicyKind) };
}

const SIMPLER_ROWS: readonly ((row: WorkloadRow) => WorkloadRow)[] = [
  (row) => ({ ...row, optional: 0 }),
  ({ maxPriceMicros: _, ...row }) => row,
  ({ runTimeMs: _, ...row }) => row,
  ({ cancelMs: _, ...row }) => row,
  ({ waitUntilMs: _, ...row }) => row,
  ({ deadlineMs: _, latestStartMs: __, minDurationMs: ___, minInstances: ____, ...row }) => ({
    ...row,
    kind: 'advance',
  }),
  ({ sites: _, ...row }) => row,
  (row) => ({ ...row, instances: 1 }),
  (row) => ({ ...row, size: 'SMALL' }),
  (row) => ({ ...row, durationMs: rounded(row.durationMs, HOUR) }),
  (row) => ({ ...row, durationMs: rounded(row.durationMs, MINUTE) }),
  (row) => ({ ...row, startMs: row.submitMs }),
  (row) => (row.startMs === undefined ? row : { ...row, startMs: rounded(row.startMs, MINUTE) }),
  (row) => ({ ...row, submitMs: Math.floor(row.submitMs / MINUTE) * MINUTE }),
  (row) => ({ ...row, user: 'ann' }),
];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function rounded(ms: number, unit: number): number {
  return Math.max(1, Math.ceil(ms / unit)) * unit;
}
