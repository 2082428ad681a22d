// Haizea's older lease workloads: ten columns a line, times in seconds, sizes in MB, `#` before comments. A start of -1 is a
// best-effort lease, any other an advance reservation.
import { type ColumnsLine, readColumns } from './columns-text.ts';
import { type BadRowHandling, goodRows } from './good-rows.ts';
import { checkRow, type WorkloadRow } from './row.ts';

/** The leases of such a file in its order. */
export function readLwfText(handling: BadRowHandling): AsyncGenerator<WorkloadRow> {
  return goodRows(readColumns(handling.file, LAYOUT), readLease, handling);
}

const LAYOUT = {
  names: [
    'submit',
    'start',
    'duration',
    'real duration',
    'nodes',
    'cpus',
    'memory',
    'disk',
    'image',
    'image size',
  ],
  comment: '#',
  format: 'the older lease workload format',
} as const;

function readLease(lease: ColumnsLine<(typeof LAYOUT.names)[number]>): WorkloadRow {
  const start = lease.amount('start');
  // -1 says that there is none; any other number is a time, and no time is before the beginning.
  const isBestEffort = start === -1;
  if (start < 0 && !isBestEffort) {
    throw lease.problemOf('start', `${start} cannot be; expected seconds, or -1 for a best-effort lease`);
  }
  const realDuration = lease.amount('real duration');
  return checkRow(
    {
      id: `lease-${lease.ordinal}`,
      kind: isBestEffort ? 'best-effort' : 'advance',
      submitMs: toMs(lease.amount('submit')),
      startMs: isBestEffort ? undefined : toMs(start),
      durationMs: toMs(lease.amount('duration')),
      size: {
        milliCpus: Math.round(lease.amount('cpus') * 1000),
        memoryMib: lease.amount('memory'),
        diskGib: Math.ceil(lease.amount('disk') / 1024),
      },
      instances: lease.amount('nodes'),
      optional: 0,
      template: withoutQuotes(lease.text('image')),
      runTimeMs: isUnknown(realDuration) ? undefined : toMs(realDuration),
      line: lease.place.line,
    },
    lease.place,
  );
}

const isUnknown = (realDuration: number): boolean => realDuration === 0 || realDuration === -1;
const toMs = (seconds: number): number => Math.round(seconds * 1000);
const withoutQuotes = (text: string): string => text.replace(/^'(.*)'$/, '$1');
