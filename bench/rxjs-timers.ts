// RxJS time operators on our clock against RxJS's own virtual time, which sorts its queue at every insertion.
import { type SchedulerLike, timer, VirtualTimeScheduler } from 'rxjs';
import { VirtualClock } from '../engine/clock/virtual-clock.ts';
import type { BenchModule } from './figure.ts';
import { delayMask, delaysMs, meanMs } from './hold-model.ts';
import { ratio, type Side } from './ratio.ts';

const pending = 1000;

export const rxjsTimers: BenchModule = {
  name: 'rxjs-timers',
  about:
    '`timer(…).subscribe` over and over, on the clock of the engine and on the virtual scheduler that comes with RxJS 7.8.2.',
  figures: [
    ratio({
      name: 'RxJS timer, 1,000 pending: VirtualClock / VirtualTimeScheduler',
      atLeast: 30,
      isShort: true,
      baseline: stockScheduler(2_000),
      subject: virtualClock(50_000),
    }),
  ],
};

function virtualClock(batch: number): Side {
  return () => {
    const clock = new VirtualClock();
    const fired = holdModel(clock);
    return () => {
      const before = fired();
      clock.runUntil(clock.now() + windowMs(batch));
      return fired() - before;
    };
  };
}

function stockScheduler(batch: number): Side {
  return () => {
    const scheduler = new VirtualTimeScheduler();
    const fired = holdModel(scheduler);
    return () => {
      const before = fired();
      scheduler.maxFrames = scheduler.now() + windowMs(batch);
      scheduler.flush();
      return fired() - before;
    };
  };
}

/** The virtual time in which about that many of the timers fire. */
function windowMs(batch: number): number {
  return Math.round((batch * meanMs) / pending);
}

/** Each timer that fires subscribes to another. Returns how many have fired. */
function holdModel(scheduler: SchedulerLike): () => number {
  let drawn = 0;
  let fired = 0;
  const again = () => timer(delaysMs[drawn++ & delayMask]!, scheduler).subscribe(fire);
  const fire = () => {
    fired++;
    again();
  };
  for (let index = 0; index < pending; index++) again();
  return () => fired;
}
