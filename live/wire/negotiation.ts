// The messages of a negotiation, as the figures of the 2009 report have them, with what was added since.
import { type Static, Type } from 'typebox';
import {
  choice,
  closed,
  component,
  HttpDate,
  InstantMs,
  MAX_DURATION_MS,
  MAX_INSTANCES,
  MAX_MICROS,
  Micros,
  nullable,
  ref,
} from './field.ts';
import { labelFields } from './label.ts';

const PROVIDER_REPLIES = [
  'ACCEPT',
  'COUNTER',
  'WAITLISTED',
  'REJECT',
  'CONFIRM_REQUEST',
  'REQUEST_SUCCESS',
  'REQUEST_FAILED',
] as const;

export const USER_REPLIES = ['ACCEPT', 'CONFIRM', 'REJECT', 'COUNTER'] as const;

/** Characters of an expression over nodes, at most. */
const MAX_EXPRESSION = 1000;

/** Second choices of one request, at most. */
const MAX_CHOICES = 10;
const MAX_SITES = 100;

const SecondChoice = Type.Object(
  {
    startTime: Type.Optional(
      Type.String({ maxLength: 64, description: 'RFC 1123, or ISO 8601 with a zone' }),
    ),
    duration: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_DURATION_MS, description: 'Milliseconds' }),
    ),
    numInstancesFixed: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_INSTANCES })),
    type: Type.Optional(
      Type.String({ minLength: 1, maxLength: 64, description: 'Name of an instance type' }),
    ),
    maxPriceMicros: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_MICROS,
        description: 'The most that will be paid for it; absent: as much as for the first choice',
      }),
    ),
  },
  { ...closed, minProperties: 1 },
);

export const proposalFields = {
  duration: Type.Integer({ minimum: 1, maximum: MAX_DURATION_MS, description: 'Milliseconds' }),
  numInstancesFixed: Type.Integer({ minimum: 1, maximum: MAX_INSTANCES, description: 'Guaranteed' }),
  numInstancesOption: Type.Optional(
    Type.Integer({ minimum: 0, maximum: MAX_INSTANCES, description: 'May be claimed later' }),
  ),
  startTime: Type.Optional(
    Type.String({ maxLength: 64, description: 'RFC 1123, or ISO 8601 with a zone; absent: now' }),
  ),
  template: Type.Optional(
    Type.String({ maxLength: 200, description: 'Absent: the first that the service has' }),
  ),
  type: Type.String({ minLength: 1, maxLength: 64, description: 'Name of an instance type' }),
  maxPriceMicros: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: MAX_MICROS,
      description: 'The most that will be paid for all of it',
    }),
  ),
  earliestStartTime: Type.Optional(
    Type.String({ maxLength: 64, description: 'A counter-offer may start as early as this' }),
  ),
  kind: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'Kind of the lease; absent: advance' }),
  ),
  deadline: Type.Optional(
    Type.String({ maxLength: 64, description: 'Of the kinds deadline and flexible: it ends no later' }),
  ),
  latestStartTime: Type.Optional(
    Type.String({ maxLength: 64, description: 'Of the kinds deadline and flexible; absent: any start' }),
  ),
  minDuration: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_DURATION_MS,
      description: 'Of the kind flexible: milliseconds; absent: all of the duration',
    }),
  ),
  minInstances: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_INSTANCES,
      description: 'Of the kind flexible: of the guaranteed ones; absent: all of them',
    }),
  ),
  startsItself: Type.Optional(
    Type.Boolean({
      description: 'Its VMs start when its window opens, activated or not; absent: as the service is set up',
    }),
  ),
  startSlides: Type.Optional(
    Type.Boolean({
      description:
        'Confirmed after its start, all of the duration is had from then on, where there is room; absent: if startTime is absent, too',
    }),
  ),
  waitUntil: Type.Optional(
    Type.String({
      maxLength: 64,
      description: 'Where there is no room, wait for some until then at most, on the waitlist',
    }),
  ),
  waitInstead: Type.Optional(
    Type.Boolean({ description: 'With waitUntil: rather wait than hear a counter-offer' }),
  ),
  requirements: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: MAX_EXPRESSION,
      description:
        'Which nodes are taken before all others, and where what is moved may go: an expression over nodes, such as FREE_CPU > 100 & CLUSTER = "blue*"; where the service reads such',
    }),
  ),
  rank: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: MAX_EXPRESSION,
      description: 'What nodes are ranked by, the highest first, such as -RUNNING_VMS; likewise',
    }),
  ),
  otherwise: Type.Optional(
    Type.Array(SecondChoice, {
      minItems: 1,
      maxItems: MAX_CHOICES,
      description: 'What will do as well, the most wanted first, where this cannot be had: what each changes',
    }),
  ),
  sites: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
      minItems: 1,
      maxItems: MAX_SITES,
      description: 'Sites of which one is to have all instances, the most wanted first; absent: any nodes',
    }),
  ),
};

