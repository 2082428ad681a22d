// A run: providers, their simulated hypervisors, the users and the faults of one world on one clock. A pure function from the world to
// an event stream; several can live in one process.
import { type Clock, Phase } from '../clock/clock.ts';
import { VirtualClock } from '../clock/virtual-clock.ts';
import type { Offer } from '../domain/proposal.ts';
import type { UserRequest } from '../domain/user-request.ts';
import type { DomainEvent, EventOf, RunEnd } from '../events/domain-event.ts';
import { EventDigest } from '../events/event-digest.ts';
import { type NodeFaults, scheduleNodeFaults } from '../hypervisor/simulated/node-faults.ts';
import { SimulatedHypervisor } from '../hypervisor/simulated/simulated-hypervisor.ts';
import type { Guest } from '../hypervisor/simulated/simulated-vm.ts';
import { assertNever, invariant } from '../invariant.ts';
import { Seat } from '../policy/policy-seat.ts';
import { EventQueue } from '../provider/event-queue.ts';
import { Provider } from '../provider/provider.ts';
import type { ProviderSetup } from '../provider/provider-setup.ts';
import { Rng } from '../random/rng.ts';
import { drawSpread } from '../random/spread.ts';
import { Arrivals } from './arrivals.ts';
import { Exchange } from './exchange/exchange.ts';
import { Outsourcing } from './outsourcing.ts';
import { scheduleProvisioning } from './provisioning.ts';
import type { UserChances } from './users/agent.ts';
import { Broker } from './users/broker.ts';
import type { Market } from './users/market.ts';
import type { Incident, SimulatedProvider, World } from './world.ts';

export interface SimulationOptions {
  /** Every event, in order, as it is committed. An error thrown here stops the run. */
  readonly onEvent?: (event: DomainEvent) => void;
  /** Makes the provider of a set-up; what it makes may stand in for one, to be restarted or disturbed. Absent: `new Provider`. */
  readonly providerOf?: (setup: ProviderSetup) => Provider;
  /** Called whenever the run may have become complete: after each commit of a provider, and when no request is left. */
  readonly onSettled?: () => void;
  /** How many timers on the clock are those of its owner, at any time; absent: none. */
  readonly timersOfOthers?: number;
}

/** Of each node, on the average. What takes all of them at once has been as likely then as it ever will be. */
const MOST_RETURNS_IN_VAIN = 100;
const PUNCTUAL = { minMs: 0, maxMs: 0 };
const ENDLESS: Guest = { runTimeMs: Number.POSITIVE_INFINITY };

/** A provider in a run, with what it runs on. */
export interface RunningProvider extends Market {
  readonly hypervisor: SimulatedHypervisor;
  /** Failures and returns of nodes by chance. */
  readonly nodeFaults: NodeFaults;
  /** Timers that come again for as long as the clock goes on, and by which nothing that waits is helped. */
  readonly lookTimers: number;
  lastEventSeq: number;
}

export class Simulation {
  readonly running: readonly RunningProvider[];
  readonly #world: World;
  readonly #clock: Clock;
  readonly #digest = new EventDigest();
  readonly #onEvent: (event: DomainEvent) => void;
  readonly #onSettled: () => void;
  readonly #timersOfOthers: number;
  readonly #providerOf: (setup: ProviderSetup) => Provider;
  readonly #arrivals: Arrivals;
  readonly #chances: Readonly<Record<'think' | 'show' | 'late' | 'claim' | 'extend' | 'ask', Rng>>;
  /** By the name that requests use; undefined for the usual one. */
  readonly #buyers = new Map<string | undefined, Seat<'buyer'>>();
  /** What is known of them, by the ids of their reservations. */
  readonly #guests = new Map<string, Guest>();
  readonly #broker: Broker;
  readonly #exchange: Exchange | undefined;
  /** By the name of the provider that asks others. */
  readonly #outsourcings = new Map<string, Outsourcing>();
  readonly #nodeCount: number;
  /** Of nodes, since something last happened to a reservation: to its VMs something may happen for ever. */
  #returnsInVain = 0;
  #requests = 0;
  #arrivalPending = false;

