// What is told in the simulator of the service, as data: a provider, what people do, what goes wrong. A story with its seed is told the same way
// every time; one with less in it is a story, too.
import { type Static, Type } from 'typebox';

const Ms = Type.Integer({ minimum: 0 });
const Index = Type.Integer({ minimum: 0 });
const strict = { additionalProperties: false };

/** What a user does about a reservation, one after the other. */
export const DEEDS = [
  'confirm',
  'decline',
  'activate',
  'cancel',
  'extend',
  'claim',
  'ask-again',
  'stop',
  'start',
  'pause',
  'unpause',
  'suspend',
  'resume',
  'reboot',
] as const;
export type Deed = (typeof DEEDS)[number];

const Reserve = Type.Object(
  {
    kind: Type.Literal('reserve'),
    atMs: Ms,
    user: Index,
    type: Type.String(),
    count: Type.Integer({ minimum: 1 }),
    options: Index,
    startInMs: Ms,
    durationMs: Ms,
    startsItself: Type.Optional(Type.Boolean()),
    /** Waits for room so long; absent: not at all. */
    waitMs: Type.Optional(Ms),
    deeds: Type.Array(Type.Object({ afterMs: Ms, what: Type.Enum([...DEEDS]) }, strict)),
  },
  strict,
);
const Deposit = Type.Object(
  {
    kind: Type.Literal('deposit'),
    atMs: Ms,
    user: Index,
    amountMicros: Type.Integer(),
    /** Sent with an Idempotency-Key. */
    hasKey: Type.Boolean(),
  },
  strict,
);
const Drain = Type.Object({ kind: Type.Literal('drain'), atMs: Ms, node: Index, forMs: Ms }, strict);
export const Errand = Type.Union([Reserve, Deposit, Drain]);
export type Errand = Static<typeof Errand>;
export type Reserve = Static<typeof Reserve>;

/** Skipped: so many statements or calls of the kind, or replies, from that instant on. */
const afterStatements = { atMs: Ms, skip: Index };
/** What goes wrong with a Xen pool by itself. */
const PoolFault = Type.Union([
  Type.Object({ kind: Type.Literal('pool-away'), atMs: Ms, forMs: Ms }, strict),
  Type.Object(
    {
      kind: Type.Literal('slow-pool'),
      atMs: Ms,
      forMs: Ms,
      latencyMs: Ms,
      factor: Type.Number({ minimum: 1 }),
    },
    strict,
  ),
  Type.Object({ kind: Type.Literal('stalled-events'), atMs: Ms, forMs: Ms }, strict),
  Type.Object({ kind: Type.Literal('master-change'), atMs: Ms, node: Index }, strict),
  Type.Object(
    {
      kind: Type.Literal('toolstack-crash'),
      atMs: Ms,
      forMs: Ms,
      inFlight: Type.Enum(['abandoned', 'completed']),
    },
    strict,
  ),
  Type.Object({ kind: Type.Literal('lost-tasks'), atMs: Ms }, strict),
  Type.Object(
    { kind: Type.Literal('guest-crash'), atMs: Ms, vm: Index, action: Type.Enum(['destroy', 'restart']) },
    strict,
  ),
]);

export const Fault = Type.Union([
  Type.Object({ kind: Type.Literal('crash'), atMs: Ms, downMs: Ms }, strict),
  Type.Object(
    {
      kind: Type.Literal('crash-in-commit'),
      ...afterStatements,
      when: Type.Enum(['before', 'after']),
      downMs: Ms,
    },
    strict,
  ),
  Type.Object({ kind: Type.Literal('lost-commit'), ...afterStatements }, strict),
  Type.Object({ kind: Type.Literal('lost-answer'), ...afterStatements }, strict),
  Type.Object({ kind: Type.Literal('late-commit'), ...afterStatements, ms: Ms }, strict),
  Type.Object({ kind: Type.Literal('slow-commit'), ...afterStatements, ms: Ms }, strict),
  Type.Object({ kind: Type.Literal('torn-commit'), ...afterStatements }, strict),
  Type.Object({ kind: Type.Literal('database-away'), atMs: Ms, forMs: Ms }, strict),
  Type.Object({ kind: Type.Literal('lost-reply'), ...afterStatements }, strict),
  Type.Object({ kind: Type.Literal('node-loss'), atMs: Ms, node: Index, forMs: Ms }, strict),
  Type.Object({ kind: Type.Literal('blind-look'), atMs: Ms, forMs: Ms }, strict),
  Type.Object({ kind: Type.Literal('outside-stop'), atMs: Ms, vm: Index }, strict),
  Type.Object({ kind: Type.Literal('clock-jump'), atMs: Ms, byMs: Type.Integer(), forMs: Ms }, strict),
  Type.Object({ kind: Type.Literal('clock-set'), atMs: Ms, byMs: Type.Integer(), forMs: Ms }, strict),
  Type.Object(
    {
      kind: Type.Literal('crash-in-call'),
      ...afterStatements,
      when: Type.Enum(['before', 'after']),
      downMs: Ms,
    },
    strict,
  ),
  Type.Object({ kind: Type.Literal('lost-pool-answer'), ...afterStatements }, strict),
  ...PoolFault.anyOf,
]);
export type Fault = Static<typeof Fault>;
export type PoolFault = Static<typeof PoolFault>;
export type FaultKind = Fault['kind'];

