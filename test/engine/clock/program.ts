// Random programs for clocks: what runs schedules and cancels more. Two clocks agree when one program leaves
// the same log.
import fc from 'fast-check';
import { type Clock, Phase } from '../../../engine/clock/clock.ts';

/**
 * What running one node of a program does, after a note in the log. Nodes schedule nodes behind them, so a
 * program ends.
 */
interface ProgramNode {
  readonly delayMs: number;
  readonly phase: Phase;
  readonly steps: readonly ProgramStep[];
}

type ProgramStep =
  | { readonly kind: 'schedule'; readonly ahead: number }
  /** Cancels one of the timers scheduled so far, pending or not. */
  | { readonly kind: 'cancel'; readonly pick: number }
  /** Runs this node again after `everyMs`, so many times in all. */
  | { readonly kind: 'repeat'; readonly everyMs: number; readonly times: number };

export interface Program {
  readonly nodes: readonly ProgramNode[];
  /** Scheduled in this order before the clock runs. */
  readonly roots: readonly number[];
}

/** What a program needs of a clock. */
export interface Machine {
  now(): number;
  /**
   * Runs `work` after a delay; when it returns a delay, runs it again after that. Returns how to cancel,
   * which may tell whether it did.
   */
  schedule(delayMs: number, phase: Phase, work: () => number | undefined): () => boolean | undefined;
}

/** Small delays make ties; the budget keeps programs whose nodes multiply from exploding. */
const budget = 200;

const step: fc.Arbitrary<ProgramStep> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('schedule' as const), ahead: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('cancel' as const), pick: fc.nat(40) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('repeat' as const),
      everyMs: fc.integer({ min: 0, max: 4 }),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
);

/** With `phases`, nodes run in any phase; without, all in the one RxJS work runs in. */
export function programs({ phases }: { phases: boolean }): fc.Arbitrary<Program> {
  const node: fc.Arbitrary<ProgramNode> = fc.record({
    delayMs: fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 300 })),
    phase: phases ? fc.constantFrom(...Object.values(Phase)) : fc.constant(Phase.Operation),
    steps: fc.array(step, { maxLength: 4 }),
  });
  return fc.record({
    nodes: fc.array(node, { minLength: 1, maxLength: 15 }),
    roots: fc.array(fc.nat(14), { minLength: 1, maxLength: 30 }),
  });
}

/** Schedules the roots of a program; the log grows as the machine runs. */
export function start(program: Program, machine: Machine): string[] {
  const log: string[] = [];
  const cancels: (() => boolean | undefined)[] = [];

  const schedule = (index: number) => {
    const node = program.nodes[index];
    if (node === undefined || cancels.length >= budget) return;
    const name = cancels.length;
    let runs = 0;
    const cancel = machine.schedule(node.delayMs, node.phase, () => {
      runs++;
      log.push(`${machine.now()} ${name}.${runs}`);
      let againMs: number | undefined;
      for (const step of node.steps) {
        if (step.kind === 'schedule') schedule(index + step.ahead);
        if (step.kind === 'cancel') log.push(`cancel ${cancels[step.pick % cancels.length]?.()}`);
        if (step.kind === 'repeat' && runs < step.times) againMs = step.everyMs;
      }
      return againMs;
    });
    cancels.push(cancel);
  };

  for (const root of program.roots) schedule(root % program.nodes.length);
  return log;
}

/** Through `at` and `cancel`; repetition is one timer after the other. */
export function clockMachine(clock: Pick<Clock, 'now' | 'at' | 'cancel'>): Machine {
  return {
    now: () => clock.now(),
    schedule(delayMs, phase, work) {
      const run = () => {
        const againMs = work();
        if (againMs !== undefined) timer = clock.at(clock.now() + againMs, phase, run);
      };
      let timer = clock.at(clock.now() + delayMs, phase, run);
      return () => clock.cancel(timer);
    },
  };
}
