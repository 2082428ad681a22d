// What a check found, for those who read it: a terminal, the summary page of a CI job (Markdown), annotations of GitHub.
import { markdownTable, plainTable, type Table } from '../compare/comparison-tables.ts';
import type { Combination } from '../definition/factors.ts';
import type { FailedCell } from '../sweep/sweep.ts';
import type { FigureVerdict, State, Verdict } from './verdicts.ts';

export interface CheckFindings {
  /** Of the scenario or the experiment. */
  readonly name: string;
  /** The file, as it was given. */
  readonly baseline: string;
  readonly runs: number;
  readonly verdicts: readonly Verdict[];
  /** Runs that did not come to an end. */
  readonly failures: readonly FailedCell[];
}

export function isGood({ failures, verdicts }: CheckFindings): boolean {
  return failures.length === 0 && verdicts.every(({ state }) => state !== 'worse');
}

/** What changed as a table, or nothing; then one line that says how it went. */
export function checkText(findings: CheckFindings): string {
  const table = changesOf(findings);
  return `${table.rows.length === 0 ? '' : `${plainTable(table)}\n`}${conclusion(findings)}\n${remarks(
    findings,
  )
    .map((line) => `${line}\n`)
    .join('')}`;
}

export function checkMarkdown(findings: CheckFindings): string {
  const table = changesOf(findings);
  const parts = [
    `### ${isGood(findings) ? '✅' : '❌'} openpex check: ${markdown(findings.name)}\n`,
    `${markdown(conclusion(findings))}\n`,
    ...(table.rows.length === 0 ? [] : [markdownTable(table)]),
    ...remarks(findings).map((line) => `${markdown(line)}\n`),
    ...findings.failures.map(
      (failure) =>
        `- ${markdown(`${combinationText(failure.combination)}seed ${failure.seed}: ${failure.message}`)}\n`,
    ),
  ];
  return parts.join('\n');
}

/** Workflow commands: one line for each finding, which GitHub shows on the page of the run. */
export function githubAnnotations(findings: CheckFindings): string {
  const { baseline, failures, name, verdicts } = findings;
  const command = (title: string, message: string) =>
    `::error file=${property(baseline)},title=${property(`openpex check: ${title}`)}::${escaped(message)}\n`;
  return [
    ...failures.map(({ combination, message, seed }) =>
      command(name, `${combinationText(combination)}seed ${seed}: ${message}`),
    ),
    ...verdicts
      .filter(({ state }) => state === 'worse')
      .map((verdict) =>
        command(`${combinationText(verdict.combination)}${subjectOf(verdict)}`, sentence(verdict)),
      ),
  ].join('');
}

/** `acceptanceRatio was 0.95 and is 0.9, worse (tolerated: −0.0095 (1 %))`. */
export function sentence(verdict: Verdict): string {
  if (verdict.kind === 'digest') {
    const seeds = verdict.changed.map(({ seed }) => seed);
    const [first] = verdict.changed;
    return first === undefined
      ? 'no decision changed'
      : `decisions changed (seed ${seeds.join(', ')}): the digest was ${short(first.before)} and is ${short(first.now)}`;
  }
  const { before, figure, now, test } = verdict;
  const values = `${figure} was ${value(before)} and is ${value(now)}`;
  if (before === null || now === null) return `${values}: there is nothing to compare`;
  const tolerance = `tolerated: ${toleranceText(verdict)}${test === undefined ? '' : `, p = ${probability(test.p)}`}`;
  return `${values}, ${stateText(verdict).toLowerCase()} (${tolerance})`;
}

export function subjectOf(verdict: Verdict): string {
  return verdict.kind === 'digest' ? 'digest' : verdict.figure;
}

/** `allocation=first-fit, `; empty without factors. */
export function combinationText(combination: Combination): string {
  return Object.entries(combination)
    .map(([name, label]) => `${name}=${label}, `)
    .join('');
}

const STATES: Readonly<Record<State, string>> = {
  same: 'unchanged',
  within: 'within tolerance',
  better: 'better',
  worse: 'WORSE',
};

