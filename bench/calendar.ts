// Admission on the calendar: cancel one booking, find the earliest start over all nodes, book it there. Ours, with its index over nodes
// and its table of bookings, against the least that could do the job without an index: visit the bare calendar of every node.
import type { BookingId } from '../engine/calendar/booking.ts';
import { CapacityCalendar } from '../engine/calendar/capacity-calendar.ts';
import { applied } from '../engine/calendar/edit.ts';
import { NodeCalendar } from '../engine/calendar/node-calendar.ts';
import { type Amounts, ResourceSpace } from '../engine/domain/resource-space.ts';
import type { Resources } from '../engine/domain/resources.ts';
import { invariant } from '../engine/invariant.ts';
import { Rng } from '../engine/random/rng.ts';
import type { BenchModule, Figure } from './figure.ts';
import { type Ratio, ratio, type Side } from './ratio.ts';

const hourMs = 3_600_000;
const capacity: Resources = { milliCpus: 16_000, memoryMib: 65_536, diskGib: 1_000 };
const space = new ResourceSpace({});
const amounts = (resources: Resources): Amounts => space.amounts(resources, 'node');
const bookingsPerNode = 100;
/** The load is found by admission on this many nodes, and copied as often as needed: nothing is gained by waiting longer. */
const nodesFilled = 1_000;
const batch = 50;

interface Request {
  readonly demand: Resources;
  readonly durationMs: number;
  readonly notBeforeMs: number;
}

interface Place {
  readonly nodeIndex: number;
  readonly startMs: number;
}

/** One side of the comparison. Bookings are named by the number of the slot that they fill. */
interface Provider {
  /** The earliest start, and the lowest node that has it. */
  earliest(request: Request): Place;
  book(slot: number, request: Request, place: Place): void;
  cancel(slot: number): void;
}

export const calendar: BenchModule = {
  name: 'calendar',
  about:
    'Admission ahead of time: one booking is cancelled, the earliest start over all nodes is found and booked, at a hundred bookings a node. Ours: the calendar ' +
    'with its index and its table of bookings. The other side visits the bare calendars of all nodes, one after the other.',
  figures: [
    admission({ nodeCount: 1_000, resources: 1, atLeast: 5 }),
    admission({ nodeCount: 1_000, resources: 3, atLeast: 5 }),
    admission({ nodeCount: 10_000, resources: 1, atLeast: 6 }),
    admission({ nodeCount: 10_000, resources: 3, atLeast: 6 }),
  ],
};

interface Setting {
  readonly nodeCount: number;
  /** CPU alone, or memory and disk too. */
  readonly resources: 1 | 3;
}

function admission({ nodeCount, resources, atLeast }: Setting & Pick<Ratio, 'atLeast'>): Figure {
  // Both sides see the same requests, so their n-th batches have the same answers: who gets there first writes them down.
  const answers: number[] = [];
  const side =
    (newProvider: (nodeCount: number) => Provider): Side =>
    () => {
      const provider = newProvider(nodeCount);
      const slots = fill(provider, { nodeCount, resources });
      const workload = new Workload('churn', resources);
      let batches = 0;
      return () => {
        let digest = 0;
        for (let admitted = 0; admitted < batch; admitted += 1) {
          const slot = workload.rng.integer(0, slots - 1);
          const request = workload.request();
          provider.cancel(slot);
          const place = provider.earliest(request);
          provider.book(slot, request, place);
          digest = (digest * 31 + place.startMs + place.nodeIndex) % 2 ** 40;
        }
        answers[batches] ??= digest;
        invariant(answers[batches] === digest, 'both sides give the same answers', { batches });
        batches += 1;
        return batch;
      };
    };
  const nodes = nodeCount.toLocaleString('en');
  const kind = resources === 1 ? 'CPU alone' : 'three resources';
  return ratio({
    name: `calendar, ${nodes} nodes, ${kind}: admit with the index / visiting all nodes`,
    atLeast,
    baseline: side((count) => new VisitingAllNodes(count)),
    subject: side((count) => new Indexed(count)),
  });
}

class Indexed implements Provider {
  private readonly calendar: CapacityCalendar;
  private readonly bookingIds: BookingId[] = [];

  constructor(nodeCount: number) {
    this.calendar = new CapacityCalendar({
      nodes: Array.from({ length: nodeCount }, (_, index) => ({ nodeId: `n${index}`, capacity })),
    });
  }

