// A row of a workload, whatever file or generator it came from, and how it becomes a request. Times of a row are relative to the
// start of the scenario, so that one log serves scenarios that begin on different days.
import type { Leeway, NodePreference, RequestKind, Resources, UserRequest } from '../../engine/index.ts';
import { problemOfPreference } from '../../policies/allocation/opennebula.ts';
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import { formatDuration, LONGEST_MS } from '../../written/time-text.ts';
import { MOST_CPUS, MOST_DISK_GIB, MOST_MEMORY_MIB } from '../schema/instance-types.ts';
import { MOST_NAMED, MOST_NAMED_UNITS } from './named-amounts.ts';

/** One user request. Times are whole milliseconds after the start of the scenario; names are those of the CSV columns. */
export interface WorkloadRow {
  /** Unique within its workload. */
  readonly id: string;
  readonly kind: RequestKind;
  readonly submitMs: number;
  /** Absent: as soon as possible, which is the instant of submission. */
  readonly startMs?: number | undefined;
  /** More than 0. */
  readonly durationMs: number;
  /** What one instance is: the name of an instance type, or the amounts themselves. */
  readonly size: string | Resources;
  /** At least 1. */
  readonly instances: number;
  /** At least 0. */
  readonly optional: number;
  /** Absent: the scenario's default template. */
  readonly template?: string | undefined;
  /** Absent: "anonymous". */
  readonly user?: string | undefined;
  /** Absent: any start will do, unless the kind or the deadline says otherwise. */
  readonly latestStartMs?: number | undefined;
  /** The end must not be later. Needed by the kind deadline, allowed with every other. */
  readonly deadlineMs?: number | undefined;
  /** Of the kind flexible: the shortest duration and the fewest instances that the user takes. Absent: all of it. */
  readonly minDurationMs?: number | undefined;
  readonly minInstances?: number | undefined;
  /** The most that the user says they pay for the whole reservation. */
  readonly maxPriceMicros?: number | undefined;
  /** Absent: the guests run until they are stopped. May be longer than the duration: they are stopped at its end. */
  readonly runTimeMs?: number | undefined;
  /** The user withdraws at this instant unless the reservation has started. */
  readonly cancelMs?: number | undefined;
  /** Where there is no room the user waits for some until then. Absent: they do not. */
  readonly waitUntilMs?: number | undefined;
  /** Other starts that the user says they take as well, the most wanted first. Absent: none that is said. */
  readonly orStartsMs?: readonly number[] | undefined;
  /** The only providers that are asked. Absent: all, one after the other. */
  readonly providers?: readonly string[] | undefined;
  /** The sites of which one is to have all its instances, the most wanted first. Absent: any nodes. */
  readonly sites?: readonly string[] | undefined;
  /** Name of the trace that its guests are as busy as. Absent: one that is drawn. */
  readonly load?: string | undefined;
  /** What its nodes are to meet, and what they are ranked by, as OpenNebula writes it. Absent: nothing, and as the allocation policy has it. */
  readonly requirements?: string | undefined;
  readonly rank?: string | undefined;
  /** Absent: the scenario's buyer policy. */
  readonly buyer?: string | undefined;
  /** The submission was written as a date of the calendar, and not as a number. */
  readonly isDated?: boolean | undefined;
  /** Line of the file that the row was read from, for messages. */
  readonly line?: number | undefined;
}

/** What a row needs from its scenario to become a request. */
export interface RequestContext {
  /** Instant of the start of the scenario, in milliseconds since the Unix epoch. */
  readonly startMs: number;
  readonly instanceTypes: ReadonlyMap<string, Resources>;
  /** For rows that name none. */
  readonly template: string;
  /** The providers that rows may name; absent: any. */
  readonly providers?: readonly string[] | undefined;
  /** Likewise the sites of all providers. */
  readonly sites?: readonly string[] | undefined;
  /** Likewise the traces of load. */
  readonly loadTraces?: readonly string[] | undefined;
}

/**
 * The request that a row describes, at the instants of its scenario.
 * @throws InputError (PEX_WORKLOAD_VALUE) when the row names an instance type that the scenario does not have
 */
