// Puts a case to the test: the same small scenario is run, run again, run with restarts and run with quotes, while an auditor listens. What breaks is a
// finding; a scenario that cannot be loaded is an error of whoever wrote it.
import { AssertionError } from 'node:assert';
import {
  type DomainEvent,
  isForbiddenWrite,
  type Named,
  PolicyError,
  type PolicyKind,
  type ProviderSetup,
  Rng,
  type SimulatedProvider,
  simulate,
  type UserRequest,
  type UserSettings,
  type World,
} from '../../engine/index.ts';
import type { LoadedScenario } from '../../scenarios/load/scenario.ts';
import { InputError } from '../../written/input-error.ts';
import { contentOf, firstDifferent } from '../diff/first-parting.ts';
import { Auditor } from './auditor.ts';
import { deviceAuditedProvider, hasDevices } from './device-audit.ts';
import { disturbedProvider } from './disturbed-provider.ts';
import type { Disturbance } from './fuzz-case.ts';
import { StarvationWatch } from './starvation.ts';
import {
  OutsideWorld,
  type Questions,
  Unanswered,
  type WatchOptions,
  watched,
  withoutClocksAndDice,
  withPatience,
} from './watched-policy.ts';

/** What can be found, with what it means. */
export const CHECKS = {
  policy: 'a policy broke the rules of its kind',
  mutation: 'a policy wrote to what it was handed',
  outside: 'a policy looked at a clock or at dice of its own',
  promise: 'a promise was broken',
  starvation: 'a user was sent away by a policy that claims to starve nobody',
  repetition: 'the same run came out differently the second time',
  restart: 'a restart changed what was decided',
  quote: 'a quote changed what was decided',
  rest: 'the run does not come to rest',
  answer: 'a policy did not answer',
  manager: 'the manager failed',
} as const;
export type Check = keyof typeof CHECKS;

export interface Finding {
  readonly check: Check;
  /** What happened, on its own line or lines. */
  readonly what: string;
}

/** What was tried, as numbers that add up over cases. */
export type Tally = Readonly<Record<string, number>>;

