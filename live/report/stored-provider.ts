// What a database remembers of the provider that was served from it, so that its journal can be understood and replayed later.
import { Type } from 'typebox';
import { Check } from 'typebox/schema';
import { InputError } from '../../written/input-error.ts';
import type { Database } from '../database/open-database.ts';
import { SettingsStore } from '../database/settings-store.ts';

export interface StoredProvider {
  /** What the service called itself. */
  readonly name: string;
  /** The provider's settings, as the beginning of a scenario. */
  readonly yaml: string;
}

/** The setting that holds it. */
export const PROVIDER_SETTING = 'provider';
const StoredProviderValue = Type.Object({ name: Type.String(), yaml: Type.String() });

export async function storeProvider(database: Database, provider: StoredProvider): Promise<void> {
  await new SettingsStore(database).set(PROVIDER_SETTING, provider);
}

/** Undefined for a database that was never served. */
export async function readStoredProvider(database: Database): Promise<StoredProvider | undefined> {
  const value = await new SettingsStore(database).get(PROVIDER_SETTING);
  if (value === undefined || Check(StoredProviderValue, value)) return value;
  throw new InputError(
    'PEX_DATABASE',
    `database ${database.name}: its setting "${PROVIDER_SETTING}" is not understood`,
  );
}
