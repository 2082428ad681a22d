// What the command line changes in a scenario: `--set path=value`, `--policy KIND=NAME|FILE`, `--seed N`.
import { resolve } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { InputError, KINDS, POLICY_KINDS, suggestion } from '../../engine/index.ts';
import { defaultPolicyName } from '../../policies/catalogue.ts';
import type { WrittenDocument } from '../../written/document.ts';
import type { PathPart } from '../../written/written-value.ts';

/**
 * `cluster.nodes[0].count=10`: the value is YAML. Whether the path and the value make sense is found when the scenario is checked.
 * @throws InputError PEX_USAGE
 */
export function applySetting(document: WrittenDocument, setting: string): void {
  const origin = `--set ${setting}`;
  const { name, text } = split(setting, origin, 'path=value');
  const path = parsePath(name);
  if (path === undefined) {
    throw new InputError('PEX_USAGE', `"${name}" is no path; expected one such as cluster.nodes[0].count`, {
      file: origin,
    });
  }
  let value: unknown;
  try {
    value = parse(text, { prettyErrors: false });
  } catch (cause) {
    if (!(cause instanceof YAMLParseError)) throw cause;
    throw new InputError('PEX_USAGE', `the value is no YAML: ${cause.message}`, { file: origin }, { cause });
  }
  openPolicyChoice(document, path, origin);
  document.set(path, value, origin);
}

/**
 * `allocation=first-fit` or `allocation=./mine.ts`, the file relative to the working directory.
 * @throws InputError PEX_USAGE
 */
export function applyPolicy(document: WrittenDocument, choice: string): void {
  const origin = `--policy ${choice}`;
  const { name, text } = split(choice, origin, 'KIND=NAME or KIND=FILE');
  const kind = POLICY_KINDS.find((known) => known === name);
  if (kind === undefined) {
    throw new InputError(
      'PEX_USAGE',
      `there is no kind of policy "${name}"${suggestion(name, POLICY_KINDS)}`,
      {
        file: origin,
      },
    );
  }
  const chosen = isPolicyFile(text) ? { file: resolve(text) } : { name: text };
  document.set(['policies', KINDS[kind].key], chosen, origin);
}

/** Text that can only be a file: names of policies have neither slashes nor dots. */
function isPolicyFile(text: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(text);
}

/** `policies.pricing: flat`, or no word about it, is written out as `{name: flat}` when one of its options is set. */
function openPolicyChoice(document: WrittenDocument, path: readonly PathPart[], origin: string): void {
  const choicePath = path.slice(0, 2);
  if ((path[0] !== 'policies' && path[0] !== 'buyers') || path.length < 3) return;
  const choice = document.get(choicePath) ?? defaultChoice(choicePath);
  if (typeof choice === 'string') document.set(choicePath, { name: choice }, origin);
}

function defaultChoice([group, key]: readonly PathPart[]): string | undefined {
  const kind = POLICY_KINDS.find((candidate) => KINDS[candidate].key === key);
  return group === 'policies' && kind !== undefined ? defaultPolicyName(kind) : undefined;
}

function split(text: string, origin: string, form: string): { readonly name: string; readonly text: string } {
  const at = text.indexOf('=');
  if (at <= 0) throw new InputError('PEX_USAGE', `expected ${form}`, { file: origin });
  return { name: text.slice(0, at).trim(), text: text.slice(at + 1) };
}

function parsePath(text: string): PathPart[] | undefined {
  if (!/^[^.[\]]+(\.[^.[\]]+|\[\d+\])*$/.test(text)) return undefined;
  return [...text.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
}
