// Who gets accepted: outcomes of requests by how long ahead they were made, how large they are and of what kind.
import { type Proposal, REQUEST_KINDS } from '../../engine/index.ts';
import { type Class, classOf, DURATIONS, LEAD_TIMES, SIZES } from '../facts/classes.ts';
import { isAccepted, type NegotiationRecord, windowsOf } from '../facts/session-records.ts';
import { type Meter, metric } from './metric.ts';

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
  /** Guaranteed CPU-time first asked, and agreed of these requests. */
  readonly askedCpuMs: number;
  readonly agreedCpuMs: number;
}

export interface AcceptanceFigures {
  /** By asked start minus submission. */
  readonly byLeadTime: readonly AcceptanceBin[];
  /** By vCPUs of all guaranteed instances together. */
  readonly bySize: readonly AcceptanceBin[];
  /** By size (rows, as `bySize`) and asked duration, of {@link DURATIONS}. */
  readonly bySizeAndDuration: ReadonlyArray<readonly AcceptanceBin[]>;
  /** Kinds that did not occur are left out; empty when the manager was not told. */
  readonly byKind: readonly AcceptanceBin[];
}

type MutableBin = { -readonly [K in keyof AcceptanceBin]: AcceptanceBin[K] };

class Acceptance implements Meter<AcceptanceFigures> {
  readonly #byLeadTime = binsOf(LEAD_TIMES);
  readonly #bySize = binsOf(SIZES);
  readonly #bySizeAndDuration = SIZES.map(() => binsOf(DURATIONS));
  readonly #byKind = REQUEST_KINDS.map((kind) => emptyBin(kind));

  readonly hears = { 'negotiation-over': (record: NegotiationRecord) => this.#add(record) };

  finish(): AcceptanceFigures {
    return {
      byLeadTime: this.#byLeadTime.map((bin) => ({ ...bin })),
      bySize: this.#bySize.map((bin) => ({ ...bin })),
      bySizeAndDuration: this.#bySizeAndDuration.map((row) => row.map((bin) => ({ ...bin }))),
      byKind: this.#byKind.filter((bin) => bin.requests > 0).map((bin) => ({ ...bin })),
    };
  }
  #add(record: NegotiationRecord): void {
    if (!record.measured) return;
    const { asked, kind, submittedMs } = record;
    const leadTimeMs = asked.startMs - submittedMs;
    const cpus = (asked.demand.milliCpus * asked.numInstancesFixed) / 1000;
    const size = classOf(SIZES, cpus);
    count(this.#byLeadTime[classOf(LEAD_TIMES, leadTimeMs)]!, record);
    count(this.#bySize[size]!, record);
    count(this.#bySizeAndDuration[size]![classOf(DURATIONS, asked.durationMs)]!, record);
    if (kind !== null) count(this.#byKind[REQUEST_KINDS.indexOf(kind)]!, record);
  }
}

export const acceptance = metric({
  name: 'acceptance',
  over: 'by request',
  start: () => new Acceptance(),
  summary: {},
});

function binsOf(classes: readonly Class[]): MutableBin[] {
  return classes.map(({ label }) => emptyBin(label));
}

function emptyBin(label: string): MutableBin {
  return {
    label,
    requests: 0,
    asAsked: 0,
    onOtherTerms: 0,
    rejected: 0,
    other: 0,
    askedCpuMs: 0,
    agreedCpuMs: 0,
  };
}

function count(bin: MutableBin, { asked, offered, outcome }: NegotiationRecord): void {
  bin.requests += 1;
  bin.askedCpuMs += cpuMsOf(asked);
  if (isAccepted(outcome) && offered !== null)
    for (const terms of windowsOf(offered)) bin.agreedCpuMs += cpuMsOf(terms);
  if (outcome === 'accepted-first-offer') bin.asAsked += 1;
  else if (outcome === 'accepted-after-counter') bin.onOtherTerms += 1;
  else if (outcome === 'rejected') bin.rejected += 1;
  else bin.other += 1;
}

function cpuMsOf({ demand, durationMs, numInstancesFixed }: Proposal): number {
  return (demand.milliCpus * numInstancesFixed * durationMs) / 1000;
}
