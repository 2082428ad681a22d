// openpex diff: where two runs part, the requests that were answered differently, and what that came to.
import { InputError } from '../../written/input-error.ts';
import type { CommandBody } from '../command.ts';
import { EXIT } from '../exit.ts';

interface DiffArguments {
  a: string;
  b: string;
  limit: number;
  json: boolean;
  exitCode: boolean;
}

export const diffCommand: CommandBody<DiffArguments> = {
  builder: (yargs) =>
    yargs
      .positional('a', { type: 'string', demandOption: true, describe: 'The directory of a run' })
      .positional('b', { type: 'string', demandOption: true, describe: 'The directory of another one' })
      .option('limit', {
        type: 'number',
        default: 10,
        describe: 'List so many settings and changed requests at most; all are counted',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print everything as JSON' })
      .option('exit-code', {
        type: 'boolean',
        default: false,
        describe: 'End with 1 when the runs are different [default: 0 either way]',
      })
      .example('$0 run day.yaml --record --out a', 'Keep the events, to know where the runs part')
      .example('$0 diff a b', 'What another policy, setting or version made of it'),
  handler: diff,
};

async function diff({ a, b, exitCode, json, limit }: DiffArguments): Promise<void> {
  if (!Number.isInteger(limit) || limit < 0) {
    throw new InputError('PEX_USAGE', `expected a whole number of at least 0, not ${limit}`, {
      file: '--limit',
    });
  }
  const { RunFolder } = await import('../../experiments/diff/run-folder.ts');
  const { diffRuns } = await import('../../experiments/diff/run-diff.ts');
  const { diffText } = await import('../../experiments/diff/diff-text.ts');
  const found = await diffRuns(RunFolder.read(a), RunFolder.read(b), { explained: limit });
  process.stdout.write(
    json
      ? `${JSON.stringify({ ...found, turns: Object.fromEntries(found.turns) }, null, 2)}\n`
      : diffText(found, { names: [a, b], listed: limit }),
  );
  if (exitCode && !found.isSame) process.exitCode = EXIT.failed;
}
