// openpex reserve: asks a service for a reservation, and negotiates about it at the terminal.
import {
  type Decision,
  type NegotiationReply,
  negotiate,
  type OpenPexClient,
  OpenPexProblem,
} from '../../live/client/index.ts';
import { InputError } from '../../written/input-error.ts';
import type { CommandBody } from '../command.ts';
import { EXIT } from '../exit.ts';
import { ACCEPT_CHOICES, type Accept, askForDecision, usualAccept } from '../offer-questions.ts';
import {
  creditsText,
  offerText,
  partnersText,
  refusalText,
  reservationLine,
  seriesText,
  wholePrice,
} from '../reservation-text.ts';
import { negotiateAtTerminal, type SeriesArguments, type SeriesTimes, timesOf } from '../series.ts';
import { type ServiceArguments, serviceOf, serviceOptions } from '../service-access.ts';
import { Questions } from '../terminal.ts';
import { readInstant, readLength } from '../time-options.ts';

interface ReserveArguments extends ServiceArguments, SeriesArguments {
  type: string;
  instances: number;
  optional: number;
  start?: string | undefined;
  orStart: string[];
  for: string;
  template?: string | undefined;
  project?: string | undefined;
  name?: string | undefined;
  note?: string | undefined;
  kind?: string | undefined;
  site: string[];
  maxPrice?: number | undefined;
  requirements?: string | undefined;
  rank?: string | undefined;
  wait?: string | undefined;
  byHand: boolean;
  accept?: Accept | undefined;
  quote: boolean;
}

export const reserveCommand: CommandBody<ReserveArguments> = {
  builder: (yargs) =>
    serviceOptions(yargs)
      .positional('type', {
        type: 'string',
        demandOption: true,
        describe: 'Of the instances: SMALL, or whatever the service has',
      })
      .option('instances', { alias: 'n', type: 'number', default: 1, describe: 'Guaranteed' })
      .option('optional', { type: 'number', default: 0, describe: 'May be claimed later' })
      .option('start', {
        type: 'string',
        describe:
          '2026-12-03T10:00, in your zone unless it names one; or in so long: 2h [default: as soon as possible]',
      })
      .option('or-start', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe:
          'Another start that will do, where the one before cannot be had; can be given several times',
      })
      .option('for', { type: 'string', default: '1h', describe: 'How long' })
      .option('template', {
        type: 'string',
        describe: 'What the VMs are made from [default: the first of the service]',
      })
      .option('project', { type: 'string', describe: 'Of yours, that it is for, and that pays' })
      .option('name', { type: 'string', describe: 'What you call it' })
      .option('note', { type: 'string', describe: 'What you note about it' })
      .option('kind', {
        type: 'string',
        describe: 'Of the lease: immediate, best-effort … [default: advance]',
      })
      .option('site', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe:
          'The site that all instances are to be on; given several times, one of them, the most wanted first',
      })
      .option('max-price', { type: 'number', describe: 'The most that you pay for all of it, in credits' })
      .option('requirements', {
        type: 'string',
        describe: 'Which nodes are to be taken first, where the service reads such: \'CLUSTER = "blue*"\'',
      })
      .option('rank', {
        type: 'string',
        describe: 'What nodes are ranked by, the highest first: FREE_CPU, or --rank=-RUNNING_VMS',
      })
      .option('wait', {
        type: 'string',
        describe: 'Where there is no room, wait for some so long at most, on the waitlist: 2d',
      })
      .option('every', {
        type: 'string',
        describe: 'A series, at the same time of the clock: day, week, or 2w',
      })
      .option('times', { type: 'number', describe: 'How many the series has' })
      .option('until', { type: 'string', describe: 'No more of the series begin from then on' })
      .option('zone', { type: 'string', describe: 'Whose clock: Europe/Berlin [default: yours]' })
      .option('take', {
        choices: ['all', 'fitting'] as const,
        describe: 'Of a series: all of it or nothing, or those times that there are [default: all]',
      })
      .option('by-hand', {
        type: 'boolean',
        default: false,
        describe: 'Nothing starts until it is activated',
      })
      .option('accept', {
        choices: ACCEPT_CHOICES,
        describe:
          'What is booked: what you say when you are asked, only what is as asked, or whatever is offered [default: ask at a terminal, else as-asked]',
      })
      .option('quote', {
        type: 'boolean',
        default: false,
        describe: 'Only say what would be answered; nothing is held',
      })
      .example('$0 reserve SMALL -n 5 --start 2026-12-03T10:00 --for 6h', 'Five on Thursday')
      .example(
        '$0 reserve SMALL -n 20 --start 2026-12-03T10:00 --for 2h --every week --times 8',
        'A course: all eight Thursdays or none',
      )
      .example('$0 reserve LARGE --for 2h --accept any', 'One as soon as possible, whatever is offered'),
  handler: reserve,
};

