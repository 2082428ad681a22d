// openpex live: the service itself. Its address goes to standard output, its log, as JSON lines, to standard error.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Argv, CommandModule } from 'yargs';
import { withInterrupts } from '../interrupt.ts';
import { checkSpeed } from '../speed.ts';
import { VERSION } from '../version.ts';
import { liveInitCommand } from './live-init.ts';

interface LiveArguments {
  config?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  db?: string | undefined;
  speed?: number | undefined;
  hypervisor?: 'simulated' | 'xen' | undefined;
  pool?: string | undefined;
  'dry-run'?: boolean | undefined;
}

/** Read when none is named and it is there. */
const USUAL_FILE = 'openpex.yaml';

export const liveCommand: CommandModule<object, LiveArguments> = {
  command: 'live [config]',
  describe: 'Serve the REST API and the portal, on a Xen pool or a simulated cluster',
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
        choices: ['simulated', 'xen'] as const,
        describe: 'What carries VMs [default: xen with a pool, else simulated]',
      })
      .option('pool', {
        type: 'string',
        describe: 'Address of a Xen pool; its password is in the environment, OPENPEX_XEN_PASSWORD',
      })
      .option('dry-run', { type: 'boolean', describe: 'Log what would be done to the pool, and do nothing' })
      .example('$0 live', 'Everything with its defaults; then open http://127.0.0.1:8080')
      .example('$0 live --speed 60', 'An hour a minute, to see what happens')
      .example('$0 live --pool https://xen1.example.org', 'VMs on the hosts of a Xen pool'),
  handler: live,
};

async function live({
  config: file,
  db,
  'dry-run': dryRun,
  host,
  hypervisor,
  pool,
  port,
  speed,
}: LiveArguments): Promise<void> {
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
      ...(pool === undefined ? {} : { pool }),
      ...(dryRun === undefined ? {} : { dryRun }),
    },
    process.env,
  );
  const { openLog } = await import('../../live/log.ts');
  const log = openLog(config.logLevel);
  if (config.xen !== undefined) {
    // The client library of the pool reports there; the log of a service is JSON lines and nothing else.
    console.warn = (...facts: unknown[]) => log.debug({ facts: facts.map(String) }, 'xen-api');
  }
  const { startDaemon } = await import('../../live/daemon.ts');
  const { ensureOperator } = await import('../../live/accounts/first-operator.ts');
  const daemon = await startDaemon({ config, log, version: VERSION, portalDir: findPortal() });
  const operator = await ensureOperator(daemon.accounts, process.env, {
    balanceMicros: config.startingBalanceMicros,
    nowMs: Date.now(),
  });
  if (operator !== undefined) process.stderr.write(operator.announcement);
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
