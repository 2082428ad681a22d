// openpex xen doctor, and the like for each hypervisor that has one: is it fit for OpenPEX? One line for each thing that was looked at, on
// standard output.
import type { CommandModule } from 'yargs';
import { invariant } from '../../engine/index.ts';
import { HYPERVISORS, sectionOf } from '../../live/hypervisors/catalogue.ts';
import type { Doctor, HypervisorDefinition } from '../../live/hypervisors/definition.ts';
import { InputError } from '../../written/input-error.ts';
import type { CommandBody } from '../command.ts';
import { EXIT } from '../exit.ts';
import { flagOptions, flagValues } from '../setting-flags.ts';

interface DoctorArguments {
  config?: string | undefined;
  json: boolean;
}

interface Practice {
  readonly entry: HypervisorDefinition;
  readonly section: string;
  readonly doctor: Doctor;
}

/** `openpex SECTION …`, of a hypervisor that has a doctor. */
export function sectionCommand(section: string): CommandBody<object> {
  const practice = practiceOf(section);
  const [target] = practice.doctor.flags;
  return {
    builder: (yargs) =>
      yargs
        .command(doctorCommand(practice))
        .demandCommand(1, `Which command? Try: openpex ${section} doctor ${target.name.toUpperCase()}`),
    handler: () => undefined,
  };
}

function practiceOf(section: string): Practice {
  const entry = HYPERVISORS.find((each) => sectionOf(each) === section);
  invariant(entry?.doctor !== undefined, 'a command looks after a hypervisor that has a doctor', { section });
  return { entry, section, doctor: entry.doctor };
}

function doctorCommand(practice: Practice): CommandModule<object, DoctorArguments> {
  const { doctor, section } = practice;
  const [target, ...others] = doctor.flags;
  return {
    command: `doctor [${target.name}]`,
    describe: `Check whether ${doctor.patient} is fit for OpenPEX, and say what is missing`,
    builder: (yargs) =>
      yargs
        .positional(target.name, { type: 'string', describe: target.describe })
        .option('config', {
          type: 'string',
          describe: `Take the ${section} section of this configuration`,
        })
        .options(flagOptions(others))
        .option('json', { type: 'boolean', default: false, describe: 'Print JSON' })
        .example(
          `$0 ${section} doctor ${target.example ?? target.name.toUpperCase()}`,
          'Exit 0: fit; 1: not; 2: not reached',
        )
        .example(`$0 ${section} doctor --config openpex.yaml`, 'As the service would reach it'),
    handler: (args) => examine(practice, args),
  };
}

async function examine(
  { doctor, entry, section }: Practice,
  { config, json, ...args }: DoctorArguments,
): Promise<void> {
  const [target] = doctor.flags;
  const given = flagValues(doctor.flags, args);
  if (given[target.name] === undefined && config === undefined)
    throw new InputError(
      'PEX_USAGE',
      `expected ${target.name.toUpperCase()} (${target.describe}), or --config FILE`,
    );
  const { WrittenDocument } = await import('../../written/document.ts');
  const document =
    config === undefined
      ? WrittenDocument.parse('{}', 'the command line')
      : await WrittenDocument.read(config);
  for (const { name, setting } of doctor.flags) {
    const origin = name === target.name ? name.toUpperCase() : `--${name}`;
    if (given[name] !== undefined) document.set([section, setting], given[name], origin);
  }
  const { examineHypervisor } = await import('../../live/config/examine.ts');
  const findings = await examineHypervisor(entry, document, process.env);
  process.stdout.write(
    json
      ? `${JSON.stringify(findings, null, 2)}\n`
      : findings
          .map(({ level, message, subject }) => `${level.padEnd(8)} ${subject.padEnd(11)}${message}\n`)
          .join(''),
  );
  if (findings.some(({ level }) => level === 'problem')) process.exitCode = EXIT.failed;
}
