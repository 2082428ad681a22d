// A migration that takes the time that is set for it, whatever the VM.
import type { MigrationModel } from './migration-settings.ts';

export const fixed: MigrationModel = {
  name: 'fixed',
  summary:
    'takes the time of `hypervisor.migrate` and stands still for `hypervisor.migrateDowntime`, whatever the VM',
};
