// openpex compare: what a sweep says, with intervals and paired differences: a page, a CSV file, and tables for papers.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Summary } from '../../reports/summary.ts';
import { InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import type { CommandBody } from '../command.ts';
import { quote } from '../shell-words.ts';

interface CompareArguments {
  results: string[];
  out?: string | undefined;
  baseline: string[];
  metric: string[];
  format: string;
  quiet: boolean;
}

const FORMATS = ['text', 'markdown', 'latex', 'csv'] as const;

export const compareCommand: CommandBody<CompareArguments> = {
  builder: (yargs) =>
    yargs
      .positional('results', {
        type: 'string',
        array: true,
        demandOption: true,
        describe: 'The directory of a finished sweep, or those of several runs',
      })
      .option('out', {
        type: 'string',
        describe: 'Where to leave the comparison [default: the directory of the sweep; of runs: compare]',
      })
      .option('baseline', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: "FACTOR=LEVEL to compare with [default: the experiment's]; can be given several times",
      })
      .option('metric', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: "A figure of summary.json [default: the experiment's]; can be given several times",
      })
      .option('format', { choices: FORMATS, default: 'text', describe: 'Of the table on stdout' })
      .option('quiet', { type: 'boolean', default: false, describe: 'No table; only the files' })
      .example('$0 compare sweeps/allocation --format latex', 'A table for a paper')
      .example('$0 compare runs/a runs/b', 'Two runs; of several seeds each, all of them'),
  handler: runCompare,
};

async function runCompare(args: CompareArguments): Promise<void> {
  const { compare } = await import('../../experiments/compare/comparison.ts');
  const { conclusionsOf } = await import('../../experiments/compare/conclusions.ts');
  const { figuresOf } = await import('../../experiments/results/figures.ts');
  const tables = await import('../../experiments/compare/comparison-tables.ts');
  const { renderComparisonPage } = await import('../../experiments/compare/comparison-page.ts');
  const { writing } = await import('../../reports/files/run-directory.ts');

  const { courses, place, plan, runs } = await subjectOf(args);
  const known = new Set(runs.flatMap(({ summary }) => [...figuresOf(summary).keys()]));
  const figures = args.metric.length > 0 ? args.metric : plan.metrics;
  for (const figure of figures) {
    if (known.has(figure)) continue;
    const problem = `no run has a figure "${figure}"${suggestion(figure, [...known])}`;
    throw new InputError('PEX_USAGE', problem, { file: '--metric' });
  }
  const baseline = args.baseline.length > 0 ? baselineOf(args.baseline, plan.factors) : plan.baseline;
  const comparison = compare(runs, { baseline, better: plan.better, figures });
  const factors = plan.factors.map(({ name }) => name);
  const command = ['npx', 'openpex', 'compare', ...args.results]
    .concat(args.out === undefined ? [] : ['--out', args.out])
    .concat(args.baseline.flatMap((level) => ['--baseline', level]))
    .concat(args.metric.flatMap((metric) => ['--metric', metric]));
  const table = tables.tableOf(comparison, { factors, figures });
  const csv = tables.comparisonCsv(comparison, factors);
  const files = {
    'compare.html': renderComparisonPage(comparison, {
      plan,
      runs,
      courses,
      warmUpMs: commonWarmUpMs(runs),
      figures,
      baseline,
      reproduceCommand: command.map(quote).join(' '),
    }),
    'compare.csv': csv,
    'compare.md': tables.markdownTable(table),
    'compare.tex': tables.latexTable(table),
  };
  writing(place, () => mkdirSync(place, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const file = join(place, name);
    writing(file, () => writeFileSync(file, text));
  }
  if (!args.quiet) process.stdout.write(await textOf(args.format));
  if (!args.quiet) process.stderr.write(`Comparison: ${join(place, 'compare.html')}\n`);

  async function textOf(format: string): Promise<string> {
    if (format === 'csv') return csv;
    if (format === 'markdown') return tables.markdownTable(table);
    if (format === 'latex') return tables.latexTable(table);
    const against = tables.changedLevels({}, baseline);
    if (against === '') return tables.plainTable(table);
    const sentences = conclusionsOf(comparison).map((sentence) => `${sentence}\n`);
    return `${tables.plainTable(table)}* differs from ${against}, p < 0.05 (paired t, Holm)\n\n${sentences.join('')}`;
  }
}

/** A sweep, or several runs as one. */
async function subjectOf({ out, results }: CompareArguments) {
  const { SweepDirectory } = await import('../../experiments/sweep/sweep-directory.ts');
  const [first, ...others] = results;
  if (others.length === 0 && (SweepDirectory.isAt(first!) || !existsSync(join(first!, 'summary.json')))) {
    const directory = SweepDirectory.read(first!);
    return {
      plan: directory.plan,
      runs: directory.runs(),
      courses: directory.courses(),
      place: out ?? first!,
    };
  }
  const { readRunDirectories } = await import('../../experiments/results/run-directories.ts');
  const plan = await readRunDirectories(results);
  return { plan, runs: plan.runs, courses: [], place: out ?? 'compare' };
}

/** Null: they differ. */
function commonWarmUpMs(runs: ReadonlyArray<{ readonly summary: Summary }>): number | null {
  const all = new Set(
    runs.map(({ summary: { measuredFrom, start } }) => Date.parse(measuredFrom) - Date.parse(start)),
  );
  const [first] = all;
  return all.size === 1 ? first! : null;
}

function baselineOf(
  texts: readonly string[],
  factors: ReadonlyArray<{ readonly name: string; readonly levels: readonly string[] }>,
): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      const name = text.slice(0, at);
      const level = text.slice(at + 1);
      const place = { file: `--baseline ${text}` };
      if (at <= 0) throw new InputError('PEX_USAGE', 'expected FACTOR=LEVEL', place);
      const factor = factors.find((candidate) => candidate.name === name);
      if (factor === undefined) {
        const names = factors.map((each) => each.name);
        throw new InputError('PEX_USAGE', `there is no factor "${name}"${suggestion(name, names)}`, place);
      }
      if (!factor.levels.includes(level)) {
        const problem = `"${name}" has no level "${level}"${suggestion(level, factor.levels)}`;
        throw new InputError('PEX_USAGE', problem, place);
      }
      return [name, level];
    }),
  );
}
