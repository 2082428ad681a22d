// What the engine offers to the rest of the project and to authors of policies. Other folders import from here only.
export type { Booking, BookingKind } from './calendar/booking.ts';
export type { CapacityCalendar } from './calendar/capacity-calendar.ts';
export type * from './clock/clock.ts';
export { Phase } from './clock/clock.ts';
export type { HostTimers, WallClockOptions } from './clock/wall-clock.ts';
export { WallClock } from './clock/wall-clock.ts';
export type { InstanceCommand, InstanceRefusal, InstanceReply } from './domain/instance-command.ts';
export { INSTANCE_COMMANDS } from './domain/instance-command.ts';
export type * from './domain/node.ts';
export type * from './domain/proposal.ts';
export { endOf, isFinal, RESERVATION_STATES } from './domain/proposal.ts';
export type * from './domain/resources.ts';
export {
  addResources,
  isWithin,
  multiplyResources,
  NO_RESOURCES,
  RESOURCE_NAMES,
  timesFits,
} from './domain/resources.ts';
export { formatDuration, formatInstant, parseDuration, parseInstant } from './domain/time-text.ts';
export type * from './domain/user-request.ts';
export { REQUEST_KINDS } from './domain/user-request.ts';
export type * from './domain/vm.ts';
export type { ErrorCode, ErrorPlace } from './errors.ts';
export { didYouMean, ERROR_CODES, InputError, suggestion } from './errors.ts';
export type * from './events/domain-event.ts';
export { EventDigest } from './events/event-digest.ts';
export type * from './hypervisor/dispatcher.ts';
export { DispatcherError } from './hypervisor/dispatcher.ts';
export type * from './hypervisor/simulated/hypervisor-settings.ts';
export { scheduleNodeFaults } from './hypervisor/simulated/node-faults.ts';
export type { ExistingVm } from './hypervisor/simulated/simulated-hypervisor.ts';
export { SimulatedHypervisor } from './hypervisor/simulated/simulated-hypervisor.ts';
export { assertNever, InvariantError, invariant } from './invariant.ts';
export type { PolicyContext, PolicyDefinition } from './policy/definition.ts';
export {
  allocationPolicy,
  buyerPolicy,
  counterOfferPolicy,
  highestScore,
  pricingPolicy,
} from './policy/definition.ts';
export { isWellFormed } from './policy/policy-call.ts';
export type * from './policy/ports.ts';
export { POLICY_KINDS } from './policy/ports.ts';
export type * from './policy/views.ts';
export type { CommandVerdict, InstanceCondition } from './provider/delivery/instance-commands.ts';
export { commandVerdicts } from './provider/delivery/instance-commands.ts';
export type { Verdict } from './provider/negotiation/negotiator.ts';
export type * from './provider/persistence.ts';
export type { NodeCondition, OpenPexManagerParts } from './provider/provider.ts';
export { OpenPexManager } from './provider/provider.ts';
export type * from './provider/provider-settings.ts';
export type * from './provider/state/snapshot.ts';
export { Rng } from './random/rng.ts';
export { simulatePaced } from './simulation/paced.ts';
export type * from './simulation/run-setup.ts';
export type { RunOptions, RunOutcome, RunProgress } from './simulation/simulation.ts';
export { simulate } from './simulation/simulation.ts';