/** The switches, with what each does. */
const USUAL_FAULTS = {
  crash: 'the process is killed, at any instant',
  'crash-in-commit': 'the process is killed at a statement, before or after the database did it',
  'lost-commit': 'a commit fails, and nothing of it is stored',
  'lost-answer': 'a commit is stored, and the connection is lost before its answer',
  'late-commit': 'the connection is lost at a commit, and the server stores it later, if it still can',
  'slow-commit': 'a commit takes seconds',
  'torn-commit': 'a statement in the middle of a transaction fails',
  'database-away': 'the database refuses everything for a while',
  'lost-reply': 'an answer to a client is lost on its way',
  'node-loss': 'a node dies with its VMs and comes back later',
  'blind-look': 'the process is killed, and the hypervisor tells nobody for a while what there is',
  'outside-stop': 'somebody stops a VM at the console of its node',
  'clock-jump': 'somebody sets the clock of the machine, and sets it right later',
  'clock-set': 'the clock of the machine was wrong and is set right, and later an operator says so',
} as const satisfies Partial<Record<FaultKind, string>>;
/** Of a Xen pool: `hypervisor` of a story says that there is one. */
const FAULTS_OF_POOLS = {
  'crash-in-call':
    'the process is killed at a call that changes something in the pool, before or after the pool took it',
  'lost-pool-answer': 'the pool carries out a call, and the connection is lost before its answer',
  'pool-away': 'no host of the pool is reached for a while',
  'slow-pool': 'answers of the pool take seconds, and its operations many times as long',
  'stalled-events': 'the pool tells no events for a while',
  'master-change': 'another host becomes master, and all toolstacks restart',
  'toolstack-crash': "the master's toolstack dies with its sessions and tasks, and comes back later",
  'lost-tasks': 'the pool forgets its tasks, whose operations go on',
  'guest-crash': 'a guest crashes, and is gone or boots again',
} as const satisfies Partial<Record<FaultKind, string>>;
export const FAULTS: Readonly<Record<FaultKind, string>> = { ...USUAL_FAULTS, ...FAULTS_OF_POOLS };
export const FAULT_KINDS = Object.keys(FAULTS) as FaultKind[];

export function isOfPools(kind: FaultKind): boolean {
  return kind in FAULTS_OF_POOLS;
}

/** What carries the VMs of a story, as `--hypervisor` of a service has it. */
export const STORY_HYPERVISORS = ['simulated', 'xapi'] as const;
export type StoryHypervisor = (typeof STORY_HYPERVISORS)[number];

export const ServiceStory = Type.Object(
  {
    nodes: Type.Integer({ minimum: 1 }),
    users: Type.Integer({ minimum: 1 }),
    holdMs: Ms,
    /** Chance that an operation of the hypervisor fails. */
    operationFailure: Type.Number({ minimum: 0, maximum: 1 }),
    autoActivate: Type.Boolean(),
    /** Absent: simulated nodes. */
    hypervisor: Type.Optional(Type.Enum([...STORY_HYPERVISORS])),
    /** Name of the migration policy, which looks every half minute at guests whose load changes; absent: none. */
    migration: Type.Optional(Type.String()),
    /** Sent to simulated nodes before leases begin; absent: they are there. */
    images: Type.Optional(
      Type.Object(
        {
          transfer: Type.Enum(['multicast', 'unicast']),
          /** How long one is sent to a node. */
          ms: Type.Integer({ minimum: 100, multipleOf: 100 }),
          /** So many each node keeps. */
          kept: Index,
        },
        strict,
      ),
    ),
    errands: Type.Array(Errand),
    faults: Type.Array(Fault),
  },
  strict,
);
export type ServiceStory = Static<typeof ServiceStory>;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** When the last of what goes wrong is over. */
export function calmFromMs({ errands, faults }: ServiceStory): number {
  const ends = [...errands, ...faults].map((each) => {
    const lasts = 'forMs' in each ? each.forMs : 'downMs' in each ? each.downMs : 0;
    return each.atMs + lasts;
  });
  return Math.max(0, ...ends) + 5 * MINUTE;
}

/** The settings of its provider, as an operator would write them. */
export function providerText({
  autoActivate,
  holdMs,
  hypervisor,
  images,
  migration,
  nodes,
  operationFailure,
}: ServiceStory): string {
  const moves = migration === undefined ? '' : `migration: ${migration}, `;
  const looks = migration === undefined ? '' : ', migrationInterval: 30s';
  const loads = migration === undefined ? '' : ', guestLoad: { min: 0.2, max: 1, changes: { every: 30s } }';
  // As the pool double calls its hosts.
  const names = Array.from({ length: nodes }, (_, index) => `xen${index + 1}`);
  const machines = hypervisor === 'xapi' ? `names: [${names.join(', ')}]` : `count: ${nodes}`;
  return `seed: 1
cluster: { sharedDiskGib: 900, nodes: [{ group: node, ${machines}, cpus: 4, memoryMib: 4096 }] }
negotiation: { hold: ${holdMs / SECOND}s, shortestDuration: 0s, pledge: { share: 0.2 } }
manager: { autoActivate: ${autoActivate}, shutdownLead: 10s, assumedRepairTime: 5m${looks}${images === undefined ? '' : imagesText(images)} }
hypervisor: { create: 5s, start: 10s, stop: 5s, reboot: 5s, suspend: 8s, resume: 8s, migrate: 20s, destroy: 3s, nodeDetection: 5s${loads} }
faults: { operationFailure: ${operationFailure} }
policies: { ${moves}pricing: { name: sla-classes, options: { cpuHour: 0.5, silver: { lateGrace: 10s, lateFactor: 2, steps: [{ below: 0.99, share: 0.1 }] } } } }
`;
}

/** The link carries 10 MiB in a second. */
function imagesText({ kept, ms, transfer }: NonNullable<ServiceStory['images']>): string {
  const sizeMib = ms / 100;
  return `, images: { transfer: ${transfer}, linkRate: 10, sizeMib: ${sizeMib}, cacheMib: ${kept * sizeMib} }`;
}