export function toUserRequest(
  row: WorkloadRow,
  context: RequestContext,
  place: ErrorPlace = {},
): UserRequest {
  const submitMs = context.startMs + row.submitMs;
  const leeway = leewayOf(row, context.startMs);
  const { providers, sites } = placesOf(row, context, place);
  return {
    requestId: row.id,
    userId: row.user ?? 'anonymous',
    kind: row.kind,
    submitMs,
    proposal: {
      type: typeof row.size === 'string' ? row.size : 'custom',
      demand: demandOf(row.size, context.instanceTypes, place, 'type'),
      numInstancesFixed: row.instances,
      numInstancesOption: row.optional,
      startMs: row.startMs === undefined ? submitMs : context.startMs + row.startMs,
      durationMs: row.durationMs,
      template: row.template ?? context.template,
      ...(row.maxPriceMicros !== undefined && { maxPriceMicros: row.maxPriceMicros }),
      ...((row.requirements ?? row.rank) !== undefined && { preference: preferenceOf(row) }),
      ...(sites !== undefined && { sites }),
      ...(row.orStartsMs !== undefined && {
        otherwise: row.orStartsMs.map((ms) => ({ startMs: context.startMs + ms })),
      }),
    },
    latestStartMs: context.startMs + latestStartOf(row),
    ...(leeway !== undefined && { leeway }),
    runTimeMs: row.runTimeMs ?? Number.POSITIVE_INFINITY,
    ...(row.cancelMs !== undefined && { cancelAtMs: context.startMs + row.cancelMs }),
    ...(row.waitUntilMs !== undefined && { waitUntilMs: context.startMs + row.waitUntilMs }),
    ...(providers !== undefined && { providers }),
    ...(row.load !== undefined && { loadTrace: loadTraceOf(row.load, context, place) }),
    ...(row.buyer !== undefined && { buyer: row.buyer }),
  };
}

function preferenceOf({ rank, requirements }: WorkloadRow): NodePreference {
  return { ...(requirements !== undefined && { requirements }), ...(rank !== undefined && { rank }) };
}

/** Whom it asks, and for which sites. Who knows places and not who has them, as a service manifest does, names all as providers. */
function placesOf(
  row: WorkloadRow,
  { providers: known = row.providers ?? [], sites: knownSites = row.sites ?? [] }: RequestContext,
  place: ErrorPlace,
): { readonly providers?: readonly string[] | undefined; readonly sites?: readonly string[] | undefined } {
  const fail = (path: string, problem: string) => {
    throw new InputError('PEX_WORKLOAD_VALUE', problem, { ...place, path });
  };
  for (const site of row.sites ?? [])
    if (!knownSites.includes(site)) fail('site', `there is no site "${site}"${suggestion(site, knownSites)}`);
  const isSite = (name: string) => !known.includes(name) && knownSites.includes(name);
  for (const name of row.providers ?? [])
    if (!known.includes(name) && !isSite(name))
      fail('provider', `there is no provider "${name}"${suggestion(name, [...known, ...knownSites])}`);
  if (row.providers?.some(isSite) !== true) return row;
  const provider = row.providers.find((name) => !isSite(name));
  if (provider !== undefined)
    fail('provider', `"${provider}" is a provider, and others are sites; expected all of one kind`);
  if (row.sites !== undefined)
    fail('provider', 'are sites, and so is what site says; expected one of the two');
  return { sites: row.providers };
}

function loadTraceOf(name: string, { loadTraces = [name] }: RequestContext, place: ErrorPlace): string {
  if (loadTraces.includes(name)) return name;
  const problem =
    loadTraces.length === 0
      ? 'there are no traces of load: set hypervisor.guestLoad.traces, or leave it empty'
      : `there is no trace of load "${name}"${suggestion(name, loadTraces)}`;
  throw new InputError('PEX_WORKLOAD_VALUE', problem, { ...place, path: 'load' });
}

/**
 * The amounts behind the size of a row.
 * @param path of the size, where that of the place is not its own
 * @throws InputError (PEX_WORKLOAD_VALUE) that lists the known types, or names the one that was probably meant
 */
export function demandOf(
  size: string | Resources,
  instanceTypes: ReadonlyMap<string, Resources>,
  place: ErrorPlace,
  path = place.path,
): Resources {
  if (typeof size !== 'string') return size;
  const demand = instanceTypes.get(size);
  if (demand !== undefined) return demand;
  const problem = `no instance type "${size}"${suggestion(size, [...instanceTypes.keys()])}`;
  throw new InputError('PEX_WORKLOAD_VALUE', problem, { ...place, ...(path !== undefined && { path }) });
}

/** The latest start that the user takes, relative to the start of the scenario; Infinity when any will do. */
export function latestStartOf(row: WorkloadRow): number {
  if (row.kind === 'immediate') return row.submitMs;
  const inTime = (row.deadlineMs ?? Number.POSITIVE_INFINITY) - (row.minDurationMs ?? row.durationMs);
  return Math.min(row.latestStartMs ?? Number.POSITIVE_INFINITY, inTime);
}

