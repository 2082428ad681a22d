// The amounts behind the sizes that the components of a manifest declare.
import type { Resources } from '../../engine/index.ts';
import { toSize } from '../formats/instance-size.ts';
import type { KnownResources } from '../formats/named-amounts.ts';
import { demandOf } from '../formats/row.ts';
import type { Manifest } from './manifest.ts';

/**
 * @returns by the names of components
 * @throws InputError PEX_WORKLOAD_VALUE for an instance type, or a resource, that there is not
 */
export function declaredSizes(
  { placeOf, service: { components } }: Manifest,
  instanceTypes: ReadonlyMap<string, Resources>,
  resources: KnownResources,
): ReadonlyMap<string, Resources> {
  return new Map(
    components.map(({ name, size }) => {
      const place = placeOf(['components', name, 'size']);
      return [name, demandOf(toSize(size, resources, place), instanceTypes, place)];
    }),
  );
}