/** Fields of an answer that a client may send back as they are. */
const echoedFields = {
  id: Type.Optional(Type.Unknown({ description: 'Ignored' })),
  userid: Type.Optional(Type.Unknown({ description: 'Ignored' })),
  startTimeMs: Type.Optional(Type.Unknown({ description: 'Ignored' })),
  site: Type.Optional(Type.Unknown({ description: 'Ignored' })),
};

/** Terms as a client sends them. */
export const ProposalBody = Type.Object({ ...proposalFields, ...echoedFields }, closed);
export type ProposalBody = Static<typeof ProposalBody>;

/** A request: whose it is to be, and what it is called. */
export const RequestBody = Type.Object(
  {
    ...proposalFields,
    ...echoedFields,
    ...labelFields,
    project: Type.Optional(
      Type.String({ minLength: 1, maxLength: 32, description: 'The project that it is for, and that pays' }),
    ),
  },
  closed,
);
export type RequestBody = Static<typeof RequestBody>;

/** In answers other than COUNTER the proposal is ignored but for its id. */
const EchoedProposal = Type.Partial(
  Type.Object({
    ...proposalFields,
    ...echoedFields,
    id: Type.Optional(
      nullable(Type.String({ maxLength: 64, description: "The reservation's; may be left out" })),
    ),
  }),
  closed,
);

export const ReplyBody = Type.Object(
  {
    reply: Type.String({
      maxLength: 32,
      description: 'ACCEPT, CONFIRM, REJECT or COUNTER; COUNTER needs a proposal',
      examples: [...USER_REPLIES],
    }),
    proposal: Type.Optional(
      Type.Unsafe<Static<typeof EchoedProposal> | null>({ ...EchoedProposal, type: ['object', 'null'] }),
    ),
    reason: Type.Optional(
      nullable(Type.String({ maxLength: 500, description: 'With REJECT: why, for the record' })),
    ),
    priceMicros: Type.Optional(Type.Unknown({ description: 'Ignored' })),
    pledgeMicros: Type.Optional(Type.Unknown({ description: 'Ignored' })),
    holdUntil: Type.Optional(Type.Unknown({ description: 'Ignored' })),
    holdUntilMs: Type.Optional(Type.Unknown({ description: 'Ignored' })),
  },
  closed,
);
export type ReplyBody = Static<typeof ReplyBody>;

/** A reply as it should be; the body is read more leniently. */
export type UserAnswer =
  | { readonly reply: 'ACCEPT' | 'CONFIRM' | 'REJECT'; readonly reason?: string }
  | { readonly reply: 'COUNTER'; readonly proposal: Omit<ProposalBody, 'id'> };

