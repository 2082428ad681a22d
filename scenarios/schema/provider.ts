// A provider as people write it: its hardware, its rules, how its simulated hypervisor behaves, the policies that decide for it. A scenario
// has one or several; a live service is one.
import { type Static, Type } from 'typebox';
import { ClusterField } from './cluster.ts';
import { seedField } from './fields.ts';
import { FaultsField, HypervisorField } from './hypervisor.ts';
import { InstanceTypesField } from './instance-types.ts';
import { ManagerField, NegotiationField } from './manager.ts';
import { OutsourcingField } from './outsourcing.ts';
import { ProviderPoliciesField, ServedPoliciesField } from './policies.ts';
import { ReservationRulesField } from './reservation-rules.ts';
import { ResourcesField } from './resources.ts';

export const ProviderFile = Type.Object(
  {
    resources: ResourcesField,
    cluster: ClusterField,
    instanceTypes: InstanceTypesField,
    reservationRules: ReservationRulesField,
    negotiation: NegotiationField,
    manager: ManagerField,
    hypervisor: HypervisorField,
    faults: FaultsField,
    outsourcing: OutsourcingField,
    policies: ProviderPoliciesField,
  },
  {
    additionalProperties: false,
    title: 'OpenPEX provider',
    description: 'A provider: hardware, rules, policies.',
  },
);
/** With every default filled in. */
export type ProviderFile = Static<typeof ProviderFile>;

/**
 * A provider that is a service: `seed` is of its simulated nodes and its policies, `policies.buyer` of the simulated users that its journal is
 * replayed with.
 */
export const ServedProviderFile = Type.Object(
  { seed: seedField, ...ProviderFile.properties, policies: ServedPoliciesField },
  { additionalProperties: false },
);
export type ServedProviderFile = Static<typeof ServedProviderFile>;
