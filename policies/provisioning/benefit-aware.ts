// Each node that nobody is on yet is an investment: it stays on, or boots, if what it is foreseen to earn is more than what it costs.
import { Type } from 'typebox';
import { provisioningPolicy } from '../../engine/for-policies.ts';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { FORECASTERS } from './forecasters.ts';
import { byReadiness, cpusInUse, cpusOf, isEmpty } from './switching.ts';

/** Earnings by cost of a reconfiguration: what is left of the gain, for each unit of cost. Infinity of what costs nothing and gains something. */
export function earningsByCost(gain: number, cost: number): number {
  if (cost === 0) return gain > 0 ? Number.POSITIVE_INFINITY : 0;
  return (gain - cost) / cost;
}

/** How much more of what may be needed there is with `more` beside `has`, on average over the cases. */
export function servedMore(cases: readonly number[], has: number, more: number): number {
  let sum = 0;
  for (const needed of cases) sum += Math.min(needed, has + more) - Math.min(needed, has);
  return sum / cases.length;
}

/** What it remembers: CPUs that VMs had at each look and by how much the forecasts were exceeded, the last one last. */
interface Seen {
  needed: number[];
  foreseen: number | null;
  errors: number[];
}

const MS_PER_HOUR = 3_600_000;

export const benefitAware = provisioningPolicy({
  name: 'benefit-aware',
  summary:
    'A node stays on or boots if the users it is foreseen to spare a wait are worth more than it costs.',
  guide: {
    rule: 'Each look counts the CPUs that VMs have and forecasts those of the next; the last `window` errors of the forecast say what else may be needed. Nodes without VMs are judged one by one, those that are on first: gain = worth x how many more CPUs would be served with it, on average over these cases; cost = rental x its CPUs x (the time to the next look, and the transition if it is off). It is on if (gain - cost) / cost is more than 0. The first that is not ends the list: what comes after it earns no more.',
    origin:
      'Balloon, benefit-aware provisioning of Wu, Zhang, Zhang, Wei, Huang 2013 (the dissertation, chapter 2): rental and transition cost, a transition of 21 to 105 s, the reconfiguration that maximises earnings by cost, and none that earns nothing. What a reconfiguration earns is written there for web applications of several tiers; here it is the waits for a boot that are spared.',
    use: 'When it is known what a wait costs and what a node does; `cpc` asks for the weight of the two instead.',
  },
  options: Type.Object({
    worth: Type.Number({
      minimum: 0,
      default: 0.1,
      description: 'What a CPU is worth that finds a node which is on, in credits.',
    }),
    rental: Type.Number({
      minimum: 0,
      default: 0.1,
      description: 'What a CPU of a node that is on costs in an hour, in credits.',
    }),
    transition: finiteDurationOption({
      default: '63s',
      description: 'So long a node that is switched on costs and serves nobody: the middle of 21 to 105 s.',
    }),
    forecaster: Type.Enum(['last-value', 'moving-average', 'ar1'], {
      default: 'ar1',
      expected: '"last-value", "moving-average" or "ar1"',
      description: 'By which method.',
    }),
    window: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 24,
      description: 'Looks that the forecast takes, and whose errors count.',
    }),
  }),
  memory: (): Seen => ({ needed: [], foreseen: null, errors: [] }),
  create: ({ forecaster, rental, transition, window, worth }) => {
    const transitionHours = durationMs(transition) / MS_PER_HOUR;
    return {
      keepOn({ everyMs, nodes }, { memory }) {
        const now = cpusInUse(nodes);
        if (memory.foreseen !== null)
          memory.errors = [...memory.errors, now - memory.foreseen].slice(-window);
        memory.needed = [...memory.needed, now].slice(-window);
        memory.foreseen = FORECASTERS[forecaster](memory.needed, { ...NO_SEASON, window });
        const { errors, foreseen } = memory;
        const cases = errors.length === 0 ? [foreseen] : errors.map((error) => foreseen + error);
        const ready = byReadiness(nodes);
        const kept = ready.filter((node) => !isEmpty(node));
        let has = kept.reduce((sum, node) => sum + cpusOf(node), 0);
        for (const node of ready.filter(isEmpty)) {
          const cpus = cpusOf(node);
          const hours = everyMs / MS_PER_HOUR + (node.power === 'off' ? transitionHours : 0);
          const gain = worth * servedMore(cases, has, cpus);
          if (earningsByCost(gain, rental * cpus * hours) <= 0) break;
          kept.push(node);
          has += cpus;
        }
        return kept;
      },
    };
  },
});

const NO_SEASON = { season: 2, level: 0, trend: 0, seasonal: 0 };
