import { copyFileSync, cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RecordedService, recordStory } from '../live/replay/recorded-service.ts';
import { folderOfTheseTests, openpex, temporaryFolder, write } from '../support/command-line.ts';
import { startLive } from '../support/live-command.ts';
import { PAGES, read } from './pages.ts';

// Every command that the documentation shows is run here, in a folder with the files that the pages name. A service is started, and
// stopped again when it answers.

/** Their commands need a pool, or hosts: xen.long.test.ts and xl.long.test.ts have some. */
const PAGES_OF_XEN = ['docs/xen.md', 'docs/xl.md'];
const HAS_LOGS = process.env['OPENPEX_DATA'] !== undefined;
const HAS_MIGRATIONS = existsSync(join(process.env['OPENPEX_DATA'] ?? '', 'livemig-osic'));

/** Long runs are cut short: what is tested is that the command does what the page says, not how it ends. */
const SHORTER = ['--set', 'horizon=1d', '--set', 'warmUp=0s'];

/** Studies of validation.md, each left in a directory of its name. */
const VALIDATIONS = [
  'hpdc08',
  'counter-offers',
  'slack',
  'no-shows',
  'overbooking',
  're-placement',
  'migration',
  'make-room',
  'waitlist',
  'auctions',
  'brokers',
  'bargaining',
  'opennebula',
  'recovery',
  'work-conserving',
  'future-allocation',
  'energy',
  'provisioning',
  'hybrid',
  'elasticity',
  'haizea-workloads',
  'reservation-rules',
  'papers/all',
  'papers-all',
];

/** Its shell blocks are one script, which api.long.test.ts runs. */
const SCRIPT = 'docs/api.md';

