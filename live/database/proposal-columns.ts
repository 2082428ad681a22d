// The terms of a proposal as columns: of a reservation (the terms on the table) and of each message that carried some.
import type { Proposal } from '../../engine/index.ts';

/** All null where there are no terms. */
export interface ProposalColumns {
  readonly type: string | null;
  readonly milli_cpus: number | null;
  readonly memory_mib: number | null;
  readonly disk_gib: number | null;
  readonly num_instances_fixed: number | null;
  readonly num_instances_option: number | null;
  readonly start_ms: number | null;
  readonly duration_ms: number | null;
  readonly template: string | null;
  readonly earliest_start_ms: number | null;
  readonly max_price_micros: number | null;
}

export function toProposalColumns(proposal: Proposal | null): ProposalColumns {
  return {
    type: proposal?.type ?? null,
    milli_cpus: proposal?.demand.milliCpus ?? null,
    memory_mib: proposal?.demand.memoryMib ?? null,
    disk_gib: proposal?.demand.diskGib ?? null,
    num_instances_fixed: proposal?.numInstancesFixed ?? null,
    num_instances_option: proposal?.numInstancesOption ?? null,
    start_ms: proposal?.startMs ?? null,
    duration_ms: proposal?.durationMs ?? null,
    template: proposal?.template ?? null,
    earliest_start_ms: proposal?.earliestStartMs ?? null,
    max_price_micros: proposal?.maxPriceMicros ?? null,
  };
}

export function fromProposalColumns(row: ProposalColumns): Proposal | null {
  if (row.type === null) return null;
  return {
    type: row.type,
    demand: {
      milliCpus: present(row, 'milli_cpus'),
      memoryMib: present(row, 'memory_mib'),
      diskGib: present(row, 'disk_gib'),
    },
    numInstancesFixed: present(row, 'num_instances_fixed'),
    numInstancesOption: present(row, 'num_instances_option'),
    startMs: present(row, 'start_ms'),
    durationMs: present(row, 'duration_ms'),
    template: present(row, 'template'),
    ...(row.earliest_start_ms === null ? {} : { earliestStartMs: row.earliest_start_ms }),
    ...(row.max_price_micros === null ? {} : { maxPriceMicros: row.max_price_micros }),
  };
}

function present<K extends keyof ProposalColumns>(
  row: ProposalColumns,
  column: K,
): NonNullable<ProposalColumns[K]> {
  const value = row[column];
  if (value === null) throw new TypeError(`a row has terms without ${column}`);
  return value;
}
