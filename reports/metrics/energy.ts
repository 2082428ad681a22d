// Electric energy of the nodes: P = idle + (peak - idle) x u, with u the share of CPU kept busy by guests. The model is linear, so
// its time integral follows from the integrals of online time and busy CPU.
import { rounded } from '../summary-values.ts';
import { type FiguresOf, metric } from './metric.ts';
import { type NodeFigures, utilisation } from './utilisation.ts';

const MS_PER_HOUR = 3_600_000;

export interface EnergyFigures {
  /** In kWh over the measured time, of the nodes that have a power model; null when none has one. */
  readonly totalKwh: number | null;
}

export const energy = metric({
  name: 'energy',
  over: 'by instant',
  reads: [utilisation],
  start: () => ({
    hears: {},
    finish: (_endMs: number, figures: FiguresOf<[typeof utilisation]>): EnergyFigures => ({
      totalKwh: totalKwh(figures.utilisation.nodes),
    }),
  }),
  summary: {
    energyKwh: {
      unit: 'kWh',
      means: 'of nodes with a power model; `null` when none has one',
      of: (figures) => rounded(figures.totalKwh),
    },
  },
});

/** In kWh over the measured time; a node that is lost draws nothing. null when the node has no power model. */
export function nodeEnergyKwh({ power, capacity, onlineMs, busyCpuMs }: NodeFigures): number | null {
  if (power === null) return null;
  const busyMs = capacity.milliCpus === 0 ? 0 : busyCpuMs / (capacity.milliCpus / 1000);
  const wattMs = power.idleW * onlineMs + (power.peakW - power.idleW) * busyMs;
  return wattMs / MS_PER_HOUR / 1000;
}

function totalKwh(nodes: readonly NodeFigures[]): number | null {
  let total: number | null = null;
  for (const node of nodes) {
    const kwh = nodeEnergyKwh(node);
    if (kwh !== null) total = (total ?? 0) + kwh;
  }
  return total;
}
