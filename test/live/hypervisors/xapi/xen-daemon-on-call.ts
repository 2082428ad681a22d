// A program: loads what a daemon on a pool needs, and starts one, in a hurry, when a line comes on standard input. Arguments: configuration
// file and database.
import { once } from 'node:events';
import { argv, env, stdin, stdout } from 'node:process';
import { loadConfig } from '../../../../live/config/load-config.ts';
import { startDaemon } from '../../../../live/daemon.ts';
import { openLog } from '../../../../live/log.ts';
import { HURRIED_XAPI } from './hurried.ts';

const [, , file, database = ''] = argv;
console.warn = () => undefined;
await once(stdin, 'data');
stdin.destroy();
const config = await loadConfig(file, { port: 0, database }, {}, HURRIED_XAPI);
const daemon = await startDaemon({
  config,
  log: openLog(config.logLevel),
  version: 'test',
  portalDir: null,
  env,
});
process.once('SIGTERM', () => void daemon.stop());
stdout.write(`OpenPEX at ${daemon.url}\n`);
