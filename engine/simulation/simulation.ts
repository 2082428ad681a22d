// A run: the manager, the simulated hypervisor, the users and the faults of one setup on one clock. A pure function from the setup
// to an event stream; several can live in one process.
import { type Clock, Phase } from '../clock/clock.ts';
import { VirtualClock } from '../clock/virtual-clock.ts';
import type { UserRequest } from '../domain/user-request.ts';
import type { DomainEvent, RunEnd } from '../events/domain-event.ts';
import { EventDigest } from '../events/event-digest.ts';
import { scheduleNodeFaults } from '../hypervisor/simulated/node-faults.ts';
import { SimulatedHypervisor } from '../hypervisor/simulated/simulated-hypervisor.ts';
import { invariant } from '../invariant.ts';
import { Seat } from '../policy/policy-seat.ts';
import { OpenPexManager } from '../provider/provider.ts';
import { Rng } from '../random/rng.ts';
import { Arrivals } from './arrivals.ts';
import type { Incident, RunSetup } from './run-setup.ts';
import { negotiate, type UserChances } from './users/agent.ts';

export interface SimulationOptions {
  /** Every event, in order, as it is committed. An error thrown here stops the run. */
  readonly onEvent?: (event: DomainEvent) => void;
  /** Called whenever the run may have become complete: after each command of the manager, and when no request is left. */
  readonly onSettled?: () => void;
}

export class Simulation {
  readonly manager: OpenPexManager;
  readonly #setup: RunSetup;
  readonly #clock: Clock;
  readonly #digest = new EventDigest();
  readonly #onEvent: (event: DomainEvent) => void;
  readonly #onSettled: () => void;
  readonly #arrivals: Arrivals;
  readonly #hypervisor: SimulatedHypervisor;
  readonly #users: { readonly think: Rng; readonly show: Rng; readonly claim: Rng };
  /** By the name that requests use; undefined for the usual one. */
  readonly #buyers = new Map<string | undefined, Seat<'buyer'>>();
  readonly #runTimes = new Map<string, number>();
  #requests = 0;
  #arrivalPending = false;

