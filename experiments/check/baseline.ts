// A baseline on disk: read with the place of whatever is wrong with it, made where there is none, and written anew with what runs show now. What
// people wrote in it stays as it is, comments too.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import { putFile } from '../../reports/files/put-file.ts';
import { listSettings } from '../../reports/settings-list.ts';
import { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import { complete, findProblems, type PathPart } from '../../written/written-value.ts';
import type { Experiment } from '../definition/experiment.ts';
import type { Combination } from '../definition/factors.ts';
import { type Figure, figuresOf, problemOfFigure, problemOfProvider } from '../results/figures.ts';
import type { RunOfSweep } from '../results/results-table.ts';
import { betterOf } from '../results/usual-direction.ts';
import { BaselineFile, Recorded, type RecordedRun, Rules } from './baseline-file.ts';

/** One run as it was recorded and as it is now. */
export interface RunPair {
  readonly combination: Combination;
  readonly seed: number;
  readonly before: Pick<RecordedRun, 'digest'> & { readonly figures: ReadonlyMap<string, Figure> };
  readonly now: Pick<RecordedRun, 'digest'> & { readonly figures: ReadonlyMap<string, Figure> };
}

/** A setting of the scenario that is not what it was; undefined: it is not there. */
export interface ChangedSetting {
  readonly path: string;
  readonly before: string | undefined;
  readonly now: string | undefined;
}

export class Baseline {
  readonly file: string;
  readonly rules: Rules;
  readonly #document: WrittenDocument | undefined;

  private constructor(file: string, rules: Rules, document?: WrittenDocument) {
    this.file = file;
    this.rules = rules;
    this.#document = document;
  }

  /**
   * The rules are checked; what is recorded is when it is asked for.
   * @throws InputError PEX_FILE_UNREADABLE, PEX_YAML_SYNTAX, PEX_BASELINE_INVALID with the place
   */
  static async read(file: string): Promise<Baseline> {
    const document = await WrittenDocument.read(file);
    const completed = complete(BaselineFile, document.value ?? {});
    const problems = findProblems(BaselineFile, completed);
    if (problems.length > 0) throw document.error('PEX_BASELINE_INVALID', problems);
    const rules = complete(Rules, completed) as Rules;
    const baseline = new Baseline(file, rules, document);
    for (const metric of Object.keys(rules.metrics)) {
      const problem = problemOfFigure(metric);
      if (problem !== undefined) throw baseline.#fault(['metrics', metric], problem);
    }
    if (Object.keys(rules.metrics).length === 0 && !rules.digest) {
      throw baseline.#fault(['metrics'], 'nothing is guarded: name metrics, or set digest: true');
    }
    return baseline;
  }

  /** For an experiment without one: its metrics, one percent worse at most; where there are seeds enough, tested over them. */
  static usual(file: string, { better, metrics, seeds }: Experiment): Baseline {
    const tested = seeds.length >= SEEDS_TO_TEST;
    const guarded = metrics.map((metric) => {
      const relative = tested ? 0 : 0.01;
      return [metric, { better: betterOf(metric, better), absolute: 0, relative }] as const;
    });
    const rules = { metrics: Object.fromEntries(guarded), digest: false };
    return new Baseline(file, tested ? { ...rules, significance: 0.01 } : rules);
  }

  /**
   * Before any run: a test over the seeds needs two of them, and a figure of a provider that provider.
   * @throws InputError PEX_BASELINE_INVALID
   */
  checkAgainst({ providers, seeds }: Experiment): void {
    if (this.rules.significance !== undefined && seeds.length < 2)
      throw this.#fault(['significance'], 'there is one seed only, and nothing to test over: leave this out');
    for (const metric of Object.keys(this.rules.metrics)) {
      const problem = problemOfProvider(metric, providers);
      if (problem !== undefined) throw this.#fault(['metrics', metric], problem);
    }
  }

  /**
   * What was recorded beside what is, in the order of the runs.
   * @throws InputError PEX_BASELINE_INVALID when nothing is recorded, or not of these runs, or with another version, or a figure is none
   */
  pair({ version }: Experiment, runs: readonly RunOfSweep[]): RunPair[] {
    const measured = this.#measured(runs);
    const recorded = this.#recorded();
    if (recorded.version !== version) {
      throw this.#fault(
        ['recorded', 'version'],
        `was recorded with OpenPEX ${recorded.version}, and this is ${version}: --update shows what changed, and records it anew`,
      );
    }
    return this.#match(recorded, measured);
  }

  /**
   * The same for what is about to be recorded anew: whatever version it was, and nothing where it was not of these runs.
   * @throws InputError PEX_BASELINE_INVALID when a figure is none
   */
  pairIfOfThese(runs: readonly RunOfSweep[]): RunPair[] {
    const measured = this.#measured(runs);
    try {
      return this.#match(this.#recorded(), measured);
    } catch (error) {
      if (error instanceof InputError) return [];
      throw error;
    }
  }

  /** Of the scenario that is varied; first those that it had when it was recorded. */
  changedSettings({ base }: Experiment): ChangedSetting[] {
    const { settings } = this.#recorded();
    const now = settingsOf(base);
    return [...new Set([...Object.keys(settings), ...Object.keys(now)])]
      .map((path) => ({ path, before: settings[path], now: now[path] }))
      .filter((setting) => setting.before !== setting.now);
  }

  /**
   * Writes the file, with what the runs show.
   * @returns whether that is anything else than what was there
   * @throws InputError PEX_FILE_UNWRITABLE
   */
  record({ base, name, version }: Experiment, runs: readonly RunOfSweep[]): boolean {
    const recorded: Recorded = {
      version,
      runs: runs.map(({ combination, seed, summary }) => {
        const figures = figuresOf(summary);
        const guarded = Object.keys(this.rules.metrics).map((metric) => [
          metric,
          figures.get(metric) ?? null,
        ]);
        return { levels: combination, seed, digest: summary.digest, metrics: Object.fromEntries(guarded) };
      }),
      settings: settingsOf(base),
    };
    const before = this.#document === undefined ? undefined : readFileSync(this.file, 'utf8');
    const document = parseDocument(before ?? HEADER(name) + stringify(this.rules, STYLE));
    document.set('recorded', document.createNode(recorded));
    const after = document.toString(STYLE);
    if (after === before) return false;
    putFile(this.file, after);
    return true;
  }

  #measured(runs: readonly RunOfSweep[]): MeasuredRun[] {
    const measured = runs.map((run) => ({ ...run, figures: figuresOf(run.summary) }));
    for (const metric of Object.keys(this.rules.metrics)) {
      if (measured.some(({ figures }) => figures.has(metric))) continue;
      const known = new Set(measured.flatMap(({ figures }) => [...figures.keys()]));
      const near = [...known].filter((name) => name.split('.')[0] === metric.split('.')[0]);
      throw this.#fault(['metrics', metric], `no run has this figure${suggestion(metric, near)}`);
    }
    return measured;
  }

  #match(recorded: Recorded, measured: readonly MeasuredRun[]): RunPair[] {
    const before = new Map(recorded.runs.map((run, index) => [nameOf(run.levels, run.seed), { run, index }]));
    const pairs = measured.map(({ combination, seed, summary: { digest }, figures }) => {
      const name = nameOf(combination, seed);
      const found = before.get(name);
      before.delete(name);
      if (found === undefined) {
        throw this.#fault(['recorded', 'runs'], `there is no run (${text(combination, seed)}); ${AGAIN}`);
      }
      for (const metric of Object.keys(this.rules.metrics)) {
        if (Object.hasOwn(found.run.metrics, metric)) continue;
        const at = ['recorded', 'runs', found.index, 'metrics'];
        throw this.#fault(at, `there is no ${metric}, which is guarded: record it with --update`);
      }
      const was = { digest: found.run.digest, figures: new Map(Object.entries(found.run.metrics)) };
      return { combination, seed, before: was, now: { digest, figures } };
    });
    for (const { index, run } of before.values()) {
      const what = `the run (${text(run.levels, run.seed)}) is not made any more; ${AGAIN}`;
      throw this.#fault(['recorded', 'runs', index], what);
    }
    return pairs;
  }

  #recorded(): Recorded {
    const document = this.#document;
    const written = document?.get(['recorded']);
    if (document === undefined || written === undefined || written === null) {
      throw this.#fault(['recorded'], 'nothing is recorded yet: run it once with --update');
    }
    const completed = complete(Recorded, written);
    const problems = findProblems(Recorded, completed, ['recorded']);
    if (problems.length > 0) throw document.error('PEX_BASELINE_INVALID', problems);
    return completed as Recorded;
  }

  #fault(path: readonly PathPart[], message: string): InputError {
    if (this.#document === undefined)
      return new InputError('PEX_BASELINE_INVALID', message, { file: this.file });
    return this.#document.error('PEX_BASELINE_INVALID', [{ path, message }]);
  }
}

interface MeasuredRun extends RunOfSweep {
  readonly figures: ReadonlyMap<string, Figure>;
}

const SEEDS_TO_TEST = 5;
const AGAIN = 'if the experiment is meant to be another one, record it anew with --update';
const STYLE = { lineWidth: 0 } as const;
const HEADER = (name: string) =>
  `# What ${name} is compared with by openpex check. docs/ci.md says what can be written here; what is recorded is rewritten by --update.\n`;

/** Where a file lies differs from machine to machine; what it is called does not. */
function settingsOf(base: unknown): Record<string, string> {
  return Object.fromEntries(
    listSettings(base).map(({ path, value }) => [path, /(^|\.)file$/.test(path) ? basename(value) : value]),
  );
}

function nameOf(levels: Combination, seed: number): string {
  return JSON.stringify([seed, ...Object.entries(levels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

function text(levels: Combination, seed: number): string {
  return [...Object.entries(levels).map(([name, label]) => `${name}=${label}`), `seed ${seed}`].join(', ');
}
