// Who may import whom: the rule of docs/architecture.md, as a check over source text.
import { dirname, join, posix } from 'node:path';

const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  engine: [],
  written: [],
  policies: ['engine', 'written'],
  scenarios: ['engine', 'written', 'policies'],
  // Files that people name are written there: written/ has the error for one that cannot be.
  reports: ['engine', 'written'],
  experiments: ['engine', 'written', 'policies', 'scenarios', 'reports'],
  'pool-double': [],
  live: ['engine', 'written', 'policies', 'scenarios', 'reports'],
  // It alone has a pool to play with.
  'live/fuzz': ['engine', 'written', 'policies', 'scenarios', 'reports', 'pool-double'],
  cli: ['engine', 'written', 'policies', 'scenarios', 'reports', 'experiments', 'pool-double', 'live'],
  bench: ['engine', 'written', 'policies', 'scenarios', 'reports', 'live', 'bench'],
};

/** The same for the folders inside some of them: the first name below the top, or the file itself where it lies at the top. */
const MAY_IMPORT_INSIDE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  engine: {
    domain: [],
    clock: [],
    random: [],
    calendar: ['domain'],
    events: ['domain'],
    policy: ['domain', 'random'],
    hypervisor: ['domain', 'events', 'clock', 'random'],
    provider: ['domain', 'events', 'clock', 'calendar', 'policy', 'hypervisor'],
    simulation: ['domain', 'events', 'clock', 'random', 'policy', 'hypervisor', 'provider'],
  },
  scenarios: {
    schema: ['formats', 'reservation-rules'],
    'reservation-rules': ['schema'],
    generator: ['formats'],
    workflows: [],
    services: ['formats', 'schema'],
    formats: ['schema', 'generator', 'workflows', 'services'],
    load: ['schema', 'formats', 'generator', 'reservation-rules'],
  },
  live: {
    wire: [],
    client: [],
    portal: ['wire', 'client'],
    database: [],
    accounts: ['database'],
    hypervisors: [],
    config: ['hypervisors'],
    recorder: ['database'],
    report: ['database'],
    replay: ['database', 'report'],
    archive: ['database', 'report', 'recorder'],
    service: ['database', 'hypervisors', 'recorder', 'archive', 'partners'],
    'managed-services': ['wire', 'service', 'database'],
    notifications: ['database', 'wire'],
    partners: ['wire', 'client', 'database'],
    api: ['wire', 'service', 'database', 'notifications', 'partners', 'managed-services'],
    ec2: ['service', 'database'],
    fuzz: ['api', 'service', 'database', 'recorder', 'report', 'replay', 'hypervisors'],
  },
};

/** The engine does no I/O: of Node it may use hashing only. */
const NODE_MODULES_OF_ENGINE = ['node:crypto'];

const IMPORT =
  /(?:^|[\s;}])(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|\bimport\s*\(?\s*['"]([^'"]+)['"]/g;
const WALL_CLOCK =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\bset(?:Timeout|Interval|Immediate)\(/;

export interface SourceFile {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

/** One sentence per forbidden import or forbidden clock; empty when all is well. */
export function findViolations(files: Iterable<SourceFile>): string[] {
  return [...files].flatMap((file) => [
    ...forbiddenImports(file),
    ...forbiddenInside(file),
    ...forbiddenClocks(file),
  ]);
}

/** Files that import each other, round and round; imports of types count. One sentence per circle. */
export function findCircles(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  const imports = new Map(files.map((file) => [file.path, targetsOf(file).filter((to) => known.has(to))]));
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: string[]): void => {
    const from = trail.indexOf(path);
    if (from !== -1) {
      circles.push(`${[...trail.slice(from), path].join(' -> ')} is a circle`);
      return;
    }
    if (done.has(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return circles;
}

/** What a file imports of ours, as paths from the repository. */
function targetsOf(file: SourceFile): string[] {
  return importsOf(file)
    .filter((target) => target.startsWith('.'))
    .map((target) => resolved(file, target));
}

function resolved({ path }: SourceFile, target: string): string {
  return posix.normalize(join(dirname(path), target).replaceAll('\\', '/'));
}

function forbiddenInside(file: SourceFile): string[] {
  const [top, inside, ...deeper] = file.path.split('/');
  const rules = MAY_IMPORT_INSIDE[top!];
  // What lies at the top of a folder is for all in it, and may put all of it together.
  if (rules === undefined || deeper.length === 0) return [];
  const allowed = rules[inside!];
  if (allowed === undefined)
    return [`${file.path}: ${top}/${inside}/ is new; say in test/support whom it may import`];
  return targetsOf(file).flatMap((to) => {
    const [targetTop, targetInside, ...targetDeeper] = to.split('/');
    if (targetTop !== top || targetDeeper.length === 0 || targetInside === inside) return [];
    if (allowed.includes(targetInside!)) return [];
    return [`${file.path} imports ${to}, but ${top}/${inside}/ may not import ${top}/${targetInside}/`];
  });
}

export function importsOf({ text }: SourceFile): string[] {
  return Array.from(withoutComments(text).matchAll(IMPORT), ([, from, bare]) => (from ?? bare)!);
}

function forbiddenImports(file: SourceFile): string[] {
  const [folder = '', inside] = file.path.split('/');
  const allowed = MAY_IMPORT[`${folder}/${inside}`] ?? MAY_IMPORT[folder];
  if (allowed === undefined) return [];
  return importsOf(file).flatMap((target) => {
    if (!target.startsWith('.')) {
      const isForbidden =
        folder === 'engine' && target.startsWith('node:') && !NODE_MODULES_OF_ENGINE.includes(target);
      return isForbidden ? [`${file.path} imports ${target}, but engine/ does no I/O`] : [];
    }
    const path = resolved(file, target);
    const targetFolder = path.split('/')[0]!;
    if (targetFolder === folder) return [];
    if (!allowed.includes(targetFolder))
      return [`${file.path} imports ${path}, but ${folder}/ may not import ${targetFolder}/`];
    const doors = doorsOf(file.path);
    const isDeep = targetFolder === 'engine' && folder !== 'bench' && !doors.includes(path);
    return isDeep ? [`${file.path} imports ${path}; outside engine/ only ${doors} is imported`] : [];
  });
}

/** Of the engine. What is imported for little must not lead to all of it. */
function doorsOf(path: string): string[] {
  if (path.startsWith('live/wire/')) return ['engine/words.ts'];
  const whole = ['engine/index.ts'];
  // It hands all that the package exports to a policy of a user.
  if (path === 'policies/load-policy-file.ts') return [...whole, 'engine/for-policies.ts'];
  if (path.startsWith('policies/') || path === 'cli/commands/policies.ts') return ['engine/for-policies.ts'];
  return whole;
}

function forbiddenClocks({ path, text }: SourceFile): string[] {
  if (!/^(engine|policies|scenarios|reports|experiments)\//.test(path)) return [];
  const found = WALL_CLOCK.exec(withoutComments(text));
  return found === null ? [] : [`${path} uses ${found[0]}; time and chance are handed in`];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"])\/\/.*$/gm, '$1');
}
