// The kinds of lease that OpenPEX ships: one file and one line each.
import { advance } from './advance.ts';
import { bestEffort } from './best-effort.ts';
import { deadline } from './deadline.ts';
import { flexible } from './flexible.ts';
import { immediate } from './immediate.ts';
import type { LeaseKind } from './lease-kind.ts';
import { overbooked } from './overbooked.ts';
import { preemptible } from './preemptible.ts';

/** All of them, in the order in which they are told of. */
export const LEASE_KINDS: readonly LeaseKind[] = [
  advance,
  immediate,
  bestEffort,
  deadline,
  flexible,
  preemptible,
];

/** What a provider offers that overbooks, beside what it says. */
export const OVERBOOKED: LeaseKind = overbooked;

/** Those that a provider offers that says nothing else. */
export const USUAL_LEASE_KINDS: readonly LeaseKind[] = [advance, immediate, bestEffort, preemptible];

/** What a proposal is that names no kind. */
export const DEFAULT_LEASE_KIND = advance.name;
