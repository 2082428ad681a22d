// Loads a policy that a user wrote: a .js, .mjs or .ts file whose default export comes from the helper of its kind. Everything that can be
// wrong with such a file gets one clear message here, before a run begins.
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createJiti } from 'jiti';
import * as typebox from 'typebox';
import { IsObject } from 'typebox';
import {
  helperOf,
  POLICY_KINDS,
  type PolicyDefinition,
  type PolicyErrorPlace,
  type PolicyKind,
} from '../engine/for-policies.ts';
import * as openpex from '../engine/index.ts';
import { InputError } from '../written/input-error.ts';
import { formatFound } from '../written/written-value.ts';
import { isMissingExport, PolicyFileCompiler, shownPath } from './policy-file-compiler.ts';

type SourcePlace = Required<PolicyErrorPlace>;

/**
 * The policy in a user's file. The file may import 'openpex' and 'typebox' wherever it lies: both are the very modules of this process.
 * The file is read anew at each call.
 * @throws InputError PEX_POLICY_FILE placed in the file
 */
export async function loadPolicyFile<K extends PolicyKind>(
  kind: K,
  path: string,
): Promise<PolicyDefinition<K>> {
  const file = resolve(path);
  await requireFile(path);

  const compiler = new PolicyFileCompiler();
  const jiti = createJiti(import.meta.url, {
    transform: compiler.transform,
    sourceMaps: true,
    virtualModules: { openpex, typebox },
    moduleCache: false,
    fsCache: false,
    interopDefault: false,
  });
  let loaded: unknown;
  try {
    loaded = await jiti.import(file);
  } catch (cause) {
    throw importFailure(cause, path, compiler);
  }

  const policy = isGroup(loaded) ? loaded['default'] : undefined;
  const wrong = policy === undefined ? await whyNoDefault(kind, file) : whatIsWrong(kind, policy);
  if (wrong !== undefined) throw new InputError('PEX_POLICY_FILE', wrong, { file: path });
  const source = { file: shownPath(file), original: (place: SourcePlace) => compiler.original(place) };
  return { ...(policy as PolicyDefinition<K>), source };
}

async function requireFile(path: string): Promise<void> {
  try {
    if ((await stat(path)).isFile()) return;
  } catch (cause) {
    throw new InputError('PEX_POLICY_FILE', 'there is no such policy file', { file: path }, { cause });
  }
  throw new InputError('PEX_POLICY_FILE', 'expected a .js, .mjs or .ts file, found a directory', {
    file: path,
  });
}

/** Nothing that the loader would call a default export: what was written instead, and what to write. */
async function whyNoDefault(kind: PolicyKind, file: string): Promise<string> {
  const expected = `expected \`export default ${helperOf(kind)}({...})\``;
  const text = await readFile(file, 'utf8');
  if (/\bexport\s+default\b|\bas\s+default\b/.test(text)) {
    const why = /^\s*(await\s+)?using\s/m.test(text)
      ? 'a `using` at the top level of the file hides what stands below it; move it into a function, or use `const`'
      : 'it is undefined when the file has run';
    return `its default export is lost: ${why}; ${expected}`;
  }
  const isCommonJs = /\bmodule\.exports\b|^\s*exports\.\w+\s*=/m.test(text);
  if (!isCommonJs) return `has no default export; ${expected}`;
  return `exports the CommonJS way (\`module.exports\`); ${expected}, and \`import\` instead of \`require\`, in a .mjs, .js or .ts file`;
}

/** A syntax error, an import that does not exist, or code at the top level of the file that throws. */
function importFailure(cause: unknown, path: string, compiler: PolicyFileCompiler): InputError {
  if (isMissingExport(cause)) {
    return new InputError(
      'PEX_POLICY_FILE',
      `the policy file cannot be loaded: ${cause.message}`,
      cause.place,
      { cause },
    );
  }
  const { message, stack = '' } = cause instanceof Error ? cause : new Error(String(cause));
  // A syntax error names its place in the message, any other error in the stack, where it is that of the compiled text.
  const file = resolve(path);
  const written = placeIn(message, file);
  const compiled = placeIn(stack.slice(stack.indexOf(message) + message.length), file);
  const traced = compiled === undefined ? undefined : compiler.original(compiled);
  // The compiler counts columns from 0.
  const place = written === undefined ? traced : { ...written, column: written.column + 1 };
  const [reason = ''] = message.replace(/^ParseError: /, 'syntax error: ').split('\n');
  return new InputError(
    'PEX_POLICY_FILE',
    `the policy file cannot be loaded: ${reason.trim()}`,
    { file: path, ...(place !== undefined && { line: place.line, column: place.column }) },
    { cause },
  );
}

/** Where a text names a place in the file. */
function placeIn(text: string, file: string): SourcePlace | undefined {
  const at = text.indexOf(`${file}:`);
  const [, line, column] = at < 0 ? [] : (/^:(\d+):(\d+)/.exec(text.slice(at + file.length)) ?? []);
  return line === undefined ? undefined : { file, line: Number(line), column: Number(column) };
}

/** Does the default export fit its kind? The compiler cannot tell: the file may be JavaScript, or never have been compiled. */
function whatIsWrong(kind: PolicyKind, exported: unknown): string | undefined {
  const example = `\`export default ${helperOf(kind)}({...})\``;
  if (!isGroup(exported) || !POLICY_KINDS.some((known) => known === exported['kind'])) {
    return `the default export is not a policy; expected ${example}`;
  }
  if (exported['kind'] !== kind) {
    return `is ${articled(String(exported['kind']))} policy, but ${articled(kind)} policy is asked for`;
  }
  const { name, summary, options, create, memory } = exported;
  if (typeof name !== 'string' || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) {
    return `name: expected lower-case words with hyphens, such as "my-policy", found ${formatFound(name)}`;
  }
  if (typeof summary !== 'string') return `summary: expected a line of text, found ${formatFound(summary)}`;
  if (!IsObject(options)) {
    return `options: expected a TypeBox schema, such as Type.Object({}), found ${formatFound(options)}`;
  }
  if (typeof create !== 'function') {
    return `create: expected a function that makes the policy, found ${formatFound(create)}`;
  }
  if (memory !== undefined && typeof memory !== 'function') {
    return `memory: expected a function that gives what the policy remembers at first, found ${formatFound(memory)}`;
  }
  return undefined;
}

function articled(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