  constructor(world: World, clock: Clock, options: SimulationOptions = {}) {
    const { providers, seed } = world;
    const names = new Set(providers.map(({ name }) => name));
    invariant(
      names.size === providers.length && names.size > 0,
      'each provider of a world has a name of its own',
    );
    this.#world = world;
    this.#clock = clock;
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#onSettled = options.onSettled ?? (() => undefined);
    this.#timersOfOthers = options.timersOfOthers ?? 0;
    this.#nodeCount = providers.reduce((sum, { cluster }) => sum + cluster.nodes.length, 0);
    this.#providerOf = options.providerOf ?? ((setup) => new Provider(setup));
    this.#arrivals = new Arrivals(world.requests);
    const rng = Rng.fromSeed(seed);
    const users = rng.stream('users');
    this.#chances = {
      think: users.stream('think'),
      show: users.stream('show'),
      late: users.stream('late'),
      claim: users.stream('claim'),
      extend: users.stream('extend'),
      ask: users.stream('ask'),
    };
    this.running = providers.map((provider, index) => this.#open(provider, index, rng));
    this.#exchange = world.users.exchange && new Exchange({ clock, settings: world.users.exchange });
    this.#broker = new Broker({
      clock,
      markets: this.running,
      policy: world.users.broker && new Seat('broker', world.users.broker, seed),
      movesOn: world.users.movesOn,
      exchange: this.#exchange,
      onInitiated: (reservationId, { loadTrace, runTimeMs }) => {
        if (Number.isFinite(runTimeMs) || loadTrace !== undefined)
          this.#guests.set(reservationId, { runTimeMs, ...(loadTrace !== undefined && { loadTrace }) });
      },
    });
    for (const incident of world.incidents) {
      clock.at(incident.atMs, Phase.Fault, () => this.#happen(incident));
    }
  }

  /** The nodes join, and the first arrival is scheduled. Called once, before the clock goes on. */
  async begin(): Promise<void> {
    for (const { queue } of this.running) queue.begin();
    await this.feed();
  }

  /** Requests that have arrived. */
  get requests(): number {
    return this.#requests;
  }

  get events(): number {
    return this.#digest.count;
  }

  /**
   * How the run has ended: nothing that comes is of interest. Undefined as long as it goes on. One that was given an end goes on to it, however idle:
   * nodes are still online, draw power and fail, and two policies are compared over the same time.
   */
  get end(): 'complete' | 'stalled' | undefined {
    if (this.#world.endMs !== Number.POSITIVE_INFINITY || !this.#isOutOfRequests) return undefined;
    if (this.running.every(({ queue }) => queue.provider.isIdle)) return 'complete';
    return this.#isStalled || this.#isLeftUncleared ? 'stalled' : undefined;
  }

  get #isOutOfRequests(): boolean {
    return this.#arrivals.isOver && !this.#arrivalPending && this.#broker.early === 0;
  }

  /**
   * All that is to come is that nodes fail by chance and return, and that those which are out are found to be out still. What waits for them, such as
   * a lease in the queue, waits for ever: none is to return that is not there, or they have returned often enough in vain.
   */
  get #isStalled(): boolean {
    let overdue = 0;
    let faults = 0;
    let unnoticed = 0;
    for (const { hypervisor, lookTimers, nodeFaults, queue } of this.running) {
      for (const { kind } of queue.dues) {
        if (kind !== 'outage-overdue' && kind !== 'migration-check') return false;
        overdue += 1;
      }
      faults += nodeFaults.timers;
      unnoticed += hypervisor.unnoticedTimers;
      // Whoever says which nodes stay on may switch them for ever.
      if (lookTimers > 0) faults += lookTimers + hypervisor.standbyTimers;
    }
    const others = this.#clock.pending - (this.#timersOfOthers + overdue + faults);
    if (others === 0 && this.running.every(isAllThere)) return true;
    return others === unnoticed && this.#isInVain;
  }

  /** VMs of what has ended are to be removed, which takes longer than the nodes are there. */
  get #isLeftUncleared(): boolean {
    return this.#isInVain && this.running.every(({ queue }) => queue.provider.hasNoReservations);
  }

  /** Nodes have returned so often since anything came of it that nothing will. */
  get #isInVain(): boolean {
    return this.#returnsInVain > MOST_RETURNS_IN_VAIN * this.#nodeCount;
  }

  /** True when {@link feed} must be awaited before the clock may go on: the next arrival is not known yet. */
  get isStarved(): boolean {
    return !this.#arrivalPending && this.#arrivals.isStarved;
  }

  /** Schedules the next arrival; called whenever the simulation is starved. */
  async feed(): Promise<void> {
    if (this.#arrivals.isStarved) await this.#arrivals.refill();
    this.#scheduleArrival();
  }

  /** The last event of a run, of each provider. */
  finish(reason: RunEnd): RunOutcome {
    const atMs = this.#clock.now();
    for (const running of this.running) {
      const { name: provider } = running.queue.provider;
      this.#record(running, { type: 'run-finished', seq: running.lastEventSeq + 1, atMs, provider, reason });
    }
    return {
      end: reason,
      virtualMs: atMs - this.#world.startMs,
      requests: this.#requests,
      events: this.events,
      digest: this.#digest.value(),
    };
  }

  /** Lets go of the source of requests: closes files. To be called however the run ended. */
  async close(): Promise<void> {
    await this.#arrivals.close();
  }

  /** Sets a provider up on nodes of its own. Each draws from streams of its own, so that another one shifts nothing. */
  #open(setup: SimulatedProvider, index: number, rng: Rng): RunningProvider {
    const clock = this.#clock;
    const streamOf = (name: string) => {
      const stream = rng.stream(name);
      return index === 0 ? stream : stream.stream(setup.name);
    };
    const { nodes } = setup.cluster;
    const hypervisor = new SimulatedHypervisor({
      clock,
      nodes,
      settings: setup.hypervisor,
      faults: setup.faults,
      rng: streamOf('hypervisor'),
      guestOf: ({ reservationId }) => this.#guests.get(reservationId) ?? ENDLESS,
    });
    const queue = new EventQueue({
      clock,
      provider: this.#providerOf(setup),
      dispatcher: hypervisor,
      recorder: {
        record: ({ events }, onRecorded) => {
          for (const event of events) this.#record(running, event);
          if (waiting.size > 0) for (const event of events) tellWhoWaits(event);
          if (agreed.size > 0) for (const event of events) tellWhoAgreed(event);
          if (queued.size > 0) for (const event of events) tellWhoIsSetAside(event);
          if (this.#exchange !== undefined) for (const event of events) this.#tellExchange(event);
          if (this.#outsourcings.size > 0)
            for (const event of events) this.#tellOutsourcings(setup.name, event);
          onRecorded();
          this.#onSettled();
        },
      },
    });
    /** By the ids of their reservations. */
    const waiting = new Map<string, (offer: Offer | undefined) => void>();
    const tellWhoWaits = (event: DomainEvent) => {
      const offer = turnOf(event, queue.provider);
      if (offer === undefined && event.type !== 'reservation-ended') return;
      const { reservationId } = event as EventOf<'reservation-ended'>;
      const hear = waiting.get(reservationId);
      if (hear === undefined) return;
      waiting.delete(reservationId);
      clock.at(clock.now(), Phase.Arrival, () => hear(offer));
    };
    /** Whom something may be offered to without their asking, by the ids of their reservations. */
    const agreed = new Map<string, (offer: Offer) => void>();
    const offersOnItsOwn = setup.policies.recovery?.policy.offer !== undefined;
    const tellWhoAgreed = (event: DomainEvent) => {
      if (event.type === 'reservation-ended') agreed.delete(event.reservationId);
      if (event.type !== 'change-offered' || event.because === undefined) return;
      const { holdUntilMs, priceMicros, proposal } = event;
      const hear = agreed.get(event.reservationId);
      if (hear !== undefined)
        clock.at(clock.now(), Phase.Arrival, () =>
          hear({ reply: 'COUNTER', proposal, priceMicros, holdUntilMs }),
        );
    };
    /** Whom it matters to when their leases have to wait again, by the ids of their reservations. */
    const queued = new Map<string, () => void>();
    const tellWhoIsSetAside = (event: DomainEvent) => {
      if (event.type === 'reservation-ended') queued.delete(event.reservationId);
      if (event.type === 'lease-suspended' || event.type === 'lease-requeued')
        queued.get(event.reservationId)?.();
    };
    let reservations = 0;
    const prefix = this.#world.providers.length === 1 ? '' : `${setup.name}:`;
    const nodeFaults = scheduleNodeFaults({
      clock,
      rng: streamOf('node-faults'),
      faults: setup.faults,
      nodes,
      target: hypervisor,
    });
    const lookTimers = scheduleProvisioning({
      clock,
      policy: setup.policies.provisioning,
      seed: setup.policies.seed,
      target: hypervisor,
      everyMs: setup.hypervisor.standby?.everyMs,
    });
    const outsourcing = this.#outsourcingOf(setup, queue);
    const running: RunningProvider = {
      queue,
      execute: (command, onReply) => (outsourcing ?? queue).execute(command, onReply),
      hypervisor,
      nodeFaults,
      lookTimers,
      autoActivate: setup.settings.autoActivate,
      noShowGraceMs: setup.settings.noShowGraceMs,
      leadMaxMs: setup.settings.rules?.leadMaxMs ?? Number.POSITIVE_INFINITY,
      isUntold: setup.settings.rules?.isUntold === true,
      lastEventSeq: 0,
      nextReservationId: () => `${prefix}R${++reservations}`,
      onTurn: (reservationId, hear) => waiting.set(reservationId, hear),
      onSetAside: (reservationId, hear) => queued.set(reservationId, hear),
      onChangeOffered: (reservationId, hear) => {
        if (offersOnItsOwn) agreed.set(reservationId, hear);
      },
    };
    return running;
  }

  /** A window is as it was again, and may be for sale. */
  #tellExchange({ type }: DomainEvent): void {
    const clock = this.#clock;
    if (type === 'change-given-up') clock.at(clock.now(), Phase.Arrival, () => this.#exchange?.look());
  }

  /** Undefined for a provider that asks no others. */
  #outsourcingOf(
    { name, partners = [], settings }: SimulatedProvider,
    home: EventQueue,
  ): Outsourcing | undefined {
    const { resale } = settings;
    if (resale === undefined || partners.length === 0) return undefined;
    const outsourcing = new Outsourcing({
      clock: this.#clock,
      home,
      settings: resale,
      partners: () => partners.map((partner) => this.#runningOf(partner)),
      onPassedOn: (partnerReservationId, reservationId) => {
        const guest = this.#guests.get(reservationId);
        if (guest !== undefined) this.#guests.set(partnerReservationId, guest);
      },
    });
    this.#outsourcings.set(name, outsourcing);
    return outsourcing;
  }

  #tellOutsourcings(provider: string, event: DomainEvent): void {
    for (const [home, outsourcing] of this.#outsourcings) {
      if (home === provider) outsourcing.hearHome(event);
      else outsourcing.hearPartner(event);
    }
  }

  #runningOf(provider: string): RunningProvider {
    const running = this.running.find(({ queue }) => queue.provider.name === provider);
    if (running === undefined) throw new RangeError(`no provider is called "${provider}"`);
    return running;
  }

  #scheduleArrival(): void {
    if (this.#arrivalPending || this.#arrivals.isStarved) return;
    const request = this.#arrivals.take();
    if (request === undefined) {
      this.#onSettled();
      return;
    }
    this.#arrivalPending = true;
    this.#clock.at(request.submitMs, Phase.Arrival, () => {
      this.#requests += 1;
      this.#broker.take(request, {
        buyer: this.#buyerFor(request),
        chances: this.#chancesOf(request),
      });
      this.#arrivalPending = false;
      this.#scheduleArrival();
    });
  }

  #buyerFor({ buyer: name }: UserRequest): Seat<'buyer'> {
    const { seed, users } = this.#world;
    let seat = this.#buyers.get(name);
    if (seat === undefined) {
      seat = new Seat('buyer', users.buyer(name), seed);
      this.#buyers.set(name, seat);
    }
    return seat;
  }

  /** Every request draws the same number of times, whatever becomes of it: policies can be compared under the same chances. */
  #chancesOf({ claims: sureClaims, proposal, showsUp }: UserRequest): UserChances {
    const { claim, exchange, extend = 0, lateness = PUNCTUAL, noShow, thinkTime } = this.#world.users;
    const { ask, think, show, late, claim: claims, extend: extensions } = this.#chances;
    let claimed = 0;
    for (let option = 0; option < proposal.numInstancesOption; option++)
      if (claims.next() < claim) claimed += 1;
    const drawnToShow = show.next() >= noShow;
    return {
      thinkMs: drawSpread(think, thinkTime),
      showsUp: showsUp ?? drawnToShow,
      lateMs: drawSpread(late, lateness),
      claims: sureClaims ?? claimed,
      extends: extensions.next() < extend,
      ...(exchange !== undefined && { askShare: drawShare(ask, exchange.ask) }),
    };
  }

  #happen(incident: Incident): void {
    const { nodeId, provider } = incident;
    const running = provider === undefined ? this.running[0]! : this.#runningOf(provider);
    switch (incident.kind) {
      case 'fail':
        running.hypervisor.failNode(nodeId);
        break;
      case 'return':
        running.hypervisor.returnNode(nodeId);
        break;
      case 'drain': {
        const { untilMs } = incident;
        running.queue.execute({ name: 'drain', nodeId, ...(untilMs === undefined ? {} : { untilMs }) });
        break;
      }
      case 'enable':
        running.queue.execute({ name: 'enable', nodeId });
        break;
      case 'maintenance': {
        const { fromMs, maintenanceId, untilMs } = incident;
        running.queue.execute({ name: 'plan-maintenance', maintenanceId, nodeId, fromMs, untilMs });
        break;
      }
      case 'end-maintenance':
        running.queue.execute({ name: 'end-maintenance', maintenanceId: incident.maintenanceId });
        break;
      default:
        assertNever(incident);
    }
  }

  #record(running: RunningProvider, event: DomainEvent): void {
    if (event.type === 'node-returned') this.#returnsInVain += 1;
    else if ('reservationId' in event && !isOfVm(event)) this.#returnsInVain = 0;
    running.lastEventSeq = event.seq;
    this.#digest.add(event);
    if (event.type === 'reservation-ended') this.#guests.delete(event.reservationId);
    this.#onEvent(event);
  }
}

