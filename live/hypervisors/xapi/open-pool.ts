// A pool for the daemon: under the mark of its database, and with errors that say which setting to change.
import { randomBytes } from 'node:crypto';
import { InputError } from '../../../written/input-error.ts';
import type { Notes, OpenParts } from '../definition.ts';
import { codeOf, problemOfAccess } from './check-settings.ts';
import { XenHypervisor } from './xen-hypervisor.ts';
import type { XenSettings } from './xen-settings.ts';

const OWNER_KEY = 'xen-owner';

/** @throws InputError PEX_CONFIG_INVALID, PEX_HYPERVISOR_AWAY */
export async function openPool(
  settings: XenSettings,
  { notes, ...parts }: OpenParts,
): Promise<XenHypervisor> {
  const owner = await ownerIn(notes);
  try {
    return await XenHypervisor.open({ ...parts, settings, owner });
  } catch (error) {
    const problem = problemOfAccess(error, settings);
    if (problem === undefined) throw error;
    throw new InputError(
      codeOf(problem),
      problem.message,
      { path: problem.path.join('.') },
      { cause: error },
    );
  }
}

/** Made up once for each database. */
async function ownerIn(notes: Notes): Promise<string> {
  const known = await notes.get(OWNER_KEY);
  if (typeof known === 'string') return known;
  const owner = randomBytes(4).toString('hex');
  await notes.set(OWNER_KEY, owner);
  return owner;
}