export function sumOf(tallies: readonly Tally[]): Tally {
  const sum: Record<string, number> = {};
  for (const tally of tallies)
    for (const [name, count] of Object.entries(tally)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

export interface Evaluation {
  readonly finding: Finding | null;
  readonly tally: Tally;
}

/** Far more than any case of the fuzzer has. */
const MOST_EVENTS = 200_000;

/**
 * One case at a time in a thread: it stops the clocks and dice of the process.
 * @param patienceMs real time after which a policy is stopped that has not answered; absent: whoever waits has to stop the thread
 * @throws InputError of the scenario
 */
export function evaluate(
  scenario: LoadedScenario,
  disturbance: Disturbance,
  patienceMs?: number,
): Promise<Evaluation> {
  return withPatience(patienceMs, () =>
    withoutClocksAndDice(() => new Trial(scenario, disturbance).evaluate()),
  );
}

interface Run {
  readonly events: readonly DomainEvent[];
  readonly digest: string;
}

type Watching = { readonly [K in PolicyKind]?: WatchOptions<K> };

interface Variant {
  readonly watching?: Watching;
  readonly disturbed?: Pick<Disturbance, 'restarts' | 'quotes'>;
  readonly isAudited?: boolean;
}

class Trial {
  readonly #scenario: LoadedScenario;
  readonly #disturbance: Disturbance;
  readonly #tally = new Map<string, number>();
  readonly #questions: Questions = new Map();
  #requests: readonly UserRequest[] = [];

  constructor(scenario: LoadedScenario, disturbance: Disturbance) {
    this.#scenario = scenario;
    this.#disturbance = disturbance;
  }

  async evaluate(): Promise<Evaluation> {
    const finding = await this.#findTrouble();
    for (const [name, count] of this.#questions) this.#count(name, count);
    return { finding, tally: Object.fromEntries(this.#tally) };
  }

  async #findTrouble(): Promise<Finding | null> {
    const requests: UserRequest[] = [];
    const starts = Rng.fromSeed(this.#disturbance.seed).stream('starts');
    for await (const request of this.#scenario.world().requests) requests.push(withStart(request, starts));
    this.#requests = requests;
    this.#count('requests', requests.length);
    this.#count('incidents', this.#scenario.world().incidents.length);

    const plain = await this.#run({ isAudited: true });
    if ('check' in plain) return plain;
    for (const event of plain.events) this.#countEvent(event);

    const again = await this.#run({});
    this.#count('repetitions', 1);
    const repeated = this.#compare('repetition', plain, again);
    if (repeated !== null) return repeated;

    const { quotes, restarts, seed } = this.#disturbance;
    if (restarts > 0) {
      const restarted = await this.#run({
        disturbed: { restarts, quotes: 0 },
        watching: {
          buyer: { current: this.#renewed(seed, 'buyers', restarts, (users) => users.buyer(undefined)) },
          broker: { current: this.#renewed(seed, 'brokers', restarts, (users) => users.broker!) },
        },
      });
      const changed = this.#compare('restart', plain, restarted);
      if (changed !== null) return changed;
    }
    if (quotes === 0) return null;
    const quoted = await this.#run({
      disturbed: { restarts: 0, quotes },
      watching: { buyer: { before: inVain }, broker: { before: inVain } },
    });
    return this.#compare('quote', plain, quoted);
  }

  /** A run to its end, or what ended it. */
  async #run({ disturbed, isAudited = false, watching = {} }: Variant): Promise<Run | Finding> {
    const world = this.#world(watching);
    const events: DomainEvent[] = [];
    const audits = isAudited ? world.providers.map((provider) => auditOf(provider)) : [];
    const watch = isAudited && world.providers.some(hasDevices) ? deviceAuditedProvider : undefined;
    try {
      const { digest, end } = await simulate(world, {
        onEvent: (event) => {
          events.push(event);
          if (events.length > MOST_EVENTS) throw new NoRest();
          audits.find(({ name }) => name === event.provider)?.hear(event);
        },
        ...(watch && { providerOf: watch }),
        ...(disturbed === undefined
          ? {}
          : { providerOf: (setup: ProviderSetup) => this.#disturbedProvider(setup, disturbed) }),
      });
      if (end === 'complete') for (const { checkRest } of audits) checkRest();
      return { digest, events };
    } catch (error) {
      return findingOf(error);
    }
  }

  /** A new one each time, with policies made anew and the requests that were read. */
  #world(watching: Watching): World {
    const world = this.#scenario.world();
    const questions = this.#questions;
    const { users } = world;
    return {
      ...world,
      requests: this.#requests,
      providers: world.providers.map((provider) => watchedProvider(provider, watching, questions)),
      users: {
        ...users,
        buyer: (name) => watched('buyer', users.buyer(name), { questions, ...watching.buyer }),
        broker: users.broker && watched('broker', users.broker, { questions, ...watching.broker }),
      },
    };
  }

  #disturbedProvider(setup: ProviderSetup, chances: Pick<Disturbance, 'restarts' | 'quotes'>) {
    return disturbedProvider(setup, {
      disturbance: { ...this.#disturbance, ...chances },
      again: () => this.#world({}).providers.find(({ name }) => name === setup.name)!,
      proposals: this.#requests.map(({ proposal }) => proposal),
      onRestart: () => this.#count('restarts', 1),
      onQuote: () => this.#count('quotes', 1),
    });
  }

  /** Buyers and brokers are no part of a provider: theirs is a restart of their own. */
  #renewed<P>(seed: number, stream: string, share: number, of: (users: UserSettings) => Named<P>): () => P {
    const rng = Rng.fromSeed(seed).stream(stream);
    let current: Named<P> | undefined;
    return () => {
      if (current === undefined || rng.next() < share) current = of(this.#scenario.world().users);
      return current.policy;
    };
  }

  #compare(check: Check, plain: Run, other: Run | Finding): Finding | null {
    if ('check' in other) return other;
    if (other.digest === plain.digest) return null;
    const [before, now] = firstDifferent(plain.events, other.events) ?? [null, null];
    return {
      check,
      what: `${CHECKS[check]}; first:\n  was ${shown(before)}\n  is  ${shown(now)}`,
    };
  }

  #countEvent(event: DomainEvent): void {
    const name = COUNTED[event.type];
    if (name !== undefined) this.#count(name, 1);
  }

  #count(name: string, count: number): void {
    this.#tally.set(name, (this.#tally.get(name) ?? 0) + count);
  }
}

const COUNTED: Readonly<Partial<Record<DomainEvent['type'], string>>> = {
  'offer-accepted': 'accepted',
  'offer-countered': 'countered',
  'reservation-confirmed': 'confirmed',
  'node-lost': 'nodes lost',
  'node-drained': 'nodes drained',
  'maintenance-begun': 'maintenances',
  'instance-moved': 'instances moved',
  'lease-suspended': 'leases suspended',
  'lease-requeued': 'leases begun again',
};

function watchedProvider(
  provider: SimulatedProvider,
  watching: Watching,
  questions: Questions,
): SimulatedProvider {
  const { allocation, counterOffer, migration, preemption, pricing, provisioning, recovery, seed, waitlist } =
    provider.policies;
  const options = { questions };
  return {
    ...provider,
    policies: {
      seed,
      // One that ranks nodes is answered by the calendar, and stays what it is.
      allocation:
        'ranking' in allocation.policy
          ? allocation
          : watched('allocation', allocation, { ...options, ...watching.allocation }),
      counterOffer: watched('counter-offer', counterOffer, { ...options, ...watching['counter-offer'] }),
      pricing: watched('pricing', pricing, { ...options, ...watching.pricing }),
      ...(migration && { migration: watched('migration', migration, { ...options, ...watching.migration }) }),
      ...(preemption && {
        preemption: watched('preemption', preemption, { ...options, ...watching.preemption }),
      }),
      waitlist: watched('waitlist', waitlist, { ...options, ...watching.waitlist }),
      ...(recovery && { recovery: watched('recovery', recovery, { ...options, ...watching.recovery }) }),
      ...(provisioning && {
        provisioning: watched('provisioning', provisioning, { ...options, ...watching.provisioning }),
      }),
    },
  };
}

interface Audit {
  readonly name: string;
  hear(event: DomainEvent): void;
  checkRest(): void;
}

function auditOf({ cluster, name, policies, settings }: SimulatedProvider): Audit {
  const expectsWholeRefund = policies.pricing.policy.cancellation === undefined;
  const mayWaitForNodes = policies.recovery?.policy.stranded !== undefined;
  const auditor = new Auditor(cluster, {
    expectsPenalty: false,
    expectsWholeRefund,
    mayWaitForNodes,
    rules: settings.rules,
  });
  // Where images are sent, a start that leaves time for one may be too late although there is room before.
  const starvation =
    policies.counterOffer.starvesNobody === true && settings.images === undefined
      ? new StarvationWatch(auditor, settings)
      : undefined;
  return {
    name,
    hear: (event) => {
      auditor.hear(event);
      try {
        starvation?.hear(event);
      } catch (cause) {
        throw new Starvation((cause as Error).message, { cause });
      }
    },
    checkRest: () => auditor.checkRest(),
  };
}

class NoRest extends Error {}
class Starvation extends Error {}

/** @throws what is the fault of whoever wrote the scenario */
function findingOf(error: unknown): Finding {
  if (error instanceof NoRest) return { check: 'rest', what: `there are more than ${MOST_EVENTS} events` };
  if (error instanceof Starvation) return { check: 'starvation', what: error.message };
  if (error instanceof PolicyError) return { check: breachOf(error), what: error.message };
  if (error instanceof AssertionError) return { check: 'promise', what: error.message };
  if (error instanceof InputError) throw error;
  return { check: 'manager', what: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

function breachOf({ cause }: PolicyError): Check {
  if (cause instanceof OutsideWorld) return 'outside';
  if (cause instanceof Unanswered) return 'answer';
  return isForbiddenWrite(cause) ? 'mutation' : 'policy';
}

/** Asks with a memory and dice that nobody keeps. */
function inVain(policy: object, name: string, question: readonly unknown[]): void {
  const decision = question.at(-1) as { readonly memory: object };
  const ask = (policy as Readonly<Record<string, (...args: unknown[]) => unknown>>)[name]!;
  let memory: object | undefined;
  ask.call(policy, ...question.slice(0, -1), {
    rng: Rng.fromSeed('in vain'),
    get memory() {
      memory ??= structuredClone(decision.memory);
      return memory;
    },
  });
}

function shown(event: DomainEvent | null): string {
  return event === null ? 'the end of the run' : contentOf(event);
}

/** Some start by themselves, and the start of some slides until they are confirmed: no workload says so. */
function withStart(request: UserRequest, rng: Rng): UserRequest {
  const [startsItself, startSlides] = [rng.next() < 0.2, rng.next() < 0.2];
  if (!startsItself && !startSlides) return request;
  const { proposal } = request;
  return {
    ...request,
    proposal: { ...proposal, ...(startsItself && { startsItself }), ...(startSlides && { startSlides }) },
  };
}
