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
  cli: ['engine', 'written', 'policies', 'scenarios', 'reports', 'experiments', 'pool-double', 'live'],
  bench: ['engine', 'written', 'policies', 'scenarios', 'reports', 'bench'],
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
  return [...files].flatMap((file) => [...forbiddenImports(file), ...forbiddenClocks(file)]);
}

export function importsOf({ text }: SourceFile): string[] {
  return Array.from(withoutComments(text).matchAll(IMPORT), ([, from, bare]) => (from ?? bare)!);
}

function forbiddenImports(file: SourceFile): string[] {
  const folder = file.path.split('/')[0]!;
  const allowed = MAY_IMPORT[folder];
  if (allowed === undefined) return [];
  return importsOf(file).flatMap((target) => {
    if (!target.startsWith('.')) {
      const isForbidden =
        folder === 'engine' && target.startsWith('node:') && !NODE_MODULES_OF_ENGINE.includes(target);
      return isForbidden ? [`${file.path} imports ${target}, but engine/ does no I/O`] : [];
    }
    const resolved = posix.normalize(join(dirname(file.path), target).replaceAll('\\', '/'));
    const targetFolder = resolved.split('/')[0]!;
    if (targetFolder === folder) return [];
    if (!allowed.includes(targetFolder))
      return [`${file.path} imports ${resolved}, but ${folder}/ may not import ${targetFolder}/`];
    const isDeep = targetFolder === 'engine' && folder !== 'bench' && resolved !== 'engine/index.ts';
    return isDeep
      ? [`${file.path} imports ${resolved}; outside engine/ only engine/index.ts is imported`]
      : [];
  });
}

function forbiddenClocks({ path, text }: SourceFile): string[] {
  if (!/^(engine|policies|scenarios|reports|experiments)\//.test(path)) return [];
  const found = WALL_CLOCK.exec(withoutComments(text));
  return found === null ? [] : [`${path} uses ${found[0]}; time and chance are handed in`];
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"])\/\/.*$/gm, '$1');
}
