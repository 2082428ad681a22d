// The books of devices, kept beside the calendar that gives them out: after each commit all that is booked is read off the snapshot, and no device has more taken of it
// than there is. It shares no code with what it checks, and is quadratic on purpose.
import assert from 'node:assert/strict';
import {
  type ClusterSpec,
  type Commit,
  type Input,
  type NodeSpec,
  Provider,
  type ProviderSetup,
  type ProviderSnapshot,
  type Resources,
} from '../../engine/index.ts';

/** What one instance has of the devices of a node, for [fromMs, toMs). */
interface Claim {
  readonly reservationId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** In thousandths, by the number of the device. */
  readonly shares: ReadonlyMap<number, number>;
}

/** Some of what the provider has comes in devices. */
export function hasDevices({ cluster }: Pick<ProviderSetup, 'cluster'>): boolean {
  return namesOf(cluster).length > 0;
}

/** A provider that is looked at after each of its commits. It stands in for one in a simulation. */
export function deviceAuditedProvider(setup: ProviderSetup): Provider {
  const provider = new Provider(setup);
  return new Proxy(provider, {
    get: (_, key) => {
      if (key === 'handle')
        return (input: Input, nowMs: number): Commit => {
          const commit = provider.handle(input, nowMs);
          checkDevices(provider.snapshot(), setup.cluster);
          return commit;
        };
      const value = Reflect.get(provider, key, provider);
      return typeof value === 'function' ? value.bind(provider) : value;
    },
  });
}

/** Throws AssertionError when an instance lacks devices that it was promised, has others, or shares one beyond what it has. */
export function checkDevices({ atMs, reservations }: ProviderSnapshot, cluster: ClusterSpec): void {
  const names = namesOf(cluster);
  const nodes = new Map(cluster.nodes.map((node) => [node.nodeId, node]));
  const claims = new Map<string, Claim[]>();
  for (const { change, instances, proposal, reservationId } of reservations) {
    const booked = instances.flatMap(({ pieces }) => pieces.map((piece) => ({ ...piece, terms: proposal! })));
    const held = (change?.held ?? []).map((piece) => ({ ...piece, terms: change!.terms }));
    for (const { devices, endMs, nodeId, startMs, terms } of [...booked, ...held]) {
      if (devices === undefined || endMs <= atMs) continue;
      const shares = sharesOf(devices, nodes.get(nodeId)!, { names, demand: terms.demand, reservationId });
      const claim = { reservationId, fromMs: startMs, toMs: endMs, shares };
      claims.set(nodeId, [...(claims.get(nodeId) ?? []), claim]);
    }
  }
  for (const [nodeId, here] of claims)
    for (const { fromMs } of here) checkInstant(nodeId, here, Math.max(fromMs, atMs));
}

function namesOf({ resources = [] }: ClusterSpec): string[] {
  return resources
    .filter((each) => each.scope === 'node' && each.devices !== undefined)
    .map(({ name }) => name);
}

/** Those of the first resource that the node has come first: so many as it needs of each, and of a model that will do. */
function sharesOf(
  devices: readonly number[],
  { capacity, models, nodeId }: NodeSpec,
  { demand, names, reservationId }: { names: readonly string[]; demand: Resources; reservationId: string },
): ReadonlyMap<number, number> {
  const shares = new Map<number, number>();
  let first = 0;
  for (const name of names) {
    const count = (capacity.named?.[name] ?? 0) / 1000;
    const needed = demand.named?.[name] ?? 0;
    const here = devices.filter((device) => first <= device && device < first + count);
    assert.equal(
      here.length,
      needed <= 1000 ? Math.ceil(needed / 1000) : needed / 1000,
      `${reservationId} has not the devices of ${nodeId} that it needs`,
    );
    for (const device of here) shares.set(device, Math.min(needed, 1000));
    const wanted = demand.models?.[name];
    assert.ok(
      wanted === undefined || needed === 0 || wanted.includes(models?.[name] ?? ''),
      `${reservationId} has devices of ${nodeId}, which are of another model`,
    );
    first += count;
  }
  assert.equal(shares.size, devices.length, `${reservationId} has devices that ${nodeId} has not`);
  return shares;
}

function checkInstant(nodeId: string, claims: readonly Claim[], atMs: number): void {
  const taken = new Map<number, number>();
  for (const { fromMs, reservationId, shares, toMs } of claims) {
    if (atMs < fromMs || toMs <= atMs) continue;
    for (const [device, share] of shares) {
      taken.set(device, (taken.get(device) ?? 0) + share);
      assert.ok(
        taken.get(device)! <= 1000,
        `device ${device} of ${nodeId} is given out beyond what it has at ${atMs}, to ${reservationId} among others`,
      );
    }
  }
}
