// What is changed in a scenario from outside: `--set path=value`, `--policy KIND=NAME|FILE`, levels of an experiment.
import { resolve } from 'node:path';
import { KINDS, POLICY_KINDS, type PolicyKind } from '../../engine/index.ts';
import { defaultPolicyName } from '../../policies/catalogue.ts';
import type { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
import { type Setting, splitAssignment } from '../../written/setting.ts';
import { suggestion } from '../../written/suggestion.ts';
import type { PathPart } from '../../written/written-value.ts';
import { isUserKind } from '../schema/policies.ts';

/**
 * Whether the path and the value make sense is found when the scenario is checked.
 * @throws InputError PEX_USAGE
 */
export function applyScenarioSetting(
  document: WrittenDocument,
  { path, value, origin, home }: Setting,
): void {
  openPolicyChoice(document, path, origin);
  document.set(path, value, origin, home);
}

/**
 * `allocation=first-fit` or `allocation=./mine.ts`, the file relative to the working directory. Where there are several providers, for all
 * of them.
 * @throws InputError PEX_USAGE
 */
export function applyPolicy(document: WrittenDocument, choice: string): void {
  const { kind, value } = parsePolicyChoice(choice);
  choosePolicyFor(document, kind, { value, origin: `--policy ${choice}` });
}

export interface PolicyOfCommandLine {
  readonly kind: PolicyKind;
  /** A name, or a file by its absolute path. */
  readonly value: { readonly name: string } | { readonly file: string };
}

/** @throws InputError PEX_USAGE */
export function parsePolicyChoice(choice: string): PolicyOfCommandLine {
  const origin = `--policy ${choice}`;
  const [name, text] = splitAssignment(choice, origin, 'KIND=NAME or KIND=FILE');
  const kind = POLICY_KINDS.find((known) => known === name);
  if (kind === undefined) {
    const problem = `there is no kind of policy "${name}"${suggestion(name, POLICY_KINDS)}`;
    throw new InputError('PEX_USAGE', problem, { file: origin });
  }
  return { kind, value: isPolicyFile(text) ? { file: resolve(text) } : { name: text } };
}

/** Another policy of a kind; where there are several providers, for all of them. The value is what a scenario says there. */
export function choosePolicyFor(
  document: WrittenDocument,
  kind: PolicyKind,
  { value, origin, home }: Omit<Setting, 'path'>,
): void {
  for (const group of policyGroupsFor(kind, document)) {
    document.set([...group, KINDS[kind].key], value, origin, home);
  }
}

/** Where policies of the kind are chosen. */
function policyGroupsFor(kind: PolicyKind, document: WrittenDocument): PathPart[][] {
  const providers = document.get(['providers']);
  if (isUserKind(kind) || typeof providers !== 'object' || providers === null) return [['policies']];
  return Object.keys(providers).map((name) => ['providers', name, 'policies']);
}

/** Text that can only be a file: names of policies have neither slashes nor dots. */
function isPolicyFile(text: string): boolean {
  return /[/\\]|\.[cm]?[jt]s$/.test(text);
}

/** `policies.pricing: flat`, or no word about it, is written out as `{name: flat}` when one of its options is set. */
function openPolicyChoice(document: WrittenDocument, path: readonly PathPart[], origin: string): void {
  const groupLength = path[0] === 'providers' ? 3 : 1;
  const group = path[groupLength - 1];
  if ((group !== 'policies' && group !== 'buyers') || path.length < groupLength + 2) return;
  const choicePath = path.slice(0, groupLength + 1);
  const choice = document.get(choicePath) ?? defaultChoice(group, path[groupLength]);
  if (typeof choice === 'string') document.set(choicePath, { name: choice }, origin);
}

function defaultChoice(group: PathPart, key: PathPart | undefined): string | undefined {
  const kind = POLICY_KINDS.find((candidate) => KINDS[candidate].key === key);
  return group === 'policies' && kind !== undefined ? defaultPolicyName(kind) : undefined;
}
