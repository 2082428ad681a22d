// Measured machines and users, laid over those of a scenario or a service: a file as `openpex calibrate` and `openpex fit-migration` write it.
import type { TSchema } from 'typebox';
import { WrittenDocument } from '../../written/document.ts';
import { complete, findProblems, type PathPart, type Problem } from '../../written/written-value.ts';
import { FaultsField, HypervisorField } from '../schema/hypervisor.ts';
import { UsersField } from '../schema/users.ts';

/** Groups of settings that can be measured, and whether each provider has its own. */
const GROUPS: Readonly<Record<string, { readonly field: TSchema; readonly isOfProvider: boolean }>> = {
  hypervisor: { field: HypervisorField, isOfProvider: true },
  faults: { field: FaultsField, isOfProvider: true },
  users: { field: UsersField, isOfProvider: false },
};

/**
 * Each setting of a group replaces that of the document, as a whole. Where there are several providers, that of all of them.
 * @throws InputError PEX_FILE_UNREADABLE, PEX_YAML_SYNTAX, PEX_SCENARIO_INVALID when it sets something else
 */
export async function layCalibrated(
  document: WrittenDocument,
  file: string,
  providersAt: readonly PathPart[][] = [[]],
): Promise<void> {
  const calibrated = await WrittenDocument.read(file);
  const problems = problemsOf(calibrated.value);
  if (problems.length > 0) throw calibrated.error('PEX_SCENARIO_INVALID', problems);
  for (const [group, { isOfProvider }] of Object.entries(GROUPS)) {
    for (const [name, value] of Object.entries(Object(calibrated.get([group])))) {
      const { line } = calibrated.placeOf([group, name], true);
      const origin = line === undefined ? file : `${file}:${line}`;
      for (const at of isOfProvider ? providersAt : [[]])
        document.set([...at, group, name], value, origin, file);
    }
  }
}

function problemsOf(value: unknown): Problem[] {
  const names = Object.keys(GROUPS).join(', ');
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ path: [], message: `expected settings of machines and users (${names})` }];
  return Object.entries(value).flatMap(([group, settings]): Problem[] => {
    const known = GROUPS[group];
    if (known === undefined)
      return [{ path: [group], message: `is nothing that is calibrated (known: ${names})`, atKey: true }];
    if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
      return [{ path: [group], message: 'expected a group of settings' }];
    return findProblems(known.field, complete(known.field, settings), [group]);
  });
}