async function reserve(args: ReserveArguments): Promise<void> {
  const client = await serviceOf(args);
  const { timeMs } = await client.call('getService');
  const startMs = args.start === undefined ? timeMs : readInstant('--start', args.start, timeMs);
  const duration = readLength('--for', args.for);
  const terms = {
    type: args.type,
    numInstancesFixed: args.instances,
    numInstancesOption: args.optional,
    duration,
    startsItself: !args.byHand,
    ...(args.start !== undefined && { startTime: new Date(startMs).toISOString() }),
    ...(args.template !== undefined && { template: args.template }),
    ...(args.kind !== undefined && { kind: args.kind }),
    ...(args.site.length > 0 && { sites: args.site }),
    ...(args.wait !== undefined && {
      waitUntil: new Date(timeMs + readLength('--wait', args.wait)).toISOString(),
    }),
    ...(args.orStart.length > 0 && {
      otherwise: args.orStart.map((text) => ({
        startTime: new Date(readInstant('--or-start', text, timeMs)).toISOString(),
      })),
    }),
    ...(args.maxPrice !== undefined && { maxPriceMicros: Math.round(args.maxPrice * 1_000_000) }),
    ...(args.requirements !== undefined && { requirements: args.requirements }),
    ...(args.rank !== undefined && { rank: args.rank }),
  };
  const accept = args.accept ?? usualAccept();
  const times = timesOf(args, args.start === undefined ? undefined : startMs, (option, text) =>
    readInstant(option, text, timeMs),
  );
  if (times !== undefined && args.orStart.length > 0)
    throw new InputError(
      'PEX_USAGE',
      '--or-start is not of a series: name its times with --times and --every',
    );
  if (times === undefined) await reserveOne(client, terms, startMs, accept, args);
  else if (args.wait !== undefined)
    throw new InputError('PEX_USAGE', '--wait is not of a series: nobody waits for one time of several');
  else await reserveSeries(client, { ...terms, ...times }, accept, args);
}

type Asked = Parameters<typeof negotiate>[1] & { numInstancesOption: number };

