// openpex report: the figures and the report of what a live service recorded; or the summary of a run, once more.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Summary } from '../../reports/summary.ts';
import { InputError } from '../../written/input-error.ts';
import type { CommandBody } from '../command.ts';
import { VERSION } from '../version.ts';
import { withHistory } from '../with-database.ts';

interface ReportArguments {
  source: string;
  archives: string[];
  out?: string | undefined;
  json: boolean;
}

export const reportCommand: CommandBody<ReportArguments> = {
  builder: (yargs) =>
    yargs
      .positional('source', {
        type: 'string',
        demandOption: true,
        describe: 'A database (a SQLite file, sqlite:FILE, or postgres://…), or the directory of a run',
      })
      .positional('archives', {
        type: 'string',
        array: true,
        default: [],
        describe: 'What was archived of the database, to report on both as one',
      })
      .option('out', {
        type: 'string',
        describe: 'Where to leave report.html, summary.json and the CSV files [default: runs/NAME]',
      })
      .option('json', {
        type: 'boolean',
        default: false,
        describe: 'Print summary.json instead of the table',
      })
      .example('$0 report openpex.db --out report', 'While the service runs, or afterwards')
      .example('$0 report openpex.db archives/*.db', 'With everything that was archived'),
  handler: report,
};

async function report({ archives: archived, json, out, source }: ReportArguments): Promise<void> {
  if (isDirectory(source)) {
    if (archived.length > 0) {
      throw new InputError('PEX_USAGE', `${source} is the directory of a run: it has no archives`);
    }
    if (out !== undefined) {
      throw new InputError('PEX_USAGE', `--out: ${source} is the directory of a run and has its report`);
    }
    const { readRunSummary } = await import('../../reports/files/run-summary.ts');
    await print(readRunSummary(source, 'the directory of a run, or a database'), json);
    return;
  }
  const { summary, directory } = await withHistory(source, archived, async (database, archives) => {
    const { JournalReports } = await import('../../live/report/journal-reports.ts');
    const reports = new JournalReports({ database, archives, version: VERSION });
    const place = out ?? join('runs', (await reports.serviceName()).replace(/[^\w.=+-]+/g, '_'));
    return { summary: await reports.writeTo(place), directory: place };
  });
  await print(summary, json);
  process.stderr.write(`Report: ${join(directory, 'report.html')}\n`);
}

async function print(summary: Summary, json: boolean): Promise<void> {
  if (json) {
    process.stdout.write(`${JSON.stringify(summary, null, 2)}\n`);
    return;
  }
  const { renderTerminalSummary } = await import('../../reports/terminal/terminal-summary.ts');
  process.stdout.write(renderTerminalSummary(summary, { colour: process.stdout.isTTY === true }));
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
