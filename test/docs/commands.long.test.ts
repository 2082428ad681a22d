import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RecordedService, recordStory } from '../live/replay/recorded-service.ts';
import type { Finished } from '../support/child-process.ts';
import {
  folderOfTheseTests,
  openpex,
  openpexInTurn,
  temporaryFolder,
  write,
} from '../support/command-line.ts';
import { type LiveCommand, startLive } from '../support/live-command.ts';
import { PAGES, read } from './pages.ts';

// Every command that the documentation shows is run here, in a folder with the files that the pages name: those of a page one after the other in one
// process, as most of what a short one takes is that the program is loaded. A service is started, and stopped again when it answers.

/** Their commands need a pool, or hosts: xen.long.test.ts and xl.long.test.ts have some. */
const PAGES_OF_XEN = ['docs/xen.md', 'docs/xl.md'];
const HAS_LOGS = process.env['OPENPEX_DATA'] !== undefined;
const HAS_MIGRATIONS = existsSync(join(process.env['OPENPEX_DATA'] ?? '', 'livemig-osic'));

/** Long runs are cut short: what is tested is that the command does what the page says, not how it ends. */
const SHORTER = ['--set', 'horizon=1d', '--set', 'warmUp=0s'];

/** As many cases are enough to see that a search is one. */
const FEWER_CASES = '4';

/** Several times what the commands of the longest page take. */
const PAGE_LIMIT_MS = 540_000;

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
  'second-hand',
  'brokers',
  'bargaining',
  'opennebula',
  'recovery',
  'reputation',
  'replicas',
  'work-conserving',
  'future-allocation',
  'energy',
  'provisioning',
  'hybrid',
  'elasticity',
  'tenants',
  'sites',
  'haizea-workloads',
  'reservation-rules',
  'papers/all',
  'papers-all',
  'gpu-packing',
];

/** Of a service. */
const CONFIGURATION = 'cluster: { preset: openpex-2009 }\n';

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

