// A case of the fuzzer, as data: a small scenario, its requests, and what disturbs the provider meanwhile. It can be drawn, written to files that
// `openpex run` reads, and made smaller.
import type { PolicyKind } from '../../engine/index.ts';
import { KINDS } from '../../engine/index.ts';
import { formatCsvHeader, formatCsvRow } from '../../scenarios/formats/csv.ts';
import type { WorkloadRow } from '../../scenarios/formats/row.ts';
import { yamlText } from '../../written/yaml-text.ts';

/** A node, as a group of its own. */
export interface FuzzNode {
  readonly group: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly diskGib: number;
}

/** As a scenario has it. */
export interface FuzzIncident {
  readonly at: string;
  readonly node: string;
  readonly kind: 'fail' | 'return' | 'drain' | 'enable' | 'maintenance';
  readonly from?: string;
  readonly until?: string;
}

/** A group of settings; what it does not have is the default of scenarios. */
export type FuzzSettings = Readonly<Record<string, unknown>>;

export const SETTING_GROUPS = ['negotiation', 'manager', 'hypervisor', 'faults', 'users'] as const;
export type SettingGroup = (typeof SETTING_GROUPS)[number];

/** What happens to the provider before its inputs, drawn for each by its instant. */
export interface Disturbance {
  readonly seed: number;
  /** Chance before an input that the provider is made again from its snapshot, 0..1. */
  readonly restarts: number;
  /** Chance before an input that it is asked for a quote, 0..1. */
  readonly quotes: number;
}

/** By kind, as a scenario names them. */
export type FuzzPolicies = Readonly<
  Partial<
    Record<PolicyKind, { readonly name: string; readonly options?: FuzzSettings } | { readonly file: string }>
  >
>;

export interface FuzzCase {
  readonly seed: number;
  readonly nodes: readonly FuzzNode[];
  readonly sharedDiskGib?: number;
  readonly settings: Readonly<Record<SettingGroup, FuzzSettings>>;
  readonly incidents: readonly FuzzIncident[];
  readonly policies: FuzzPolicies;
  /** In order of submission. */
  readonly requests: readonly WorkloadRow[];
  readonly disturbance: Disturbance;
}

export const CASE_SCENARIO = 'scenario.yaml';
export const CASE_WORKLOAD = 'workload.csv';

/** The scenario of a case, to lie beside its workload. Files of policies are written as they are given. */
export function scenarioText(fuzzCase: FuzzCase, header = ''): string {
  const { incidents, nodes, policies, seed, settings, sharedDiskGib } = fuzzCase;
  const groups = Object.entries(settings).filter(([, group]) => Object.keys(group).length > 0);
  return (
    header +
    yamlText({
      seed,
      cluster: { nodes, ...(sharedDiskGib === undefined ? {} : { sharedDiskGib }) },
      ...Object.fromEntries(groups),
      ...(incidents.length === 0 ? {} : { incidents }),
      policies: Object.fromEntries(
        Object.entries(policies).map(([kind, choice]) => [KINDS[kind as PolicyKind].key, choice]),
      ),
      workloads: [{ file: CASE_WORKLOAD }],
    })
  );
}

export function workloadText({ requests }: FuzzCase): string {
  return formatCsvHeader() + requests.map((row) => formatCsvRow(row)).join('');
}
