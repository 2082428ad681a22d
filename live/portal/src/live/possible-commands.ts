// What can be done to an instance. Pure.
import type { Instance, InstanceCommand } from '../api/wire.ts';

/** Judged by what it is meant to be, as the service does: a stop is possible while it is still being started. */
export function possibleCommands({
  status,
  wanted,
}: Pick<Instance, 'status' | 'wanted'>): readonly InstanceCommand[] {
  switch (wanted) {
    case 'running':
      return status === 'RUNNING' ? ['stop', 'reboot', 'suspend', 'delete'] : ['stop', 'suspend', 'delete'];
    case 'halted':
      return ['start', 'delete'];
    case 'suspended':
      return ['resume', 'stop', 'delete'];
    default:
      return [];
  }
}
