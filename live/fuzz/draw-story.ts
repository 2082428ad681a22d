// Draws stories: more is asked for than there is, by people who change their minds, while things go wrong. Everything comes from the seed.
import { Rng } from '../../engine/index.ts';
import { CATALOGUE, defaultPolicyName } from '../../policies/catalogue.ts';
import {
  type Deed,
  type Errand,
  type Fault,
  type FaultKind,
  isOfPools,
  type ServiceStory,
  type StoryHypervisor,
} from './service-story.ts';

/** The policies that move what runs. */
const MIGRATIONS = CATALOGUE.migration
  .map(({ name }) => name)
  .filter((name) => name !== defaultPolicyName('migration'));

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** In so long everything is asked, and goes wrong. */
const SPAN_MS = 30 * MINUTE;

export interface DrawnKinds {
  /** What may go wrong; what cannot with this hypervisor does not. */
  readonly kinds: readonly FaultKind[];
  /** Default: simulated. */
  readonly hypervisor?: StoryHypervisor;
}

export function drawStory(
  seed: number,
  number: number,
  { hypervisor = 'simulated', kinds: wanted }: DrawnKinds,
): ServiceStory {
  const kinds = wanted.filter((kind) => hypervisor === 'xapi' || !isOfPools(kind));
  const rng = Rng.fromSeed(seed).stream(`story ${number}`);
  const nodes = rng.integer(1, 3);
  const users = rng.integer(1, 3);
  const errands = Array.from({ length: rng.integer(4, 24) }, () => drawErrand(rng, { nodes, users }));
  const faults = kinds.length === 0 ? [] : drawFaults(rng, { nodes, kinds });
  return {
    nodes,
    users,
    holdMs: rng.pick([30 * SECOND, 2 * MINUTE, 5 * MINUTE]),
    operationFailure: rng.next() < 0.3 ? 0.1 : 0,
    autoActivate: rng.next() < 0.7,
    ...(hypervisor === 'simulated' ? {} : { hypervisor }),
    ...drawMigration(rng.stream('migration')),
    ...(hypervisor === 'simulated' && drawImages(rng.stream('images'))),
    errands: errands.sort((a, b) => a.atMs - b.atMs),
    faults: faults.sort((a, b) => a.atMs - b.atMs),
  };
}

/** Of a stream of its own: what else is drawn stays as it was. */
function drawMigration(rng: Rng): Pick<ServiceStory, 'migration'> {
  return rng.next() < 0.5 ? {} : { migration: rng.pick(MIGRATIONS) };
}

/** Mostly they are there. */
function drawImages(rng: Rng): Pick<ServiceStory, 'images'> {
  if (rng.next() < 0.6) return {};
  const transfer = rng.pick(['multicast', 'unicast'] as const);
  return { images: { transfer, ms: rng.pick([100, 20 * SECOND, 3 * MINUTE]), kept: rng.integer(0, 2) } };
}

/** Whole seconds, as dates of the API are. */
function duration(rng: Rng, fromMs: number, toMs: number): number {
  return rng.integer(fromMs / SECOND, toMs / SECOND) * SECOND;
}

function drawErrand(rng: Rng, { nodes, users }: { nodes: number; users: number }): Errand {
  const atMs = duration(rng, SECOND, SPAN_MS);
  const dice = rng.next();
  const user = rng.integer(0, users - 1);
  if (dice < 0.12)
    return { kind: 'deposit', atMs, user, amountMicros: rng.integer(1, 1000), hasKey: rng.next() < 0.5 };
  if (dice < 0.2) {
    return {
      kind: 'drain',
      atMs,
      node: rng.integer(0, nodes - 1),
      forMs: duration(rng, 10 * SECOND, 10 * MINUTE),
    };
  }
  return {
    kind: 'reserve',
    atMs,
    user,
    type: rng.pick(['SMALL', 'SMALL', 'MEDIUM', 'LARGE', 'XLARGE']),
    count: rng.integer(1, 3),
    options: rng.next() < 0.3 ? 1 : 0,
    startInMs: rng.next() < 0.5 ? 0 : duration(rng, 0, 20 * MINUTE),
    durationMs: duration(rng, 30 * SECOND, 20 * MINUTE),
    ...drawWait(rng.stream(`wait ${atMs}`)),
    deeds: drawDeeds(rng),
    // Of a stream of its own: what else is drawn stays as it was.
    ...(rng.stream(`starts itself ${atMs} ${user}`).next() < 0.3 && { startsItself: true }),
  };
}

function drawWait(rng: Rng): { readonly waitMs?: number } {
  return rng.next() < 0.4 ? { waitMs: duration(rng, 10 * SECOND, 20 * MINUTE) } : {};
}

function drawDeeds(rng: Rng): { afterMs: number; what: Deed }[] {
  const soon = () => duration(rng, 0, 40 * SECOND);
  const deeds: { afterMs: number; what: Deed }[] = [];
  const add = (what: Deed, afterMs = soon()) => deeds.push({ afterMs, what });
  if (rng.next() < 0.2) add('ask-again');
  const dice = rng.next();
  if (dice < 0.1) return deeds;
  if (dice < 0.2) {
    add('decline');
    return deeds;
  }
  add('confirm');
  if (rng.next() < 0.6) add('activate');
  const more = rng.integer(0, 3);
  for (let i = 0; i < more; i++) {
    const what = rng.pick<Deed>([
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
      'cancel',
    ]);
    add(what, duration(rng, 0, 5 * MINUTE));
  }
  return deeds;
}