/** Terms as the service sends them. */
export const Proposal = component(
  'Proposal',
  Type.Object({
    duration: Type.Integer(),
    id: Type.String({ examples: ['5D0FA0EB-90A8-F4E6-1DFF-61B2CEC6AD91'] }),
    numInstancesFixed: Type.Integer(),
    numInstancesOption: Type.Integer(),
    startTime: HttpDate,
    template: Type.String(),
    type: Type.String(),
    userid: Type.Integer(),
    startTimeMs: InstantMs,
    maxPriceMicros: Type.Optional(Micros),
    earliestStartTime: Type.Optional(HttpDate),
    kind: Type.Optional(Type.String({ description: 'As it was asked; absent: advance' })),
    deadline: Type.Optional(HttpDate),
    latestStartTime: Type.Optional(HttpDate),
    minDuration: Type.Optional(Type.Integer()),
    minInstances: Type.Optional(Type.Integer()),
    startsItself: Type.Optional(Type.Boolean()),
    startSlides: Type.Optional(Type.Boolean()),
    waitUntil: Type.Optional(HttpDate),
    waitInstead: Type.Optional(Type.Boolean()),
    requirements: Type.Optional(Type.String()),
    rank: Type.Optional(Type.String()),
    otherwise: Type.Optional(
      Type.Array(
        Type.Object({
          startTime: Type.Optional(HttpDate),
          duration: Type.Optional(Type.Integer()),
          numInstancesFixed: Type.Optional(Type.Integer()),
          type: Type.Optional(Type.String()),
          maxPriceMicros: Type.Optional(Micros),
        }),
      ),
    ),
    sites: Type.Optional(Type.Array(Type.String())),
    site: Type.Optional(Type.String({ description: 'Of these, the one that all instances are to be on' })),
  }),
);
export type Proposal = Static<typeof Proposal>;

const ProposalOrNone = Type.Unsafe<Proposal | null>({ anyOf: [{ $ref: 'Proposal#' }, { type: 'null' }] });

/** What stands in the way of what was asked. */
export const Bottleneck = component(
  'Bottleneck',
  Type.Object({
    by: choice(['capacity', 'claim-risk', 'price']),
    resource: Type.Optional(
      Type.String({
        description: 'Of which too little is free: cpus, memoryMib, diskGib, or one that the provider names',
      }),
    ),
    scope: Type.Optional(
      choice(['node', 'pool'], { description: 'Counted for each node, or for all together' }),
    ),
    shortfall: Type.Optional(Type.Integer({ description: 'Guaranteed instances that have no room' })),
    nodes: Type.Optional(
      Type.Integer({ description: 'On so many nodes there would be room for more if there were more of it' }),
    ),
    nodeIds: Type.Optional(Type.Array(Type.String(), { description: 'The first of them' })),
    from: Type.Optional(HttpDate),
    fromMs: Type.Optional(InstantMs),
    until: Type.Optional(HttpDate),
    untilMs: Type.Optional(InstantMs),
    priceMicros: Type.Optional(Micros),
    maxPriceMicros: Type.Optional(Micros),
  }),
);
export type Bottleneck = Static<typeof Bottleneck>;

/** Other terms that would be granted at that instant. */
export const Alternative = component(
  'Alternative',
  Type.Object({ proposal: ref(Proposal), priceMicros: Micros }),
);
export type Alternative = Static<typeof Alternative>;

