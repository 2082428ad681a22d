// Who gets accepted: outcomes of requests by how long ahead they were made, how large they are and of what kind.
import { REQUEST_KINDS } from '../../engine/index.ts';
import type { NegotiationRecord } from '../facts/session-records.ts';
import { type Meter, metric } from './metric.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Each bin holds what is above the limit of the one before, up to its own. */
const LEAD_TIMES = [
  { label: 'at once', upTo: 0 },
  { label: '≤ 1 h', upTo: HOUR_MS },
  { label: '≤ 6 h', upTo: 6 * HOUR_MS },
  { label: '≤ 1 d', upTo: DAY_MS },
  { label: '≤ 3 d', upTo: 3 * DAY_MS },
  { label: '≤ 7 d', upTo: 7 * DAY_MS },
  { label: '> 7 d', upTo: Number.POSITIVE_INFINITY },
];
const CPUS = [
  { label: '≤ 1', upTo: 1 },
  { label: '2', upTo: 2 },
  { label: '3–4', upTo: 4 },
  { label: '5–8', upTo: 8 },
  { label: '9–16', upTo: 16 },
  { label: '17–32', upTo: 32 },
  { label: '33–64', upTo: 64 },
  { label: '65–128', upTo: 128 },
  { label: '> 128', upTo: Number.POSITIVE_INFINITY },
];

export interface AcceptanceBin {
  readonly label: string;
  readonly requests: number;
  /** Accepted on the terms first asked for. */
  readonly asAsked: number;
  /** Accepted on other terms. */
  readonly onOtherTerms: number;
  readonly rejected: number;
  /** Declined, expired, withdrawn, lost with a node, or still open. */
  readonly other: number;
}

export interface AcceptanceFigures {
  /** By asked start minus submission. */
  readonly byLeadTime: readonly AcceptanceBin[];
  /** By vCPUs of all guaranteed instances together. */
  readonly bySize: readonly AcceptanceBin[];
  /** Kinds that did not occur are left out; empty when the manager was not told. */
  readonly byKind: readonly AcceptanceBin[];
}

type MutableBin = { -readonly [K in keyof AcceptanceBin]: AcceptanceBin[K] };

class Acceptance implements Meter<AcceptanceFigures> {
  readonly #byLeadTime = LEAD_TIMES.map(({ label }) => emptyBin(label));
  readonly #bySize = CPUS.map(({ label }) => emptyBin(label));
  readonly #byKind = REQUEST_KINDS.map((kind) => emptyBin(kind));

  readonly hears = { 'negotiation-over': (record: NegotiationRecord) => this.#add(record) };

  finish(): AcceptanceFigures {
    return {
      byLeadTime: this.#byLeadTime.map((bin) => ({ ...bin })),
      bySize: this.#bySize.map((bin) => ({ ...bin })),
      byKind: this.#byKind.filter((bin) => bin.requests > 0).map((bin) => ({ ...bin })),
    };
  }
  #add(record: NegotiationRecord): void {
    if (!record.measured) return;
    const { asked, kind, submittedMs } = record;
    const leadTimeMs = asked.startMs - submittedMs;
    const cpus = (asked.demand.milliCpus * asked.numInstancesFixed) / 1000;
    count(this.#byLeadTime[LEAD_TIMES.findIndex(({ upTo }) => leadTimeMs <= upTo)]!, record);
    count(this.#bySize[CPUS.findIndex(({ upTo }) => cpus <= upTo)]!, record);
    if (kind !== null) count(this.#byKind[REQUEST_KINDS.indexOf(kind)]!, record);
  }
}

export const acceptance = metric({
  name: 'acceptance',
  over: 'by request',
  start: () => new Acceptance(),
  summary: {},
});

function emptyBin(label: string): MutableBin {
  return { label, requests: 0, asAsked: 0, onOtherTerms: 0, rejected: 0, other: 0 };
}

function count(bin: MutableBin, { outcome }: NegotiationRecord): void {
  bin.requests += 1;
  if (outcome === 'accepted-first-offer') bin.asAsked += 1;
  else if (outcome === 'accepted-after-counter') bin.onOtherTerms += 1;
  else if (outcome === 'rejected') bin.rejected += 1;
  else bin.other += 1;
}
