// Policies that fill or spread by what an instance leaves free: by the scarcest resource, or by one that their user names.
import { Type } from 'typebox';
import { RESOURCE_NAMES } from '../../engine/for-policies.ts';

const [CPU, MEMORY, DISK] = RESOURCE_NAMES;
const SHORT_NAMES: Readonly<Record<string, string>> = { cpu: CPU, memory: MEMORY, disk: DISK };

export const countedResource = Type.String({
  minLength: 1,
  default: 'scarcest',
  expected: 'scarcest, cpu, memory, disk, or a resource that the provider names',
  description:
    'The only resource that counts: cpu, memory, disk or one that the provider names. scarcest: on each node the one of which the least is left.',
});

/** As rankings of the engine call it. A node that does not have it counts as wholly free. */
export function rankedResource(name: string): string | undefined {
  return name === 'scarcest' ? undefined : (SHORT_NAMES[name] ?? name);
}