/** What the user of such a row says to a provider that has leases of its kind. */
function leewayOf(
  { deadlineMs, kind, latestStartMs, minDurationMs, minInstances }: WorkloadRow,
  originMs: number,
): Leeway | undefined {
  if (kind !== 'deadline' && kind !== 'flexible') return undefined;
  return {
    ...(latestStartMs !== undefined && { latestStartMs: originMs + latestStartMs }),
    ...(deadlineMs !== undefined && { deadlineMs: originMs + deadlineMs }),
    ...(minDurationMs !== undefined && { minDurationMs }),
    ...(minInstances !== undefined && { minInstances }),
  };
}

/** The row, everything in it that happens at an instant happening `deltaMs` later. */
export function moveRow(row: WorkloadRow, deltaMs: number): WorkloadRow {
  if (deltaMs === 0) return row;
  const later = (ms: number | undefined) => (ms === undefined ? undefined : ms + deltaMs);
  return {
    ...row,
    submitMs: row.submitMs + deltaMs,
    startMs: later(row.startMs),
    latestStartMs: later(row.latestStartMs),
    deadlineMs: later(row.deadlineMs),
    cancelMs: later(row.cancelMs),
    waitUntilMs: later(row.waitUntilMs),
    orStartsMs: row.orStartsMs?.map((ms) => ms + deltaMs),
  };
}

/** As many second choices as the API takes. */
export const MOST_OTHER_STARTS = 10;
/** As many of each kind may be asked for at once. */
const MOST_INSTANCES = 1_000_000;

/**
 * Checks that each part of a row is within bounds, and that they make sense together; readers call it for each row, so that all formats complain alike.
 * @throws InputError (PEX_WORKLOAD_VALUE) whose path is the CSV column to look at
 */
export function checkRow(row: WorkloadRow, place: ErrorPlace): WorkloadRow {
  const fail = (path: string, problem: string): never => {
    throw new InputError('PEX_WORKLOAD_VALUE', problem, { ...place, path });
  };
  const within = (path: string, value: number, most: number, unit: string) => {
    if (value > most) fail(path, `${value}${unit} is too much; expected at most ${most}${unit}`);
  };
  if (row.id === '') fail('id', 'is missing; expected a name that is unique in the file');
  for (const [path, key] of TIMES) {
    const ms = row[key];
    if (ms !== undefined && !(Math.abs(ms) <= LONGEST_MS)) {
      fail(path, `${seconds(ms)} is beyond all time; expected at most ${seconds(LONGEST_MS)} (10,000 years)`);
    }
  }
  if (!(row.durationMs > 0)) {
    fail('duration', `${seconds(row.durationMs)} is no duration; expected more than 0 s`);
  }
  if (!isWhole(row.instances, 1)) fail('instances', `${row.instances} cannot be; expected 1, 2, 3, …`);
  if (!isWhole(row.optional, 0)) fail('optional', `${row.optional} cannot be; expected 0, 1, 2, …`);
  within('instances', row.instances, MOST_INSTANCES, '');
  within('optional', row.optional, MOST_INSTANCES, '');
  within('max_price', row.maxPriceMicros ?? 0, Number.MAX_SAFE_INTEGER, ' micro-credits');
  if (typeof row.size !== 'string') {
    const { milliCpus, memoryMib, diskGib, named = {} } = row.size;
    if (!isWhole(milliCpus, 1))
      fail('cpus', `${milliCpus / 1000} cannot be; expected 0.001 or more, in steps of 0.001`);
    if (!isWhole(memoryMib, 0)) fail('memory', `${memoryMib} cannot be; expected whole MiB`);
    if (!isWhole(diskGib, 0)) fail('disk', `${diskGib} cannot be; expected whole GiB`);
    within('cpus', milliCpus / 1000, MOST_CPUS, '');
    within('memory', memoryMib, MOST_MEMORY_MIB, ' MiB');
    within('disk', diskGib, MOST_DISK_GIB, ' GiB');
    for (const [name, units] of Object.entries(named)) {
      if (isWhole(units, 0) && units <= MOST_NAMED_UNITS) continue;
      fail(name, `that cannot be; expected from 0 to ${MOST_NAMED}`);
    }
  }
  const startMs = row.startMs ?? row.submitMs;
  if (startMs < row.submitMs) {
    fail('start', `${seconds(startMs)} is before the submission at ${seconds(row.submitMs)}`);
  }
  if (row.kind === 'immediate' && startMs !== row.submitMs) {
    fail(
      'start',
      'an immediate request starts at its submission; leave the start empty, or use kind advance',
    );
  }
  if (row.kind === 'immediate' && (row.latestStartMs ?? row.submitMs) !== row.submitMs) {
    fail(
      'latest_start',
      'an immediate request starts at its submission or never; leave the latest start empty',
    );
  }
  if (row.kind === 'deadline' && row.deadlineMs === undefined) {
    fail('deadline', 'is missing; a request of kind deadline must say when it has to be done');
  }
  if (row.latestStartMs !== undefined && row.latestStartMs < startMs) {
    fail('latest_start', `${seconds(row.latestStartMs)} is before the asked start at ${seconds(startMs)}`);
  }
  if (row.deadlineMs !== undefined && row.deadlineMs < startMs + (row.minDurationMs ?? row.durationMs)) {
    fail(
      'deadline',
      `${seconds(row.deadlineMs)} is too early: the start at ${seconds(startMs)} and the duration of ${formatDuration(row.durationMs)} end at ${seconds(startMs + row.durationMs)}`,
    );
  }
  const { minDurationMs = row.durationMs, minInstances = row.instances } = row;
  for (const [path, given] of [
    ['min_duration', row.minDurationMs],
    ['min_instances', row.minInstances],
  ] as const) {
    if (given !== undefined && row.kind !== 'flexible')
      fail(path, `is for requests of kind flexible; leave it empty, or use that kind`);
  }
  if (!(minDurationMs > 0 && minDurationMs <= row.durationMs)) {
    fail(
      'min_duration',
      `${seconds(minDurationMs)} cannot be; expected more than 0 s and at most the duration of ${formatDuration(row.durationMs)}`,
    );
  }
  if (!isWhole(minInstances, 1) || minInstances > row.instances) {
    fail('min_instances', `${minInstances} cannot be; expected from 1 to the ${row.instances} instances`);
  }
  if (row.runTimeMs !== undefined && row.runTimeMs < 0) {
    fail('run_time', `${seconds(row.runTimeMs)} is negative; expected 0 s or more`);
  }
  if (row.cancelMs !== undefined && row.cancelMs < row.submitMs) {
    fail('cancel', `${seconds(row.cancelMs)} is before the submission at ${seconds(row.submitMs)}`);
  }
  if (row.waitUntilMs !== undefined && row.waitUntilMs < row.submitMs) {
    fail('wait_until', `${seconds(row.waitUntilMs)} is before the submission at ${seconds(row.submitMs)}`);
  }
  const preferenceProblem = problemOfPreference(preferenceOf(row));
  if (preferenceProblem !== undefined) fail(preferenceProblem.path, preferenceProblem.message);
  if (row.orStartsMs !== undefined) checkOtherStarts(row, row.orStartsMs, startMs, fail);
  return row;
}

