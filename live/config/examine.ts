// The hypervisor of a configuration under examination, with complaints in the words of the configuration.
import type { WrittenDocument } from '../../written/document.ts';
import type { Environment } from '../../written/variables.ts';
import type { Finding, HypervisorDefinition } from '../hypervisors/definition.ts';
import { hypervisorOptions } from './choose-hypervisor.ts';

/** @throws InputError PEX_CONFIG_INVALID when its section is missing or wrong, or it cannot be reached */
export async function examineHypervisor(
  entry: HypervisorDefinition,
  document: WrittenDocument,
  env: Environment,
): Promise<readonly Finding[]> {
  const options = hypervisorOptions(entry, document);
  return (await entry.doctor?.examine(options, { document, env })) ?? [];
}
