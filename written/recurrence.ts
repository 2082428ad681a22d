// A window that comes again: every so many days at the same time of the clock, in a zone. Days that are an hour shorter or longer keep that time.
// A time that the clock skips is as much later as the clock is put forward, one that it shows twice is the first of the two, as in iCalendar
// (RFC 5545, section 3.3.10).

const DAY_MS = 86_400_000;

export interface Recurrence {
  /** The first. */
  readonly startMs: number;
  /** At least 1. */
  readonly everyDays: number;
  /** At least 1; absent: as many as begin before `untilMs`. */
  readonly times?: number;
  /** None begins then or later; absent: `times` says how many there are. One of the two must be there. */
  readonly untilMs?: number;
  /** By IANA's name: "Europe/Berlin". */
  readonly zone: string;
}

/**
 * When each begins, in order.
 * @param most no more are made, whatever the rule says
 */
export function occurrencesOf(rule: Recurrence, most: number): readonly number[] {
  const { everyDays, startMs, times = Number.POSITIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY } = rule;
  const clock = new ZoneClock(rule.zone);
  const firstWallMs = clock.wallMs(startMs);
  const starts: number[] = [];
  while (starts.length < Math.min(times, most)) {
    const wallMs = firstWallMs + starts.length * everyDays * DAY_MS;
    // The first is given: of a time that the clock shows twice it may be the second.
    const atMs = starts.length === 0 ? startMs : clock.instantOf(wallMs);
    if (atMs >= untilMs) break;
    starts.push(atMs);
  }
  return starts;
}

/** What the clock on the wall shows, as if it were UTC. */
export class ZoneClock {
  readonly #format: Intl.DateTimeFormat;

  /** @throws RangeError where there is no zone of that name */
  constructor(zone: string) {
    const two = '2-digit';
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
  }

  wallMs(atMs: number): number {
    const parts = new Map(this.#format.formatToParts(atMs).map(({ type, value }) => [type, value]));
    const [year, month, day, hour, minute, second] = (
      ['year', 'month', 'day', 'hour', 'minute', 'second'] as const
    ).map((part) => Number(parts.get(part)));
    return Date.UTC(year!, month! - 1, day, hour, minute, second) + (((atMs % 1000) + 1000) % 1000);
  }

  /** The first instant at which it shows that; where it skips that, as much later as it is put forward. */
  instantOf(wallMs: number): number {
    // No zone is a day away from UTC, and none puts its clock twice within two days.
    const before = this.#offsetAt(wallMs - DAY_MS);
    const after = this.#offsetAt(wallMs + DAY_MS);
    const shown = [wallMs - before, wallMs - after].filter((atMs) => this.wallMs(atMs) === wallMs);
    return shown.length === 0 ? wallMs - before : Math.min(...shown);
  }

  #offsetAt(atMs: number): number {
    return this.wallMs(atMs) - atMs;
  }
}
