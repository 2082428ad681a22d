// openpex live: the service itself. Its address goes to standard output, its log, as JSON lines, to standard error.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Argv } from 'yargs';
import { HYPERVISORS, sectionOf } from '../../live/hypervisors/catalogue.ts';
import type { HypervisorDefinition } from '../../live/hypervisors/definition.ts';
import type { CommandBody } from '../command.ts';
import { withInterrupts } from '../interrupt.ts';
import { flagOptions, flagValues } from '../setting-flags.ts';
import { checkSpeed } from '../speed.ts';
import { VERSION } from '../version.ts';
import { liveInitCommand } from './live-init.ts';

interface LiveArguments {
  config?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  db?: string | undefined;
  speed?: number | undefined;
  hypervisor?: string | undefined;
  'dry-run'?: boolean | undefined;
}

/** Read when none is named and it is there. */
const USUAL_FILE = 'openpex.yaml';

export const liveCommand: CommandBody<LiveArguments> = {
  builder: (yargs) =>
    (yargs as Argv<LiveArguments>)
      .command(liveInitCommand)
      .positional('config', {
        type: 'string',
        describe: `A configuration file [default: ${USUAL_FILE} if it is there, else the testbed of the papers]`,
      })
      .option('host', { type: 'string', describe: 'Address to listen on [default: 127.0.0.1]' })
      .option('port', { type: 'number', describe: 'TCP port; 0 takes a free one [default: 8080]' })
      .option('db', {
        type: 'string',
        describe: 'sqlite:FILE or postgres://… [default: sqlite:openpex.db, beside the configuration]',
      })
      .option('speed', {
        type: 'number',
        describe: 'Service time per real time: 60 runs an hour a minute',
      })
      .option('hypervisor', {
        type: 'string',
        describe: `What carries VMs: one of those below [default: the one whose section the configuration has, else ${HYPERVISORS[0].name}]`,
      })
      .options(flagOptions(FLAGS))
      .option('dry-run', { type: 'boolean', describe: 'Log what would be done to VMs, and do nothing' })
      .example('$0 live', 'Everything with its defaults; then open http://127.0.0.1:8080')
      .example('$0 live --speed 60', 'An hour a minute, to see what happens')
      .example(HYPERVISORS.flatMap(examplesOf))
      .epilogue(`Hypervisors\n${HYPERVISORS.map(describeHypervisor).join('\n')}`)
      .epilogue('What can be set about each: openpex live init writes it down.'),
  handler: live,
};

const FLAGS = HYPERVISORS.flatMap(({ flags = [] }) => flags);

function examplesOf({ flags = [], summary }: HypervisorDefinition): [command: string, describe: string][] {
  return flags.flatMap(({ example, name }) =>
    example === undefined ? [] : [[`$0 live --${name} ${example}`, summary]],
  );
}

function describeHypervisor(entry: HypervisorDefinition): string {
  const width = Math.max(...HYPERVISORS.map(({ name }) => name.length));
  const section = sectionOf(entry);
  return `  ${entry.name.padEnd(width)}  ${entry.summary}${section === undefined ? '' : ` [section ${section}]`}`;
}

async function live(args: LiveArguments): Promise<void> {
  const { config: file, db, 'dry-run': dryRun, host, hypervisor, port, speed } = args;
  checkSpeed(speed);
  const { loadConfig } = await import('../../live/config/load-config.ts');
  const config = await loadConfig(
    file ?? (existsSync(USUAL_FILE) ? USUAL_FILE : undefined),
    {
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      ...(db === undefined ? {} : { database: db }),
      ...(speed === undefined ? {} : { speed }),
      ...(hypervisor === undefined ? {} : { hypervisor }),
      flags: flagValues(FLAGS, args),
      ...(dryRun === undefined ? {} : { dryRun }),
    },
    process.env,
  );
  const { openLog } = await import('../../live/log.ts');
  const log = openLog(config.logLevel);
  // Libraries report there; the log of a service is JSON lines and nothing else.
  console.warn = (...facts: unknown[]) => log.debug({ facts: facts.map(String) }, 'a library warns');
  const { startDaemon } = await import('../../live/daemon.ts');
  const { inThread } = await import('../../live/service/forecast/forecaster.ts');
  const daemon = await startDaemon({
    config,
    log,
    version: VERSION,
    portalDir: findPortal(),
    env: process.env,
    forecaster: inThread(),
    announce: (announcement) => process.stderr.write(announcement),
  });
  await withInterrupts(
    async (signal) => {
      process.stdout.write(`${config.name} at ${daemon.url}\n`);
      if (!signal.aborted) {
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      log.info({}, 'stopping');
      await daemon.stop();
    },
    () => undefined,
  );
}

/** Built by `npm run build`: beside this file when compiled, in dist/ from the sources. */
function findPortal(): string | null {
  const places = ['../../portal/', '../../dist/portal/'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  return places.find((place) => existsSync(`${place}index.html`)) ?? null;
}
