// Every figure says over what it is counted, and is counted so.
import { beforeAll, describe, expect, test } from 'vitest';
import { type DomainEvent, simulate } from '../../../engine/index.ts';
import { METRICS } from '../../../reports/metrics/catalogue.ts';
import { WINDOWS } from '../../../reports/metrics/metric.ts';
import { SECTIONS } from '../../../reports/sections/catalogue.ts';
import { type Summary, summarise, summaryFields, WALL_CLOCK_FIELDS } from '../../../reports/summary.ts';
import { HOUR } from '../../support/setup.ts';
import { checkedWorlds } from '../checker/worlds.ts';
import { EXAMPLE_OUTCOME, EXAMPLE_RUN } from '../example-run.ts';
import { measureEvents } from '../measure.ts';

const keysOver = (window: string) =>
  summaryFields().flatMap(([key, { over }]) => (over === window ? [key] : []));

test('every figure names its window', () => {
  const windows = summaryFields().map(([key, { over }]) => [key, WINDOWS.includes(over)]);
  expect(windows.filter(([, known]) => !known)).toEqual([]);
  expect(METRICS.map(({ over }) => WINDOWS.includes(over))).not.toContain(false);
  for (const window of WINDOWS) expect(keysOver(window).length).toBeGreaterThan(5);
});

test('every figure among the definitions of the page names its window', () => {
  const words = ['Measured time', 'Request', 'Confirmed as asked', 'Countered', 'No-show'];
  const figures = SECTIONS.flatMap(({ terms }) => terms ?? []).filter(([term]) => !words.includes(term));
  expect(figures.length).toBeGreaterThan(10);
  expect(figures.filter(([, meaning]) => !meaning.includes('measured time'))).toEqual([]);
});

describe('of a run with a warm-up', () => {
  const warmUpMs = 8 * HOUR;
  let events: DomainEvent[];
  let endMs: number;
  const summaryOf = (stream: readonly DomainEvent[], measuredFromMs = warmUpMs): Summary => {
    const { figures } = measureEvents(stream, { startMs: 0, measuredFromMs, endMs });
    return summarise({ run: EXAMPLE_RUN, outcome: EXAMPLE_OUTCOME, figures });
  };
  const differing = (a: Summary, b: Summary) =>
    summaryFields()
      .map(([key]) => key)
      .filter((key) => JSON.stringify(Reflect.get(a, key)) !== JSON.stringify(Reflect.get(b, key)));

  beforeAll(async () => {
    events = [];
    const { world } = checkedWorlds(3)[0]!;
    await simulate(world, { onEvent: (event) => events.push(event) });
    endMs = events.at(-1)!.atMs;
  });

  test('what is by request knows nothing of requests of the warm-up', () => {
    const early = new Set(
      events.flatMap((event) =>
        event.type === 'proposal-received' && event.atMs < warmUpMs ? [event.reservationId] : [],
      ),
    );
    const others = events.filter((event) => !('reservationId' in event && early.has(event.reservationId)));
    const changed = differing(summaryOf(events), summaryOf(others));
    expect(changed.filter((key) => keysOver('by request').includes(key))).toEqual([]);
    // Their windows were still open: utilisation and the like did change.
    expect(changed).toEqual(
      expect.arrayContaining(['warmUpRequests', 'utilisation', 'availability', 'offeredLoad']),
    );
  });

  test('what is by instant adds up over two parts of the run, whoever asked', () => {
    const sums = keysOver('by instant').filter((key) => {
      const unit = summaryFields().find(([name]) => name === key)![1].unit;
      // A mean is no sum.
      if (key.startsWith('mean')) return false;
      return unit === undefined || unit === 'ms' || unit === 'kWh';
    });
    expect(sums.length).toBeGreaterThan(12);
    const whole = summaryOf(events, 0);
    const late = summaryOf(events, warmUpMs);
    const early = summaryOfBeginning();
    for (const key of sums) {
      const [all, first, second] = [whole, early, late].map(
        (summary) => Reflect.get(summary, key) as unknown,
      );
      if (typeof all !== 'number') continue;
      expect([key, (first as number) + (second as number)]).toEqual([key, all]);
    }
  });

  /** Up to the end of the warm-up, and not a millisecond more. */
  function summaryOfBeginning(): Summary {
    const until = events.filter(({ atMs }) => atMs < warmUpMs);
    const { figures } = measureEvents(until, { startMs: 0, measuredFromMs: 0, endMs: warmUpMs });
    return summarise({ run: EXAMPLE_RUN, outcome: EXAMPLE_OUTCOME, figures });
  }

  test('what is of the whole run does not mind where the warm-up ends', () => {
    const own = ['measuredFrom', 'warmUpRequests', ...WALL_CLOCK_FIELDS];
    const changed = differing(summaryOf(events, 0), summaryOf(events));
    expect(changed.filter((key) => keysOver('whole run').includes(key) && !own.includes(key))).toEqual([]);
  });
});
