// A run in real time, at any speed: for watching, and to show that the wall clock and the virtual clock lead to the same events.
import { Phase } from '../clock/clock.ts';
import { type HostTimers, WallClock } from '../clock/wall-clock.ts';
import type { UserRequest } from '../domain/user-request.ts';
import { type RunOptions, type RunOutcome, Simulation } from './simulation.ts';
import type { World } from './world.ts';

export interface PacedOptions extends RunOptions {
  readonly host: HostTimers;
  /** Virtual milliseconds per real one: 60 runs an hour a minute. */
  readonly speed: number;
}

const PAUSE_EVERY_REAL_MS = 1000;

/**
 * Runs a world on a {@link WallClock}. All requests are read first, so that none comes late; the events and their digest are those of
 * `simulate`. `pause` is called once a second; aborting ends the run then.
 */
export async function simulatePaced(world: World, options: PacedOptions): Promise<RunOutcome> {
  const requests: UserRequest[] = [];
  for await (const request of world.requests) requests.push(request);
  const { host, pause, signal, speed } = options;
  let begun: Simulation | undefined;
  const run = new Promise<RunOutcome>((resolve, reject) => {
    const fail = (error: unknown) => {
      clock.close();
      reject(error);
    };
    const clock = new WallClock(host, { startMs: world.startMs, speed, onError: fail });
    // As a clock action: time stands still at the start of the run until everything is set up.
    clock.at(world.startMs, Phase.Release, () => {
      const end = (reason: RunOutcome['end']) => {
        clock.close();
        resolve(simulation.finish(reason));
      };
      const simulation = new Simulation({ ...world, requests }, clock, {
        ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
        onSettled: () => {
          if (simulation.end !== undefined) end(simulation.end);
        },
        // The tick below.
        timersOfOthers: 1,
      });
      begun = simulation;
      const tick = () => {
        pause?.({ nowMs: clock.now(), requests: simulation.requests, events: simulation.events });
        if (signal?.aborted === true) end('interrupted');
        else clock.at(clock.now() + PAUSE_EVERY_REAL_MS * speed, Phase.Report, tick);
      };
      clock.at(world.startMs + PAUSE_EVERY_REAL_MS * speed, Phase.Report, tick);
      if (Number.isFinite(world.endMs)) clock.at(world.endMs, Phase.Report, () => end('horizon'));
      simulation.begin().catch(fail);
    });
  });
  return run.finally(() => begun?.close());
}
