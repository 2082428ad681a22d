// How many optional instances may be sold: rules of admission control, each a test of what is outstanding at one instant against the capacity. A lease uses
// its guaranteed part always, and the part that it may claim, all of it, with a given chance, independently of others. Literature: peak and mean rates, Hoeffding
// 1963, Guérin, Ahmadi, Naghshineh 1991 (Gaussian, effective bandwidth), Kelly 1991; flexible advance reservations: Lucas, Carrion, Caminero 2011.

/** What the provider holds against the use of options. */
export interface AdmissionSettings {
  readonly rule: AdmissionRuleName;
  /** Chance that a lease claims its options, 0..1. */
  readonly claimChance: number;
  /** How often what is claimed may be more than there is: more than 0, less than 1. */
  readonly overflow: number;
  /**
   * The chance is measured on the windows that are open, and `claimChance` counts as if it had been seen on so many optional instances: more
   * than 0. Absent: it is taken as given.
   */
  readonly priorOptions?: number;
}

/** Optional instances in windows that are open: how many there are, and how many are claimed. */
export interface Claims {
  readonly optional: number;
  readonly claimed: number;
}

/** Measurement-based admission: what is seen in place of what is believed, the more the more is seen. */
export function measuredChance(
  { claimed, optional }: Claims,
  prior: { chance: number; options: number },
): number {
  return (prior.options * prior.chance + claimed) / (prior.options + optional);
}

/** A lease at one instant; amounts in any unit. */
export interface UncertainUse {
  readonly least: number;
  /** What it may claim beyond that; at least 0. */
  readonly optional: number;
}

type Rule = (uses: readonly UncertainUse[], capacity: number, settings: AdmissionSettings) => boolean;

export const ADMISSION_RULES = {
  peak: (uses, capacity) => sum(uses, ({ least, optional }) => least + optional) <= capacity + ROUNDING,
  mean: (uses, capacity, { claimChance }) => meanOf(uses, claimChance) <= capacity + ROUNDING,
  hoeffding: (uses, capacity, { claimChance, overflow }) => {
    const ranges = sum(uses, ({ optional }) => optional ** 2);
    const margin = Math.sqrt((Math.log(1 / overflow) / 2) * ranges);
    return meanOf(uses, claimChance) + margin <= capacity + ROUNDING;
  },
  gaussian: (uses, capacity, { claimChance, overflow }) => {
    const variance = sum(uses, ({ optional }) => claimChance * (1 - claimChance) * optional ** 2);
    // Beyond an overflow of 40 % the approximation of the tail has no meaning; the mean has to fit then.
    const factor = Math.sqrt(Math.max(0, -2 * Math.log(overflow) - Math.log(2 * Math.PI)));
    return meanOf(uses, claimChance) + factor * Math.sqrt(variance) <= capacity + ROUNDING;
  },
  exact: (uses, capacity, { claimChance, overflow }) =>
    overflowChance(uses, capacity, claimChance) <= overflow + ROUNDING,
  'effective-bandwidth': (uses, capacity, { claimChance, overflow }) => {
    if (sum(uses, ({ least, optional }) => least + optional) <= capacity + ROUNDING) return true;
    return chernoffExponent(uses, capacity, claimChance) <= Math.log(overflow) + ROUNDING;
  },
} as const satisfies Readonly<Record<string, Rule>>;

export type AdmissionRuleName = keyof typeof ADMISSION_RULES;
export const ADMISSION_RULE_NAMES = Object.keys(ADMISSION_RULES) as AdmissionRuleName[];

const ROUNDING = 1e-9;

/** Chance that more is claimed than there is, by convolution. O(leases x distinct sums up to the capacity). */
export function overflowChance(uses: readonly UncertainUse[], capacity: number, claimChance: number): number {
  const room = capacity - sum(uses, ({ least }) => least) + ROUNDING;
  if (room < 0) return 1;
  // Chances of all sums that still fit; what is more cannot come back.
  let fitting = new Map([[0, 1]]);
  for (const { optional } of uses) {
    if (optional === 0) continue;
    const next = new Map<number, number>();
    const add = (total: number, chance: number) => next.set(total, (next.get(total) ?? 0) + chance);
    for (const [total, chance] of fitting) {
      add(total, chance * (1 - claimChance));
      if (total + optional <= room) add(total + optional, chance * claimChance);
    }
    fitting = next;
  }
  return Math.max(0, 1 - [...fitting.values()].reduce((total, chance) => total + chance, 0));
}

/** What a lease counts for at space parameter s > 0: (1 / s) ln E e^(s X), between its mean and its peak. */
export function effectiveBandwidth(
  { least, optional }: UncertainUse,
  claimChance: number,
  s: number,
): number {
  return least + logMoment(optional, claimChance, s) / s;
}

/** ln of 1 + p (e^(s x) - 1), which does not overflow. */
function logMoment(optional: number, claimChance: number, s: number): number {
  const exponent = s * optional;
  if (claimChance === 0 || optional === 0) return 0;
  if (exponent < 500) return Math.log1p(claimChance * Math.expm1(exponent));
  return exponent + Math.log(claimChance);
}

/** Chernoff: ln P(sum > C) <= inf over s > 0 of the sum of ln E e^(s X) less s C, which is convex in s. By golden sections of ln s. */
function chernoffExponent(uses: readonly UncertainUse[], capacity: number, claimChance: number): number {
  const room = capacity - sum(uses, ({ least }) => least);
  if (room < 0) return 0;
  const largest = Math.max(...uses.map(({ optional }) => optional));
  const exponent = (logS: number) => {
    const s = Math.exp(logS) / largest;
    return sum(uses, ({ optional }) => logMoment(optional, claimChance, s)) - s * room;
  };
  let [low, high] = [Math.log(1e-6), Math.log(1e3)];
  for (let i = 0; i < 80; i++) {
    const [a, b] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    if (exponent(a) < exponent(b)) high = b;
    else low = a;
  }
  return Math.min(0, exponent((low + high) / 2));
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

function meanOf(uses: readonly UncertainUse[], claimChance: number): number {
  return sum(uses, ({ least, optional }) => least + claimChance * optional);
}

function sum(uses: readonly UncertainUse[], of: (use: UncertainUse) => number): number {
  return uses.reduce((total, use) => total + of(use), 0);
}
