// npm run bench -- [--check] [filter …]: measures the ratios this project promises and prints each beside its
// target. With --check a missed target makes the exit code 1. A filter is a part of a module's or a ratio's
// name.
import { parseArgs } from 'node:util';
import { calendar } from './calendar.ts';
import { eventCore } from './event-core.ts';
import { placement } from './placement.ts';
import { type BenchModule, type Measured, measureRatio } from './ratio.ts';
import { rxjsTimers } from './rxjs-timers.ts';

const modules: readonly BenchModule[] = [eventCore, rxjsTimers, calendar, placement];

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const wanted = modules.flatMap((module) =>
  module.ratios.filter(({ name }) =>
    positionals.length === 0 ? true : positionals.some((filter) => `${module.name} ${name}`.includes(filter)),
  ),
);
if (wanted.length === 0) {
  console.error(
    `no benchmark matches ${positionals.join(' ')}; there are: ${modules.map(({ name }) => name).join(', ')}`,
  );
  process.exit(2);
}

console.log(row('ratio', 'target', 'rounds', 'ours', 'baseline', ''));
let missed = 0;
for (const ratio of wanted) {
  const measured = await measureRatio(ratio);
  if (!measured.met) missed++;
  console.log(line(measured));
}
if (values.check && missed > 0) process.exitCode = 1;

function line({
  name,
  atLeast,
  ratio,
  ratioMin,
  ratioMax,
  baselineRate,
  subjectRate,
  met,
}: Measured): string {
  return row(
    `${ratio.toFixed(2)}x`,
    `${met ? 'ok' : 'MISSED'} >= ${atLeast}x`,
    `${ratioMin.toFixed(2)}-${ratioMax.toFixed(2)}`,
    perSecond(subjectRate),
    perSecond(baselineRate),
    name,
  );
}

function row(
  ratio: string,
  target: string,
  spread: string,
  subject: string,
  baseline: string,
  name: string,
): string {
  return [
    ratio.padStart(8),
    target.padStart(16),
    spread.padStart(14),
    subject.padStart(12),
    baseline.padStart(12),
    ` ${name}`,
  ].join(' ');
}

function perSecond(rate: number): string {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(2)} M/s`;
  if (rate >= 1e3) return `${(rate / 1e3).toFixed(1)} k/s`;
  return `${rate.toFixed(1)} /s`;
}
