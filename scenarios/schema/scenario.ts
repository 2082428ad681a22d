// The scenario file as a whole, in its two forms: with one provider, whose settings stand at the top, and with several, each with a name. The
// parts are the other files of this folder; scenarios/load/scenario.ts reads one.
import { type Static, Type } from 'typebox';
import { durationOption } from '../../written/duration.ts';
import { DURATION_PATTERN, parseDuration } from '../../written/time-text.ts';
import { WorkloadSource } from '../formats/source.ts';
import { instantField, seedField } from './fields.ts';
import { IncidentField } from './hypervisor.ts';
import { BuyersField, PoliciesField, UserPoliciesField } from './policies.ts';
import { ProviderFile } from './provider.ts';
import { UsersField } from './users.ts';

const name = Type.Optional(
  Type.String({
    minLength: 1,
    description: 'What reports call the scenario. Absent: the name of its file.',
  }),
);
const description = Type.String({ default: '', description: 'What it is for, in a sentence or two.' });
const start = instantField({
  default: '2009-08-17T00:00:00Z',
  description: 'The instant at which the run begins. Times of workloads count from it.',
});
const horizon = durationOption({
  default: 'unlimited',
  description:
    'The run ends this long after its start, busy or idle. "unlimited": when nothing is left to do.',
});
const warmUp = Type.Refine(
  Type.String({
    pattern: String.raw`^(${DURATION_PATTERN}|\d+(\.\d+)?\s*%)$`,
    expected: 'a duration with its unit, such as "36h", or a share of the horizon, such as "5%"',
    default: '0s',
    description:
      'Reports leave out the requests of the first part of a run, while the calendar fills: a duration, or a share of the horizon.',
  }),
  (text) => text.includes('%') || parseDuration(text) !== undefined,
  () => '',
);
const template = Type.String({
  minLength: 1,
  default: 'PEX Debian Etch 4.0 Template',
  description: 'VM template of requests that name none.',
});
const incidents = Type.Array(IncidentField, {
  default: [],
  description: 'Node losses and maintenance at given times. They may be listed in any order.',
});
const workloads = Type.Array(WorkloadSource, {
  minItems: 1,
  description: 'Where the requests come from; several are merged by time of submission.',
});

const begin = { name, description, seed: seedField, start, horizon, warmUp };
const { resources, cluster, instanceTypes, reservationRules, negotiation, manager, hypervisor, faults } =
  ProviderFile.properties;

const ABOUT = {
  additionalProperties: false,
  title: 'OpenPEX scenario',
  description: 'Everything that a run needs: hardware, rules, policies, users, workloads.',
} as const;

/** With one provider. */
export const ScenarioFile = Type.Object(
  {
    ...begin,
    resources,
    cluster,
    instanceTypes,
    template,
    reservationRules,
    negotiation,
    manager,
    hypervisor,
    faults,
    incidents,
    users: UsersField,
    policies: PoliciesField,
    buyers: BuyersField,
    workloads,
  },
  ABOUT,
);
/** A scenario file with every default filled in. */
export type ScenarioFile = Static<typeof ScenarioFile>;

const ProvidersField = Type.Record(
  Type.String(),
  Type.Union([Type.String({ minLength: 1 }), ProviderFile], {
    expected: `the settings of a provider (${Object.keys(ProviderFile.properties).join(', ')}), or the file that holds them`,
    description:
      'A provider by its name: the settings that a scenario with one provider has at the top, or the file that holds them, relative to the scenario. What such a file names is relative to that file.',
  }),
  {
    description:
      'Several providers, by name. Their settings stand here then, and not at the top; `policies` at the top has the buyer and the broker only. Each name of an instance type has one size for all of them.',
  },
);

/** With several providers. */
export const WorldFile = Type.Object(
  {
    ...begin,
    providers: ProvidersField,
    template,
    incidents,
    users: UsersField,
    policies: UserPoliciesField,
    buyers: BuyersField,
    workloads,
  },
  ABOUT,
);
export type WorldFile = Static<typeof WorldFile>;
