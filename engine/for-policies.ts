// What policies are made of: the ports, what they are shown, and what they count with. Apart from index.ts, because nothing here leads to the provider
// or the simulation: to list policies takes none of these.
export type * from './domain/devices.ts';
export {
  chooseDevices,
  DEVICE_RULES,
  DEVICE_UNITS,
  isDeviceAmount,
  timesOnDevices,
} from './domain/devices.ts';
export type * from './domain/proposal.ts';
export { chosenTerms } from './domain/proposal.ts';
export type * from './domain/resources.ts';
export {
  amountOf,
  isWithin,
  multiplyResources,
  namesIn,
  RESOURCE_NAMES,
  sameResources,
  subtractResources,
} from './domain/resources.ts';
export type * from './domain/user-request.ts';
export { REQUEST_KINDS } from './domain/user-request.ts';
export { PAGE_BYTES } from './hypervisor/simulated/migration/course.ts';
export type { PolicySource } from './policy/blame.ts';
export { framesOf } from './policy/blame.ts';
export type { Decision, Matter } from './policy/decision.ts';
export type { Named, PolicyDefinition, PolicyGuide } from './policy/definition.ts';
export {
  allocationPolicy,
  brokerPolicy,
  buyerPolicy,
  counterOfferPolicy,
  highestScore,
  migrationPolicy,
  preemptionPolicy,
  pricingPolicy,
  provisioningPolicy,
  recoveryPolicy,
  waitlistPolicy,
} from './policy/definition.ts';
export { frozen } from './policy/frozen.ts';
export type { FunctionOf, PolicyKey } from './policy/kinds.ts';
export { functionsOf, helperOf, KINDS, POLICY_KINDS } from './policy/kinds.ts';
export type { PolicyErrorPlace, PolicyFrame } from './policy/policy-error.ts';
export type * from './policy/ports.ts';
export { ranked } from './policy/ranked.ts';
export { isWellFormed, partTerms } from './policy/terms.ts';
export type * from './policy/views.ts';
export type { Rng } from './random/rng.ts';
