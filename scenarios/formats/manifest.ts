// Service manifests as requests: what its service manager asks for, control period after control period, as the metrics of the manifest go. Each
// instance is a lease of one term after another; what is given back early is a guest that ends early, or a lease that is called off.
import { type Static, Type } from 'typebox';
import { durationMs, finiteDurationOption } from '../../written/duration.ts';
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import { declaredSizes } from '../services/declared-sizes.ts';
import { type Manifest, measuredAt, readManifest, type Service } from '../services/manifest.ts';
import { type ReplicaLease, ServiceManager } from '../services/service-manager.ts';
import { type Reading, workloadFormat } from './format.ts';
import { goodRows } from './good-rows.ts';
import { TYPES_OF_THE_PAPERS } from './instance-size.ts';
import { checkRow, type WorkloadRow } from './row.ts';

const ManifestOptions = Type.Object(
  {
    length: finiteDurationOption({ default: '1d', description: 'How long the service is there.' }),
    term: Type.Optional(finiteDurationOption({ description: 'In place of the term of the manifest.' })),
    every: Type.Optional(
      finiteDurationOption({ description: 'In place of the control period of the manifest.' }),
    ),
    coolDown: Type.Optional(
      finiteDurationOption({ description: 'In place of the cool-down of the manifest.' }),
    ),
    replicas: Type.Optional(
      Type.Record(Type.String(), Type.Integer({ minimum: 0, maximum: 10_000 }), {
        description:
          'So many instances of a component at all times, whatever its rule says: what elasticity is compared with.',
      }),
    ),
  },
  { additionalProperties: false, description: 'How a service manifest becomes requests.' },
);
type ManifestReading = Reading<Static<typeof ManifestOptions>>;

export const manifest = workloadFormat({
  name: 'manifest',
  extensions: ['manifest'],
  options: ManifestOptions,
  async *read(reading: ManifestReading) {
    const manifest = await readManifest(reading.file);
    const service = withOptions(manifest.service, reading);
    const leases = asked({ ...manifest, service }, reading);
    yield* goodRows(inOrder(leases), (lease) => rowOf(lease, service, reading), reading);
  },
});

interface AskedLease {
  readonly lease: ReplicaLease;
  readonly submitMs: number;
  /** When it is given back, if it is before its end. */
  releasedMs?: number;
}

function asked(manifest: Manifest, reading: ManifestReading): AskedLease[] {
  const { service } = manifest;
  const { instanceTypes = TYPES_OF_THE_PAPERS, options, resources } = reading;
  const endMs = durationMs(options.length);
  const declared = declaredSizes(manifest, instanceTypes, resources);
  const manager = new ServiceManager(service, ({ name }) => declared.get(name)!, { endMs });
  const leases = new Map<string, AskedLease>();
  for (let nowMs = 0; nowMs < endMs; nowMs += service.everyMs) {
    const step = manager.step(nowMs, measuredAt(service, nowMs));
    for (const lease of step.asked) leases.set(lease.id, { lease, submitMs: nowMs });
    for (const { id } of step.released) leases.get(id)!.releasedMs = nowMs;
  }
  return [...leases.values()];
}

function withOptions(service: Service, { file, options }: ManifestReading): Service {
  const { coolDown, every, replicas = {}, term } = options;
  const fail = (path: string, problem: string) => {
    throw new InputError('PEX_WORKLOAD_VALUE', problem, { file, path: `manifest.${path}` });
  };
  const names = service.components.map(({ name }) => name);
  for (const name of Object.keys(replicas))
    if (!names.includes(name))
      fail(`replicas.${name}`, `there is no component "${name}"${suggestion(name, names)}`);
  const everyMs = every === undefined ? service.everyMs : durationMs(every);
  const termMs = term === undefined ? service.termMs : durationMs(term);
  if (everyMs === 0) fail('every', 'is no period; expected more than 0s');
  if (termMs < everyMs) fail('term', 'is shorter than the control period');
  return {
    ...service,
    everyMs,
    termMs,
    coolDownMs: coolDown === undefined ? service.coolDownMs : durationMs(coolDown),
    components: service.components.map((component) => {
      const fixed = replicas[component.name];
      return fixed === undefined ? component : { ...component, min: fixed, max: fixed };
    }),
  };
}

async function* inOrder(leases: readonly AskedLease[]): AsyncGenerator<AskedLease> {
  yield* leases;
}

function rowOf(
  { lease, releasedMs, submitMs }: AskedLease,
  service: Service,
  reading: ManifestReading,
): WorkloadRow {
  const { component, endMs, id, size, startMs } = lease;
  const place: ErrorPlace = { file: reading.file, path: `components.${component.name}` };
  const durationMs = endMs - startMs;
  const hasBegun = releasedMs !== undefined && releasedMs >= startMs;
  return checkRow(
    {
      id,
      kind: 'advance',
      submitMs,
      startMs,
      durationMs,
      size,
      instances: 1,
      optional: 0,
      user: service.name,
      template: component.template,
      latestStartMs: startMs + service.patienceMs,
      runTimeMs: hasBegun ? releasedMs - startMs : durationMs,
      cancelMs: hasBegun ? undefined : releasedMs,
      providers: component.deploy,
    },
    place,
  );
}
