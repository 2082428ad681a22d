// A log whose first request comes long after the start of the scenario: read as it is written, but hardly meant so. What to do about it depends
// on how its times are written: dates want another start, numbers want to be moved.
import { formatInstant } from '../../engine/index.ts';
import { durationMs } from '../../written/duration.ts';
import { formatDuration } from '../../written/time-text.ts';
import type { WorkloadRow } from './row.ts';

const DAY_MS = 86_400_000;
const LONG_MS = 90 * DAY_MS;
/** Seconds that are more likely Unix times than anything else: from 1990 to 2100. */
const UNIX_TIMES_MS = { from: 7300 * DAY_MS, until: 47_482 * DAY_MS } as const;

interface LateStartContext {
  readonly file: string;
  /** As the workload says it. */
  readonly timeShift: string;
  /** Of the scenario. */
  readonly startMs: number;
}

/** @param first the first row of a workload, shaped; undefined when it comes within three months */
export function lateStartHint(
  { isDated, submitMs }: WorkloadRow,
  { file, timeShift, startMs }: LateStartContext,
): string | undefined {
  if (submitMs < LONG_MS) return undefined;
  const idle = formatDuration(Math.floor(submitMs / DAY_MS) * DAY_MS);
  const late = `${file}: the first request comes ${idle} after the start of the scenario`;
  if (isDated === true) {
    const date = formatInstant(startMs + submitMs).slice(0, 10);
    return `${late}; if its dates are meant as they are, set start: ${date}`;
  }
  const before = timeShift.startsWith('-') ? -durationMs(timeShift.slice(1)) : durationMs(timeShift);
  const shift = `timeShift: "${formatDuration(before - submitMs)}"`;
  const isUnix = before === 0 && submitMs >= UNIX_TIMES_MS.from && submitMs < UNIX_TIMES_MS.until;
  if (!isUnix) return `${late}; to begin with it, set ${shift}`;
  const start = formatInstant(submitMs);
  return `${late}; its times look like Unix times: set ${shift}, and start: ${start} to keep its dates`;
}
