// What an experiment varies: each factor with its levels, and the changes to the scenario that make up a level.
import { basename } from 'node:path';
import { POLICY_KINDS } from '../../engine/index.ts';
import type { ScenarioChange } from '../../scenarios/load/scenario.ts';
import type { WrittenDocument } from '../../written/document.ts';
import type { InputError } from '../../written/input-error.ts';
import { parsePath } from '../../written/setting.ts';
import { parseDuration } from '../../written/time-text.ts';
import type { PathPart } from '../../written/written-value.ts';
import type { ExperimentFile } from './experiment-file.ts';

export interface Level {
  /** Unique in its factor; what tables call it. */
  readonly label: string;
  readonly changes: readonly ScenarioChange[];
  /** A file, or a name that ships, of a scenario in place of that of the experiment. Absent: that one. */
  readonly scenario?: string;
}

export interface Factor {
  /** Unique in its experiment; a column of the results. */
  readonly name: string;
  /** At least one, in the order in which they are written. */
  readonly levels: readonly Level[];
}

/** By the name of the factor, the label of the level. */
export type Combination = Readonly<Record<string, string>>;

/** @throws InputError PEX_EXPERIMENT_INVALID for a name that is no setting, two levels that read alike, a factor called like a column */
export function factorsOf({ factors }: ExperimentFile, document: WrittenDocument): Factor[] {
  const [, second] = Object.entries(factors).filter(([, written]) => 'scenarios' in written);
  if (second !== undefined)
    throw problem(
      document,
      ['factors', second[0]],
      'has scenarios, as another factor has; expected one such',
    );
  return Object.entries(factors).map(([name, written]) => {
    const at = ['factors', name];
    if (RESERVED.includes(name)) {
      throw problem(document, at, `a factor cannot be called "${name}": results have a column of that name`);
    }
    const levels = levelsOf(name, written, document);
    // The same time may be written in several ways: 60s, 1m.
    const labels = new Map<string | number, string>();
    for (const { label } of levels) {
      const meant = parseDuration(label) ?? label;
      const other = labels.get(meant);
      if (other === label) throw problem(document, at, `has the level ${label} twice`);
      if (other !== undefined && levels.every(isPlain))
        throw problem(document, at, `has the levels ${other} and ${label}, which are the same time`);
      labels.set(meant, label);
    }
    return { name, levels };
  });
}

/** Called as what is set, not by a name of its own. */
function isPlain({ changes, label }: Level): boolean {
  return changes.length === 1 && changes[0]!.value === label;
}

/** Columns of the results beside factors. */
const RESERVED = ['run', 'seed', 'end', 'digest'];

function levelsOf(
  name: string,
  written: ExperimentFile['factors'][string],
  document: WrittenDocument,
): Level[] {
  const at = ['factors', name];
  if (Array.isArray(written)) {
    return written.map((value, index) => ({
      label: labelOf(value),
      changes: [changeOf(name, value, document, [...at, index])],
    }));
  }
  if ('values' in written) {
    return written.values.map((value, index) => ({
      label: labelOf(value),
      changes: [changeOf(written.path, value, document, [...at, 'values', index])],
    }));
  }
  if ('scenarios' in written) {
    return written.scenarios.map((scenario) => ({ label: titleOfFile(scenario), changes: [], scenario }));
  }
  const levels = Object.entries(written.levels).map(([label, settings]) => ({
    label,
    changes: changesOf(settings, document, [...at, 'levels', label]),
  }));
  if (levels.length === 0)
    throw problem(document, [...at, 'levels'], 'is empty; expected at least one level');
  return levels;
}

/** @param at where the settings stand */
export function changesOf(
  settings: Readonly<Record<string, unknown>>,
  document: WrittenDocument,
  at: readonly PathPart[],
): ScenarioChange[] {
  return Object.entries(settings).map(([setting, value]) =>
    changeOf(setting, value, document, [...at, setting]),
  );
}

function changeOf(
  setting: string,
  value: unknown,
  document: WrittenDocument,
  at: readonly PathPart[],
): ScenarioChange {
  const { file, line } = document.placeOf(at);
  const change = {
    value,
    origin: line === undefined ? `${file}` : `${file}:${line}`,
    home: document.homeOf(at),
  };
  const kind = POLICY_KINDS.find((known) => known === setting);
  if (kind !== undefined) return { ...change, policy: kind };
  const path = parsePath(setting);
  if (path === undefined) {
    throw problem(
      document,
      at,
      `"${setting}" is no setting; expected a path such as cluster.nodes[0].count, or a kind of policy (${POLICY_KINDS.join(', ')})`,
    );
  }
  return { ...change, path };
}

/** `best-fit`; `my-policy` for a file; options and other groups as they are written. */
function labelOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { file, name, options, ...others } = value as Readonly<Record<string, unknown>>;
  const title = typeof name === 'string' ? name : typeof file === 'string' ? titleOfFile(file) : undefined;
  if (title === undefined || Object.keys(others).length > 0) return JSON.stringify(value);
  const settings = Object.entries(Object(options)).map(([key, option]) => `${key}=${labelOf(option)}`);
  return settings.length === 0 ? title : `${title}(${settings.join(', ')})`;
}

function titleOfFile(file: string): string {
  return basename(file).replace(/\.[^.]*$/, '');
}

/**
 * Every combination of levels: the last factor varies fastest. Without factors there is one, of nothing.
 * @throws InputError PEX_EXPERIMENT_INVALID for a list of factors that are not of one length
 */
export function combinationsOf(
  factors: readonly Factor[],
  design: ExperimentFile['design'],
  document: WrittenDocument,
): ReadonlyArray<readonly Level[]> {
  if (design === 'crossed') {
    return factors.reduce<Level[][]>(
      (combinations, { levels }) =>
        combinations.flatMap((combination) => levels.map((level) => [...combination, level])),
      [[]],
    );
  }
  const [first] = factors;
  for (const { name, levels } of factors) {
    if (levels.length === first!.levels.length) continue;
    throw problem(
      document,
      ['factors', name],
      `has ${levels.length} levels, and "${first!.name}" has ${first!.levels.length}; factors that are listed side by side have the same number`,
    );
  }
  if (first === undefined) return [[]];
  return first.levels.map((_, index) => factors.map(({ levels }) => levels[index]!));
}

function problem(document: WrittenDocument, path: readonly PathPart[], message: string): InputError {
  return document.error('PEX_EXPERIMENT_INVALID', [{ path, message }]);
}
