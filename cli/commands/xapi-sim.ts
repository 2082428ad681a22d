// openpex xapi-sim: a XenServer pool in memory that real clients can talk to. Its address goes to standard output.
import { readFileSync } from 'node:fs';
import { InputError } from '../../written/input-error.ts';
import type { CommandBody } from '../command.ts';
import { withInterrupts } from '../interrupt.ts';

interface XapiSimArguments {
  hosts: number;
  cpus: number;
  memory: number;
  address: string;
  port: number;
  user: string;
  password: string;
  tls?: string | undefined;
  'time-scale': number;
  'control-port'?: number | undefined;
}

export const xapiSimCommand: CommandBody<XapiSimArguments> = {
  builder: (yargs) =>
    yargs
      .option('hosts', { type: 'number', default: 2, describe: 'Hosts, on one address each' })
      .option('cpus', { type: 'number', default: 8, describe: 'Processors of each host' })
      .option('memory', { type: 'number', default: 16_384, describe: 'Memory of each host in MiB' })
      .option('address', {
        type: 'string',
        default: '127.0.0.2',
        describe: 'Of the first host, the master; the others follow it',
      })
      .option('port', {
        type: 'number',
        default: 8880,
        describe: 'TCP port on all addresses; 0 takes a free one',
      })
      .option('user', { type: 'string', default: 'root', describe: 'Who may log in' })
      .option('password', { type: 'string', default: 'xen', describe: 'With which password' })
      .option('tls', { type: 'string', describe: 'CERTIFICATE,KEY: PEM files, for HTTPS' })
      .option('time-scale', { type: 'number', default: 1, describe: 'Operations take so many times as long' })
      .option('control-port', {
        type: 'number',
        describe: 'Open the fault switches on this port of 127.0.0.1: POST /_faults',
      })
      .example('$0 xapi-sim --hosts 4', 'Then, elsewhere: openpex live --pool http://127.0.0.2:8880'),
  handler: xapiSim,
};

async function xapiSim(args: XapiSimArguments): Promise<void> {
  const { hosts, cpus, memory, address, port, user, password } = args;
  checkCount('hosts', hosts, 250);
  checkCount('cpus', cpus, 1024);
  checkCount('memory', memory, 2 ** 24);
  if (!/^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address)) {
    throw new InputError(
      'PEX_USAGE',
      `--address: expected a loopback address such as 127.0.0.2, found ${address}`,
    );
  }
  if (!(args['time-scale'] >= 0)) {
    throw new InputError('PEX_USAGE', `--time-scale: expected 0 or more, found ${args['time-scale']}`);
  }
  const { startXapiServer } = await import('../../pool-double/server.ts');
  const certificate = args.tls === undefined ? undefined : readCertificate(args.tls);
  const controlPort = args['control-port'];
  const server = await startXapiServer({
    pool: { hosts, cpus, memoryMib: memory },
    address,
    port,
    users: [{ name: user, password, role: 'pool-admin' }],
    timeScale: args['time-scale'],
    ...(certificate === undefined ? {} : { tls: certificate }),
    ...(controlPort === undefined ? {} : { control: { port: controlPort } }),
  }).catch((cause: unknown) => {
    throw new InputError('PEX_USAGE', `cannot serve the pool: ${String(cause)}`, {}, { cause });
  });
  await withInterrupts(
    async (signal) => {
      process.stdout.write(`${server.url}\n`);
      process.stderr.write(`hosts at ${server.addresses.join(', ')}; log in as ${user}\n`);
      if (server.controlUrl !== undefined) {
        process.stderr.write(`fault switches at ${server.controlUrl}/_faults\n`);
      }
      if (!signal.aborted) {
        await new Promise<void>((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      await server.close();
    },
    () => undefined,
  );
}

function checkCount(option: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return;
  throw new InputError('PEX_USAGE', `--${option}: expected a whole number from 1 to ${most}, found ${value}`);
}

function readCertificate(option: string): { cert: string; key: string } {
  const [certFile, keyFile, ...rest] = option.split(',');
  if (certFile === undefined || keyFile === undefined || rest.length > 0) {
    throw new InputError('PEX_USAGE', `--tls: expected CERTIFICATE,KEY, found ${option}`);
  }
  return { cert: readPem(certFile), key: readPem(keyFile) };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new InputError('PEX_FILE_UNREADABLE', `cannot be read: ${String(cause)}`, { file }, { cause });
  }
}
