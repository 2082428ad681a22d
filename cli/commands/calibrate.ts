// openpex calibrate: what a live service recorded in; settings of simulated machines and users that do the same out, with how far off they are.

import type { TimesFit } from '../../experiments/calibration/fit-times.ts';
import { InputError } from '../../written/input-error.ts';
import { parseInstant } from '../../written/instant.ts';
import type { CommandBody } from '../command.ts';
import { DATABASE_ARGUMENT } from '../database-argument.ts';
import { VERSION } from '../version.ts';
import { withHistory } from '../with-database.ts';

interface CalibrateArguments {
  database: string;
  archives: string[];
  fitUntil: string;
  json: boolean;
}

export const calibrateCommand: CommandBody<CalibrateArguments> = {
  builder: (yargs) =>
    yargs
      .positional('database', DATABASE_ARGUMENT)
      .positional('archives', {
        type: 'string',
        array: true,
        default: [],
        describe: 'What was archived of it, to be read as one',
      })
      .option('fit-until', {
        type: 'string',
        default: '70%',
        describe:
          'Fit to what was recorded up to this instant, or in this share of the recorded time; the rest is predicted',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print everything as JSON' })
      .example('$0 calibrate openpex.db > calibrated.yaml', 'Settings, the errors as comments')
      .example('$0 run campus-month --calibrated calibrated.yaml', 'A scenario on such machines')
      .example('$0 replay openpex.db --calibrated calibrated.yaml', 'Would they have delivered the same?'),
  handler: calibrate,
};

async function calibrate({
  archives: archived,
  database: url,
  fitUntil,
  json,
}: CalibrateArguments): Promise<void> {
  const { fitTimes, settingsOf } = await import('../../experiments/calibration/fit-times.ts');
  const { RecordedTimes } = await import('../../experiments/calibration/recorded-times.ts');
  const { timesText } = await import('../../experiments/calibration/times-text.ts');
  const { repeat, spanOf } = await import('../../live/replay/replay.ts');
  await withHistory(url, archived, async (database, archives) => {
    const untilMs = instantOf(fitUntil, await spanOf(database, archives));
    const recorded = new RecordedTimes();
    const { alike, requests } = await repeat({
      database,
      archives,
      version: VERSION,
      env: process.env,
      command: '',
      onCommit: (commit) => recorded.hear(commit),
    });
    const fit: TimesFit = fitTimes(recorded, untilMs);
    if (alike < requests)
      process.stderr.write(
        `${requests - alike} of ${requests} requests are decided otherwise now than they were: times of their VMs may be missing.\n`,
      );
    if (fit.times.length === 0 && fit.shares.length === 0)
      throw new InputError('PEX_DATABASE', `database ${url}: nothing was done in it up to ${fitUntil}`);
    process.stdout.write(
      json ? `${JSON.stringify({ settings: settingsOf(fit), ...fit }, null, 2)}\n` : timesText(fit, url),
    );
  });
}

/** @throws InputError PEX_USAGE */
function instantOf(
  text: string,
  { endMs, startMs }: { readonly startMs: number; readonly endMs: number },
): number {
  const [, share] = /^(\d+(?:\.\d+)?)\s*%$/.exec(text) ?? [];
  if (share !== undefined && Number(share) > 0 && Number(share) <= 100)
    return startMs + Math.round(((endMs - startMs) * Number(share)) / 100);
  const ms = parseInstant(text);
  if (ms === undefined)
    throw new InputError(
      'PEX_USAGE',
      `expected a share of the recorded time, such as 70%, or an instant with its zone, such as 2026-03-02T08:00:00Z, found "${text}"`,
      { file: '--fit-until' },
    );
  return ms;
}
