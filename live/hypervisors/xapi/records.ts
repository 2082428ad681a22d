// Records of the pool with the fields that are used here, out of whatever the wire made of them: integers are digits in XML-RPC and
// numbers in JSON-RPC. References hold for one session only; what is kept longer is kept by uuid.
import type { PoolConnection } from './connection.ts';
import { PoolFailure } from './pool-error.ts';

export type PowerState = 'Halted' | 'Paused' | 'Running' | 'Suspended';

export interface VmRecord {
  readonly ref: string;
  readonly uuid: string;
  readonly name: string;
  readonly description: string;
  readonly powerState: PowerState | 'Unknown';
  /** Also of snapshots, and of clones of templates until they are provisioned. */
  readonly isTemplate: boolean;
  readonly isSnapshot: boolean;
  readonly isDefaultTemplate: boolean;
  readonly isControlDomain: boolean;
  readonly tags: readonly string[];
  readonly otherConfig: Readonly<Record<string, string>>;
  /** Of the host; undefined when it is on none. */
  readonly residentOn: string | undefined;
  /** By task. */
  readonly operations: Readonly<Record<string, string>>;
  readonly guestMetrics: string | undefined;
  readonly metrics: string | undefined;
  readonly suspendVdi: string | undefined;
  readonly vbds: readonly string[];
  readonly vifs: readonly string[];
  readonly snapshots: readonly string[];
  /** `hvm`, `pv`, `pv_in_pvh`, … */
  readonly domainType: string;
  readonly vcpusMax: number;
  /** Bytes. */
  readonly memoryStaticMax: number;
  readonly memoryOverhead: number;
}

const NO_REF = 'OpaqueRef:NULL';

type Fields = Readonly<Record<string, unknown>>;

export function vmRecord(ref: string, fields: Fields): VmRecord {
  const powerState = text(fields['power_state']);
  return {
    ref,
    uuid: text(fields['uuid']),
    name: text(fields['name_label']),
    description: text(fields['name_description']),
    powerState: isPowerState(powerState) ? powerState : 'Unknown',
    isTemplate: fields['is_a_template'] === true,
    isSnapshot: fields['is_a_snapshot'] === true,
    isDefaultTemplate: fields['is_default_template'] === true,
    isControlDomain: fields['is_control_domain'] === true,
    tags: texts(fields['tags']),
    otherConfig: textMap(fields['other_config']),
    residentOn: reference(fields['resident_on']),
    operations: textMap(fields['current_operations']),
    guestMetrics: reference(fields['guest_metrics']),
    metrics: reference(fields['metrics']),
    suspendVdi: reference(fields['suspend_VDI']),
    vbds: texts(fields['VBDs']),
    vifs: texts(fields['VIFs']),
    snapshots: texts(fields['snapshots']),
    domainType: text(fields['domain_type']),
    vcpusMax: integer(fields['VCPUs_max']),
    memoryStaticMax: integer(fields['memory_static_max']),
    memoryOverhead: integer(fields['memory_overhead']),
  };
}

/** A fresh record; undefined when there is none any more. */
export async function readVm(connection: PoolConnection, ref: string): Promise<VmRecord | undefined> {
  const fields = await readRecord(connection, 'VM', ref);
  return fields === undefined ? undefined : vmRecord(ref, fields);
}

/** A fresh record of any class; undefined when there is none any more. */
export async function readRecord(
  connection: PoolConnection,
  type: string,
  ref: string,
): Promise<Fields | undefined> {
  try {
    return fieldsOf(await connection.call(`${type}.get_record`, ref));
  } catch (error) {
    if (error instanceof PoolFailure && error.code === 'HANDLE_INVALID') return undefined;
    throw error;
  }
}

/** All fresh records of a class, by reference. */
export async function readAll(connection: PoolConnection, type: string): Promise<Map<string, Fields>> {
  const all = fieldsOf(await connection.call(`${type}.get_all_records`));
  return new Map(Object.entries(all).map(([ref, fields]) => [ref, fieldsOf(fields)]));
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined || value === null ? '' : String(value);
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.map(text) : [];
}

export function textMap(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([key, entry]) => [key, text(entry)]));
}

export function integer(value: unknown): number {
  const number = Number(value ?? 0);
  return Number.isFinite(number) ? number : 0;
}

/** Undefined for the reference to nothing. */
export function reference(value: unknown): string | undefined {
  const ref = text(value);
  return ref === '' || ref === NO_REF ? undefined : ref;
}

function isPowerState(value: string): value is PowerState {
  return value === 'Halted' || value === 'Paused' || value === 'Running' || value === 'Suspended';
}