  constructor(setup: RunSetup, clock: Clock, options: SimulationOptions = {}) {
    this.#setup = setup;
    this.#clock = clock;
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#onSettled = options.onSettled ?? (() => undefined);
    this.#arrivals = new Arrivals(setup.requests);
    const rng = Rng.fromSeed(setup.seed);
    const users = rng.stream('users');
    this.#users = { think: users.stream('think'), show: users.stream('show'), claim: users.stream('claim') };
    const { nodes } = setup.cluster;
    this.#hypervisor = new SimulatedHypervisor({
      clock,
      nodes,
      settings: setup.hypervisor,
      faults: setup.faults,
      rng: rng.stream('hypervisor'),
      guestOf: ({ reservationId }) => ({
        runTimeMs: this.#runTimes.get(reservationId) ?? Number.POSITIVE_INFINITY,
      }),
    });
    let reservations = 0;
    this.manager = new OpenPexManager({
      clock,
      cluster: setup.cluster,
      settings: setup.manager,
      policies: setup.policies,
      dispatcher: this.#hypervisor,
      persistence: {
        commit: (events, onCommitted) => {
          for (const event of events) this.#record(event);
          onCommitted();
          this.#onSettled();
        },
      },
      nextReservationId: () => `R${++reservations}`,
    });
    scheduleNodeFaults({
      clock,
      rng: rng.stream('node-faults'),
      faults: setup.faults,
      nodeIds: nodes.map(({ nodeId }) => nodeId),
      target: this.#hypervisor,
    });
    for (const incident of setup.incidents) {
      clock.at(incident.atMs, Phase.Fault, () => this.#happen(incident));
    }
  }

  /** The nodes join, and the first arrival is scheduled. Called once, before the clock goes on. */
  async begin(): Promise<void> {
    this.manager.begin();
    await this.feed();
  }

  /** Requests that have arrived. */
  get requests(): number {
    return this.#requests;
  }

  get events(): number {
    return this.#digest.count;
  }

  /** Every request has come and every reservation and VM is gone. */
  get isComplete(): boolean {
    return this.#arrivals.isOver && !this.#arrivalPending && this.manager.isIdle;
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

  /** The last event of a run. */
  finish(reason: RunEnd): RunOutcome {
    const atMs = this.#clock.now();
    this.#record({ type: 'run-finished', atMs, reason });
    return {
      end: reason,
      virtualMs: atMs - this.#setup.startMs,
      requests: this.#requests,
      events: this.events,
      digest: this.#digest.value(),
    };
  }

  /** Lets go of the source of requests: closes files. To be called however the run ended. */
  async close(): Promise<void> {
    await this.#arrivals.close();
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
      this.#arrive(request);
      this.#arrivalPending = false;
      this.#scheduleArrival();
    });
  }

  #arrive(request: UserRequest): void {
    this.#requests += 1;
    const { clock, manager } = { clock: this.#clock, manager: this.manager };
    negotiate({
      clock,
      manager,
      buyer: this.#buyerFor(request),
      request,
      chances: this.#chancesOf(request),
      autoActivate: this.#setup.manager.autoActivate,
      onInitiated: (reservationId) => {
        if (Number.isFinite(request.runTimeMs)) this.#runTimes.set(reservationId, request.runTimeMs);
      },
    });
  }

  #buyerFor({ buyer: name }: UserRequest): Seat<'buyer'> {
    const { policies } = this.#setup;
    let seat = this.#buyers.get(name);
    if (seat === undefined) {
      seat = new Seat('buyer', policies.buyer(name), policies.seed);
      this.#buyers.set(name, seat);
    }
    return seat;
  }

  /** Every request draws the same number of times, whatever becomes of it: policies can be compared under the same chances. */
  #chancesOf({ proposal }: UserRequest): UserChances {
    const { claim, noShow, thinkTime } = this.#setup.users;
    const { think, show, claim: claims } = this.#users;
    let claimed = 0;
    for (let option = 0; option < proposal.numInstancesOption; option++)
      if (claims.next() < claim) claimed += 1;
    return {
      thinkMs: think.integer(thinkTime.minMs, thinkTime.maxMs),
      showsUp: show.next() >= noShow,
      claims: claimed,
    };
  }

  #happen({ kind, nodeId }: Incident): void {
    if (kind === 'fail') this.#hypervisor.failNode(nodeId);
    else if (kind === 'return') this.#hypervisor.returnNode(nodeId);
    else if (kind === 'drain') this.manager.drainNode(nodeId);
    else this.manager.enableNode(nodeId);
  }

  #record(event: DomainEvent): void {
    this.#digest.add(event);
    if (event.type === 'reservation-ended') this.#runTimes.delete(event.reservationId);
    this.#onEvent(event);
  }
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
  /** SHA-256 of the event stream: same setup, same digest. */
  readonly digest: string;
}

const STEPS_BETWEEN_PAUSES = 4096;

/** Runs a setup in virtual time, from its start to its end. Errors of policies and of input files end it and reach the caller. */
export async function simulate(setup: RunSetup, options: RunOptions = {}): Promise<RunOutcome> {
  const clock = new VirtualClock(setup.startMs);
  const simulation = new Simulation(setup, clock, options);
  const { pause, signal } = options;
  const stepUntilPause = async (): Promise<RunEnd | undefined> => {
    for (let step = 0; step < STEPS_BETWEEN_PAUSES; step++) {
      if (simulation.isStarved) await simulation.feed();
      if (simulation.isComplete) return 'complete';
      if (clock.nextTimeMs > setup.endMs) {
        clock.runUntil(setup.endMs);
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
      end = signal?.aborted === true ? 'interrupted' : await stepUntilPause();
      await pause?.({ nowMs: clock.now(), requests: simulation.requests, events: simulation.events });
    }
    return simulation.finish(end);
  } finally {
    await simulation.close();
  }
}
