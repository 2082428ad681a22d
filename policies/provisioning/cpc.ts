// Capacity is prepared for what is foreseen, and for as much more as too little costs more than too much.
import { Type } from 'typebox';
import { provisioningPolicy, type SwitchedNodeView } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { FORECASTER_NAMES, FORECASTERS, type ForecastSettings } from './forecasters.ts';
import { byReadiness, cpusInUse, cpusOf } from './switching.ts';

export interface PreparationPrices {
  /** Weight of the cost of having too little, 0..1; the rest is that of having too much. */
  readonly beta: number;
  /** For each unit that was missing, and that was prepared in vain. */
  readonly missing: number;
  readonly idle: number;
}

/** The cost of prediction and capacity: what it cost to have prepared so much where so much was needed. */
export function preparationCost(
  needed: number,
  prepared: number,
  { beta, idle, missing }: PreparationPrices,
): number {
  return needed > prepared ? beta * missing * (needed - prepared) : (1 - beta) * idle * (prepared - needed);
}

/** The share of cases for which enough is prepared at the least expected cost (newsvendor). */
export function bestQuantile({ beta, idle, missing }: PreparationPrices): number {
  const [short, long] = [beta * missing, (1 - beta) * idle];
  return short + long === 0 ? 0.5 : short / (short + long);
}

/** The smallest of the values that at least this share of them does not exceed. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)]!;
}

/** What it remembers: CPUs that VMs had at each look, the last one last, and how the forecasts did. */
interface Seen {
  needed: number[];
  /** What each forecaster foresaw for the next look, and what came of all together. */
  foreseen: { each: number[]; whole: number } | null;
  /** What the forecasts of each would have cost, the last ones last. */
  costs: number[][];
  /** By how much more was needed than was foreseen, the last ones last. */
  errors: number[];
}

export const cpc = provisioningPolicy({
  name: 'cpc',
  summary: 'Foresees the CPUs that VMs will need, and prepares more by what too little would cost.',
  guide: {
    rule: 'Each look counts the CPUs that VMs have and forecasts those of the next: by one forecaster, or by all, each weighted by 1 / its mean cost over the last `window` forecasts. The cost of preparing v where u was needed is beta x missing x (u - v) if v was too little, (1 - beta) x idle x (v - u) if it was too much. To the forecast comes the quantile beta x missing / (beta x missing + (1 - beta) x idle) of its last `window` errors, at which that cost is least. Nodes stay on until their CPUs are as many: first those with VMs, then those that are on, in the order of the cluster.',
    origin:
      'CPC of Jiang, Perng, Li, Chang 2013 ("Cloud analytics for capacity planning and instant VM provisioning": asymmetric cost, forecasters weighted by it); the quantile is that of the newsvendor; additive Holt-Winters as Winters 1960.',
    use: 'Where load has a rhythm, and users who come to a node that is off cost more than nodes that wait for users.',
  },
  options: Type.Object({
    forecaster: Type.Enum(['ensemble', ...FORECASTER_NAMES], {
      default: 'ensemble',
      expected: `"ensemble" or ${FORECASTER_NAMES.map((name) => `"${name}"`).join(', ')}`,
      description: 'By which method, or by all of them, each by what its forecasts have cost.',
    }),
    beta: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.8,
      description: 'Weight of having too little; the rest is that of having too much.',
    }),
    missing: Type.Number({
      minimum: 0,
      default: 1,
      description: 'What a CPU costs that was needed and not prepared.',
    }),
    idle: Type.Number({
      minimum: 0,
      default: 1,
      description: 'What a CPU costs that was prepared and not needed.',
    }),
    window: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 24,
      description: 'Looks that moving average and AR(1) take, and whose errors and costs count.',
    }),
    season: finiteDurationOption({
      default: '24h',
      description: 'After so long the load repeats itself (Holt-Winters). At least two looks.',
    }),
    level: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.3,
      description: 'Of Holt-Winters: weight of a new value in the level.',
    }),
    trend: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.01,
      description: 'Of Holt-Winters: weight of a new value in the trend.',
    }),
    seasonal: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.3,
      description: 'Of Holt-Winters: weight of a new value in what repeats itself.',
    }),
  }),
  memory: (): Seen => ({ needed: [], foreseen: null, costs: [], errors: [] }),
  create: ({ beta, forecaster, idle, level, missing, season, seasonal, trend, window }) => {
    const prices: PreparationPrices = { beta, missing, idle };
    const names = forecaster === 'ensemble' ? FORECASTER_NAMES : [forecaster];
    return {
      keepOn({ everyMs, nodes }, { memory }) {
        const settings: ForecastSettings = {
          window,
          season: Math.max(2, Math.round(durationMs(season) / everyMs)),
          level,
          trend,
          seasonal,
        };
        const now = cpusInUse(nodes);
        learn(memory, now, prices, window);
        memory.needed = [...memory.needed, now].slice(-Math.max(window, 3 * settings.season));
        const each = names.map((name) => FORECASTERS[name](memory.needed, settings));
        const whole = weighted(each, memory.costs);
        memory.foreseen = { each, whole };
        const margin = memory.errors.length === 0 ? 0 : quantileOf(memory.errors, bestQuantile(prices));
        return enoughFor(whole + margin, byReadiness(nodes));
      },
    };
  },
});

/** How did the last forecasts do? */
function learn(seen: Seen, needed: number, prices: PreparationPrices, window: number): void {
  if (seen.foreseen === null) return;
  const { each, whole } = seen.foreseen;
  seen.costs = each.map((foreseen, index) =>
    [...(seen.costs[index] ?? []), preparationCost(needed, foreseen, prices)].slice(-window),
  );
  seen.errors = [...seen.errors, needed - whole].slice(-window);
}

/** The forecasts together, each the more the less its forecasts have cost; alike until that is known. */
function weighted(forecasts: readonly number[], costs: readonly (readonly number[])[]): number {
  // Nobody who has made no mistake yet is everything.
  const SMALL = 1e-3;
  let [sum, weights] = [0, 0];
  for (const [index, forecast] of forecasts.entries()) {
    const past = costs[index] ?? [];
    const mean = past.length === 0 ? 0 : past.reduce((a, b) => a + b, 0) / past.length;
    const weight = 1 / (mean + SMALL);
    sum += weight * forecast;
    weights += weight;
  }
  return sum / weights;
}

/** The first of the nodes that have so many CPUs together. */
function enoughFor(cpus: number, nodes: readonly SwitchedNodeView[]): SwitchedNodeView[] {
  const kept: SwitchedNodeView[] = [];
  let has = 0;
  for (const node of nodes) {
    if (has >= cpus - 1e-9) break;
    kept.push(node);
    has += cpusOf(node);
  }
  return kept;
}
