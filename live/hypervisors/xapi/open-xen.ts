// A pool for the daemon: under the mark of the database, and with errors that say which setting to change.
import { randomBytes } from 'node:crypto';
import type { ClusterSpec } from '../../../engine/index.ts';
import { InputError } from '../../../written/input-error.ts';
import type { Database } from '../../database/open-database.ts';
import { SettingsStore } from '../../database/settings-store.ts';
import { problemOfAccess } from './check-settings.ts';
import { XenHypervisor } from './xen-hypervisor.ts';
import type { XenLog, XenSettings } from './xen-settings.ts';

export interface OpenXenParts {
  readonly settings: XenSettings;
  readonly cluster: ClusterSpec;
  readonly database: Database;
  readonly isDryRun: boolean;
  readonly log: XenLog;
}

const OWNER_KEY = 'xen-owner';

/** @throws InputError PEX_CONFIG_INVALID */
export async function openXenHypervisor({
  database,
  settings,
  ...parts
}: OpenXenParts): Promise<XenHypervisor> {
  const owner = await ownerOf(database);
  try {
    return await XenHypervisor.open({ ...parts, settings, owner });
  } catch (error) {
    const problem = problemOfAccess(error, settings);
    if (problem === undefined) throw error;
    throw new InputError(
      'PEX_CONFIG_INVALID',
      problem.message,
      { path: problem.path.join('.') },
      { cause: error },
    );
  }
}

/** Made up once for each database. */
async function ownerOf(database: Database): Promise<string> {
  const store = new SettingsStore(database);
  const known = await store.get(OWNER_KEY);
  if (typeof known === 'string') return known;
  const owner = randomBytes(4).toString('hex');
  await store.set(OWNER_KEY, owner);
  return owner;
}
