// Where two recorded runs part: the first event that is not the same in both, and of chosen reservations the first that is theirs.
import type { DomainEvent } from '../../engine/index.ts';
import type { RunFolder } from './run-folder.ts';

export interface Parting {
  /** Events that both runs have before, from the beginning. */
  readonly after: number;
  /** Null: the run is over. */
  readonly a: DomainEvent | null;
  readonly b: DomainEvent | null;
  /** Of the reservation that it is about, where it is known. */
  readonly requestId: string | null;
}

/** Null: both have the same events. @throws InputError PEX_FILE_UNREADABLE */
export async function firstParting(a: RunFolder, b: RunFolder): Promise<Parting | null> {
  const [one, other] = [a.events(), b.events()];
  const requests = new Map<string, string>();
  try {
    for (let after = 0; ; after += 1) {
      const [x, y] = [(await one.next()).value ?? null, (await other.next()).value ?? null];
      if (x === null && y === null) return null;
      for (const event of [x, y]) {
        if (event?.type === 'reservation-initiated' && event.origin !== null) {
          requests.set(nameOf(event.provider, event.reservationId), event.origin.requestId);
        }
        if (event?.type === 'reservation-ended' && isSame(x, y)) {
          requests.delete(nameOf(event.provider, event.reservationId));
        }
      }
      if (isSame(x, y)) continue;
      const about = [x, y].find((event) => event !== null && 'reservationId' in event);
      const requestId =
        about != null && 'reservationId' in about
          ? (requests.get(nameOf(about.provider, about.reservationId)) ?? null)
          : null;
      // Only a log that is read to its end is known to be that of its run.
      for (const rest of [one, other]) for await (const _event of rest);
      return { after, a: x, b: y, requestId };
    }
  } finally {
    await one.return(undefined);
    await other.return(undefined);
  }
}

/**
 * The events of some requests, each list in order. Memory grows with them only.
 * @throws InputError PEX_FILE_UNREADABLE
 */
export async function eventsOfRequests(
  run: RunFolder,
  requestIds: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly DomainEvent[]>> {
  const found = new Map<string, DomainEvent[]>();
  const requests = new Map<string, string>();
  for await (const event of run.events()) {
    if (!('reservationId' in event)) continue;
    const name = nameOf(event.provider, event.reservationId);
    if (event.type === 'reservation-initiated' && requestIds.has(event.origin?.requestId ?? '')) {
      requests.set(name, event.origin!.requestId);
    }
    const requestId = requests.get(name);
    if (requestId === undefined) continue;
    const list = found.get(requestId);
    if (list === undefined) found.set(requestId, [event]);
    else list.push(event);
  }
  return found;
}

/** The first pair that is not the same, whatever their numbers in their streams are; null: there is none. */
export function firstDifferent(
  a: readonly DomainEvent[],
  b: readonly DomainEvent[],
): readonly [DomainEvent | null, DomainEvent | null] | null {
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [x, y] = [a[index] ?? null, b[index] ?? null];
    if (!isSame(x, y)) return [x, y];
  }
  return null;
}

/** Which version decided is no decision; neither is how ids are counted on. */
const NO_DECISION: readonly string[] = ['seq', 'engine', 'reservationId', 'vmId'];

function isSame(a: DomainEvent | null, b: DomainEvent | null): boolean {
  if (a === null || b === null) return a === b;
  return contentOf(a) === contentOf(b);
}

/** What an event says, for comparing and for showing. */
export function contentOf(event: DomainEvent): string {
  return JSON.stringify(event, (key, value) => (NO_DECISION.includes(key) ? undefined : value));
}

function nameOf(provider: string, reservationId: string): string {
  return JSON.stringify([provider, reservationId]);
}
