// A program: loads everything that a daemon needs, and starts one when a line comes on standard input. So the next daemon can be ready
// while the present one is still alive. Arguments: configuration file, URL of the database, and perhaps the speed.
import { once } from 'node:events';
import { argv, env, stdin, stdout } from 'node:process';
import { loadConfig } from '../../../live/config/load-config.ts';
import { startDaemon } from '../../../live/daemon.ts';
import { openLog } from '../../../live/log.ts';

const [, , file, database] = argv;
await once(stdin, 'data');
stdin.destroy();
const speed = env['SPEED'];
const config = await loadConfig(
  file,
  {
    port: 0,
    ...(database === undefined ? {} : { database }),
    ...(speed === undefined ? {} : { speed: Number(speed) }),
  },
  {},
);
const daemon = await startDaemon({
  config,
  log: openLog(config.logLevel),
  version: 'test',
  portalDir: null,
  env,
});
process.once('SIGTERM', () => void daemon.stop());
stdout.write(`OpenPEX at ${daemon.url}\n`);
