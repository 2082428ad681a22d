// A reservation as a row of the list, and the questions to that list.
import { type Static, Type } from 'typebox';
import { RESERVATION_STATES, SESSION_OUTCOMES } from '../../engine/words.ts';
import {
  All,
  choice,
  closed,
  component,
  HttpDate,
  InstantMs,
  MAX_INSTANCES,
  Micros,
  NamedAmounts,
  nullable,
  nullableChoice,
  OfProject,
  pageFields,
  ref,
} from './field.ts';
import { ImageOnItsWay } from './image.ts';
import { Label } from './label.ts';

const QueuePlace = Type.Object(
  {
    position: Type.Integer({ description: 'From 1, for the next' }),
    expectedStartTime: nullable(HttpDate),
    expectedStartTimeMs: nullable(InstantMs),
    likelyStart: nullable(
      Type.Object(
        {
          from: HttpDate,
          fromMs: InstantMs,
          likely: HttpDate,
          likelyMs: InstantMs,
          until: HttpDate,
          untilMs: InstantMs,
        },
        {
          description:
            'An interval that the start is to be in as often as the provider is set to (`manager.startForecast`), by how long leases before it have run of what they asked for, and the likeliest start in it; null: nothing is forecast',
        },
      ),
    ),
  },
  {
    description:
      'While it waits for its turn; the start is that of the present plan, and may come sooner or later',
  },
);

const WaitlistPlace = Type.Object(
  {
    position: Type.Integer({ description: 'From 1, for whoever is to have the next turn' }),
    since: HttpDate,
    sinceMs: InstantMs,
    until: HttpDate,
    untilMs: InstantMs,
    likelyTurn: nullable(
      Type.Object(
        {
          chance: Type.Number({
            minimum: 0,
            maximum: 1,
            description: 'That the turn comes before the request is given up',
          }),
          from: HttpDate,
          fromMs: InstantMs,
          until: HttpDate,
          untilMs: InstantMs,
        },
        {
          description:
            'How likely the turn comes, and an interval that it is to be in, if it comes, as often as the provider is set to (`manager.startForecast`), by what became of those that waited before; null: nothing is forecast, or too few have waited yet',
        },
      ),
    ),
  },
  { description: 'While it waits for room; `until` it is given up' },
);

/** What a confirmed reservation would be. */
const ChangeOnOffer = Type.Object(
  {
    reply: choice(['ACCEPT', 'COUNTER']),
    startTime: HttpDate,
    startTimeMs: InstantMs,
    duration: Type.Integer(),
    numInstancesFixed: Type.Integer(),
    priceMicros: Micros,
    differenceMicros: Type.Integer({
      description: 'What it costs, or gives back when it is negative',
    }),
    holdUntil: HttpDate,
    holdUntilMs: InstantMs,
  },
  { description: 'Other terms that are on offer and wait for an answer; null: none are' },
);

const Leeway = Type.Object(
  {
    deadline: Type.Optional(HttpDate),
    deadlineMs: Type.Optional(InstantMs),
    latestStartTime: Type.Optional(HttpDate),
    latestStartTimeMs: Type.Optional(InstantMs),
    minDuration: Type.Optional(Type.Integer()),
    minInstances: Type.Optional(Type.Integer()),
  },
  { description: 'What its user takes as well; null: nothing else' },
);

export const Reservation = component(
  'Reservation',
  Type.Object({
    activatedInstances: Type.Integer(),
    endTime: nullable(HttpDate),
    numInstancesFixed: nullable(Type.Integer()),
    numInstancesOption: nullable(Type.Integer()),
    requestId: Type.String(),
    startTime: nullable(HttpDate),
    status: choice(RESERVATION_STATES),
    template: nullable(Type.String()),
    type: nullable(Type.String()),
    userid: Type.Integer(),
    id: Type.String({ description: 'The same as requestId' }),
    duration: nullable(Type.Integer()),
    startTimeMs: nullable(InstantMs),
    endTimeMs: nullable(InstantMs),
    username: Type.String(),
    ...Label.properties,
    priceMicros: Micros,
    pledgedMicros: Type.Optional(
      Type.Integer({ description: 'Of the price, paid for the offer while it is held; absent: nothing' }),
    ),
    partOf: Type.Optional(
      Type.String({
        description:
          'The reservation for which it was offered, as a further window, and with which it was answered; absent: it was asked for itself',
      }),
    ),
    maxPriceMicros: nullable(Micros),
    earliestStartTime: nullable(HttpDate),
    kind: nullable(Type.String({ description: 'Of the lease' })),
    leeway: nullable(Leeway),
    startsItself: Type.Boolean({ description: 'Its VMs start when its window opens, activated or not' }),
    startSlides: Type.Boolean({ description: 'Confirmed after its start, it begins then' }),
    requirements: nullable(Type.String({ description: 'Which nodes its user would have; null: any' })),
    rank: nullable(
      Type.String({ description: 'What its user has nodes ranked by; null: as the service does' }),
    ),
    holdUntil: nullable(HttpDate),
    holdUntilMs: nullable(InstantMs),
    lastReply: nullableChoice(['ACCEPT', 'COUNTER'], 'The offer that waits for an answer'),
    round: Type.Integer(),
    change: nullable(ChangeOnOffer),
    windowOpen: Type.Boolean(),
    optionsClaimed: Type.Integer(),
    nodes: Type.Array(Type.String()),
    sites: Type.Optional(
      Type.Array(Type.String(), {
        description: 'Those of which its user would have one, the most wanted first; absent: any nodes',
      }),
    ),
    site: Type.Optional(
      Type.String({
        description: 'Of the sites that were asked for, the one that all instances are on; absent: none was',
      }),
    ),
    partner: nullable(
      Type.String({
        description: 'Another service, which holds or delivers it for this one; null: none does',
      }),
    ),
    queue: nullable(QueuePlace),
    waitlist: nullable(WaitlistPlace),
    image: Type.Optional(ImageOnItsWay),
    cpus: nullable(Type.Number({ description: 'Of one instance' })),
    memoryMib: nullable(Type.Integer()),
    diskGib: nullable(Type.Integer()),
    resources: NamedAmounts,
    createdTime: HttpDate,
    createdTimeMs: InstantMs,
    confirmedTime: nullable(HttpDate),
    activatedTime: nullable(HttpDate),
    endedTime: nullable(HttpDate),
    endReason: nullable(Type.String()),
    outcome: nullableChoice(
      SESSION_OUTCOMES,
      'What became of it, as reports say it, whatever its status is called; null while it goes on',
    ),
    noShow: Type.Boolean(),
    refundMicros: Micros,
    penaltyMicros: Micros,
  }),
);
/** The terms are null while there was no proposal. */
export type Reservation = Static<typeof Reservation>;
export type ReservationState = Reservation['status'];
export type Outcome = NonNullable<Reservation['outcome']>;

export const ReservationQuery = Type.Object(
  {
    ...pageFields,
    state: Type.Optional(Type.Array(choice(RESERVATION_STATES), { maxItems: RESERVATION_STATES.length })),
    all: All,
    project: OfProject,
  },
  closed,
);

export const ClaimBody = Type.Object({ count: Type.Integer({ minimum: 1, maximum: MAX_INSTANCES }) }, closed);

export const Claim = Type.Object({
  granted: Type.Integer({ description: 'Optional instances that started' }),
  reservation: ref(Reservation),
});
export type Claim = Static<typeof Claim>;
