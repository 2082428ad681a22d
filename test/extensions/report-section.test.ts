// The extension drill of reports: a metric and its section are one file of their own and one line in each catalogue, and nothing else.
// The file is the one that docs/reports.md shows.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { METRICS } from '../../reports/metrics/catalogue.ts';
import { RunReport } from '../../reports/run-report.ts';
import { SECTIONS } from '../../reports/sections/catalogue.ts';
import { renderComparison } from '../../reports/terminal/comparison-table.ts';
import { renderTerminalSummary } from '../../reports/terminal/terminal-summary.ts';
import { EventStream, proposal } from '../reports/event-stream.ts';
import { EXAMPLE_OUTCOME, EXAMPLE_RUN, EXAMPLE_YAML } from '../reports/example-run.ts';
import { startUp, startUpSection } from './report-section/start-up.ts';

const FIXTURE = 'test/extensions/report-section';

// What stands in docs/reports.md as the lines to be added.
const metrics = [...METRICS, startUp];
const sections = [...SECTIONS, startUpSection];

/** Windows open at 2 and at 4 o'clock; machines run a quarter of an hour and three quarters later. */
function stream(): EventStream {
  const events = new EventStream().node('n1');
  for (const [id, start, wait] of [
    ['r1', 2, 0.25],
    ['r2', 4, 0.75],
  ] as const) {
    const agreed = proposal(start, 2);
    const pieces = [{ nodeId: 'n1', instances: 1 }];
    events
      .asked(start, id, agreed)
      .accepted(start, id)
      .confirmed(start, id, agreed)
      .opened(start, id, agreed, pieces)
      .activated(start, id)
      .vm(start + wait, id, { from: 'HALTED', to: 'RUNNING' })
      .vm(start + 2, id, { from: 'RUNNING', to: 'DELETED' })
      .closed(start + 2, id, agreed, pieces)
      .ended(start + 2, id, 'EXPIRED', 'window-over');
  }
  return events.finished(7);
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'openpex-drill-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('one file and a line in each catalogue put a figure into summary.json, report.html and the terminal', async () => {
  const directory = join(folder, 'run');
  const output = { directory, scenarioYaml: EXAMPLE_YAML };
  const { summary } = await RunReport.open({ run: EXAMPLE_RUN, output, metrics, sections }).follow(
    async (record) => {
      for (const event of stream().events) record(event);
      return EXAMPLE_OUTCOME;
    },
  );

  // A quarter of an hour and three; quantiles are up to 0.2 % off.
  const written = JSON.parse(readFileSync(join(directory, 'summary.json'), 'utf8'));
  expect(written.firstMachineMs).toEqual({ mean: 1_800_000, p50: 900_096, p95: 2_699_264 });
  // After the figures of the catalogue, and before what the run took.
  const keys = Object.keys(written);
  expect(keys.slice(keys.indexOf('energyKwh'))).toEqual([
    'energyKwh',
    'migrationEnergyKwh',
    'firstMachineMs',
    'userAcceptanceRatio',
    ...['virtualMs', 'events', 'wallMs', 'eventsPerSecond', 'peakRssMib'],
  ]);

  const page = readFileSync(join(directory, 'report.html'), 'utf8');
  expect(page).toContain('<a href="#start-up">Start-up</a></nav>');
  expect(page).toContain(
    '<section id="start-up"><h2>Start-up</h2>\n<p>In 2 windows a machine ran, after 30 min on average and 44 min 59 s in 95 % of them.</p></section>',
  );
  expect(page).toContain('<div><dt>Start-up</dt><dd><span class="big">15 min</span>');
  expect(page).toContain('<div><dt>Start-up</dt><dd>from the opening of a window');

  expect(renderTerminalSummary(summary, { colour: false, sections })).toContain(
    '\nStart-up\n  First machine  30 min  on average\n',
  );
  expect(renderComparison([{ title: 'a run', summary }], sections)).toMatch(/\nStart-up, mean +30 min\n$/);
});

test('the fixture is one file, and the one in docs/reports.md', () => {
  expect(readdirSync(FIXTURE)).toEqual(['start-up.ts']);
  const page = readFileSync('docs/reports.md', 'utf8');
  const part = page.slice(page.indexOf('## Add a metric or a section'));
  const [, path, code] = /`(reports\/sections\/[\w-]+\.ts)`.*?```ts\n(.*?)```/s.exec(part)!;
  // The page has it where it would belong.
  const moved = code!.replace(/(?<=from ')\.[^']*/g, (target) => {
    const place = posix.join(dirname(path!), target);
    return posix.relative(FIXTURE, place);
  });
  expect(moved).toBe(readFileSync(join(FIXTURE, 'start-up.ts'), 'utf8'));
  for (const [catalogue, line] of [
    ['reports/metrics/catalogue.ts', 'startUp,'],
    ['reports/sections/catalogue.ts', 'startUpSection,'],
  ]) {
    expect(part).toContain(`| \`${catalogue}\` | \`${line}\` |`);
  }
});
