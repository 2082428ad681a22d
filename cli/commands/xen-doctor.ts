// openpex xen doctor: is this pool fit for OpenPEX? One line for each thing that was looked at, on standard output.
import type { Argv, CommandModule } from 'yargs';
import { InputError } from '../../written/input-error.ts';
import { EXIT } from '../exit.ts';

interface DoctorArguments {
  url?: string | undefined;
  config?: string | undefined;
  user?: string | undefined;
  'allow-unauthorized'?: boolean | undefined;
  json: boolean;
}

const doctorCommand: CommandModule<object, DoctorArguments> = {
  command: 'doctor [url]',
  describe: 'Check whether a Xen pool is fit for OpenPEX, and say what is missing',
  builder: (yargs) =>
    (yargs as Argv<DoctorArguments>)
      .positional('url', { type: 'string', describe: 'Address of a member of the pool' })
      .option('config', { type: 'string', describe: 'Take the xen section of this configuration' })
      .option('user', { type: 'string', describe: 'Who logs in, with the password in OPENPEX_XEN_PASSWORD' })
      .option('allow-unauthorized', {
        type: 'boolean',
        describe: 'Take a certificate that nobody vouches for',
      })
      .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
      .example('$0 xen doctor https://xen1.example.org', 'Exit 0: fit; 1: not; 2: not reached')
      .example('$0 xen doctor --config openpex.yaml', 'As the service would reach it'),
  handler: doctor,
};

export const xenCommand: CommandModule = {
  command: 'xen <command>',
  describe: 'Look after the Xen pool of a service',
  builder: (yargs) =>
    yargs.command(doctorCommand).demandCommand(1, 'Which command? Try: openpex xen doctor URL'),
  handler: () => undefined,
};

async function doctor(args: DoctorArguments): Promise<void> {
  const { config, json, url, user } = args;
  if (url === undefined && config === undefined)
    throw new InputError('PEX_USAGE', 'expected the address of a pool, or --config FILE');
  const { WrittenDocument } = await import('../../written/document.ts');
  const document =
    config === undefined
      ? WrittenDocument.parse('{}', 'the command line')
      : await WrittenDocument.read(config);
  if (url !== undefined) document.set(['xen', 'url'], url, 'URL');
  if (user !== undefined) document.set(['xen', 'user'], user, '--user');
  if (args['allow-unauthorized'] !== undefined)
    document.set(['xen', 'allowUnauthorized'], args['allow-unauthorized'], '--allow-unauthorized');
  const { examineConfiguredPool } = await import('../../live/config/examine-pool.ts');
  const findings = await examineConfiguredPool(document, process.env);
  process.stdout.write(
    json
      ? `${JSON.stringify(findings, null, 2)}\n`
      : findings
          .map(({ level, message, subject }) => `${level.padEnd(8)} ${subject.padEnd(11)}${message}\n`)
          .join(''),
  );
  if (findings.some(({ level }) => level === 'problem')) process.exitCode = EXIT.failed;
}
