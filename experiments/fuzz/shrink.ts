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
    smallest = await search.firstOf(smallest, calmer(smallest));
    smallest = await search.eachWhile(smallest, withoutNode);
    smallest = await search.eachWhile(smallest, (each) => plainer(each, options.fixed));
    for (const simplify of SIMPLER_ROWS) smallest = await search.rows(smallest, simplify);
    if (smallest === before || search.isExhausted) return smallest;
  }
}

class Search {
  readonly #options: ShrinkOptions;
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
    const { atOnce, fails } = this.#options;
    for (let from = 0; from < smaller.length && !this.isExhausted; from += atOnce) {
      const batch = smaller.slice(from, from + atOnce);
      this.#left -= batch.length;
      const verdicts = await Promise.all(batch.map(fails));
      const index = verdicts.indexOf(true);
      if (index >= 0) return batch[index]!;
    }
    return fuzzCase;
  }

  /** Again and again, until none of what it makes of the case fails. */
  async eachWhile(fuzzCase: FuzzCase, make: (fuzzCase: FuzzCase) => readonly FuzzCase[]): Promise<FuzzCase> {
    for (let current = fuzzCase; ; ) {
      const next = await this.firstOf(current, make(current));
      if (next === current) return current;
      current = next;
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
      current = await this.eachWhile(current, (each) =>
        Array.from({ length: Math.ceil(each[list].length / chunk) }, (_, i) => ({
          ...each,
          [list]: each[list].toSpliced(i * chunk, chunk),
        })).filter((smaller) => smaller.requests.length > 0),
      );
    }
    return current;
  }

  /** All rows made simpler, or else one after the other. */
  async rows(fuzzCase: FuzzCase, simplify: (row: WorkloadRow) => WorkloadRow): Promise<FuzzCase> {
    const changed = (rows: readonly WorkloadRow[]) =>
      rows.some((row, i) => !isSame(row, fuzzCase.requests[i]));
    const simpler = fuzzCase.requests.map(simplify);
    const all = { ...fuzzCase, requests: simpler };
    if (!changed(simpler)) return fuzzCase;
    if ((await this.firstOf(fuzzCase, [all])) === all) return all;
    let current = fuzzCase;
    for (const [i, row] of simpler.entries()) {
      if (isSame(row, current.requests[i])) continue;
      current = await this.firstOf(current, [{ ...current, requests: current.requests.with(i, row) }]);
    }
    return current;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Without disturbances, or with those of one kind at every input: then a reader need not ask where. */
function calmer(fuzzCase: FuzzCase): FuzzCase[] {
  const { disturbance } = fuzzCase;
  return [
    { restarts: 0, quotes: 0 },
    { restarts: 1, quotes: 0 },
    { restarts: 0, quotes: 1 },
    { restarts: disturbance.restarts, quotes: 0 },
    { restarts: 0, quotes: disturbance.quotes },
  ]
    .map((calm) => ({ ...fuzzCase, disturbance: { ...disturbance, ...calm } }))
    .filter((calm, i, all) => !isSame(calm, fuzzCase) && i < indexOfCase(all, fuzzCase));
}

/** What comes behind the case in the list is no calmer. */
function indexOfCase(all: readonly FuzzCase[], fuzzCase: FuzzCase): number {
  const index = all.findIndex((each) => isSame(each, fuzzCase));
  return index < 0 ? all.length : index;
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
    ...usual.map(([kind]) => ({
      ...fuzzCase,
      policies: { ...policies, [kind]: usualPolicy(kind) },
    })),
  ];
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
