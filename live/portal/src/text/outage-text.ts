// An outage of a node in words. Pure; times are in the zone of the browser unless one is given.
import type { Outage } from '../../../wire/cluster.ts';
import { formatMoment, formatWindow } from './time.ts';

type Told = Pick<Outage, 'cause' | 'startTimeMs' | 'endTimeMs'>;

/** "Drained since Mon, 23 Nov, 14:30, expected back Mon, 23 Nov, 16:00". */
export function outageText({ cause, endTimeMs, startTimeMs }: Told, nowMs: number, zone?: string): string {
  if (cause === 'maintenance' && endTimeMs !== null) {
    const when = formatWindow(startTimeMs, endTimeMs, zone);
    return startTimeMs > nowMs ? `Maintenance planned: ${when}` : `Maintenance: ${when}`;
  }
  const since = `${cause === 'lost' ? 'Lost' : 'Drained'} since ${formatMoment(startTimeMs, zone)}`;
  if (endTimeMs === null) return `${since}, back at no known time`;
  // Of a lost node nobody knows; the service assumes how long a repair takes.
  const expected = cause === 'lost' ? 'taken to be back' : 'expected back';
  return `${since}, ${expected} ${formatMoment(endTimeMs, zone)}`;
}