  earliest({ demand, durationMs, notBeforeMs }: Request): Place {
    const startMs = this.calendar.earliestStart({ demand, count: 1, durationMs, notBeforeMs });
    invariant(startMs !== undefined, 'every request fits at some time');
    for (const nodeIndex of this.calendar.candidates({ startMs, endMs: startMs + durationMs, demand })) {
      return { nodeIndex, startMs };
    }
    throw new Error('no node has room at the earliest start');
  }

  book(slot: number, { demand, durationMs }: Request, { nodeIndex, startMs }: Place): void {
    const endMs = startMs + durationMs;
    const booking = { nodeIndex, startMs, endMs, demand, kind: 'reservation', owner: 'bench' } as const;
    this.bookingIds[slot] = applied(this.calendar.apply([{ edit: 'book', ...booking }]))[0]!;
  }

  cancel(slot: number): void {
    applied(this.calendar.apply([{ edit: 'release', id: this.bookingIds[slot]! }]));
  }
}

class VisitingAllNodes implements Provider {
  private readonly nodes: readonly NodeCalendar[];
  private readonly bookings: { node: NodeCalendar; startMs: number; endMs: number; demand: Amounts }[] = [];

  constructor(nodeCount: number) {
    this.nodes = Array.from({ length: nodeCount }, () => new NodeCalendar(amounts(capacity)));
  }

  earliest({ demand, durationMs, notBeforeMs }: Request): Place {
    const onNode = amounts(demand);
    let startMs = Number.POSITIVE_INFINITY;
    let nodeIndex = -1;
    // Only an earlier start than the best so far is of interest: that prunes, and lets the lower node win a tie.
    for (let index = 0; index < this.nodes.length && startMs > notBeforeMs; index += 1) {
      const fitMs = this.nodes[index]!.earliestFit({
        demand: onNode,
        durationMs,
        notBeforeMs,
        latestStartMs: startMs - 1,
      });
      if (fitMs === undefined) continue;
      startMs = fitMs;
      nodeIndex = index;
    }
    return { nodeIndex, startMs };
  }

  book(slot: number, { demand, durationMs }: Request, { nodeIndex, startMs }: Place): void {
    const node = this.nodes[nodeIndex]!;
    const endMs = startMs + durationMs;
    const onNode = amounts(demand);
    node.take(startMs, endMs, onNode);
    this.bookings[slot] = { node, startMs, endMs, demand: onNode };
  }

  cancel(slot: number): void {
    const { node, startMs, endMs, demand } = this.bookings[slot]!;
    node.giveBack(startMs, endMs, demand);
  }
}

/** Gives the provider the load of a first-fit run, the same for both sides, and returns the number of bookings. */
function fill(provider: Provider, { nodeCount, resources }: Setting): number {
  const model = new Indexed(nodesFilled);
  const workload = new Workload('fill', resources);
  const copies = nodeCount / nodesFilled;
  let slot = 0;
  for (let booking = 0; booking < bookingsPerNode * nodesFilled; booking += 1) {
    const request = workload.request();
    const place = model.earliest(request);
    model.book(booking, request, place);
    for (let copy = 0; copy < copies; copy += 1) {
      provider.book(slot, request, { ...place, nodeIndex: place.nodeIndex * copies + copy });
      slot += 1;
    }
  }
  return slot;
}

/**
 * A week of working days. Starts crowd around noon: then nodes are nine tenths full, and a fifth of the requests, most of
 * them large, must wait for the evening; over the week two thirds of the CPU time is booked.
 */
class Workload {
  readonly rng: Rng;
  private readonly resources: 1 | 3;

  constructor(name: string, resources: 1 | 3) {
    this.rng = Rng.fromSeed(20261122).stream(name);
    this.resources = resources;
  }

  request(): Request {
    const { rng } = this;
    const cpus = [1, 1, 1, 2, 2, 2, 4, 4, 8, 16][rng.integer(0, 9)]!;
    const day = rng.integer(0, 6);
    const hour = 4 + 8 * (rng.next() + rng.next());
    return {
      demand: {
        milliCpus: cpus * 1000,
        memoryMib: this.resources === 1 ? 0 : cpus * 1024 * rng.integer(1, 4),
        diskGib: this.resources === 1 ? 0 : cpus * rng.integer(10, 60),
      },
      durationMs: 1 + Math.round(rng.exponential(5 * hourMs)),
      notBeforeMs: Math.round((day * 24 + hour) * hourMs),
    };
  }
}
