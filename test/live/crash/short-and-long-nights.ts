// A program, to be run with TZ set: reservations over the nights in which Europe changes its clocks, in a daemon whose time is moved
// through them. Prints when their windows opened and ended, in UTC.
import { StoppedTime, startTestDaemon } from '../../support/daemon.ts';
import { HOUR } from '../../support/setup.ts';

export interface Night {
  /** As the start was written in the request. */
  readonly asked: string;
  readonly opened: string;
  readonly ended: string;
}

const NIGHTS = [
  {
    evening: '2026-03-28T22:00:00Z',
    starts: ['Sun, 29 Mar 2026 00:30:00 GMT', '2026-03-29T03:30:00+02:00'],
  },
  {
    evening: '2026-10-24T22:00:00Z',
    starts: ['Sun, 25 Oct 2026 00:30:00 GMT', '2026-10-25T02:30:00+02:00', '2026-10-25T02:30:00+01:00'],
  },
];

async function live({ evening, starts }: (typeof NIGHTS)[number]): Promise<Night[]> {
  const eveningMs = Date.parse(evening);
  const host = new StoppedTime(eveningMs);
  const daemon = await startTestDaemon({ host });
  const times = new Map<string, Record<string, string>>();
  daemon.service.events$.subscribe(({ event }) => {
    if (!('reservationId' in event)) return;
    const known = times.get(event.reservationId) ?? {};
    times.set(event.reservationId, {
      ...known,
      [event.type]: new Date(event.atMs).toISOString().slice(11, 19),
    });
  });
  const asked: [string, string][] = [];
  for (const startTime of starts) {
    const terms = { type: 'SMALL', duration: 2 * HOUR, numInstancesFixed: 1, startTime };
    const { body } = await daemon.call('operator', 'POST', '/reservations', terms);
    await daemon.call('operator', 'PUT', `/reservations/${body.proposal.id}`, { reply: 'CONFIRM' });
    asked.push([startTime, body.proposal.id]);
  }
  await host.moveTo(eveningMs + 10 * HOUR, async () => {
    await daemon.service.commandInstance('none', 'stop');
  });
  await daemon.stop();
  return asked.map(([start, id]) => ({
    asked: start,
    opened: times.get(id)?.['window-opened'] ?? 'never',
    ended: times.get(id)?.['reservation-ended'] ?? 'never',
  }));
}

/** From one midnight to the next, by the clocks of the zone. */
function hoursOfDay(year: number, month: number, day: number): number {
  return (new Date(year, month, day + 1).getTime() - new Date(year, month, day).getTime()) / HOUR;
}

const nights: Night[] = [];
for (const night of NIGHTS) nights.push(...(await live(night)));
const hours = [hoursOfDay(2026, 2, 29), hoursOfDay(2026, 9, 25)];
process.stdout.write(JSON.stringify({ hours, nights }));
