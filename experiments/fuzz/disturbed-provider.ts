// A provider that is thrown away and made again from its snapshot, or asked for quotes, before any of its inputs: none of which may change what it
// does. It stands in for a provider in a simulation.
import type { Commit, Due, Input, Proposal, ProviderSetup } from '../../engine/index.ts';
import { Provider, Rng } from '../../engine/index.ts';
import type { Disturbance } from './fuzz-case.ts';

export interface DisturbedParts {
  readonly disturbance: Disturbance;
  /** The same provider with policies that were made anew, as after a restart. */
  readonly again: () => ProviderSetup;
  /** What quotes are asked for, one of them at a time. */
  readonly proposals: readonly Proposal[];
  readonly onRestart: () => void;
  readonly onQuote: () => void;
}

/** After so many restarts they are half as likely, after as many again a quarter; so are quotes. A run of nodes that hardly live has ten thousand inputs. */
const OFTEN = 300;

export function disturbedProvider(setup: ProviderSetup, parts: DisturbedParts): Provider {
  const { disturbance, again, onQuote, onRestart, proposals } = parts;
  const chances = Rng.fromSeed(disturbance.seed);
  let lastMs = Number.NEGATIVE_INFINITY;
  let inputs = 0;
  let restarts = 0;
  let quotes = 0;
  let current = new Provider(setup);
  const armed = new Map<string, Due>();
  /** The clock still has the timers of former lives: what is not expected any more is theirs. */
  const withFormerDues = (commit: Commit): Commit => {
    const disarmed = commit.disarmed.map((due) => armed.get(JSON.stringify(due)) ?? due);
    for (const due of commit.armed) armed.set(JSON.stringify(due), due);
    return { ...commit, disarmed };
  };
  const disturb = (nowMs: number) => {
    inputs = nowMs === lastMs ? inputs + 1 : 1;
    lastMs = nowMs;
    // By the instant, so that a case without some of its requests is disturbed at the same places.
    const rng = chances.stream(`${nowMs}/${inputs}`);
    if (rng.next() < thinned(disturbance.restarts, restarts)) {
      const snapshot = JSON.parse(JSON.stringify(current.snapshot()));
      current = new Provider(again(), { snapshot });
      restarts += 1;
      onRestart();
    }
    if (rng.next() < thinned(disturbance.quotes, quotes) && proposals.length > 0) {
      current.quote({ ...rng.pick(proposals), startMs: nowMs + rng.integer(0, 12 * 3_600_000) }, nowMs);
      quotes += 1;
      onQuote();
    }
  };
  return new Proxy(current, {
    get: (_, key) => {
      if (key === 'handle') {
        return (input: Input, nowMs: number) => {
          // The first is that it begins: before that there is nothing to lose.
          if (input.kind !== 'command' || input.command.name !== 'begin') disturb(nowMs);
          return withFormerDues(current.handle(input, nowMs));
        };
      }
      const value = Reflect.get(current, key, current);
      return typeof value === 'function' ? value.bind(current) : value;
    },
  });
}

function thinned(chance: number, times: number): number {
  return chance / 2 ** Math.floor(times / OFTEN);
}
