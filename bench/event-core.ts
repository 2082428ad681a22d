// The clock against the least that could do the job: a bare 4-ary heap of (time, sequence) in typed arrays, of
// exactly the size needed, without actions, handles, phases or cancellation. What is lost against it is what
// those cost. The work of an event is the same on both sides: to draw a delay and to schedule the next event.
import { Phase } from '../engine/clock/clock.ts';
import { VirtualClock } from '../engine/clock/virtual-clock.ts';
import type { BenchModule } from './figure.ts';
import { delayMask, delaysMs } from './hold-model.ts';
import { ratio, type Side } from './ratio.ts';

const batch = 50_000;

export const eventCore: BenchModule = {
  name: 'event-core',
  about:
    'The hold model: N events are pending, each schedules one more when it comes. Ours: the clock of the engine, with phases, actions and handles to cancel ' +
    'by. The bare heap has times and numbers in typed arrays of the size needed, and nothing else.',
  figures: [1e3, 1e5, 1e6].map((pending) =>
    ratio({
      name: `event core, ${pending.toLocaleString('en')} pending: VirtualClock / bare 4-ary heap`,
      atLeast: 0.75,
      isShort: pending === 1e5,
      baseline: bareHeap(pending),
      subject: virtualClock(pending),
    }),
  ),
};

function virtualClock(pending: number): Side {
  return () => {
    const clock = new VirtualClock();
    let drawn = 0;
    const again = () => {
      clock.at(clock.now() + delaysMs[drawn++ & delayMask]!, Phase.Operation, again);
      if (drawn % batch === 0) clock.stop();
    };
    for (let index = 0; index < pending; index++) again();
    return () => {
      const before = clock.dispatched;
      clock.run();
      return clock.dispatched - before;
    };
  };
}

function bareHeap(pending: number): Side {
  return () => {
    const heap = new BareHeap(pending + 1);
    let drawn = 0;
    const again = (timeMs: number) => heap.add(timeMs + delaysMs[drawn++ & delayMask]!);
    for (let index = 0; index < pending; index++) again(0);
    return () => {
      for (let done = 0; done < batch; done++) again(heap.take());
      return batch;
    };
  };
}

class BareHeap {
  private readonly timesMs: Float64Array;
  private readonly sequences: Float64Array;
  private size = 0;
  private sequence = 0;

  constructor(capacity: number) {
    this.timesMs = new Float64Array(capacity);
    this.sequences = new Float64Array(capacity);
  }

  add(timeMs: number): void {
    const { timesMs, sequences } = this;
    const sequence = this.sequence++;
    let position = this.size++;
    while (position > 0) {
      const parent = (position - 1) >>> 2;
      const parentTimeMs = timesMs[parent]!;
      if (parentTimeMs <= timeMs) break;
      timesMs[position] = parentTimeMs;
      sequences[position] = sequences[parent]!;
      position = parent;
    }
    timesMs[position] = timeMs;
    sequences[position] = sequence;
  }

  /** Removes the earliest and returns its time. */
  take(): number {
    const { timesMs, sequences } = this;
    const top = timesMs[0]!;
    const size = --this.size;
    const timeMs = timesMs[size]!;
    const sequence = sequences[size]!;
    let position = 0;
    for (;;) {
      const firstChild = 4 * position + 1;
      if (firstChild >= size) break;
      let earliest = firstChild;
      let earliestTimeMs = timesMs[firstChild]!;
      const end = Math.min(firstChild + 4, size);
      for (let child = firstChild + 1; child < end; child++) {
        const childTimeMs = timesMs[child]!;
        if (
          childTimeMs < earliestTimeMs ||
          (childTimeMs === earliestTimeMs && sequences[child]! < sequences[earliest]!)
        ) {
          earliest = child;
          earliestTimeMs = childTimeMs;
        }
      }
      if (timeMs < earliestTimeMs || (timeMs === earliestTimeMs && sequence < sequences[earliest]!)) break;
      timesMs[position] = earliestTimeMs;
      sequences[position] = sequences[earliest]!;
      position = earliest;
    }
    timesMs[position] = timeMs;
    sequences[position] = sequence;
    return top;
  }
}
