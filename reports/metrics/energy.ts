// Electric energy of the nodes, by what each draws when guests keep so much of its CPUs busy, and what live migrations add to it.
import type { EventOf } from '../../engine/index.ts';
import { rounded } from '../summary-values.ts';
import { type FiguresOf, metric, type StreamStart } from './metric.ts';
import type { NodeFigures } from './node-meters.ts';
import { utilisation } from './utilisation.ts';

const MS_PER_HOUR = 3_600_000;

const JOULES_PER_KWH = 3_600_000;

export interface EnergyFigures {
  /** In kWh over the measured time, of the nodes that have a power model; null when none has one. */
  readonly totalKwh: number | null;
  /** What live migrations take beyond that. */
  readonly migrationsKwh: number;
}

export const energy = metric({
  name: 'energy',
  over: 'by instant',
  reads: [utilisation],
  start: ({ measuredFromMs }: StreamStart) => {
    let joules = 0;
    return {
      hears: {
        'vm-migrated': ({ atMs, sentBytes }: EventOf<'vm-migrated'>) => {
          if (atMs >= measuredFromMs && sentBytes !== undefined) joules += migrationJoules(sentBytes);
        },
      },
      finish: (_endMs: number, figures: FiguresOf<[typeof utilisation]>): EnergyFigures => ({
        totalKwh: totalKwh(figures.utilisation.nodes),
        migrationsKwh: joules / JOULES_PER_KWH,
      }),
    };
  },
  summary: {
    energyKwh: {
      unit: 'kWh',
      means: 'of nodes with a power model; `null` when none has one',
      of: (figures) => rounded(figures.totalKwh),
    },
    migrationEnergyKwh: {
      unit: 'kWh',
      means:
        'beyond that, of live migrations whose hypervisor tells what they sent, by the bytes: 0.512 J per MB + 20.165 J for each (Liu et al. 2011)',
      of: ({ migrationsKwh }) => rounded(migrationsKwh),
    },
  },
});

/** Of both hosts together: Liu, Xu, Jin, Gong, Liao, HPDC 2011. */
function migrationJoules(sentBytes: number): number {
  return 0.512 * (sentBytes / 1e6) + 20.165;
}

/** In kWh over the measured time; a node that is lost draws nothing. null when the node has no power model. */
export function nodeEnergyKwh({ power, wattMs }: NodeFigures): number | null {
  return power === null ? null : wattMs / MS_PER_HOUR / 1000;
}

function totalKwh(nodes: readonly NodeFigures[]): number | null {
  let total: number | null = null;
  for (const node of nodes) {
    const kwh = nodeEnergyKwh(node);
    if (kwh !== null) total = (total ?? 0) + kwh;
  }
  return total;
}
