// Electric energy of the nodes: P = idle + (peak - idle) x u, with u the share of CPU kept busy by guests. The model is linear, so
// its time integral follows from the integrals of online time and busy CPU.
import type { NodeFigures } from './utilisation.ts';

const MS_PER_HOUR = 3_600_000;

/** In kWh over the measured time; a node that is lost draws nothing. null when the node has no power model. */
export function nodeEnergyKwh({ power, capacity, onlineMs, busyCpuMs }: NodeFigures): number | null {
  if (power === null) return null;
  const busyMs = capacity.milliCpus === 0 ? 0 : busyCpuMs / (capacity.milliCpus / 1000);
  const wattMs = power.idleW * onlineMs + (power.peakW - power.idleW) * busyMs;
  return wattMs / MS_PER_HOUR / 1000;
}

/** Of the nodes that have a power model; null when none has. */
export function energyKwh(nodes: readonly NodeFigures[]): number | null {
  let total: number | null = null;
  for (const node of nodes) {
    const energy = nodeEnergyKwh(node);
    if (energy !== null) total = (total ?? 0) + energy;
  }
  return total;
}
