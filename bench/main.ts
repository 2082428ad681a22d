// npm run bench -- [--check] [--short] [--long] [--against DIST] [--write] [FILTER …]: measures what this project promises of its speed and prints each figure
// beside its target. A filter is a part of a module's or a figure's name.
//   --check    exit code 1 when a target is missed
//   --short    the few that take seconds, held against bench/recorded.json: exit code 1 when one lost more than a third of what it was
//   --long     runs of a million requests as well
//   --against  another build's dist directory: scenarios that ship, and the load of a service, by both
//   --write    records what was measured in bench/recorded.json and docs/performance.md; what was not measured stays
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { calendar } from './calendar.ts';
import { decisions } from './decisions.ts';
import { eventCore } from './event-core.ts';
import { type BenchModule, type Figure, isMet, type Reading, shown, targetOf } from './figure.ts';
import { longQueue, manyMixedLeases, mixedLeases } from './mixed-leases.ts';
import { openReservations } from './open-reservations.ts';
import { placement } from './placement.ts';
import { Records } from './records.ts';
import { rxjsTimers } from './rxjs-timers.ts';
import { serviceLoad, serviceLoadAgainst } from './service-load.ts';
import { sweeps } from './sweeps.ts';
import { againstOlder, longRuns, startUp, wholeRuns } from './whole-runs.ts';

/** Of a recorded ratio: a machine that is busy with other things takes less than that. */
const LEFT_AT_LEAST = 2 / 3;
const TRIES = 3;

const { values, positionals } = readArguments();

const modules: readonly BenchModule[] = [
  placement,
  wholeRuns,
  mixedLeases,
  longQueue,
  ...(values.long ? [longRuns, manyMixedLeases] : []),
  calendar,
  decisions,
  sweeps,
  eventCore,
  rxjsTimers,
  startUp,
  serviceLoad,
  openReservations,
  ...(values.against === undefined ? [] : modulesAgainst(join(resolve(values.against), 'cli/main.js'))),
];
const wanted = modules.flatMap((module) =>
  module.figures
    .filter(({ isShort, name }) =>
      values.short && isShort !== true
        ? false
        : positionals.length === 0 || positionals.some((filter) => `${module.name} ${name}`.includes(filter)),
    )
    .map((figure) => ({ module, figure })),
);
if (wanted.length === 0) {
  const names = modules.map(({ name }) => name).join(', ');
  console.error(`no benchmark matches ${positionals.join(' ')}; there are: ${names}`);
  process.exit(2);
}

const records = Records.read();
for (const { figure, module } of wanted) {
  const least = values.short ? records.valueOf(figure.name) * LEFT_AT_LEAST : Number.NEGATIVE_INFINITY;
  const reading = await measured(figure, least);
  const { value } = reading;
  const verdict = !isMet(figure, value) ? 'MISSED' : targetOf(figure) === '' ? '' : 'ok';
  console.log(
    `${shown(value, figure.unit).padStart(10)}  ${verdict.padEnd(6)} ${targetOf(figure).padEnd(9)}  ${figure.name}  (${reading.beside})`,
  );
  if (value < least) {
    console.log(
      `            lost more than a third of the ${shown(records.valueOf(figure.name), figure.unit)} that are recorded`,
    );
    process.exitCode = 1;
  }
  if (values.check && !isMet(figure, value)) process.exitCode = 1;
  records.note(module, figure, reading);
  // After each, so that a long bench that is ended leaves what it has.
  if (values.write) records.write();
}

function modulesAgainst(main: string): BenchModule[] {
  return [againstOlder(main), serviceLoadAgainst(main)];
}

/** Anew while it is below `least`: a gross loss is there every time, a disturbance is not. */
async function measured(figure: Figure, least: number): Promise<Reading> {
  for (let left = TRIES - 1; ; left--) {
    const reading = await figure.measure();
    if (reading.value >= least || left === 0) return reading;
  }
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        check: { type: 'boolean', default: false },
        short: { type: 'boolean', default: false },
        long: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        against: { type: 'string' },
      },
      allowPositionals: true,
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(
      `${reason}\nnpm run bench -- [--check] [--short] [--long] [--against DIST] [--write] [FILTER …]`,
    );
    return process.exit(2);
  }
}
