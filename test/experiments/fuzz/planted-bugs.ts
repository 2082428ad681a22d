// Policies with a bug that shows in few runs only, and what the fuzzer is to say of each.
import { fileURLToPath } from 'node:url';
import type { PolicyKind } from '../../../engine/index.ts';
import type { Check } from '../../../experiments/fuzz/evaluate.ts';

export interface PlantedBug {
  readonly name: string;
  readonly kind: PolicyKind;
  /** Of these one: what a restart loses, a quote changes as well. */
  readonly checks: readonly Check[];
  readonly says: RegExp;
  /** Whose cases are tried. Default: 1; another one where what that one finds takes long to be made small. */
  readonly seed?: number;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  { name: 'sticky-node', kind: 'allocation', checks: ['policy'], says: /expected one of the candidates/ },
  {
    name: 'forgetful-turns',
    seed: 3,
    kind: 'allocation',
    checks: ['restart', 'quote'],
    says: /changed what was decided/,
  },
  {
    name: 'tie-by-daylight',
    kind: 'allocation',
    checks: ['outside'],
    says: /tie-by-daylight\.mjs:13:\d+: .* the time of day/,
  },
  {
    name: 'endless-search',
    kind: 'allocation',
    checks: ['answer'],
    says: /was not over/,
  },
  {
    name: 'tie-by-dice',
    kind: 'counter-offer',
    checks: ['outside'],
    says: /tie-by-dice\.mjs:13:\d+: .* dice of its own/,
  },
  { name: 'hopeful-offer', kind: 'counter-offer', checks: ['policy'], says: /expected offers that fit/ },
  { name: 'writing-offer', kind: 'counter-offer', checks: ['mutation'], says: /is frozen/ },
  { name: 'small-ones-only', seed: 8, kind: 'counter-offer', checks: ['starvation'], says: /is sent away/ },
  {
    name: 'price-by-demand',
    seed: 8,
    kind: 'pricing',
    checks: ['restart', 'quote', 'repetition'],
    says: /changed what was decided|came out differently/,
  },
  { name: 'broken-refund', kind: 'pricing', checks: ['policy'], says: /whole micro-credits/ },
  { name: 'generous-refund', kind: 'pricing', checks: ['promise'], says: /gets back more than was paid/ },
  {
    name: 'tiring-buyer',
    seed: 2,
    kind: 'buyer',
    checks: ['restart', 'quote'],
    says: /changed what was decided/,
  },
];

export function fileOf({ name }: PlantedBug): string {
  return fileURLToPath(new URL(`../../fixtures/fuzz/${name}.mjs`, import.meta.url));
}