async function reserveOne(
  client: OpenPexClient,
  terms: Asked,
  startMs: number,
  accept: Accept,
  args: ReserveArguments,
): Promise<void> {
  let asked: Parameters<typeof offerText>[1] = { ...terms, startTimeMs: startMs };
  if (args.quote) {
    const quote = await client.call('quote', { body: terms, ...ofProject(args) });
    const why = `No: ${quote.detail ?? quote.reason}\n`;
    const text = quote.reply === 'REJECT' ? why : offerText(quote, asked) + refusalText(quote, asked);
    process.stdout.write(args.json ? json(quote) : text);
    if (!args.json && quote.reply !== 'ACCEPT') process.stdout.write(await elsewhere(client, terms, asked));
    if (quote.reply === 'REJECT' || quote.refusal !== undefined) process.exitCode = EXIT.failed;
    return;
  }
  const questions = new Questions();
  const request = { ...terms, ...ofRequest(args) };
  let further: NonNullable<NegotiationReply['parts']> = [];
  const agreement = await negotiate(client, request, async (offered): Promise<Decision> => {
    process.stderr.write(offerText(offered.offer, asked));
    further = offered.offer.parts ?? [];
    if (accept === 'any') return 'book';
    if (accept === 'as-asked')
      return offered.reply === 'ACCEPT' || isSecondChoice(offered.offer, terms) ? 'book' : 'decline';
    const price = creditsText(wholePrice(offered.offer));
    const decision = await askForDecision(offered, `for ${price}`, questions);
    if (typeof decision === 'string') return decision;
    const { startTimeMs, ...size } = decision;
    asked = { ...asked, ...decision };
    return { ...terms, ...size, startTime: new Date(startTimeMs).toISOString() };
  }).finally(() => questions.close());
  if (agreement.kind !== 'booked' && agreement.kind !== 'waiting') process.exitCode = EXIT.failed;
  // Each further window of what is booked is a reservation as well.
  const others =
    agreement.kind === 'booked'
      ? await Promise.all(
          further.map(({ proposal }) => client.call('getReservation', { path: { id: proposal.id } })),
        )
      : [];
  if (args.json)
    process.stdout.write(json(others.length === 0 ? agreement : { ...agreement, further: others }));
  else if (agreement.kind === 'booked' || agreement.kind === 'waiting')
    process.stdout.write(
      [agreement.reservation, ...others].map((row) => `${reservationLine(row)}\n`).join(''),
    );
  else if (agreement.kind === 'declined') process.stderr.write('Declined. What was held is free again.\n');
  else {
    process.stderr.write(`No: ${agreement.reply.detail ?? agreement.reply.reason}\n`);
    process.stderr.write(await elsewhere(client, terms, asked));
  }
}

/** What the partners of the service would answer; nothing of one that has none, or is too old to say. */
async function elsewhere(
  client: OpenPexClient,
  terms: Asked,
  asked: Parameters<typeof partnersText>[1],
): Promise<string> {
  try {
    return partnersText(await client.call('quotePartners', { body: terms }), asked);
  } catch (error) {
    if (error instanceof OpenPexProblem && error.status === 404) return '';
    throw error;
  }
}

/** Whose limits count for a quote. */
function ofProject({ project }: ReserveArguments) {
  return project === undefined ? {} : { query: { project } };
}

/** What is said with the first message only: whose it is, and what it is called. */
function ofRequest({ name, note, project }: ReserveArguments): Pick<Asked, 'name' | 'note' | 'project'> {
  return {
    ...(project !== undefined && { project }),
    ...(name !== undefined && { name }),
    ...(note !== undefined && { note }),
  };
}

/** One of the other starts that were named, and everything else as it was asked for. */
function isSecondChoice({ proposal }: NegotiationReply, { otherwise = [], ...asked }: Asked): boolean {
  if (proposal == null) return false;
  const { duration, numInstancesFixed, startTimeMs, type } = proposal;
  return (
    duration === asked.duration &&
    numInstancesFixed === asked.numInstancesFixed &&
    type === asked.type &&
    otherwise.some(({ startTime }) => startTime !== undefined && Date.parse(startTime) === startTimeMs)
  );
}

async function reserveSeries(
  client: OpenPexClient,
  series: Asked & SeriesTimes,
  accept: Accept,
  args: ReserveArguments,
): Promise<void> {
  if (args.quote) {
    const { occurrences } = await client.call('quoteSeries', { body: series, ...ofProject(args) });
    const answers = occurrences.map(({ answer }) => answer);
    process.stdout.write(args.json ? json(answers) : seriesText(occurrences, series));
    if (answers.every(({ refusal, reply }) => reply === 'REJECT' || refusal !== undefined))
      process.exitCode = EXIT.failed;
    return;
  }
  const questions = new Questions();
  const agreement = await negotiateAtTerminal(client, {
    series: { ...series, ...ofRequest(args) },
    take: args.take ?? 'all',
    accept,
    questions,
  }).finally(() => questions.close());
  const booked = agreement.flatMap(({ reservation }) => reservation ?? []);
  if (booked.length === 0) process.exitCode = EXIT.failed;
  if (args.json)
    process.stdout.write(json(agreement.map(({ offered: _offered, ...occurrence }) => occurrence)));
  else if (booked.length === 0) process.stderr.write('Nothing is booked, and nothing is held.\n');
  else process.stdout.write(booked.map((reservation) => `${reservationLine(reservation)}\n`).join(''));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
