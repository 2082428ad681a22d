// Particle swarm optimisation: each particle is a place for every task, drawn to the best that it and the swarm have seen. Rodriguez and Buyya 2014,
// sections 4 and 5: a coordinate is the index of a machine; what is done in time beats what is not, of two that are the cheaper wins, of two that are
// not the sooner.
import { Rng } from '../../../engine/index.ts';
import {
  type Assignment,
  earliestStarts,
  type MachineType,
  type Terms,
  type Timing,
  timingOf,
} from '../lease-plan.ts';
import type { Workflow } from '../workflow.ts';
import { icPcp } from './ic-pcp.ts';
import type { Planner } from './planner.ts';

/** As they have them. */
const PARTICLES = 100;
const ROUNDS = 100;
const INERTIA = 0.5;
const OF_ITS_OWN_BEST = 2;
const OF_THE_BEST = 2;

export const pso: Planner = {
  name: 'pso',
  summary: 'Particle swarm optimisation, from places that are drawn.',
  assign(workflow, terms, seed) {
    const order = inOrderOf(earliestStarts(workflow, terms));
    return new Swarm(workflow, terms, { machines: poolFor(workflow, terms), order }, seed).best([]);
  },
};

export const psoAfterIcPcp: Planner = {
  name: 'pso-after-ic-pcp',
  summary: 'Particle swarm optimisation that begins with the plan of ic-pcp among the particles.',
  assign(workflow, terms, seed) {
    const plan = icPcp.assign(workflow, terms, seed);
    const pool = [...poolFor(workflow, terms)];
    const numbers = new Map<number, number>();
    const taken = new Set<number>();
    const numberOf = (machine: number) => {
      const known = numbers.get(machine);
      if (known !== undefined) return known;
      const type = plan.machines[machine]!;
      let number = pool.findIndex((each, index) => each === type && !taken.has(index));
      if (number === -1) number = pool.push(type) - 1;
      numbers.set(machine, number);
      taken.add(number);
      return number;
    };
    const particle = Array.from(plan.machineOf, numberOf);
    return new Swarm(workflow, terms, { machines: pool, order: plan.order }, seed).best([particle]);
  },
};

/** Of each type as many machines as there can be tasks that run at once: more would never be used. Section 5.1. */
function poolFor(workflow: Workflow, terms: Terms): readonly MachineType[] {
  const most = widthOf(workflow);
  return terms.types.flatMap((type) => Array.from({ length: most }, () => type));
}

/** The most tasks on one level; a task is a level below its lowest parent. */
function widthOf({ tasks }: Workflow): number {
  const levels: number[] = [];
  const widths: number[] = [];
  for (const { parents } of tasks) {
    const level = parents.reduce((lowest, { task }) => Math.max(lowest, levels[task]! + 1), 0);
    levels.push(level);
    widths[level] = (widths[level] ?? 0) + 1;
  }
  return widths.reduce((most, width) => Math.max(most, width), 1);
}

function inOrderOf(startsMs: Float64Array): readonly number[] {
  return Array.from(startsMs, (_, index) => index).sort((a, b) => startsMs[a]! - startsMs[b]! || a - b);
}

interface Particle {
  readonly position: Float64Array;
  readonly velocity: Float64Array;
  best: Float64Array;
  bestTiming: Judged;
}

type Judged = Pick<Timing, 'costMicros' | 'makespanMs'>;

class Swarm {
  readonly #workflow: Workflow;
  readonly #terms: Terms;
  readonly #frame: Omit<Assignment, 'machineOf'>;
  readonly #rng: Rng;

  constructor(workflow: Workflow, terms: Terms, frame: Omit<Assignment, 'machineOf'>, seed: number) {
    this.#workflow = workflow;
    this.#terms = terms;
    this.#frame = frame;
    this.#rng = Rng.fromSeed(seed).stream('particles');
  }

  /** @param given particles that are not drawn */
  best(given: readonly (readonly number[])[]): Assignment {
    const particles = Array.from({ length: PARTICLES }, (_, index) => this.#particle(given[index]));
    let leader = this.#leaderOf(particles);
    for (let round = 0; round < ROUNDS; round++) {
      for (const particle of particles) this.#move(particle, leader);
      leader = this.#leaderOf(particles);
    }
    return { ...this.#frame, machineOf: Array.from(leader, Math.round) };
  }

  /** The best that any of them has seen; no particle forgets its own. */
  #leaderOf(particles: readonly Particle[]): Float64Array {
    return particles.reduce((first, each) => (this.#beats(each.bestTiming, first.bestTiming) ? each : first))
      .best;
  }

  #particle(given: readonly number[] | undefined): Particle {
    const last = this.#frame.machines.length - 1;
    const { length } = this.#workflow.tasks;
    const draw = () => this.#rng.next() * last;
    const position = Float64Array.from({ length }, (_, index) => given?.[index] ?? draw());
    const velocity = Float64Array.from({ length }, () => draw() - draw());
    return { position, velocity, best: position.slice(), bestTiming: this.#judge(position) };
  }

  #move(particle: Particle, leader: Float64Array): void {
    const { best, position, velocity } = particle;
    const last = this.#frame.machines.length - 1;
    for (let index = 0; index < position.length; index++) {
      const at = position[index]!;
      velocity[index] =
        INERTIA * velocity[index]! +
        OF_ITS_OWN_BEST * this.#rng.next() * (best[index]! - at) +
        OF_THE_BEST * this.#rng.next() * (leader[index]! - at);
      position[index] = Math.min(last, Math.max(0, at + velocity[index]!));
    }
    const timing = this.#judge(position);
    if (!this.#beats(timing, particle.bestTiming)) return;
    particle.best = position.slice();
    particle.bestTiming = timing;
  }

  #judge(position: Float64Array): Judged {
    const machineOf = position.map(Math.round);
    return timingOf(this.#workflow, this.#terms, { ...this.#frame, machineOf });
  }

  #beats(one: Judged, other: Judged): boolean {
    const { deadlineMs } = this.#terms;
    const isInTime = one.makespanMs <= deadlineMs;
    if (isInTime !== other.makespanMs <= deadlineMs) return isInTime;
    if (!isInTime) return one.makespanMs < other.makespanMs;
    if (one.costMicros !== other.costMicros) return one.costMicros < other.costMicros;
    return one.makespanMs < other.makespanMs;
  }
}
