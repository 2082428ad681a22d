// Compares a summary with the figures that were recomputed, and says what differs. Six decimals are compared as such, quantiles within
// the error that their definition allows; everything else exactly.
import { type Summary, summaryFields } from '../../../reports/summary.ts';
import { naiveFigures, type Ways } from './naive-figures.ts';
import { eventsOf, type ToldRun } from './told-run.ts';

const QUANTILE_ERROR = 1 / 512;
const QUANTILE_KEYS = new Set(['p50', 'p95']);

/** What is wrong, one line each; also keys of which the recomputation knows nothing. */
export function differences(summary: Summary, told: ToldRun, naive = naiveFigures(told)): string[] {
  const keys = summaryFields().map(([key]) => key);
  const own = Object.keys(summary).filter((key) => !['providers', 'passedOn', 'movedOn'].includes(key));
  const strange = own.filter((key) => !keys.includes(key)).map((key) => `${key} is not listed`);
  return [...strange, ...keys.flatMap((key) => differencesOf(key, Reflect.get(summary, key), naive[key]))];
}

/** The same of each provider by itself, and how many sessions went on from one to another. */
export function differencesOfProviders(
  { movedOn, passedOn, providers = {} }: Summary,
  told: ToldRun,
): string[] {
  const asked = new Set<string>();
  let again = 0;
  for (const event of eventsOf(told.events, 'reservation-initiated')) {
    const { requestId } = event.origin!;
    if (asked.has(requestId) && event.atMs >= told.run.warmUpEndMs) again += 1;
    asked.add(requestId);
  }
  const { tables: _, ...withoutTables } = told;
  return [
    ...differencesOf('passedOn', passedOn, [again]),
    // Nobody leaves a queue in the worlds that are checked.
    ...differencesOf('movedOn', movedOn, [0]),
    ...Object.entries(providers).flatMap(([name, measures]) => {
      const own = { ...withoutTables, events: told.events.filter(({ provider }) => provider === name) };
      const naive = naiveFigures(own);
      return Object.entries(measures)
        .flatMap(([key, value]) => differencesOf(key, value, naive[key]))
        .map((line) => `${name}: ${line}`);
    }),
  ];
}

export function differencesOf(key: string, told: unknown, ways: Ways | undefined): string[] {
  if (ways === undefined || ways.length === 0) return [`${key} has no naive definition`];
  return ways
    .filter((naive) => !agree(told, naive, key))
    .map((naive) => `${key}: told ${JSON.stringify(told)}, recomputed ${JSON.stringify(naive)}`);
}

function agree(told: unknown, naive: unknown, key: string): boolean {
  if (naive instanceof Date) return Date.parse(String(told)) === naive.getTime();
  if (typeof told === 'object' && told !== null && typeof naive === 'object' && naive !== null) {
    const names = new Set([...Object.keys(told), ...Object.keys(naive)]);
    const isQuantile = (name: string) => QUANTILE_KEYS.has(name) || key === 'utilisationP95';
    // What did not happen may be counted as 0 or be left out.
    return [...names].every((name) =>
      agree(
        Reflect.get(told, name) ?? absent(naive, name),
        Reflect.get(naive, name) ?? absent(told, name),
        isQuantile(name) ? 'utilisationP95' : name,
      ),
    );
  }
  if (typeof told !== 'number' || typeof naive !== 'number') return told === naive;
  if (Number.isInteger(told) && Number.isInteger(naive) && key !== 'utilisationP95') return told === naive;
  const allowed = key === 'utilisationP95' ? QUANTILE_ERROR * Math.abs(naive) + 1 : 0;
  const rounding = 0.5e-6 + 1e-9 * Math.abs(naive);
  if (key === 'utilisationP95' && Math.abs(naive) <= 1)
    return Math.abs(told - naive) <= QUANTILE_ERROR * Math.abs(naive) + rounding;
  return Math.abs(told - naive) <= Math.max(allowed, rounding);
}

function absent(other: object, name: string): unknown {
  const value: unknown = Reflect.get(other, name);
  return typeof value === 'number' ? 0 : null;
}
