// The words of the engine that cross the wire, each spelled once: states, outcomes, commands, and why something is not done. Apart from
// index.ts, because nothing here leads to a module of Node: a browser's type check can follow it.
export { HINDRANCES, type Hindrance } from './domain/hindrance.ts';
export {
  INSTANCE_COMMANDS,
  INSTANCE_REFUSALS,
  type InstanceCommand,
  type InstanceRefusal,
} from './domain/instance-command.ts';
export { RESERVATION_STATES, type ReservationState } from './domain/proposal.ts';
export { VM_STATES, type VmState, WANTED_STATES, type WantedState } from './domain/vm.ts';
export { SESSION_OUTCOMES, type SessionOutcome } from './events/outcome.ts';
