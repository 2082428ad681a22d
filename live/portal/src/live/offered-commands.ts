// Which commands the row of an instance has buttons for. What is legal is the service's to say; here only what is worth showing. Pure.
import type { PossibleCommand } from '../../../wire/instance.ts';

/** What is allowed, and what would be but for circumstances that the state of the instance does not show. */
export function offeredCommands(commands: readonly PossibleCommand[]): readonly PossibleCommand[] {
  return commands.filter(({ allowed, reason }) => allowed || reason === 'parked' || reason === 'no-node');
}
