// Policies under watch: what time it is and what chance has in store is none of their business but by what they are handed. While one is asked,
// the clocks and the dice of the process throw, which names the line that looked at them.
import { Script } from 'node:vm';
import {
  type FunctionOf,
  functionsOf,
  type Named,
  type PolicyKind,
  type PolicyPorts,
} from '../../engine/index.ts';

/** How often each function was asked, by `kind.function`. */
export type Questions = Map<string, number>;

let asked = 0;

/** How long a policy may think about one question; undefined: as long as whoever waits for the run. */
let patienceMs: number | undefined;

/** A policy looked at what is not handed to it. */
export class OutsideWorld extends Error {}

/** A policy had not answered when there was no patience left. */
export class Unanswered extends Error {}

export interface WatchOptions<K extends PolicyKind> {
  /** Stands in for the policy at each question: one that was made anew, or the same. */
  readonly current?: () => PolicyPorts<object>[K];
  /** Called before each question, with its arguments; may ask in vain. */
  readonly before?: (
    policy: PolicyPorts<object>[K],
    name: FunctionOf<K>,
    question: readonly unknown[],
  ) => void;
  readonly questions?: Questions;
}

/** The policy, as it is but for the watch. */
export function watched<K extends PolicyKind>(
  kind: K,
  named: Named<PolicyPorts[K]>,
  { before, current = () => named.policy, questions }: WatchOptions<K> = {},
): Named<PolicyPorts[K]> {
  const ask = (name: string, question: readonly unknown[]): unknown => {
    const label = `${kind}.${name}`;
    questions?.set(label, (questions.get(label) ?? 0) + 1);
    asked += 1;
    try {
      const policy = current();
      before?.(policy, name as FunctionOf<K>, question);
      const functions = policy as object as Readonly<
        Record<string, (...args: readonly unknown[]) => unknown>
      >;
      return patiently(() => functions[name]!(...question));
    } finally {
      asked -= 1;
    }
  };
  const policy = Object.fromEntries(
    functionsIn(named.policy, kind).map((name) => [name, (...question: unknown[]) => ask(name, question)]),
  ) as object as PolicyPorts[K];
  return { ...named, policy };
}

/** Those that every policy of the kind has, and the optional ones that this one has. */
function functionsIn(policy: object, kind: PolicyKind): string[] {
  return Object.entries(functionsOf(kind))
    .filter(([name, { optional }]) => !optional || name in policy)
    .map(([name]) => name);
}

/** Runs the work with so much patience for each question (real time). One at a time in a thread. */
export async function withPatience<T>(limitMs: number | undefined, work: () => Promise<T>): Promise<T> {
  patienceMs = limitMs;
  try {
    return await work();
  } finally {
    patienceMs = undefined;
  }
}

const PATIENT_WORK = Symbol.for('openpex.patient-work');
const PATIENT_SCRIPT = new Script("globalThis[Symbol.for('openpex.patient-work')]()");

/** Only what runs as a script can be stopped in its own thread, and the thread goes on. */
function patiently<T>(work: () => T): T {
  if (patienceMs === undefined) return work();
  Reflect.set(globalThis, PATIENT_WORK, work);
  try {
    return PATIENT_SCRIPT.runInThisContext({ timeout: patienceMs }) as T;
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'))
      throw cause;
    const error = new Unanswered(`no answer after ${patienceMs / 1000} s, and the run was not over,`);
    // Where it was then is not known; this line is not it.
    error.stack = `${error.name}: ${error.message}`;
    throw error;
  } finally {
    Reflect.deleteProperty(globalThis, PATIENT_WORK);
  }
}

/** Runs the work with clocks and dice that throw while a policy is asked. One at a time in a thread. */
export async function withoutClocksAndDice<T>(work: () => Promise<T>): Promise<T> {
  const restore = [
    forbid(Math, 'random', 'dice of its own'),
    forbid(globalThis.performance, 'now', 'the time of day'),
    forbid(process, 'hrtime', 'the time of day'),
    forbid(crypto, 'getRandomValues', 'dice of its own'),
    forbid(crypto, 'randomUUID', 'dice of its own'),
    forbidToday(),
  ];
  try {
    return await work();
  } finally {
    for (const each of restore) each();
  }
}

function forbid<T extends object>(owner: T, name: keyof T & string, shown: string): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  const original = owner[name] as (...args: unknown[]) => unknown;
  function guarded(...args: unknown[]): unknown {
    refuseTo(shown, guarded);
    return original.apply(owner, args);
  }
  Object.assign(guarded, original);
  Object.defineProperty(owner, name, { value: guarded, configurable: true, writable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, before);
  };
}

function forbidToday(): () => void {
  const original = globalThis.Date;
  const today = 'the time of day';
  function now(): number {
    refuseTo(today, now);
    return original.now();
  }
  const handler: ProxyHandler<DateConstructor> = {
    construct: (target, args, newTarget) => {
      if (args.length === 0) refuseTo(today, handler.construct!);
      return Reflect.construct(target, args, newTarget);
    },
    apply: (target, self, args) => {
      refuseTo(today, handler.apply!);
      return Reflect.apply(target, self, args);
    },
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key, target)),
  };
  globalThis.Date = new Proxy(original, handler);
  return () => {
    globalThis.Date = original;
  };
}

/** @param below what the policy called: its trace begins with the line of the policy */
function refuseTo(what: string, below: (...args: never[]) => unknown): void {
  if (asked === 0) return;
  const error = new OutsideWorld(`asks for ${what}, on which no decision may depend`);
  Error.captureStackTrace(error, below);
  throw error;
}
