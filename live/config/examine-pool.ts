// The pool of a configuration under examination, with complaints in the words of the configuration.

import type { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
import type { Environment } from '../../written/variables.ts';
import { complete, findProblems } from '../../written/written-value.ts';
import { examinePool, type Finding } from '../hypervisors/xapi/doctor.ts';
import { inWordsOfSettings, readXenSettings } from './load-xen.ts';
import { XenSection } from './xen-section.ts';

/** @throws InputError PEX_CONFIG_INVALID when the section is wrong or the pool cannot be entered */
export async function examineConfiguredPool(document: WrittenDocument, env: Environment): Promise<Finding[]> {
  const written = document.get(['xen']);
  if (written === undefined)
    throw new InputError(
      'PEX_CONFIG_INVALID',
      'expected a section `xen` with the url of a pool',
      document.placeOf([]),
    );
  const completed = complete(XenSection, written);
  const problems = findProblems(XenSection, completed);
  if (problems.length > 0)
    throw document.error(
      'PEX_CONFIG_INVALID',
      problems.map((problem) => ({ ...problem, path: ['xen', ...problem.path] })),
    );
  const settings = readXenSettings(completed as XenSection, document, env);
  return inWordsOfSettings(settings, document, (log) => examinePool(settings, log));
}