/** What the provider says to a message of the user, and to a question for a quote. */
export const NegotiationReply = component(
  'NegotiationReply',
  Type.Object({
    proposal: ProposalOrNone,
    reply: choice(PROVIDER_REPLIES),
    priceMicros: Type.Optional(Micros),
    differenceMicros: Type.Optional(
      Type.Integer({ description: 'Of a change: what it costs, or gives back when it is negative' }),
    ),
    pledgeMicros: Type.Optional(
      Type.Integer({
        description:
          'Of an offer: paid for it while it is held. It counts towards the price; `settings.pledge` of the service says of which offers it is kept',
      }),
    ),
    holdUntil: Type.Optional(HttpDate),
    holdUntilMs: Type.Optional(InstantMs),
    waitsUntil: Type.Optional(HttpDate),
    waitsUntilMs: Type.Optional(InstantMs),
    reason: Type.Optional(
      Type.String({
        description:
          'Why REJECT, or WAITLISTED; with COUNTER: node-outage where there would be room if no node were out',
      }),
    ),
    detail: Type.Optional(Type.String({ description: 'The reason in words, where it needs some' })),
    alternatives: Type.Optional(
      Type.Array(ref(Alternative), {
        description:
          'With COUNTER: what else there is, the best first. Nothing is held for it; COUNTER with its proposal asks for it',
      }),
    ),
    parts: Type.Optional(
      Type.Array(ref(Alternative), {
        description:
          'With COUNTER: further windows that are held with the proposal, each a reservation of its own, whose id its proposal has, at its own price. ACCEPT, CONFIRM, REJECT and COUNTER of the offer are for all of them',
      }),
    ),
    bottleneck: Type.Optional(ref(Bottleneck)),
    refusal: Type.Optional(
      Type.Object(
        {
          code: Type.String(),
          detail: Type.String(),
          within: Type.Optional(
            Type.Object(
              { numInstancesFixed: Type.Optional(Type.Integer()), duration: Type.Optional(Type.Integer()) },
              {
                description:
                  'What the limits leave of it: so many instances for as long, or, in milliseconds, as many for so long; what is absent, they do not',
              },
            ),
          ),
        },
        {
          description:
            'Of a quote: the request would be refused all the same, for the limits or the balance of whose it would be (docs/errors.md)',
        },
      ),
    ),
  }),
);
export type NegotiationReply = Static<typeof NegotiationReply>;

/** What another service would answer. */
export const PartnerQuote = component(
  'PartnerQuote',
  Type.Object({
    name: Type.String({ description: 'As the operator of this service calls it' }),
    url: Type.String({ description: 'Where it can be asked for' }),
    quote: Type.Optional(ref(NegotiationReply)),
    trouble: Type.Optional(Type.String({ description: 'Why there is no quote of it' })),
  }),
);
export type PartnerQuote = Static<typeof PartnerQuote>;

/** One message of a negotiation, looked at later. */
export const Offer = component(
  'Offer',
  Type.Object({
    round: Type.Integer(),
    time: HttpDate,
    timeMs: InstantMs,
    from: choice(['user', 'provider']),
    message: Type.String(),
    proposal: ProposalOrNone,
    priceMicros: nullable(Micros),
    holdUntil: nullable(HttpDate),
    holdUntilMs: nullable(InstantMs),
    reason: nullable(Type.String()),
    pledgeMicros: Type.Optional(Micros),
    alternatives: Type.Optional(Type.Array(ref(Alternative))),
    parts: Type.Optional(Type.Array(ref(Alternative))),
    bottleneck: Type.Optional(ref(Bottleneck)),
  }),
);
export type Offer = Static<typeof Offer>;

/** Other terms for a confirmed reservation; what is left out stays as it is. */
export const ChangeBody = Type.Object(
  {
    startTime: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'RFC 1123, or ISO 8601 with a zone; before the window opens only',
      }),
    ),
    duration: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_DURATION_MS,
        description: 'Milliseconds from the start on, also when that has passed',
      }),
    ),
    numInstancesFixed: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_INSTANCES })),
    maxPriceMicros: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: MAX_MICROS,
        description: 'The most that the whole reservation may then cost',
      }),
    ),
  },
  closed,
);
export type ChangeBody = Static<typeof ChangeBody>;

export const CHANGE_ANSWERS = ['ACCEPT', 'CONFIRM', 'REJECT'] as const;

export const ChangeAnswerBody = Type.Object(
  {
    reply: choice(CHANGE_ANSWERS),
  },
  closed,
);
export type ChangeAnswerBody = Static<typeof ChangeAnswerBody>;