/** Indented or fenced lines that begin with the command; a description may follow after three spaces, or a comment. */
function commandsOf(page: string): string[] {
  if (PAGES_OF_XEN.includes(page)) return [];
  const text = page === SCRIPT ? read(page).replace(/^```sh\n[\s\S]*?^```$/gm, '') : read(page);
  const joined = text.replace(/ \\\n\s+/g, ' ');
  return Array.from(joined.matchAll(/^(?: {4}|(?=(?:npx )?openpex ))(?:npx )?openpex (.*)$/gm), ([, rest]) =>
    rest!.replace(/ {2,}.*$| +#.*$| > \S+$/, '').trim(),
  );
}

/** As a POSIX shell splits words, for what the pages use: plain words and single quotes. */
function words(command: string): string[] {
  return Array.from(command.matchAll(/(?:'[^']*'|\S)+/g), ([word]) => word.replaceAll("'", ''));
}

function folderWithTheFilesOfThePages(folder = temporaryFolder()): string {
  const policies = read('docs/writing-a-policy.md').matchAll(
    /^Save this as `([\w.-]+)`[\s\S]*?^```ts\n([\s\S]*?)^```/gm,
  );
  for (const [, name, policy] of policies) write(folder, name!, policy!);
  const [, study] = /^Save this as `study.yaml`:\n\n```yaml\n([\s\S]*?)^```/m.exec(
    read('docs/experiments.md'),
  )!;
  write(folder, 'study.yaml', study!);
  write(folder, 'migrations.csv', 'memory_mib,duration_s,flavor\n2048,10,small\n4096,16,medium\n');
  write(folder, 'calibrated.yaml', 'hypervisor: { start: { quantiles: [20s, 25s, 90s] } }\n');
  copyFileSync('scenarios/montage.dax', join(folder, 'montage.dax'));
  copyFileSync('scenarios/shop.manifest', join(folder, 'shop.manifest'));
  write(folder, 'requests.csv', 'id,submit,start,duration,type\na,0,3600,7200,SMALL\n');
  write(
    folder,
    'day.yaml',
    'cluster:\n  nodes:\n    - { group: rack, count: 8, cpus: 16, memoryMib: 65536, diskGib: 500 }\nworkloads:\n  - file: requests.csv\n',
  );
  return folder;
}

const SWEPT = folderOfTheseTests();

/** @returns the directory that the sweep of an experiment has left, which is run once for all commands that read it */
function sweepOf(name: 'allocation' | 'study'): string {
  const place = join(SWEPT, name);
  if (!existsSync(place)) {
    folderWithTheFilesOfThePages(SWEPT);
    const experiment = name === 'study' ? 'study.yaml' : name;
    expect(openpex(['sweep', experiment, '--out', name, '--quiet'], SWEPT).code).toBe(0);
  }
  return place;
}

/** What a shell makes of `FOLDER/*.db`. */
function matchesOf(word: string, folder: string): string[] {
  const place = word.replace(/\/[^/]*$/, '');
  return readdirSync(join(folder, place))
    .filter((name) => name.endsWith('.db') && !name.startsWith('.'))
    .map((name) => `${place}/${name}`);
}

/** On a port of its own: the one that the pages show may be in use. */
async function startAndStop(args: readonly string[], folder: string): Promise<void> {
  const withoutPort = args.filter((word, i) => word !== '--port' && args[i - 1] !== '--port');
  const live = await startLive([...withoutPort, '--port', '0'], folder);
  expect((await fetch(`${live.url}/ready`)).status).toBe(200);
  expect((await live.stop()).code).toBe(0);
}

/** What users type, at a service that has a reservation for them to activate or give back. */
const OF_USERS = ['reserve', 'my', 'activate', 'cancel'];

async function typeAsUser(args: readonly string[], folder: string): Promise<void> {
  write(folder, 'openpex.yaml', 'cluster: { preset: openpex-2009 }\n');
  const live = await startLive(['openpex.yaml', '--port', '0'], folder);
  const username = 'ada';
  const password = 'correct horse battery';
  const body = JSON.stringify({ username, password, fullName: 'Ada', email: 'ada@example.org' });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${live.url}/OpenPEX/accounts`, { method: 'POST', headers, body });
  expect(answer.status).toBe(201);
  const env = { OPENPEX_URL: live.url, OPENPEX_PASSWORD: password, OPENPEX_TOKEN: '' };
  const type = (words: readonly string[]) => {
    const { code, stderr, stdout } = openpex([...words, '--user', username], folder, env);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(0);
    return stdout;
  };
  const [id = ''] = type(['reserve', 'SMALL', '--start', '2h', '--by-hand']).split(' ');
  // The page names a day that is to come, and an id of its own.
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16);
  type(
    args.map((word) =>
      word.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/, tomorrow).replace(/^[0-9A-F]{8}$/, id.slice(0, 8)),
    ),
  );
  expect((await live.stop()).code).toBe(0);
}

async function typeAsOperator(args: readonly string[], folder: string): Promise<void> {
  write(folder, 'openpex.yaml', 'cluster: { preset: openpex-2009 }\n');
  const live = await startLive(['openpex.yaml', '--port', '0'], folder);
  const { stderr: said, stdout } = live.output();
  const [, password = ''] = /with the password (\S+)\./.exec(said + stdout)!;
  const env = { OPENPEX_URL: live.url, OPENPEX_PASSWORD: password, OPENPEX_TOKEN: '' };
  const { code, stderr } = openpex([...args, '--user', 'operator'], folder, env);
  expect(stderr).toBe('Nothing was changed.\n');
  expect(code).toBe(0);
  expect((await live.stop()).code).toBe(0);
}

const commands = PAGES.flatMap((page) =>
  commandsOf(page).map((command): [string, string] => [page, command]),
);

describe('the documentation', () => {
  let service: RecordedService;

  beforeAll(async () => {
    service = await recordStory({ seed: 17, requests: 20, keep: true });
  });
  afterAll(() => service.remove());

  test('shows commands', () => {
    expect(commands.length).toBeGreaterThan(8);
    expect(commands.map(([page]) => page)).toContain('README.md');
  });

  test.each(commands)('%s: openpex %s', async (_page, command) => {
    const needsLogs = /\b(sdsc-blue|openb|haizea|\.swf|\.lwf)\b/.test(command);
    if ((needsLogs && !HAS_LOGS) || (command.includes('livemig-osic') && !HAS_MIGRATIONS)) {
      console.warn(`skipped, OPENPEX_DATA does not have its logs: openpex ${command}`);
      return;
    }
    const args = words(command.replaceAll('$OPENPEX_DATA', process.env['OPENPEX_DATA'] ?? ''));
    const folder = folderWithTheFilesOfThePages();
    if (/openpex\.db|archives/.test(command)) copyFileSync(service.database, join(folder, 'openpex.db'));
    if (args.includes('openpex.yaml')) write(folder, 'openpex.yaml', 'cluster: { preset: openpex-2009 }\n');
    if (command.includes('archives/')) expect(openpex(['archive', 'openpex.db'], folder).code).toBe(0);
    const swept = /sweeps\/(\S+)/.exec(command)?.[1];
    if (/sweeps\/|--extend/.test(command)) {
      // What an earlier command of the page has left.
      const name = swept === 'allocation' ? swept : 'study';
      cpSync(sweepOf(name), join(folder, 'sweeps', name), { recursive: true });
    }
    if (args[0] === 'compare' && VALIDATIONS.includes(args[1] ?? '')) {
      // Not the study of the page, which takes minutes and is a test of its own.
      cpSync(sweepOf('study'), join(folder, args[1]!), { recursive: true });
    }
    if (args[0] === 'check' && !args.includes('--update')) {
      const [study, baseline] = [args[1]!, args[args.indexOf('--baseline') + 1]!];
      expect(openpex(['check', study, '--baseline', baseline, '--update'], folder).code).toBe(0);
    }
    if (args[0] === 'diff') {
      for (const place of args.slice(1, 3)) {
        expect(openpex(['run', 'day.yaml', '--out', place], folder).code).toBe(0);
      }
    }
    if (OF_USERS.includes(args[0]!)) {
      await typeAsUser(args, folder);
      return;
    }
    if (args[0] === 'drain') {
      await typeAsOperator(args, folder);
      return;
    }
    if (args[0] === 'live' && args[1] !== 'init' && !args.includes('--help')) {
      await startAndStop(args.slice(1), folder);
      return;
    }
    const isLongRun = args[0] === 'run' && /campus|sdsc|openb/.test(args[1] ?? '');
    const expanded = args.flatMap((word) => (word.endsWith('*.db') ? matchesOf(word, folder) : [word]));
    if (args[0] === 'sweep' && VALIDATIONS.includes(args[1] ?? '')) {
      // The first run: all of them are tests of their own.
      expect(openpex([...args, '--emit', 'slurm'], folder).code).toBe(0);
      expect(openpex(['sweep', args[args.indexOf('--out') + 1]!, '--part', '0/10000'], folder).code).toBe(0);
      return;
    }
    const { code, stderr } = openpex([...expanded, ...(isLongRun ? SHORTER : [])], folder);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(code).toBe(0);
  });
});

test('the README shows what the main job really prints', () => {
  const shown = /```text\n([\s\S]*?)```/.exec(read('README.md'))![1]!;
  const { stdout, code } = openpex(['run', 'campus-month', '--out', 'out'], temporaryFolder());
  const withoutWallClock = (text: string) => text.replace(/^([\d,]+ events) in .*$/m, '$1').trim();
  expect(code).toBe(0);
  expect(withoutWallClock(shown)).toBe(withoutWallClock(stdout));
});
