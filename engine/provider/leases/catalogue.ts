// The kinds of lease that OpenPEX ships: one file and one line each.
import { advance } from './advance.ts';
import { bestEffort } from './best-effort.ts';
import { immediate } from './immediate.ts';
import type { LeaseKind } from './lease-kind.ts';
import { preemptible } from './preemptible.ts';

export const LEASE_KINDS: readonly LeaseKind[] = [advance, immediate, bestEffort, preemptible];

/** What a proposal is that names no kind. */
export const DEFAULT_LEASE_KIND = advance.name;
