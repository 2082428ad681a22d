// What was tried and what was found, for a terminal.

import { functionsOf, POLICY_KINDS, type PolicyKind } from '../../engine/index.ts';
import { counted } from '../../written/counted.ts';
import type { PolicyCheck, Verdict } from './check-policy.ts';
import { CHECKS, type Finding, type Tally } from './evaluate.ts';

export interface FuzzTextOptions {
  readonly seed: number;
  /** The policies that were tried; empty: the manager with those that ship. */
  readonly names: ReadonlyMap<PolicyKind, string>;
}

/** How much was tried. */
interface Tried {
  readonly cases: number;
  readonly tally: Tally;
}

/** What was tried, in some lines. */
export function triedText({ cases, tally }: Tried, { names, seed }: FuzzTextOptions): string {
  const count = (name: string) => (tally[name] ?? 0).toLocaleString('en');
  const what = [
    `${count('requests')} requests (${count('accepted')} accepted, ${count('countered')} countered, ${count('confirmed')} confirmed)`,
    `${count('nodes lost')} nodes lost, ${count('nodes drained')} drained, ${count('maintenances')} maintenances, ${count('instances moved')} instances moved`,
    `${count('restarts')} restarts, ${count('quotes')} quotes`,
    ...[...names].map(([kind, name]) => `${kind} policy "${name}": ${questionsText(kind, tally)}`),
  ];
  const lines = what.map((line) => `  ${line}\n`);
  return `Tried ${counted(cases, 'case')} (seed ${seed}):\n${lines.join('')}`;
}

function questionsText(kind: PolicyKind, tally: Tally): string {
  const functions = Object.entries(functionsOf(kind)).flatMap(([name, { optional }]) =>
    optional && tally[`${kind}.${name}`] === undefined ? [] : [name],
  );
  // One that ranks nodes is answered by the calendar.
  const isAsked = functions.some((name) => tally[`${kind}.${name}`] !== undefined);
  if (!isAsked) return 'never asked';
  return functions
    .map((name) => `${name}() asked ${(tally[`${kind}.${name}`] ?? 0).toLocaleString('en')} times`)
    .join(', ');
}

/** Functions of the policies that were never asked, in a run in which nothing was found. */
export function neverAsked({ tally }: Pick<Tried, 'tally'>, names: FuzzTextOptions['names']): string[] {
  return POLICY_KINDS.filter((kind) => names.has(kind)).flatMap((kind) =>
    Object.entries(functionsOf(kind))
      .filter(([name, { optional }]) => !optional && tally[`${kind}.${name}`] === undefined)
      .map(([name]) => `${name}() of the ${kind} policy`),
  );
}

/** A sentence, and below it what happened. */
export function findingText({ check, what }: Finding): string {
  const isSaid = what.startsWith(CHECKS[check]);
  const text = isSaid ? what : `${CHECKS[check]}:\n  ${what.replaceAll('\n', '\n  ')}`;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}\n`;
}

/** A line for each rule, and below what is broken the first case of it. */
export function checkText({ verdicts }: PolicyCheck, neverAsked: readonly string[]): string {
  const broken = verdicts.filter(({ state }) => state === 'broken').length;
  const end =
    broken > 0
      ? `${counted(broken, 'rule')} broken.`
      : neverAsked.length > 0
        ? 'No rule was seen broken.'
        : 'Every rule is kept.';
  return [
    ...verdicts.map(verdictText),
    ...neverAsked.map((what) => `unknown  ${what} was never asked: nothing is known of it`),
    end,
    '',
  ].join('\n');
}

function verdictText({ cases, first, rule, state }: Verdict): string {
  const line = `${STATES[state].padEnd(9)}${rule}`;
  if (first === undefined) return line;
  return `${line}: broken in ${counted(cases, 'case')}, first in case ${first.number}:\n           ${first.what.replaceAll('\n', '\n           ')}`;
}

const STATES = { kept: 'ok', broken: 'BROKEN', unknown: 'unknown' } as const;