function checkOtherStarts(
  { kind, submitMs }: WorkloadRow,
  orStartsMs: readonly number[],
  startMs: number,
  fail: (path: string, problem: string) => never,
): void {
  if (kind !== 'advance' && kind !== 'deadline' && kind !== 'flexible') {
    const expected = 'leave it empty, or use kind advance, deadline or flexible';
    fail('or_start', `is for who asks for a start ahead of time; ${expected}`);
  }
  if (orStartsMs.length > MOST_OTHER_STARTS) {
    fail('or_start', `${orStartsMs.length} starts are too many; expected at most ${MOST_OTHER_STARTS}`);
  }
  for (const ms of orStartsMs) {
    if (!(Math.abs(ms) <= LONGEST_MS)) {
      fail(
        'or_start',
        `${seconds(ms)} is beyond all time; expected at most ${seconds(LONGEST_MS)} (10,000 years)`,
      );
    }
    if (ms < submitMs) fail('or_start', `${seconds(ms)} is before the submission at ${seconds(submitMs)}`);
    if (ms === startMs) fail('or_start', `${seconds(ms)} is the start that is asked for first`);
  }
}

const TIMES = [
  ['submit', 'submitMs'],
  ['start', 'startMs'],
  ['duration', 'durationMs'],
  ['latest_start', 'latestStartMs'],
  ['deadline', 'deadlineMs'],
  ['min_duration', 'minDurationMs'],
  ['run_time', 'runTimeMs'],
  ['cancel', 'cancelMs'],
  ['wait_until', 'waitUntilMs'],
] as const satisfies readonly (readonly [column: string, key: keyof WorkloadRow])[];

const isWhole = (value: number, least: number): boolean => Number.isSafeInteger(value) && value >= least;
const seconds = (ms: number): string => `${ms / 1000} s`;
