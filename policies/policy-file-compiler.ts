// Between a user's file and the loader that runs it: compiled code is checked for imports that do not exist, which would otherwise show in
// the middle of a run, and its places are traced back to where the author wrote them.
import { SourceMap } from 'node:module';
import { relative } from 'node:path';
import { createJiti, type TransformOptions } from 'jiti';
import type { PolicyErrorPlace } from '../engine/for-policies.ts';

const MAP = /\n\/\/# sourceMappingURL=data:application\/json[^,]*;base64,(\S+)\s*$/;
/** What the compiler makes of an import; types are gone by then. */
const IMPORT = /\bvar (_\w+) = (?:await jitiImport|require)\("([^"]+)"\)/g;

/** An import without its export; `place` is where it is asked for. */
export interface MissingExport extends SyntaxError {
  readonly place: PolicyErrorPlace;
}

export function isMissingExport(error: unknown): error is MissingExport {
  return error instanceof SyntaxError && 'place' in error;
}

export class PolicyFileCompiler {
  readonly #jiti = createJiti(import.meta.url, { fsCache: false });
  readonly #maps = new Map<string, SourceMap>();

  /** For the loader; it must ask for source maps. */
  readonly transform = (options: TransformOptions): { code: string } => {
    const compiled = this.#jiti.transform(options);
    const code = compiled.replace(MAP, '');
    const [, encoded] = MAP.exec(compiled) ?? [];
    const file = options.filename;
    if (encoded === undefined || file === undefined) return { code };
    this.#maps.set(file, new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'))));
    // The loader wraps the code in a function, whose head shall stand on a line of its own: columns stay those of the map.
    return { code: `\n${code}\n${missingExportChecks(code, options.source, file)}` };
  };

  /** Where the author wrote what stands at a place of the code that runs. */
  original({ file, line, column }: Required<PolicyErrorPlace>): Required<PolicyErrorPlace> {
    const shown = shownPath(file);
    const map = this.#maps.get(file);
    if (map === undefined) return { file: shown, line, column };
    const entry = map.findEntry(line - 2, column - 1);
    if (!('originalLine' in entry)) return { file: shown, line: line - 1, column };
    return { file: shown, line: entry.originalLine + 1, column: entry.originalColumn + 1 };
  }
}

/** Relative to the working directory when it lies within. */
export function shownPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') || path === '' ? file : path;
}

/** Code that throws a MissingExport for each name that a module was asked for and does not export, once the file has run. */
function missingExportChecks(code: string, source: string, file: string): string {
  const lines = source.split('\n');
  const checks: string[] = [];
  for (const { 1: variable, 2: specifier, index } of code.matchAll(IMPORT)) {
    // `return _types.Name` re-exports what may be a type: the compiler cannot tell.
    const uses = code.matchAll(new RegExp(`(?<!return )(?<![\\w.])${variable}\\.([A-Za-z_$][\\w$]*)`, 'g'));
    for (const name of new Set(Array.from(uses, ([, used]) => used!))) {
      const what = name === 'default' ? 'a default export' : `an export "${name}"`;
      const message = JSON.stringify(`"${specifier}" does not have ${what}`);
      // Imports from one module are compiled into one, at the first of them.
      const asked = lines.findIndex((text) => text.includes(specifier!) && text.includes(name));
      const line = asked < 0 ? code.slice(0, index).split('\n').length : asked + 1;
      const place = JSON.stringify({ file: shownPath(file), line });
      checks.push(
        `if (!(${JSON.stringify(name)} in Object(${variable}))) throw Object.assign(new SyntaxError(${message}), { place: ${place} });`,
      );
    }
  }
  return checks.join('');
}
