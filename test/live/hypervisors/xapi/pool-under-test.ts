// A pool in memory and a dispatcher on it, both in a hurry.
import { firstValueFrom, lastValueFrom, type Observable } from 'rxjs';
import { onTestFinished } from 'vitest';
import type {
  ClusterSpec,
  Observation,
  ProviderSnapshot,
  VmObservation,
  VmSpec,
} from '../../../../engine/index.ts';
import { MACHINE } from '../../../../live/host-timers.ts';
import type { Carrier } from '../../../../live/hypervisors/hypervisor.ts';
import { discoverCluster } from '../../../../live/hypervisors/xapi/discover-cluster.ts';
import { surveyPool } from '../../../../live/hypervisors/xapi/pool-survey.ts';
import { XenHypervisor } from '../../../../live/hypervisors/xapi/xen-hypervisor.ts';
import type { XenSettings } from '../../../../live/hypervisors/xapi/xen-settings.ts';
import { startXapiServer, type XapiServer, type XapiServerOptions } from '../../../../pool-double/server.ts';
import { HURRIED } from './hurried.ts';

export const DEBIAN = 'PEX Debian Etch 4.0 Template';
export const WINDOWS = 'PEX Windows XP SP2 Template';

export const SETTINGS: XenSettings = {
  url: 'http://127.0.0.2',
  user: 'root',
  password: 'xen',
  allowUnauthorized: false,
  hosts: [],
  transport: 'auto',
  nodeNames: 'name',
  templates: { by: 'prefix', text: 'PEX' },
  clone: 'fast',
  storageRepository: undefined,
  network: undefined,
  console: undefined,
  macs: [],
  stopGraceMs: 2_000,
  operationTimeoutMs: 5_000,
  perHostConcurrency: 4,
  resetLostVms: false,
  pace: HURRIED,
};

export const QUIET = {
  info: (_facts: object, _message: string): void => undefined,
  warn: (_facts: object, _message: string): void => undefined,
};

export interface PoolUnderTest {
  readonly server: XapiServer;
  readonly settings: XenSettings;
  readonly hypervisor: XenHypervisor;
  readonly cluster: ClusterSpec;
  readonly carrier: Carrier;
  /** Told unasked, in order. */
  readonly told: Observation[];
  /** Warnings to the operator, in order. */
  readonly warnings: string[];
}

export interface PoolOptions {
  readonly server?: XapiServerOptions;
  readonly settings?: Partial<XenSettings>;
  readonly snapshot?: ProviderSnapshot;
  readonly isHandsOff?: boolean;
}

let nextAddress = 0;

/** On addresses of its own, so that tests do not meet. */
export async function startServer(options: XapiServerOptions = {}): Promise<XapiServer> {
  const server = await startXapiServer({
    timeScale: 0.05,
    address: `127.${(process.pid % 200) + 20}.${(nextAddress++ % 250) + 1}.2`,
    ...options,
    durations: { eventBatch: 2, ...options.durations },
  });
  onTestFinished(() => server.close());
  return server;
}

export async function startPool(options: PoolOptions = {}): Promise<PoolUnderTest> {
  const server = await startServer(options.server);
  const settings = { ...SETTINGS, url: server.url, ...options.settings };
  const { nodes, sharedDiskGib = 0 } = discoverCluster(await surveyPool(settings, QUIET), settings);
  const cluster: ClusterSpec = {
    nodes: nodes.flatMap(({ cpus, group, memoryMib, names }) =>
      names.map((nodeId) => ({ nodeId, group, capacity: { milliCpus: cpus * 1000, memoryMib, diskGib: 0 } })),
    ),
    sharedDiskGib,
  };
  return { server, settings, cluster, ...(await drive(settings, cluster, options)) };
}

/** Another daemon, as it were, on a pool that is there. */
export async function drive(settings: XenSettings, cluster: ClusterSpec, options: PoolOptions = {}) {
  const warnings: string[] = [];
  const hypervisor = await XenHypervisor.open({
    settings,
    cluster,
    owner: '0badcafe',
    isHandsOff: options.isHandsOff ?? false,
    log: logInto(warnings),
    host: MACHINE,
  });
  onTestFinished(() => hypervisor.close());
  await hypervisor.ready();
  const carrier = hypervisor.carry({ snapshot: options.snapshot });
  onTestFinished(() => carrier.end());
  const told: Observation[] = [];
  carrier.dispatcher.observations$.subscribe((observation) => told.push(observation));
  return { hypervisor, carrier, told, warnings };
}

function logInto(warnings: string[]): typeof QUIET {
  const print = (sign: string, facts: object, message: string) => {
    if (process.env['XEN_LOG'] !== undefined) console.log(sign, message, JSON.stringify(facts));
  };
  return {
    info: (facts: object, message: string) => print(' ', facts, message),
    warn: (facts: object, message: string) => {
      warnings.push(message);
      print('!', facts, message);
    },
  };
}

export function spec(number: number, terms: Partial<VmSpec> = {}): VmSpec {
  return {
    vmId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    reservationId: `11111111-0000-4000-8000-${String(number).padStart(12, '0')}`,
    userId: '7',
    nodeId: 'xen1',
    demand: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
    template: DEBIAN,
    ...terms,
  };
}

/** The result of an operation. */
export function done(operation: Observable<VmObservation>): Promise<VmObservation> {
  return lastValueFrom(operation);
}

/** The code with which an operation fails. */
export async function failure(operation: Observable<VmObservation>): Promise<string> {
  return firstValueFrom(operation).then(
    (seen) => `no failure but ${seen.state}`,
    (error: { code: string }) => error.code,
  );
}
