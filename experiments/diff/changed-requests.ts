// The requests that two runs answered differently: from the tables that every run leaves, matched by the ids of the requests.
import type { RunFolder } from './run-folder.ts';

/** What became of a request. */
export interface Fortune {
  /** How its negotiation ended. */
  readonly outcome: string;
  /** Why it was not accepted; empty: it was, or nobody said. */
  readonly reason: string;
  /** What became of the reservation; empty without one. */
  readonly fate: string;
  /** Why that ended. */
  readonly fateReason: string;
  readonly reservationId: string;
  readonly terms: Terms;
}

/** What was agreed to, as the tables have it; empty: nothing. */
export interface Terms {
  readonly start: string;
  readonly duration: string;
  readonly instances: string;
  readonly price: string;
  readonly nodes: string;
}

export interface ChangedRequest {
  readonly requestId: string;
  readonly userId: string;
  readonly submitted: string;
  /** Null: the run does not have the request. */
  readonly a: Fortune | null;
  readonly b: Fortune | null;
}

export interface RequestChanges {
  readonly requests: number;
  /** Other outcome, reason or fate; in the order in which they were submitted. */
  readonly changed: readonly ChangedRequest[];
  /** The same fortune on other terms: how many, by what differs. */
  readonly otherTerms: Readonly<Record<keyof Terms, number>>;
}

interface Request {
  readonly userId: string;
  readonly submitted: string;
  readonly fortune: Fortune;
}

/** Memory grows with the requests of both runs. @throws InputError PEX_FILE_UNREADABLE */
export async function changedRequests(a: RunFolder, b: RunFolder): Promise<RequestChanges> {
  const [before, after] = [await requestsOf(a), await requestsOf(b)];
  const otherTerms = { start: 0, duration: 0, instances: 0, price: 0, nodes: 0 };
  const changed: ChangedRequest[] = [];
  const ids = new Set([...before.keys(), ...after.keys()]);
  for (const requestId of ids) {
    const [one, other] = [before.get(requestId), after.get(requestId)];
    const { submitted, userId } = (one ?? other)!;
    if (one !== undefined && other !== undefined && isSameFortune(one.fortune, other.fortune)) {
      for (const term of Object.keys(otherTerms) as (keyof Terms)[]) {
        if (one.fortune.terms[term] !== other.fortune.terms[term]) otherTerms[term] += 1;
      }
      continue;
    }
    changed.push({ requestId, userId, submitted, a: one?.fortune ?? null, b: other?.fortune ?? null });
  }
  changed.sort((x, y) => (x.submitted < y.submitted ? -1 : x.submitted > y.submitted ? 1 : 0));
  return { requests: ids.size, changed, otherTerms };
}

async function requestsOf(run: RunFolder): Promise<Map<string, Request>> {
  const reservations = new Map<string, { fate: string; fateReason: string; nodes: string }>();
  for await (const row of run.rows('reservations.csv')) {
    const nodes = (row['nodes'] ?? '').split(' ').sort().join(' ');
    reservations.set(row['reservation_id']!, {
      fate: row['fate'] ?? '',
      fateReason: row['reason'] ?? '',
      nodes,
    });
  }
  const requests = new Map<string, Request>();
  for await (const row of run.rows('negotiations.csv')) {
    const reservationId = row['reservation_id']!;
    const { fate = '', fateReason = '', nodes = '' } = reservations.get(reservationId) ?? {};
    const terms: Terms = {
      start: row['agreed_start'] ?? '',
      duration: row['agreed_duration_s'] ?? '',
      instances: row['agreed_instances'] ?? '',
      price: row['agreed_price_credits'] ?? '',
      nodes,
    };
    const fortune = {
      outcome: row['outcome']!,
      reason: row['reason'] ?? '',
      fate,
      fateReason,
      reservationId,
      terms,
    };
    // A user who was sent away by one provider goes on to the next: what became of the request is what became of it there.
    const id = row['request_id'] || `reservation ${reservationId}`;
    const submitted = requests.get(id)?.submitted ?? row['submitted']!;
    requests.set(id, { userId: row['user'] ?? '', submitted, fortune });
  }
  return requests;
}

function isSameFortune(a: Fortune, b: Fortune): boolean {
  return (
    a.outcome === b.outcome && a.reason === b.reason && a.fate === b.fate && a.fateReason === b.fateReason
  );
}