function isOfVm({ type }: DomainEvent): boolean {
  return type === 'vm-state-changed' || type === 'operation-failed' || type === 'operation-waits';
}

/** Nodes that fail by chance come back, and may be what something waits for; once all are there that will ever be, there will never be more. */
function isAllThere({ nodeFaults, queue }: RunningProvider): boolean {
  return (
    nodeFaults.timers === 0 ||
    queue.provider.nodeConditions().every(({ isUp, nodeId }) => isUp || nodeFaults.isGone(nodeId))
  );
}

function drawShare(rng: Rng, { max, min }: { readonly min: number; readonly max: number }): number {
  return min + (max - min) * rng.next();
}

/** The offer that such an event makes to whoever was on the waitlist; undefined when it makes none. */
function turnOf(event: DomainEvent, provider: Provider): Offer | undefined {
  if (event.type !== 'offer-accepted' && event.type !== 'offer-countered') return undefined;
  const { holdUntilMs, priceMicros, reservationId, waitingSinceMs } = event;
  if (waitingSinceMs === undefined) return undefined;
  const { terms: proposal } = provider.reservation(reservationId)!;
  return {
    reply: event.type === 'offer-accepted' ? 'ACCEPT' : 'COUNTER',
    proposal,
    priceMicros,
    holdUntilMs,
  };
}

