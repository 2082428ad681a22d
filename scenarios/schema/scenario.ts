// The scenario file as a whole. Its parts are the other files of this folder; scenarios/load/scenario.ts reads one.
import { type Static, Type } from 'typebox';
import { durationOption } from '../../written/duration.ts';
import { WorkloadSource } from '../formats/source.ts';
import { ClusterField } from './cluster.ts';
import { instantField } from './fields.ts';
import { FaultsField, HypervisorField, IncidentField } from './hypervisor.ts';
import { InstanceTypesField } from './instance-types.ts';
import { ManagerField, NegotiationField } from './manager.ts';
import { BuyersField, PoliciesField } from './policies.ts';
import { UsersField } from './users.ts';

export const ScenarioFile = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'What reports call the scenario. Absent: the name of its file.',
      }),
    ),
    description: Type.String({ default: '', description: 'What it is for, in a sentence or two.' }),
    seed: Type.Integer({
      default: 1,
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      expected: 'a whole number of at least 0',
      description: 'All chance in a run comes from it: the same seed, the same run.',
    }),
    start: instantField({
      default: '2009-08-17T00:00:00Z',
      description: 'The instant at which the run begins. Times of workloads count from it.',
    }),
    horizon: durationOption({
      default: 'unlimited',
      description: 'The run stops this long after its start. "unlimited": when nothing is left to do.',
    }),
    warmUp: Type.String({
      pattern: String.raw`^(\s*(\d+(\.\d+)?\s*(ms|[smhdw])\s*)+|\d+(\.\d+)?\s*%)$`,
      expected: 'a duration with its unit, such as "36h", or a share of the horizon, such as "5%"',
      default: '0s',
      description:
        'Reports leave out the requests of the first part of a run, while the calendar fills: a duration, or a share of the horizon.',
    }),
    cluster: ClusterField,
    instanceTypes: InstanceTypesField,
    template: Type.String({
      minLength: 1,
      default: 'PEX Debian Etch 4.0 Template',
      description: 'VM template of requests that name none.',
    }),
    negotiation: NegotiationField,
    manager: ManagerField,
    hypervisor: HypervisorField,
    faults: FaultsField,
    incidents: Type.Array(IncidentField, {
      default: [],
      description: 'Node losses and maintenance at given times. They may be listed in any order.',
    }),
    users: UsersField,
    policies: PoliciesField,
    buyers: BuyersField,
    workloads: Type.Array(WorkloadSource, {
      minItems: 1,
      description: 'Where the requests come from; several are merged by time of submission.',
    }),
  },
  {
    additionalProperties: false,
    title: 'OpenPEX scenario',
    description: 'Everything that a run needs: hardware, rules, policies, users, workloads.',
  },
);
/** A scenario file with every default filled in. */
export type ScenarioFile = Static<typeof ScenarioFile>;
