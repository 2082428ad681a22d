// Measured machines and users, laid over those of a scenario or a service: a file as `openpex calibrate` and `openpex fit-migration` write it.
import { WrittenDocument } from '../../written/document.ts';
import type { PathPart, Problem } from '../../written/written-value.ts';

/** Groups of settings that can be measured, and whether each provider has its own. */
const GROUPS: Readonly<Record<string, { readonly isOfProvider: boolean }>> = {
  hypervisor: { isOfProvider: true },
  faults: { isOfProvider: true },
  users: { isOfProvider: false },
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
  const known = Object.keys(GROUPS).join(', ');
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return [{ path: [], message: `expected settings of machines and users (${known})` }];
  return Object.entries(value).flatMap(([group, settings]): Problem[] => {
    if (GROUPS[group] === undefined)
      return [{ path: [group], message: `is nothing that is calibrated (known: ${known})`, atKey: true }];
    if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
      return [{ path: [group], message: 'expected a group of settings' }];
    return [];
  });
}
