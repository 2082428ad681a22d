// openpex change: asks a service for other terms of a reservation, and negotiates about them at the terminal.
import { negotiateChange, type Reservation } from '../../live/client/index.ts';
import { InputError } from '../../written/input-error.ts';
import type { CommandBody } from '../command.ts';
import { EXIT } from '../exit.ts';
import {
  ACCEPT_CHOICES,
  type Accept,
  askForDecision,
  type CounterTerms,
  usualAccept,
} from '../offer-questions.ts';
import { idPositional, wholeId } from '../reservation-id.ts';
import { changeOfferText, priceDifferenceText, reservationLine } from '../reservation-text.ts';
import { type ServiceArguments, serviceOf, serviceOptions } from '../service-access.ts';
import { Questions } from '../terminal.ts';
import { readInstant, readLength } from '../time-options.ts';

interface ChangeArguments extends ServiceArguments {
  id: string;
  start?: string | undefined;
  for?: string | undefined;
  end?: string | undefined;
  instances?: number | undefined;
  maxPrice?: number | undefined;
  accept?: Accept | undefined;
}

export const changeCommand: CommandBody<ChangeArguments> = {
  builder: (yargs) =>
    serviceOptions(yargs)
      .positional('id', idPositional)
      .option('start', {
        type: 'string',
        describe:
          '2026-12-03T10:00, in your zone unless it names one; or in so long: 2h. Before the window opens only',
      })
      .option('for', { type: 'string', describe: 'How long from its start, also when that has passed' })
      .option('end', { type: 'string', describe: 'Instead of --for: until when, written as --start is' })
      .option('instances', { alias: 'n', type: 'number', describe: 'Guaranteed' })
      .option('max-price', {
        type: 'number',
        describe: 'The most that the whole reservation may then cost, in credits',
      })
      .option('accept', {
        choices: ACCEPT_CHOICES,
        describe:
          'What is booked: what you say when you are asked, only what is as asked, or whatever is offered [default: ask at a terminal, else as-asked]',
      })
      .conflicts('for', 'end')
      .example('$0 change 5D0FA0EB --for 8h', 'Longer, or shorter')
      .example('$0 change 5D0FA0EB --start 2026-12-04T10:00 -n 3', 'On another day, and three')
      .epilogue('What is not named stays. The reservation is as it was until a change of it is booked.'),
  handler: change,
};

async function change(args: ChangeArguments): Promise<void> {
  const { accept = usualAccept(), maxPrice } = args;
  if ([args.start, args.for, args.end, args.instances].every((value) => value === undefined))
    throw new InputError(
      'PEX_USAGE',
      'what is to be otherwise? Say at least one of --start, --for, --end and --instances',
    );
  const client = await serviceOf(args);
  const id = await wholeId(client, args.id);
  const { timeMs } = await client.call('getService');
  const present = termsOf(await client.call('getReservation', { path: { id } }));
  let asked = { ...present, ...askedTerms(args, present, timeMs) };
  // What stays is not named: a start that has passed is none that could be asked for.
  const bodyOf = ({ duration, numInstancesFixed, startTimeMs }: CounterTerms) => ({
    ...(startTimeMs !== present.startTimeMs && { startTime: new Date(startTimeMs).toISOString() }),
    duration,
    numInstancesFixed,
    ...(maxPrice !== undefined && { maxPriceMicros: Math.round(maxPrice * 1_000_000) }),
  });
  const questions = new Questions();
  const agreement = await negotiateChange(client, id, bodyOf(asked), async (offered) => {
    process.stderr.write(changeOfferText(offered.offer, asked));
    if (accept === 'any') return 'book';
    if (accept === 'as-asked') return offered.reply === 'ACCEPT' ? 'book' : 'decline';
    const decision = await askForDecision(offered, priceDifferenceText(offered.offer), questions);
    if (typeof decision === 'string') return decision;
    asked = { ...asked, ...decision };
    return bodyOf(asked);
  }).finally(() => questions.close());
  if (agreement.kind !== 'changed') process.exitCode = EXIT.failed;
  if (args.json) process.stdout.write(`${JSON.stringify(agreement, null, 2)}\n`);
  else if (agreement.kind === 'changed') process.stdout.write(`${reservationLine(agreement.reservation)}\n`);
  else if (agreement.kind === 'declined') process.stderr.write('Declined. Your reservation is as it was.\n');
  else
    process.stderr.write(
      `No: ${agreement.reply.detail ?? agreement.reply.reason}. Your reservation is as it was.\n`,
    );
}

/** @throws InputError where it has none yet */
function termsOf({ duration, id, numInstancesFixed, numInstancesOption, startTimeMs, type }: Reservation) {
  if (duration === null || startTimeMs === null || type === null)
    throw new InputError('PEX_USAGE', `${id}: has no terms yet that could be changed`);
  return {
    type,
    startTimeMs,
    duration,
    numInstancesFixed: numInstancesFixed ?? 0,
    numInstancesOption: numInstancesOption ?? 0,
  };
}

/** @throws InputError */
function askedTerms(args: ChangeArguments, present: CounterTerms, nowMs: number): CounterTerms {
  const startTimeMs =
    args.start === undefined ? present.startTimeMs : readInstant('--start', args.start, nowMs);
  return {
    startTimeMs,
    duration: durationOf(args, startTimeMs, nowMs) ?? present.duration,
    numInstancesFixed: args.instances ?? present.numInstancesFixed,
  };
}

/** @throws InputError */
function durationOf(
  { end, for: length }: ChangeArguments,
  startMs: number,
  nowMs: number,
): number | undefined {
  if (length !== undefined) return readLength('--for', length);
  if (end === undefined) return undefined;
  const endMs = readInstant('--end', end, nowMs);
  if (endMs > startMs) return endMs - startMs;
  throw new InputError(
    'PEX_USAGE',
    `--end: expected an instant after the start, ${new Date(startMs).toISOString()}, found "${end}"`,
  );
}
