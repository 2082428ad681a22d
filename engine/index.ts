// What the engine offers to the rest of the project and to authors of policies. Other folders import from here only.
export type { Booking, BookingKind } from './calendar/booking.ts';
export type { CapacityCalendar } from './calendar/capacity-calendar.ts';
export type * from './calendar/edit.ts';
export type * from './clock/clock.ts';
export { Phase } from './clock/clock.ts';
export { VirtualClock } from './clock/virtual-clock.ts';
export type { HostTimers, WallClockOptions } from './clock/wall-clock.ts';
export { WallClock } from './clock/wall-clock.ts';
export type * from './domain/change.ts';
export { addedStretches, changedTerms } from './domain/change.ts';
export type { InstanceReply } from './domain/instance-command.ts';
export { formatInstant } from './domain/instant-text.ts';
export type * from './domain/node.ts';
export type * from './domain/outage.ts';
export * from './domain/partner-offer.ts';
export { endOf, isFinal, latestStartWithin } from './domain/proposal.ts';
export type { Dimension, ResourceScope } from './domain/resource-space.ts';
export { ResourceSpace } from './domain/resource-space.ts';
export { addResources, NO_RESOURCES, timesFits } from './domain/resources.ts';
export type { Sale } from './domain/sale.ts';
export type { SiteLink, SiteSpec } from './domain/site.ts';
export { isQueuedKind, REQUEST_KINDS } from './domain/user-request.ts';
export type * from './domain/vm.ts';
export { ENGINE_ERRORS } from './errors.ts';
export type * from './events/domain-event.ts';
export { EventDigest } from './events/event-digest.ts';
export type * from './events/outcome.ts';
export {
  OUTCOMES_WITHOUT_DEAL,
  outcomeWithoutDeal,
  RESERVATION_OUTCOMES,
  reservationOutcome,
  sessionOutcome,
} from './events/outcome.ts';
export * from './for-policies.ts';
export type * from './hypervisor/dispatcher.ts';
export { DispatcherError } from './hypervisor/dispatcher.ts';
export type * from './hypervisor/simulated/hypervisor-settings.ts';
export { MIGRATION_MODELS, migrationModel } from './hypervisor/simulated/migration/catalogue.ts';
export { alone, type MigrationSums } from './hypervisor/simulated/migration/course.ts';
export { withDisk } from './hypervisor/simulated/migration/disk.ts';
export { overDistance } from './hypervisor/simulated/migration/distance.ts';
export type * from './hypervisor/simulated/migration/migration-settings.ts';
export { scheduleNodeFaults } from './hypervisor/simulated/node-faults.ts';
export { SimulatedHypervisor } from './hypervisor/simulated/simulated-hypervisor.ts';
export type { ExistingVm } from './hypervisor/simulated/simulated-vm.ts';
export { assertNever, InvariantError, invariant } from './invariant.ts';
export type { PolicyMemory } from './policy/memory.ts';
export { formatFrames, PolicyError } from './policy/policy-error.ts';
export type { Sitting } from './policy/policy-seat.ts';
export { isForbiddenWrite, Seat } from './policy/policy-seat.ts';
export type * from './provider/commit.ts';
export type { CommandVerdict, InstanceCondition } from './provider/delivery/instance-commands.ts';
export { commandVerdicts } from './provider/delivery/instance-commands.ts';
export { EventQueue } from './provider/event-queue.ts';
export type { ImageOnItsWay, ImageOverview, ImageSettings } from './provider/images/images.ts';
export type * from './provider/input.ts';
export { DUE_PHASES } from './provider/input.ts';
export type { QueuedLease, Quote, Waiting } from './provider/inquiries.ts';
export {
  DEFAULT_LEASE_KIND,
  LEASE_KINDS,
  OVERBOOKED,
  USUAL_LEASE_KINDS,
} from './provider/leases/catalogue.ts';
export type * from './provider/leases/lease-kind.ts';
export type { SuspensionSettings } from './provider/leases/suspension.ts';
export { windowDues } from './provider/leases/window-dues.ts';
export { ADMISSION_RULE_NAMES } from './provider/negotiation/admission-rules.ts';
export type { ReservationRules, SoldDurations } from './provider/negotiation/reservation-rules.ts';
export type * from './provider/persistence.ts';
export type { NodeCondition } from './provider/provider.ts';
export { Provider } from './provider/provider.ts';
export type * from './provider/provider-settings.ts';
export type { ProviderOptions, ProviderSetup } from './provider/provider-setup.ts';
export type { AttendanceMemory } from './provider/state/attendance.ts';
export type { ForecastMemory } from './provider/state/forecast-memory.ts';
export type { ImagesSnapshot } from './provider/state/image-memory.ts';
export type { NodeRecord } from './provider/state/node-records.ts';
export type { ReplicaSettings } from './provider/state/replica-memory.ts';
export { RestoreError } from './provider/state/restore-error.ts';
export type { ServiceRecord } from './provider/state/service-record.ts';
export type * from './provider/state/snapshot.ts';
export { lostNodesOf } from './provider/state/snapshot.ts';
export { Rng } from './random/rng.ts';
export type { Spread } from './random/spread.ts';
export { simulatePaced } from './simulation/paced.ts';
export { scheduleProvisioning } from './simulation/provisioning.ts';
export type { RunOptions, RunOutcome, RunProgress } from './simulation/simulation.ts';
export { simulate } from './simulation/simulation.ts';
export type * from './simulation/world.ts';
export { ENGINE_VERSION } from './version.ts';
export * from './words.ts';
