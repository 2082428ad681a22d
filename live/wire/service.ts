// The service itself, what can be had from it, and how much of it is free.
import { type Static, Type } from 'typebox';
import {
  choice,
  closed,
  component,
  InstantMs,
  MAX_DURATION_MS,
  NamedAmounts,
  nullable,
  WireInstant,
} from './field.ts';

export const ServiceInfo = component(
  'Service',
  Type.Object({
    version: Type.String(),
    speed: Type.Number({ description: 'Milliseconds of service time per real one' }),
    timeMs: InstantMs,
    state: choice(['starting', 'running', 'recovering', 'stopping']),
    settings: Type.Object({
      holdMs: Type.Integer(),
      maxRounds: Type.Integer(),
      shortestDurationMs: Type.Integer({ description: 'Of what is asked or offered' }),
      longestDurationMs: nullable(
        Type.Integer({ description: 'null: as long as the booking horizon allows' }),
      ),
      bookingHorizonMs: Type.Integer(),
      autoActivate: Type.Boolean(),
      pledge: Type.Optional(
        Type.Object(
          {
            share: Type.Number({ description: 'Of the price of an offer: paid for it while it is held' }),
            keptOf: choice(['expired', 'unconfirmed'], {
              description:
                'Kept of offers that nobody answered, or also of those that are declined or deleted',
            }),
          },
          { description: 'Absent: offers are held for nothing' },
        ),
      ),
      waitlistMax: Type.Integer({ description: 'So many requests may wait for room at a time; 0: none' }),
      turnMs: Type.Integer({ description: 'So long is held what is offered to whoever waited' }),
      noShowGraceMs: nullable(
        Type.Integer({
          description: 'What is not activated so long after its start is given back; null: kept to its end',
        }),
      ),
    }),
    readsPreferences: Type.Boolean({
      description: 'A request may have requirements and a rank of nodes: the allocation policy reads them',
    }),
    simulated: Type.Boolean(),
    registration: choice(['open', 'closed']),
    resources: Type.Array(
      Type.Object({
        name: Type.String(),
        divisible: Type.Boolean({ description: 'A part of one can be had' }),
        pool: nullable(Type.Number({ description: 'For all nodes together; null: each has its own' })),
      }),
      { description: 'What there is beside CPU, memory and disk' },
    ),
    sites: Type.Array(Type.String(), { description: 'On which its nodes stand; a proposal may name some' }),
  }),
);
export type ServiceInfo = Static<typeof ServiceInfo>;

export const InstanceType = component(
  'InstanceType',
  Type.Object({
    name: Type.String(),
    cpus: Type.Number(),
    memoryMib: Type.Integer(),
    diskGib: Type.Integer(),
    resources: NamedAmounts,
  }),
);
export type InstanceType = Static<typeof InstanceType>;

export const Template = component(
  'Template',
  Type.Object({
    name: Type.String(),
    description: Type.String(),
    login: Type.Optional(
      Type.String({
        description:
          'Who logs in to its VMs with a key of the account; absent: keys and user-data do not get into them',
      }),
    ),
  }),
);
export type Template = Static<typeof Template>;

export const LeaseKind = component(
  'LeaseKind',
  Type.Object({
    name: Type.String({ description: 'As `kind` of a proposal takes it' }),
    summary: Type.String(),
  }),
);
export type LeaseKind = Static<typeof LeaseKind>;

/** A negotiation that is asked about: what is held for it stands in nobody's way. */
const ofNegotiation = Type.Optional(
  Type.String({ maxLength: 64, description: 'Id of a reservation of yours: what it holds counts as free' }),
);

const forProject = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 32,
    description: 'Whose limits and balance count: a project that one is a member of',
  }),
);

export const AvailabilityQuery = Type.Object(
  {
    type: Type.String({ maxLength: 64 }),
    from: WireInstant,
    to: WireInstant,
    duration: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_DURATION_MS,
        description: 'Milliseconds, of a reservation: `ownStarts` tells where it may begin',
      }),
    ),
    start: Type.Optional(
      Type.String({
        maxLength: 64,
        description:
          'With `duration`: an instant that has a step of its own in `ownStarts`, so that it is told exactly',
      }),
    ),
    reservation: ofNegotiation,
    project: forProject,
  },
  closed,
);

export const QuoteQuery = Type.Object({ reservation: ofNegotiation, project: forProject }, closed);

export const Availability = component(
  'Availability',
  Type.Object({
    type: Type.String(),
    fromMs: InstantMs,
    toMs: InstantMs,
    steps: Type.Array(
      Type.Object({
        fromMs: InstantMs,
        count: Type.Integer({ description: 'Instances that fit until the next step' }),
      }),
    ),
    own: Type.Array(
      Type.Object({
        fromMs: InstantMs,
        count: Type.Integer({ description: 'Instances that own limits leave until the next step' }),
      }),
      {
        description:
          'What the limits at each instant (reservations, vcpus) leave for one more reservation, whether or not it fits; for those of a period see ownStarts',
      },
    ),
    ownStarts: Type.Optional(
      Type.Array(
        Type.Object({
          fromMs: InstantMs,
          count: Type.Integer({
            description:
              'Instances that the limits of a period leave, from whichever instant up to the next step it begins',
          }),
        }),
        {
          description:
            'With `duration`: what the limits of a period (rolling) leave for one more reservation of that length, by its start',
        },
      ),
    ),
  }),
);
export type Availability = Static<typeof Availability>;
export type AvailabilityStep = Availability['steps'][number];

export const Health = component('Health', Type.Object({ status: Type.String(), state: Type.String() }));