function drawFaults(rng: Rng, parts: { nodes: number; kinds: readonly FaultKind[] }): Fault[] {
  // Few of many kinds, or many of one.
  const palette = rng.next() < 0.5 ? parts.kinds : [rng.pick(parts.kinds)];
  const faults: Fault[] = [];
  for (let left = rng.integer(1, 16); left > 0; left--) {
    const fault = drawFault(rng, rng.pick(palette), parts.nodes);
    // Trouble comes in company.
    const before = rng.next() < 0.4 ? faults.at(-1) : undefined;
    faults.push(before === undefined ? fault : { ...fault, atMs: before.atMs + rng.integer(0, 20 * SECOND) });
  }
  // One at a time: with two of them at once nobody could say how late it is.
  let rightFromMs = 0;
  return faults
    .sort((a, b) => a.atMs - b.atMs)
    .filter((fault) => {
      if (fault.kind !== 'clock-jump' && fault.kind !== 'clock-set') return true;
      if (fault.atMs < rightFromMs) return false;
      rightFromMs = fault.atMs + fault.forMs + MINUTE;
      return true;
    });
}

function drawFault(rng: Rng, kind: FaultKind, nodes: number): Fault {
  // To the millisecond: between two things that happen on whole seconds, or at one of them.
  const atMs = rng.next() < 0.5 ? rng.integer(0, SPAN_MS + 10 * MINUTE) : duration(rng, 0, SPAN_MS);
  const skip = rng.integer(0, 30);
  const ofCommits = { atMs, skip: rng.integer(0, 3) };
  const downMs = rng.pick([0, SECOND, 20 * SECOND, 3 * MINUTE]);
  switch (kind) {
    case 'crash':
      return { kind, atMs, downMs };
    case 'crash-in-commit':
      return { kind, atMs, skip, when: rng.pick(['before', 'after'] as const), downMs };
    case 'lost-commit':
    case 'lost-answer':
      return { kind, ...ofCommits };
    case 'torn-commit':
      return { kind, atMs, skip };
    case 'late-commit':
      return { kind, ...ofCommits, ms: rng.pick([1, 100, 300, 2_000, 10_000]) };
    case 'slow-commit':
      return { kind, ...ofCommits, ms: rng.pick([50, 2_000, 25_000]) };
    case 'database-away':
      return { kind, atMs, forMs: duration(rng, SECOND, 3 * MINUTE) };
    case 'lost-reply':
      return { kind, atMs, skip: rng.integer(0, 3) };
    case 'node-loss':
      return { kind, atMs, node: rng.integer(0, nodes - 1), forMs: duration(rng, SECOND, 10 * MINUTE) };
    case 'blind-look':
      return { kind, atMs, forMs: duration(rng, SECOND, 3 * MINUTE) };
    case 'outside-stop':
      return { kind, atMs, vm: rng.integer(0, 7) };
    case 'crash-in-call':
      return {
        kind,
        atMs,
        skip: rng.integer(0, 12),
        when: rng.pick(['before', 'after'] as const),
        downMs,
      };
    case 'lost-pool-answer':
      return { kind, atMs, skip: rng.integer(0, 6) };
    case 'pool-away':
    case 'stalled-events':
      return { kind, atMs, forMs: duration(rng, SECOND, 3 * MINUTE) };
    case 'slow-pool':
      return {
        kind,
        atMs,
        forMs: duration(rng, 10 * SECOND, 5 * MINUTE),
        latencyMs: rng.pick([100, 2_000, 10_000]),
        factor: rng.pick([1, 3, 10]),
      };
    case 'master-change':
      return { kind, atMs, node: rng.integer(0, nodes - 1) };
    case 'toolstack-crash':
      return {
        kind,
        atMs,
        forMs: duration(rng, SECOND, 2 * MINUTE),
        inFlight: rng.pick(['abandoned', 'completed'] as const),
      };
    case 'lost-tasks':
      return { kind, atMs };
    case 'guest-crash':
      return { kind, atMs, vm: rng.integer(0, 7), action: rng.pick(['destroy', 'restart'] as const) };
    case 'clock-set': {
      const byMs = rng.pick([
        20 * SECOND,
        90 * SECOND,
        10 * MINUTE,
        -20 * SECOND,
        -90 * SECOND,
        -10 * MINUTE,
      ]);
      return { kind, atMs, byMs, forMs: duration(rng, SECOND, 5 * MINUTE) };
    }
    case 'clock-jump': {
      const byMs = rng.pick([20 * SECOND, 90 * SECOND, 30 * MINUTE, 5 * 60 * MINUTE]);
      return { kind, atMs, byMs: rng.next() < 0.5 ? byMs : -byMs, forMs: duration(rng, SECOND, 5 * MINUTE) };
    }
  }
}
