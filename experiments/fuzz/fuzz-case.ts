// A case of the fuzzer, as data: a small scenario, its requests, and what disturbs the provider meanwhile. It can be drawn, written to files that
// `openpex run` reads, and made smaller.
import type { DeviceRule, PolicyKind } from '../../engine/index.ts';
import { KINDS } from '../../engine/index.ts';
import { formatCsvHeader, formatCsvRow } from '../../scenarios/formats/csv.ts';
import { type KnownResources, NO_NAMED } from '../../scenarios/formats/named-amounts.ts';
import type { WorkloadRow } from '../../scenarios/formats/row.ts';
import { yamlText } from '../../written/yaml-text.ts';

/** What comes in devices, where anything does. */
export const GPU = 'gpu';

/** A node, as a group of its own. */
export interface FuzzNode {
  readonly group: string;
  readonly cpus: number;
  readonly memoryMib: number;
  readonly diskGib: number;
  /** Where it stands; absent: on no site that has a name. */
  readonly site?: string;
  /** Absent: it has no devices. */
  readonly resources?: { readonly [GPU]: number };
  readonly models?: { readonly [GPU]: string };
}

/** Of a case whose nodes are on sites. */
export interface FuzzLink {
  readonly between: readonly [string, string];
  readonly mbitPerS: number;
  readonly rtt: string;
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
  /** Absent: sites have none. */
  readonly links?: readonly FuzzLink[];
  /** How a GPU is chosen for a share; absent: there are no GPUs. */
  readonly devices?: DeviceRule;
  readonly settings: Readonly<Record<SettingGroup, FuzzSettings>>;
  readonly incidents: readonly FuzzIncident[];
  readonly policies: FuzzPolicies;
  /** In order of submission. */
  readonly requests: readonly WorkloadRow[];
  readonly disturbance: Disturbance;
}

const WITH_GPUS: KnownResources = new Map([[GPU, { divisible: true, inDevices: true }]]);

export const CASE_SCENARIO = 'scenario.yaml';
export const CASE_WORKLOAD = 'workload.csv';

/** The scenario of a case, to lie beside its workload. Files of policies are written as they are given. */
export function scenarioText(fuzzCase: FuzzCase, header = ''): string {
  const { devices, incidents, links, nodes, policies, seed, settings, sharedDiskGib } = fuzzCase;
  const groups = Object.entries(settings).filter(([, group]) => Object.keys(group).length > 0);
  return (
    header +
    yamlText({
      seed,
      ...(devices && { resources: { [GPU]: { devices } } }),
      cluster: { nodes, ...(sharedDiskGib !== undefined && { sharedDiskGib }), ...(links && { links }) },
      ...Object.fromEntries(groups),
      ...(incidents.length === 0 ? {} : { incidents }),
      policies: Object.fromEntries(
        Object.entries(policies).map(([kind, choice]) => [KINDS[kind as PolicyKind].key, choice]),
      ),
      workloads: [{ file: CASE_WORKLOAD }],
    })
  );
}

export function workloadText({ devices, requests }: FuzzCase): string {
  const resources = devices === undefined ? NO_NAMED : WITH_GPUS;
  return formatCsvHeader(resources) + requests.map((row) => formatCsvRow(row, resources)).join('');
}