function changesOf({ verdicts }: CheckFindings): Table {
  const changed = verdicts.filter(({ state }) => state !== 'same');
  const factors = Object.keys(changed[0]?.combination ?? {});
  const isTested = changed.some((verdict) => verdict.kind === 'figure' && verdict.test !== undefined);
  return {
    header: [
      '',
      ...factors,
      'figure',
      'baseline',
      'now',
      'change',
      'tolerated',
      ...(isTested ? ['p (Holm)'] : []),
    ],
    rows: changed.map((verdict) => [
      stateText(verdict),
      ...factors.map((factor) => verdict.combination[factor] ?? ''),
      subjectOf(verdict),
      ...(verdict.kind === 'figure' ? cellsOf(verdict) : digestCells(verdict.changed, verdict.n)),
      ...(isTested
        ? [verdict.kind === 'figure' && verdict.test !== undefined ? probability(verdict.test.p) : '']
        : []),
    ]),
  };
}

function cellsOf(verdict: FigureVerdict): string[] {
  const { before, now } = verdict;
  const change = before === null || now === null ? '' : signed(now - before);
  return [value(before), value(now), change, toleranceText(verdict)];
}

function digestCells(changed: ReadonlyArray<{ before: string; now: string }>, n: number): string[] {
  const [first] = changed;
  if (first === undefined) return ['', '', '', 'none'];
  return [
    short(first.before),
    short(first.now),
    n === 1 ? 'changed' : `${changed.length} of ${n} runs`,
    'none',
  ];
}

function conclusion({ baseline, failures, runs, verdicts }: CheckFindings): string {
  const over = runs === 1 ? 'one run' : `${runs} runs`;
  if (failures.length > 0) {
    return `FAILED: ${failures.length} of ${over} did not come to an end; nothing is compared with ${baseline}`;
  }
  if (verdicts.length === 0) return `Nothing to compare with yet (${over})`;
  const count = (text: string) => verdicts.filter((verdict) => stateText(verdict) === text).length;
  const [worse, ...others] = [...new Set(['WORSE', ...verdicts.map(stateText)])].map(
    (text) => `${count(text)} ${text.toLowerCase()}`,
  );
  const isWorse = verdicts.some(({ state }) => state === 'worse');
  const of = `${verdicts.length} comparisons with ${baseline} (${over})`;
  return `${isWorse ? 'FAILED' : 'OK'}: ${of}: ${[worse, ...others].join(', ')}`;
}

function stateText(verdict: Verdict): string {
  const isTested = verdict.kind === 'figure' && verdict.test !== undefined;
  return verdict.state === 'within' && isTested ? 'may be chance' : STATES[verdict.state];
}

/** What a test over the seeds cannot see. */
function remarks({ verdicts }: CheckFindings): string[] {
  return verdicts.flatMap((verdict) => {
    if (verdict.kind === 'digest' || verdict.state !== 'within' || verdict.test === undefined) return [];
    const { found, seedsForTwoPercent } = verdict.test;
    if (found === null || verdict.before === null || found <= 0.02 * Math.abs(verdict.before)) return [];
    const seeds = seedsForTwoPercent === null ? '' : `; ${seedsForTwoPercent} seeds would find one of 2 %`;
    return [
      `${combinationText(verdict.combination)}${verdict.figure}: with ${verdict.n} seeds a loss below ${value(found)} may go unseen${seeds}.`,
    ];
  });
}

/** `−0.0095 (1 %)`: in the direction in which it is a loss. */
function toleranceText({ better, rule, tolerance }: FigureVerdict): string {
  if (tolerance === 0) return better === 'same' ? 'none' : 'no loss';
  const sign = better === 'higher' ? '−' : better === 'lower' ? '+' : '±';
  const isRelative = tolerance > rule.absolute;
  return `${sign}${value(tolerance)}${isRelative ? ` (${value(rule.relative * 100)} %)` : ''}`;
}

/** All that summary.json says, and of a mean no more. */
function value(figure: number | null): string {
  return figure === null ? 'nothing to measure' : String(Number(figure.toFixed(6)));
}

function signed(change: number): string {
  return change > 0 ? `+${value(change)}` : value(change).replace('-', '−');
}

function probability(p: number): string {
  return p < 0.0001 ? '< 0.0001' : p.toFixed(4);
}

function short(digest: string): string {
  return digest.slice(0, 12);
}

function markdown(text: string): string {
  return text.replace(/[\\`*_[\]<>|]/g, '\\$&');
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