export interface RunProgress {
  readonly nowMs: number;
  readonly requests: number;
  readonly events: number;
}

export interface RunOptions extends SimulationOptions {
  /** Called every few thousand steps: lets the caller show progress, look at signals and let other work in. */
  readonly pause?: (progress: RunProgress) => void | Promise<void>;
  /** Aborting ends the run at the next pause, in good order. */
  readonly signal?: AbortSignal;
}

export interface RunOutcome {
  readonly end: RunEnd;
  /** From the start of the run to its last instant. */
  readonly virtualMs: number;
  readonly requests: number;
  readonly events: number;
  /** SHA-256 of the event stream: same world, same digest. */
  readonly digest: string;
}

const STEPS_BETWEEN_PAUSES = 4096;

/** Runs a world in virtual time, from its start to its end. Errors of policies and of input files end it and reach the caller. */
export async function simulate(world: World, options: RunOptions = {}): Promise<RunOutcome> {
  const clock = new VirtualClock(world.startMs);
  const simulation = new Simulation(world, clock, options);
  const { pause, signal } = options;
  let steps = 0;
  /** Goes on until the run is over, a pause is due or the next arrival must be waited for. Waiting itself is for others: it is slow. */
  const stepOn = (): RunEnd | undefined => {
    for (; steps < STEPS_BETWEEN_PAUSES && !simulation.isStarved; steps++) {
      if (simulation.end !== undefined) return simulation.end;
      if (clock.nextTimeMs > world.endMs) {
        clock.runUntil(world.endMs);
        return 'horizon';
      }
      invariant(clock.step(), 'a run that is not complete has something left to do', { nowMs: clock.now() });
    }
    return undefined;
  };
  let end: RunEnd | undefined;
  try {
    await simulation.begin();
    while (end === undefined) {
      if (signal?.aborted === true) end = 'interrupted';
      for (steps = 0; end === undefined && steps < STEPS_BETWEEN_PAUSES; end = stepOn()) {
        if (simulation.isStarved) await simulation.feed();
      }
      await pause?.({ nowMs: clock.now(), requests: simulation.requests, events: simulation.events });
    }
    return simulation.finish(end);
  } finally {
    await simulation.close();
  }
}
