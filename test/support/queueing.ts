// A simulated site as a queue: Poisson arrivals of one-CPU requests on c CPUs, and the exact recursions and formulas of queueing theory
// that it must agree with.
import { Rng, simulate, type UserRequest, type World } from '../../engine/index.ts';
import { HOUR, node, policy, provider, request, setup } from './setup.ts';

export const SERVICE_MS = HOUR;

export interface Arrival {
  readonly atMs: number;
  readonly serviceMs: number;
}

export class Queue {
  /** CPUs. */
  readonly servers: number;
  /** Offered load: arrival rate times mean service time. */
  readonly erlangs: number;
  readonly #seed: number;
  readonly #service: (rng: Rng) => number;

  /** @param queue.service draws service times in milliseconds with a mean of SERVICE_MS; exponential unless given */
  constructor(queue: { servers: number; erlangs: number; seed: number; service?: (rng: Rng) => number }) {
    this.servers = queue.servers;
    this.erlangs = queue.erlangs;
    this.#seed = queue.seed;
    this.#service = queue.service ?? ((rng) => rng.exponential(SERVICE_MS));
  }

  /** The first so many arrivals; always the same ones. */
  arrivals(count: number): Arrival[] {
    const gaps = Rng.fromSeed(this.#seed).stream('gaps');
    const services = Rng.fromSeed(this.#seed).stream('services');
    let atMs = 0;
    return Array.from({ length: count }, () => {
      atMs += gaps.exponential(SERVICE_MS / this.erlangs);
      return { atMs: Math.round(atMs), serviceMs: Math.max(1, Math.round(this.#service(services))) };
    });
  }
}

export interface QueueRun {
  readonly arrivals: readonly Arrival[];
  /** Of each arrival: start less arrival in milliseconds; undefined when it was turned away. */
  readonly waitsMs: readonly (number | undefined)[];
  /** Integral of the reserved CPUs, in CPU milliseconds. */
  readonly reservedMs: number;
}

/** Runs arrivals through the whole simulation: negotiation, calendar, VMs. loss: now or never; wait: as soon as possible. */
export function runQueue(queue: Queue, mode: 'loss' | 'wait', count: number): Promise<QueueRun> {
  return runArrivals(queue.arrivals(count), queue.servers, mode);
}

/** The same of given arrivals, in order. */
export async function runArrivals(
  arrivals: readonly Arrival[],
  servers: number,
  mode: 'loss' | 'wait',
): Promise<QueueRun> {
  const waitsMs: (number | undefined)[] = arrivals.map(() => undefined);
  let reservedMs = 0;
  let lastMs = 0;
  let reserved = 0;
  await simulate(siteOf(servers, mode, toRequests(arrivals)), {
    onEvent: (event) => {
      reservedMs += reserved * (event.atMs - lastMs);
      lastMs = event.atMs;
      if (event.type === 'window-opened') reserved += 1;
      else if (event.type === 'window-closed') reserved -= 1;
      else if (event.type === 'reservation-confirmed') {
        const index = Number(event.reservationId.slice(1)) - 1;
        waitsMs[index] = event.proposal.startMs - arrivals[index]!.atMs;
      }
    },
  });
  return { arrivals, waitsMs, reservedMs };
}

function* toRequests(arrivals: readonly Arrival[]): Generator<UserRequest> {
  for (const { atMs, serviceMs } of arrivals) {
    yield request({ submitMs: atMs, startMs: atMs, durationMs: serviceMs });
  }
}

function siteOf(servers: number, mode: 'loss' | 'wait', requests: Iterable<UserRequest>): World {
  const quiet = provider();
  // Nodes of four CPUs, and one of what is left.
  const sizes = [...Array<number>(Math.floor(servers / 4)).fill(4), servers % 4].filter((size) => size > 0);
  return setup({
    cluster: { nodes: sizes.map((size, i) => node(`n${i + 1}`, size)) },
    settings: { ...quiet.settings, autoActivate: true, bookingHorizonMs: Number.MAX_SAFE_INTEGER / 4 },
    policies: {
      ...quiet.policies,
      counterOffer: policy('counter-offer', mode === 'loss' ? 'none' : 'earliest-start'),
    },
    users: { buyer: () => policy('buyer', mode === 'loss' ? 'exact-or-nothing' : 'earliest-slot') },
    requests,
  });
}

/** Who is turned away by c servers without a queue, request by request. */
export function lossRecursion(arrivals: readonly Arrival[], servers: number): boolean[] {
  let busyUntilMs: number[] = [];
  return arrivals.map(({ atMs, serviceMs }) => {
    busyUntilMs = busyUntilMs.filter((endMs) => endMs > atMs);
    if (busyUntilMs.length >= servers) return true;
    busyUntilMs.push(atMs + serviceMs);
    return false;
  });
}

/** How long each waits for one of c servers, first come first served (Kiefer and Wolfowitz 1955). */
export function waitRecursion(arrivals: readonly Arrival[], servers: number): number[] {
  const freeAtMs = Array<number>(servers).fill(0);
  return arrivals.map(({ atMs, serviceMs }) => {
    const server = freeAtMs.indexOf(Math.min(...freeAtMs));
    const startMs = Math.max(atMs, freeAtMs[server]!);
    freeAtMs[server] = startMs + serviceMs;
    return startMs - atMs;
  });
}

/** Share of requests that are turned away: B(0) = 1, B(c) = a B(c-1) / (c + a B(c-1)). */
export function erlangB(servers: number, erlangs: number): number {
  let blocking = 1;
  for (let c = 1; c <= servers; c++) blocking = (erlangs * blocking) / (c + erlangs * blocking);
  return blocking;
}

/** Share of requests that wait, c > a. */
export function erlangC(servers: number, erlangs: number): number {
  const blocking = erlangB(servers, erlangs);
  return blocking / (1 - (erlangs / servers) * (1 - blocking));
}

/** Mean wait of all requests in an M/M/c queue, in mean service times. */
export function meanWait(servers: number, erlangs: number): number {
  return erlangC(servers, erlangs) / (servers - erlangs);
}

export interface Estimate {
  readonly mean: number;
  /** Standard error of the mean. */
  readonly error: number;
}

/** The mean of a correlated series by the method of batch means. */
export function batchMeans(values: readonly number[], batches: number): Estimate {
  const size = Math.floor(values.length / batches);
  const means = Array.from({ length: batches }, (_, i) => average(values.slice(i * size, (i + 1) * size)));
  const mean = average(means);
  const variance = means.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (batches - 1);
  return { mean, error: Math.sqrt(variance / batches) };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
