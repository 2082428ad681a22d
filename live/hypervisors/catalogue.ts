// Every hypervisor that ships. A new one is one file or folder and one line here.
import { InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import type { HypervisorDefinition } from './definition.ts';
import { simulated } from './simulated.ts';
import { xapi } from './xapi/xapi.ts';
import { xl } from './xl/xl.ts';

/** The first one is the default. */
export type HypervisorCatalogue = readonly [HypervisorDefinition, ...HypervisorDefinition[]];

export const HYPERVISORS: HypervisorCatalogue = [simulated, xapi, xl];

/** @throws InputError PEX_USAGE with the nearest name, or all of them */
export function findHypervisor(hypervisors: HypervisorCatalogue, name: string): HypervisorDefinition {
  const found = hypervisors.find((entry) => entry.name === name || entry.aliases?.includes(name));
  if (found !== undefined) return found;
  const names = hypervisors.map((entry) => entry.name);
  throw new InputError(
    'PEX_USAGE',
    `--hypervisor: there is no hypervisor "${name}"${suggestion(name, names)}`,
  );
}

/** The key of its settings in a configuration; undefined when there is nothing to set. */
export function sectionOf({ name, options, section = name }: HypervisorDefinition): string | undefined {
  return Object.keys(options.properties).length === 0 ? undefined : section;
}
