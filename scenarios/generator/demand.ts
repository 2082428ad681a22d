// What a population asks for, request by request: sizes, instances and durations. Their streams are apart from those of arrivals, so
// the n-th request asks for the same however often requests come; planning a target load leans on that.
import type { Resources, Rng } from '../../engine/index.ts';
import { toSize } from '../formats/instance-size.ts';
import type { KnownResources } from '../formats/named-amounts.ts';
import { demandOf } from '../formats/row.ts';
import { durationSampler, numberSampler, type Sampler, weightedIndex } from './distribution.ts';
import type { Population } from './spec.ts';

export interface Demand {
  readonly size: string | Resources;
  readonly instances: number;
  readonly durationMs: number;
  /** Undefined: until they are stopped. */
  readonly runTimeMs: number | undefined;
}

/** Draws the demands of a population from the first on, of the resources that it may name. */
export function demandSampler(
  population: Population,
  rng: Rng,
  path: string,
  resources: KnownResources,
): () => Demand {
  const drawDuration = durationSampler(population.duration, rng.stream('duration'), `${path}.duration`);
  const drawInstances = numberSampler(population.instances, rng.stream('instances'), `${path}.instances`);
  const drawShare =
    population.runTime === undefined
      ? undefined
      : numberSampler(population.runTime, rng.stream('runTime'), `${path}.runTime`);
  const drawSize = sizeSampler(population.size, rng.stream('size'), `${path}.size`, resources);
  return () => {
    const durationMs = Math.max(1, drawDuration());
    return {
      size: drawSize(),
      instances: Math.max(1, Math.round(drawInstances())),
      durationMs,
      runTimeMs: drawShare === undefined ? undefined : Math.round(drawShare() * durationMs),
    };
  };
}

function sizeSampler(
  size: Population['size'],
  rng: Rng,
  path: string,
  resources: KnownResources,
): () => string | Resources {
  if (!Array.isArray(size)) {
    const only = toSize(size, resources, { path });
    return () => only;
  }
  const sizes = size.map((entry, index) =>
    toSize('type' in entry ? entry.type : entry, resources, { path: `${path}[${index}]` }),
  );
  const weights = size.map(({ weight }) => weight);
  const choose: Sampler = weightedIndex(weights, rng, path);
  return () => sizes[choose()]!;
}

/** Thousandths of a CPU x milliseconds that a request takes of the cluster, by the measure that the population names. */
export function workOf(
  demand: Demand,
  loadOf: Population['loadOf'],
  instanceTypes: ReadonlyMap<string, Resources>,
  path: string,
): number {
  const { milliCpus } = demandOf(demand.size, instanceTypes, { path: `${path}.size` });
  const ms =
    loadOf === 'duration'
      ? demand.durationMs
      : Math.min(demand.durationMs, demand.runTimeMs ?? demand.durationMs);
  return milliCpus * demand.instances * ms;
}
