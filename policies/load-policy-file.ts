// Loads a policy that a user wrote: a .js, .mjs or .ts file whose default export comes from the helper of its kind. Everything that can be
// wrong with such a file gets one clear message here, before a run begins.
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createJiti } from 'jiti';
import * as typebox from 'typebox';
import { IsObject } from 'typebox';
import * as openpex from '../engine/index.ts';
import { POLICY_KINDS, type PolicyDefinition, type PolicyKind } from '../engine/index.ts';
import { InputError } from '../written/input-error.ts';
import { formatFound } from '../written/written-value.ts';

const HELPERS: { readonly [K in PolicyKind]: string } = {
  allocation: 'allocationPolicy',
  'counter-offer': 'counterOfferPolicy',
  pricing: 'pricingPolicy',
  buyer: 'buyerPolicy',
};

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

  const jiti = createJiti(import.meta.url, {
    virtualModules: { openpex, typebox },
    moduleCache: false,
    fsCache: false,
    interopDefault: false,
  });
  let loaded: unknown;
  try {
    loaded = await jiti.import(file);
  } catch (cause) {
    throw importFailure(cause, path);
  }

  const policy = isGroup(loaded) ? loaded['default'] : undefined;
  const wrong = whatIsWrong(kind, policy);
  if (wrong !== undefined) throw new InputError('PEX_POLICY_FILE', wrong, { file: path });
  return policy as PolicyDefinition<K>;
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

/** A syntax error, an import that does not exist, or code at the top level of the file that throws. */
function importFailure(cause: unknown, path: string): InputError {
  const { message, stack = '' } = cause instanceof Error ? cause : new Error(String(cause));
  // A syntax error names its place in the message, any other error in the stack. Columns are those of the compiled text: left out.
  const text = `${message}\n${stack}`;
  const file = resolve(path);
  const line = text.includes(`${file}:`)
    ? /^:(\d+)/.exec(text.slice(text.indexOf(`${file}:`) + file.length))
    : null;
  const [reason = ''] = message.replace(/^ParseError: /, 'syntax error: ').split('\n');
  return new InputError(
    'PEX_POLICY_FILE',
    `the policy file cannot be loaded: ${reason.trim()}`,
    { file: path, ...(line?.[1] !== undefined && { line: Number(line[1]) }) },
    { cause },
  );
}

/** Does the default export fit its kind? The compiler cannot tell: the file may be JavaScript, or never have been compiled. */
function whatIsWrong(kind: PolicyKind, exported: unknown): string | undefined {
  const example = `\`export default ${HELPERS[kind]}({...})\``;
  if (exported === undefined) return `has no default export; expected ${example}`;
  if (!isGroup(exported) || !POLICY_KINDS.some((known) => known === exported['kind'])) {
    return `the default export is not a policy; expected ${example}`;
  }
  if (exported['kind'] !== kind) {
    return `is ${articled(String(exported['kind']))} policy, but ${articled(kind)} policy is asked for`;
  }
  const { name, summary, options, create } = exported;
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
  return undefined;
}

function articled(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
