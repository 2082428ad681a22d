import { expect, test } from 'vitest';
import { InvariantError } from '../../../engine/index.ts';
import { METRICS } from '../../../reports/metrics/catalogue.ts';
import { energy } from '../../../reports/metrics/energy.ts';
import { renderReport } from '../../../reports/page/report-page.ts';
import { RunMetrics } from '../../../reports/run-metrics.ts';
import { SECTIONS } from '../../../reports/sections/catalogue.ts';
import { section } from '../../../reports/sections/section.ts';
import { summarise } from '../../../reports/summary.ts';
import { EXAMPLE_OUTCOME, EXAMPLE_RUN, exampleRun } from '../example-run.ts';
import { measure } from '../measure.ts';

const START = { startMs: 0, measuredFromMs: 0 };

test('metrics that share a name, or come before those that they read, are refused', () => {
  const twice = [...METRICS, { ...energy }];
  expect(() => new RunMetrics(START, { metrics: twice })).toThrow(InvariantError);
  expect(() => new RunMetrics(START, { metrics: [energy] })).toThrow(InvariantError);
});

test('two metrics cannot add the same key to summary.json', () => {
  const run = { run: EXAMPLE_RUN, outcome: EXAMPLE_OUTCOME, figures: measure(exampleRun()).figures };
  expect(() => summarise(run, [...METRICS, energy])).toThrow(InvariantError);
});

test('a section cannot read what was not measured', () => {
  const unmeasured = section({
    id: 'x',
    title: 'X',
    reads: [{ ...energy, name: 'unmeasured' }],
    html: () => {
      throw new Error('not drawn');
    },
  });
  const model = { run: EXAMPLE_RUN, outcome: EXAMPLE_OUTCOME, figures: measure(exampleRun()).figures };
  expect(() => renderReport(model, [...SECTIONS, unmeasured])).toThrow(InvariantError);
});

test('streams are measured side by side without knowing of each other', () => {
  const { events } = exampleRun();
  const alone = measure(exampleRun(), { warmUpHours: 1 }).figures;
  const start = { startMs: EXAMPLE_RUN.startMs, measuredFromMs: EXAMPLE_RUN.warmUpEndMs };
  const [one, other] = [new RunMetrics(start), new RunMetrics(start)];
  for (const event of events) {
    one.record(event);
    if (event.type !== 'reservation-ended') other.record(event);
  }
  const endMs = events.at(-1)!.atMs;
  expect(other.finish(endMs)).not.toEqual(alone);
  expect(one.finish(endMs)).toEqual(alone);
});