function folderWithTheFilesOfThePages(folder: string): string {
  mkdirSync(folder, { recursive: true });
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

const HOME = folderOfTheseTests();

/** Sweeps that the pages show, and that later commands of the page read: run once, in a folder of their own. */
const SWEEPS = { study: 'sweep study.yaml --jobs 2', allocation: 'sweep allocation' } as const;
const SWEPT = join(HOME, 'swept');
const swept = new Map<string, Finished>();

function sweepOf(name: keyof typeof SWEEPS): Finished {
  if (!existsSync(SWEPT)) folderWithTheFilesOfThePages(SWEPT);
  const known = swept.get(name) ?? openpex(words(SWEEPS[name]), SWEPT);
  swept.set(name, known);
  expect(known.code).toBe(0);
  return known;
}

/** Puts what a sweep has left where a command looks for it. */
function putSweep(name: keyof typeof SWEEPS, place: string): void {
  sweepOf(name);
  cpSync(join(SWEPT, 'sweeps', name), place, { recursive: true });
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

/** Room for whatever the pages ask for, on a node that they name. */
const ROOMY =
  'cluster: { nodes: [{ group: rack, count: 1, names: [leon], cpus: 1024, memoryMib: 4194304, diskGib: 100000 }] }\npolicies: { allocation: opennebula }\n';

/** What users type, at a service that has a reservation for them to activate or give back; and what operators do. */
const OF_USERS = ['reserve', 'my', 'activate', 'change', 'cancel', 'service'];
/** And what standard error says of it. */
const OF_OPERATORS: Readonly<Record<string, string>> = {
  drain: 'Nothing was changed.\n',
  'account import': '1 of 1 accounts made. Their passwords are shown this once.\n',
};

const NAME = 'ada';
const PASSWORD = 'correct horse battery';

async function register(url: string): Promise<void> {
  const body = JSON.stringify({
    username: NAME,
    password: PASSWORD,
    fullName: 'Ada',
    email: 'ada@example.org',
  });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/OpenPEX/accounts`, { method: 'POST', headers, body });
  expect(answer.status).toBe(201);
}

/** All in one process, those first that make the reservations which the others name. */
function typeAsUser(commandLines: readonly (readonly string[])[], folder: string, url: string): void {
  const env = { OPENPEX_URL: url, OPENPEX_PASSWORD: PASSWORD, OPENPEX_TOKEN: '' };
  const type = (lines: readonly (readonly string[])[]) => {
    const typed = lines.map((args) => ({ args: [...args, '--user', NAME], cwd: folder }));
    const finished = openpexInTurn(typed, { env });
    for (const [i, { code, stderr }] of finished.entries()) {
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(code, `${lines[i]!.join(' ')}: ${stderr}`).toBe(0);
    }
    return finished.map(({ stdout }) => stdout);
  };
  const [, manifest = ''] = /^cat > shop.yaml <<'END'\n([\s\S]*?)^END$/m.exec(read(SCRIPT))!;
  write(folder, 'shop.yaml', manifest);
  // The page names a day that is to come, and an id of its own.
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 16);
  const needsOne = (args: readonly string[]) => args.some((word) => ID.test(word));
  const reserve = ['reserve', 'SMALL', '--start', '2h', '--by-hand'];
  const ids = type(commandLines.filter(needsOne).map(() => reserve)).map((told) => told.slice(0, 8));
  type(
    commandLines.map((args) => {
      const id = needsOne(args) ? ids.shift()! : '';
      return args.map((word) => word.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/, tomorrow).replace(ID, id));
    }),
  );
}

const ID = /^[0-9A-F]{8}$/;

function typeAsOperator(args: readonly string[], folder: string, live: LiveCommand): void {
  const { stderr: said, stdout } = live.output();
  const [, password = ''] = /with the password (\S+)\./.exec(said + stdout)!;
  const env = { OPENPEX_URL: live.url, OPENPEX_PASSWORD: password, OPENPEX_TOKEN: '' };
  const asked = args.includes('--user') ? args : [...args, '--user', 'operator'];
  const { code, stderr } = openpex(asked, folder, env);
  expect(stderr).toBe(OF_OPERATORS[operatorsVerb(args.join(' '))!]);
  expect(code, args.join(' ')).toBe(0);
}

const commands = PAGES.flatMap((page) =>
  commandsOf(page).map((command): [string, string] => [page, command]),
);

const operatorsVerb = (command: string) =>
  Object.keys(OF_OPERATORS).find((verb) => command.startsWith(`${verb} `));
const isTyped = ([, command]: [string, string]) =>
  OF_USERS.includes(command.split(' ')[0]!) || operatorsVerb(command) !== undefined;

const isServed = (args: readonly string[]) =>
  args[0] === 'live' && args[1] !== 'init' && !args.includes('--help');

/** These end the process that they run in, or read what is typed. */
const isAlone = (args: readonly string[]) =>
  ['account', 'completion'].includes(args[0]!) || args.includes('--help');

/** What a page shows and this machine can run: each command in its folder, after those that make what it needs. */
interface Shown {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly before: readonly (readonly string[])[];
  /** With what it is run in place of its own, to be over soon. */
  readonly run: readonly string[];
}

function prepared(command: string, folder: string, service: RecordedService): Shown {
  const args = words(command.replaceAll('$OPENPEX_DATA', process.env['OPENPEX_DATA'] ?? ''));
  const before: string[][] = [];
  folderWithTheFilesOfThePages(folder);
  if (/openpex\.db|archives/.test(command)) copyFileSync(service.database, join(folder, 'openpex.db'));
  if (args.includes('openpex.yaml')) write(folder, 'openpex.yaml', CONFIGURATION);
  if (command.includes('archives/')) expect(openpex(['archive', 'openpex.db'], folder).code).toBe(0);
  if (/sweeps\/|--extend/.test(command)) {
    // What an earlier command of the page has left.
    const name = command.includes('sweeps/allocation') ? 'allocation' : 'study';
    putSweep(name, join(folder, 'sweeps', name));
  }
  // Not the study of the page, which takes minutes and is a test of its own.
  if (args[0] === 'compare' && VALIDATIONS.includes(args[1] ?? '')) putSweep('study', join(folder, args[1]!));
  if (args[0] === 'check' && !args.includes('--update')) {
    before.push(['check', args[1]!, '--baseline', args[args.indexOf('--baseline') + 1]!, '--update']);
  }
  if (args[0] === 'diff')
    before.push(...args.slice(1, 3).map((place) => ['run', 'day.yaml', '--out', place]));
  const shown = { command, args, folder };
  if (args[0] === 'sweep' && VALIDATIONS.includes(args[1] ?? '')) {
    // The first run: all of them are tests of their own.
    const first = ['sweep', args[args.indexOf('--out') + 1]!, '--part', '0/10000'];
    return { ...shown, before: [[...args, '--emit', 'slurm']], run: first };
  }
  const isLongRun = args[0] === 'run' && /campus|sdsc|openb/.test(args[1] ?? '');
  const run = args.flatMap((word, i) => {
    if (word.endsWith('*.db')) return matchesOf(word, folder);
    return args[0] === 'fuzz' && args[i - 1] === '--runs' ? [FEWER_CASES] : [word];
  });
  const isCheckOfPolicy = args[0] === 'policies' && args[1] === 'check';
  const shorter = isLongRun ? SHORTER : isCheckOfPolicy ? ['--runs', FEWER_CASES] : [];
  return { ...shown, before, run: [...run, ...shorter] };
}

function canRun(command: string): boolean {
  const needsLogs = /\b(sdsc-blue|openb|haizea|sweep gpu-packing|\.swf|\.lwf)\b/.test(command);
  return !((needsLogs && !HAS_LOGS) || (command.includes('livemig-osic') && !HAS_MIGRATIONS));
}

const pages = new Map<string, ReadonlyMap<string, readonly Finished[]>>();

/** Runs what a page shows, in one process as far as that goes. @returns how each command ended, after those that came before it */
function runPage(page: string, service: RecordedService): ReadonlyMap<string, readonly Finished[]> {
  const known = pages.get(page);
  if (known !== undefined) return known;
  const shown = [
    ...new Set(
      commands
        .filter((each) => each[0] === page && !isTyped(each) && canRun(each[1]) && !isServed(words(each[1])))
        .map(([, command]) => command),
    ),
  ]
    .map((command, i) => ({ command, folder: join(HOME, `${page.replace(/\W/g, '-')}-${i}`) }))
    .map(({ command, folder }) => prepared(command, folder, service));
  const together = shown.filter(({ args }) => !isAlone(args) && !isSwept(args));
  const lines = together.flatMap(({ before, folder, run }) =>
    [...before, run].map((args) => ({ args, cwd: folder })),
  );
  const ended = lines.length === 0 ? [] : openpexInTurn(lines, { limitMs: PAGE_LIMIT_MS });
  const finished = new Map<string, readonly Finished[]>();
  for (const { args, before, command, folder, run } of shown) {
    const sweep = isSwept(args);
    if (sweep !== undefined) finished.set(command, [sweepOf(sweep)]);
    else if (isAlone(args)) finished.set(command, [openpex(run, folder)]);
    else finished.set(command, ended.splice(0, before.length + 1));
  }
  pages.set(page, finished);
  return finished;
}

function isSwept(args: readonly string[]): keyof typeof SWEEPS | undefined {
  const found = Object.entries(SWEEPS).find(([, command]) => command === args.join(' '));
  return found?.[0] as keyof typeof SWEEPS | undefined;
}

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

  test.each(commands.filter((each) => !isTyped(each)))(
    '%s: openpex %s',
    async (page, command) => {
      if (!canRun(command)) {
        console.warn(`skipped, OPENPEX_DATA does not have its logs: openpex ${command}`);
        return;
      }
      const args = words(command);
      if (isServed(args)) {
        const folder = folderWithTheFilesOfThePages(temporaryFolder());
        if (args.includes('openpex.yaml')) write(folder, 'openpex.yaml', CONFIGURATION);
        await startAndStop(args.slice(1), folder);
        return;
      }
      const finished = runPage(page, service).get(command)!;
      for (const { code, stderr } of finished) {
        expect(stderr).not.toMatch(/\n\s+at /);
        expect(code, stderr).toBe(0);
      }
    },
    PAGE_LIMIT_MS + 60_000,
  );

  test('what users and operators type at a service is understood', async () => {
    const folder = temporaryFolder();
    write(folder, 'openpex.yaml', ROOMY);
    const live = await startLive(['openpex.yaml', '--port', '0'], folder);
    await register(live.url);
    const typed = commands.filter(isTyped);
    for (const verb of [...OF_USERS, ...Object.keys(OF_OPERATORS)]) {
      expect(
        typed.map(([, command]) => `${command} `).filter((command) => command.startsWith(`${verb} `)),
      ).not.toEqual([]);
    }
    write(folder, 'class.csv', 'username,fullName,email\nada2,Ada,ada2@example.org\n');
    const ofOperators = typed.filter(([, command]) => operatorsVerb(command) !== undefined);
    for (const [, command] of ofOperators) typeAsOperator(words(command), folder, live);
    const ofUsers = typed.filter((each) => !ofOperators.includes(each));
    typeAsUser(
      ofUsers.map(([, command]) => words(command)),
      folder,
      live.url,
    );
    expect((await live.stop()).code).toBe(0);
  });
});

test('the README shows what the main job really prints', () => {
  const shown = /```text\n([\s\S]*?)```/.exec(read('README.md'))![1]!;
  const { stdout, code } = openpex(['run', 'campus-month', '--out', 'out'], temporaryFolder());
  const withoutWallClock = (text: string) => text.replace(/^([\d,]+ events) in .*$/m, '$1').trim();
  expect(code).toBe(0);
  expect(withoutWallClock(shown)).toBe(withoutWallClock(stdout));
});
