// Every figure of summary.json is recomputed from the tables and the event stream, in a way that shares nothing with reports/.
import { beforeAll, describe, expect, test } from 'vitest';
import { type Summary, summaryFields } from '../../../reports/summary.ts';
import { differences, differencesOf, differencesOfProviders } from './check-summary.ts';
import { commandedService, untold } from './commanded-service.ts';
import { naiveFigures } from './naive-figures.ts';
import { differencesOfOffers } from './naive-market.ts';
import { type ToldRun, toldRun, toldService } from './told-run.ts';
import { checkedWorlds } from './worlds.ts';

interface Checked {
  readonly told: ToldRun;
  readonly summary: Summary;
  readonly naive: ReturnType<typeof naiveFigures>;
}

const worlds = checkedWorlds();
const SERVICE = 'a service whose users command their instances';
const checked = new Map<string, Checked>();

beforeAll(async () => {
  for (const { name, warmUpMs, world } of worlds) {
    const { summary, told } = await toldRun(world, warmUpMs);
    checked.set(name, { summary, told, naive: naiveFigures(told) });
  }
  const { events } = commandedService();
  const { summary, told } = toldService(untold(events), 0, 0);
  checked.set(SERVICE, { summary, told, naive: naiveFigures(told) });
});

describe('every figure of summary.json is what the tables and the events say', () => {
  test.each([...worlds.map(({ name }) => name), SERVICE])('%s', (name) => {
    const { naive, summary, told } = checked.get(name)!;
    expect(differences(summary, told, naive)).toEqual([]);
    if (told.tables !== undefined)
      expect(differencesOfOffers(told.tables.offers, told.tables.negotiations)).toEqual([]);
    if (told.run.severalProviders === true) expect(differencesOfProviders(summary, told)).toEqual([]);
  });
});

/** The numbers of a figure, each with what they are called. */
function leavesOf(value: unknown, path: string): Array<readonly [path: string, value: unknown]> {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, part]) => leavesOf(part, `${path}.${name}`));
}

test('the worlds have something of everything, so that no definition goes unchecked', () => {
  const seen = new Set(
    [...checked.values()].flatMap(({ summary }) =>
      leavesOf(summary, '').flatMap(([path, value]) => (value === 0 || value === null ? [] : [path])),
    ),
  );
  const all = [...checked.values()].flatMap(({ summary }) =>
    summaryFields().flatMap(([key]) => leavesOf(Reflect.get(summary, key), `.${key}`).map(([path]) => path)),
  );
  // One reason and one buyer stand for the others; what providers sell on has a witness of its own (outsourcing.prop.test.ts); guests tell no load of memory and disk; the books are right; most that are forecast begin at once.
  const alike =
    /^\.(rejectionsByReason|refusedMessages)\.|\.(memory|disk)\.busy$|^\.byBuyer\.(?!bargainer)|^\.(outsourced|cpuHoursOutsourced|transferPrices|resaleMargin|resold|ledgerTransfers.*|ledgerBreaches)$|^\.startForecastWidthMs\.p50$/;
  expect([...new Set(all)].filter((path) => !seen.has(path) && !alike.test(path))).toEqual([]);
});

/** A little more than it is: no less than what the figure's decimals can tell. */
function nudged(value: unknown, path: string): unknown {
  if (typeof value === 'string')
    return path === '.start' || path.startsWith('.measured') ? '2000-01-01T00:00:00Z' : `${value}!`;
  if (typeof value !== 'number') return 1;
  if (path.includes('.utilisationP95')) return value * 1.01 + 0.001;
  if (/\.p\d+$/.test(path)) return value * 1.01 + 2;
  return Number.isInteger(value) ? value + 1 : value + 2e-6;
}

function withLeaf(value: unknown, names: readonly string[], leaf: unknown): unknown {
  const [name, ...rest] = names;
  if (name === undefined) return leaf;
  return { ...(value as object), [name]: withLeaf(Reflect.get(value as object, name), rest, leaf) };
}

test('a figure that is a little off is found, whichever it is', () => {
  for (const { naive, summary } of checked.values()) {
    const overlooked = summaryFields().flatMap(([key]) =>
      leavesOf(Reflect.get(summary, key), `.${key}`).filter(([path, value]) => {
        const wrong = withLeaf(summary, path.slice(1).split('.'), nudged(value, path));
        return differencesOf(key, Reflect.get(wrong as object, key), naive[key]).length === 0;
      }),
    );
    expect(overlooked).toEqual([]);
  }
});
