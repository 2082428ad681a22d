// What nodes draw: two figures, a list of watts, or a row of a table of measurements, all as one model.
import type { PowerModel } from '../../engine/index.ts';
import type { ErrorPlace } from '../../written/input-error.ts';
import { InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import type { PathPart } from '../../written/written-value.ts';
import { readTable } from '../formats/csv-table.ts';
import { parseDecimal } from '../formats/decimal.ts';
import type { ClusterField, PowerField } from '../schema/cluster.ts';
import type { NamedFiles } from './named-files.ts';

const STEPS = Array.from({ length: 11 }, (_, i) => `p${i * 10}_W`);

/** The model of watts that stand in the scenario. */
export function powerModel(power: PowerField): PowerModel {
  if ('idleW' in power) return power;
  if (!('watts' in power)) throw new RangeError('tables are read before nodes are made');
  const { watts } = power;
  return { idleW: watts[0]!, peakW: watts.at(-1)!, watts };
}

/**
 * The same cluster, with the watts of tables in it.
 * @param at where the provider's settings stand
 * @throws InputError when a table cannot be read or does not have the server
 */
export async function withPowerRead<C extends Pick<ClusterField, 'nodes'>>(
  cluster: C,
  at: readonly PathPart[],
  files: NamedFiles,
  placeOf: (path: readonly PathPart[]) => ErrorPlace,
): Promise<C> {
  if (cluster.nodes === undefined) return cluster;
  const nodes = await Promise.all(
    cluster.nodes.map(async (group, i) => {
      const { power } = group;
      if (power === undefined || !('file' in power)) return group;
      const path = [...at, 'cluster', 'nodes', i, 'power'];
      const file = files.locate(power.file, [...path, 'file']);
      return {
        ...group,
        power: { watts: await readWatts(file, power.server, placeOf([...path, 'server'])) },
      };
    }),
  );
  return { ...cluster, nodes };
}

/** Of one server: `server`, and the watts at 0, 10 … 100 % load as `p0_W` … `p100_W`. */
async function readWatts(file: string, server: string, place: ErrorPlace): Promise<number[]> {
  const known: string[] = [];
  for await (const row of readTable(file, { required: ['server', ...STEPS] })) {
    const name = row.text('server') ?? '';
    if (name === server)
      return STEPS.map((column) => {
        const watts = parseDecimal(row.text(column) ?? '');
        return row.required(
          column,
          watts !== undefined && watts >= 0 ? watts : undefined,
          'watts, 0 or more',
        );
      });
    known.push(name);
  }
  throw new InputError(
    'PEX_SCENARIO_INCONSISTENT',
    `${file} has no server "${server}"${suggestion(server, known)}`,
    place,
  );
}
