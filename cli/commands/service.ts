// openpex service: services that follow a manifest, on a live service. A service is named by its name, as long as it has not ended, or by its id.
import { readFile } from 'node:fs/promises';
import type { Argv, CommandModule } from 'yargs';
import type { ManagedService, OpenPexClient } from '../../live/client/index.ts';
import { InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import type { CommandBody } from '../command.ts';
import { managedServiceText, offerText } from '../managed-service-text.ts';
import { type ServiceArguments, serviceOf, serviceOptions } from '../service-access.ts';

interface NamedArguments extends ServiceArguments {
  name: string;
}

interface SubmitArguments extends ServiceArguments {
  file: string;
  confirm: boolean;
  project?: string | undefined;
}

interface ListArguments extends ServiceArguments {
  ended: boolean;
  all: boolean;
}

interface MeasuredArguments extends NamedArguments {
  values: string[];
}

export const serviceCommand: CommandBody<object> = {
  builder: (yargs) =>
    yargs
      .command(submitCommand)
      .command(ofService('confirm <name>', 'Book what is on offer, and have its rules followed', confirmed))
      .command(listCommand)
      .command(ofService('show <name>', 'Its components, what is measured, and what its rules did', shown))
      .command(measuredCommand)
      .command(ofService('end <name>', 'End it, and give back what it has', ended))
      .demandCommand(1, 'Which command? Try: openpex service list')
      .example('$0 service submit shop.yaml --confirm', 'Has a service follow its manifest'),
  handler: () => undefined,
};

const submitCommand: CommandModule<object, SubmitArguments> = {
  command: 'submit <file>',
  describe: 'Ask for what a service manifest begins with; nothing is booked until it is confirmed',
  builder: (yargs) =>
    serviceOptions(yargs)
      .positional('file', { type: 'string', demandOption: true, describe: 'The manifest, in YAML' })
      .option('confirm', {
        type: 'boolean',
        default: false,
        describe: 'Confirm it at once, unless something it begins with is refused',
      })
      .option('project', {
        type: 'string',
        describe: 'In the name of a project of yours',
      }) as Argv<SubmitArguments>,
  handler: async (args) => {
    const client = await serviceOf(args);
    const manifest = await readFile(args.file, 'utf8').catch((cause: unknown) => {
      throw new InputError('PEX_FILE_UNREADABLE', 'cannot be read', { file: args.file }, { cause });
    });
    const { project } = args;
    const offered = await client.call('submitManagedService', {
      body: { manifest, ...(project !== undefined && { project }) },
    });
    const isWhole = (offered.leases ?? []).every(({ state }) => state === 'HELD');
    if (!args.confirm || !isWhole) {
      print(args, offered, offerText(offered));
      if (args.confirm) process.exitCode = 1;
      return;
    }
    const path = { id: offered.id };
    const running = await client.call('answerManagedService', { path, body: { reply: 'CONFIRM' } });
    print(args, running, managedServiceText(running));
  },
};

const listCommand: CommandModule<object, ListArguments> = {
  command: 'list',
  describe: 'Your services, and how many instances of each component there are',
  builder: (yargs) =>
    serviceOptions(yargs)
      .option('ended', { type: 'boolean', default: false, describe: 'Those that have ended, too' })
      .option('all', {
        type: 'boolean',
        default: false,
        describe: 'Operators: those of everybody',
      }) as Argv<ListArguments>,
  handler: async (args) => {
    const client = await serviceOf(args);
    const found: ManagedService[] = [];
    for await (const each of client.all('listManagedServices', args.all ? { query: { all: true } } : {}))
      if (args.ended || each.status !== 'ENDED') found.push(each);
    if (args.json) process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    else for (const each of found) process.stdout.write(managedServiceText(each));
    if (found.length === 0) process.stderr.write('No service follows a manifest.\n');
  },
};

const measuredCommand: CommandModule<object, MeasuredArguments> = {
  command: 'measured <name> <values..>',
  describe: 'Say what is measured, as a probe does: Figure(component)=value',
  builder: (yargs) =>
    serviceOptions(yargs)
      .positional('name', { type: 'string', demandOption: true, describe: 'Of the service, or its id' })
      .positional('values', { type: 'string', array: true, demandOption: true })
      .example(
        "$0 service measured shop 'RequestPerSecond(C1)=1400'",
        'Counts from its next control period on',
      ) as unknown as Argv<MeasuredArguments>,
  handler: async (args) => {
    const client = await serviceOf(args);
    const values = Object.fromEntries(args.values.map(readValue));
    // A token of a probe may not look names up.
    const id = isId(args.name) ? args.name : await idOf(client, args.name);
    await client.call('probeManagedService', { path: { id }, body: { values } });
  },
};

function ofService(
  command: string,
  describe: string,
  work: (client: OpenPexClient, id: string) => Promise<ManagedService>,
): CommandModule<object, NamedArguments> {
  return {
    command,
    describe,
    builder: (yargs) =>
      serviceOptions(yargs).positional('name', {
        type: 'string',
        demandOption: true,
        describe: 'Of the service, or its id',
      }) as Argv<NamedArguments>,
    handler: async (args) => {
      const client = await serviceOf(args);
      const found = await work(client, isId(args.name) ? args.name : await idOf(client, args.name));
      print(args, found, managedServiceText(found));
    },
  };
}

function confirmed(client: OpenPexClient, id: string): Promise<ManagedService> {
  return client.call('answerManagedService', { path: { id }, body: { reply: 'CONFIRM' } });
}

function shown(client: OpenPexClient, id: string): Promise<ManagedService> {
  return client.call('getManagedService', { path: { id } });
}

function ended(client: OpenPexClient, id: string): Promise<ManagedService> {
  return client.call('endManagedService', { path: { id } });
}

function print({ json }: ServiceArguments, found: ManagedService, text: string): void {
  process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : text);
}

function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

async function idOf(client: OpenPexClient, name: string): Promise<string> {
  const names: string[] = [];
  for await (const each of client.all('listManagedServices')) {
    if (each.status === 'ENDED') continue;
    if (each.name === name) return each.id;
    names.push(each.name);
  }
  const which = names.length === 0 ? '; none has not ended' : suggestion(name, names);
  throw new InputError('PEX_USAGE', `no service of yours is called "${name}"${which}`);
}

function readValue(text: string): readonly [string, number] {
  const at = text.lastIndexOf('=');
  const value = Number(text.slice(at + 1));
  if (at > 0 && text.slice(at + 1).trim() !== '' && Number.isFinite(value))
    return [text.slice(0, at).trim(), value];
  throw new InputError('PEX_USAGE', `expected Figure(component)=number, found "${text}"`);
}
