// A policy in office: the one way to ask it. Policies are other people's code: one that throws, answers with what is no answer, or wants
// to remember what cannot be kept, is named in an error, and leaves nothing half done behind.
import { formatInstant } from '../domain/instant-text.ts';
import { Rng } from '../random/rng.ts';
import { framesOf } from './blame.ts';
import { type Decision, formatMatter, keyOf, type Matter } from './decision.ts';
import type { Named } from './definition.ts';
import { type FunctionOf, functionsOf } from './kinds.ts';
import { NotPlainJson, type PolicyMemory, plainCopy } from './memory.ts';
import { PolicyError, type PolicyErrorPlace, type PolicyFrame } from './policy-error.ts';
import type { PolicyKind, PolicyPorts } from './ports.ts';

/** What a function of a policy is asked, without the decision, which the seat adds. */
type Question<K extends PolicyKind, F extends FunctionOf<K>> =
  NonNullable<PolicyPorts[K][F]> extends (...args: [...infer A, Decision<object>]) => unknown ? A : never;

type AnswerTo<K extends PolicyKind, F extends FunctionOf<K>> =
  NonNullable<PolicyPorts[K][F]> extends (...args: never[]) => infer R ? R : never;

/** Holds what the policy remembers. Everything else about it is in the policy. */
export class Seat<K extends PolicyKind> {
  readonly kind: K;
  readonly named: Named<PolicyPorts[K]>;
  readonly #seed: number | string;
  #rng: Rng | undefined;
  /** Plain JSON that nobody else holds and that is never written to, only replaced. */
  #memory: object | undefined;
  #forgetful: Sitting<K> | undefined;

  /** @param seed of the run or the service */
  constructor(kind: K, named: Named<PolicyPorts[K]>, seed: number | string) {
    this.kind = kind;
    this.named = named;
    this.#seed = seed;
    if (named.memory !== undefined) this.#memory = this.#firstMemory(named.memory);
  }

  /** Begins a train of decisions that belong together. Nothing of it is remembered unless it is kept. */
  sitting(): Sitting<K> {
    // Of a policy that remembers nothing all sittings are alike.
    if (this.#memory === undefined) {
      this.#forgetful ??= new Sitting<K>(this, undefined, () => undefined);
      return this.#forgetful;
    }
    return new Sitting<K>(this, this.#memory, (memory) => {
      this.#memory = memory;
    });
  }

  /** What it remembers; null for a policy that remembers nothing. The same value until something is kept. */
  get memory(): unknown {
    return this.#memory ?? null;
  }

  /** For a snapshot; undefined for a policy that remembers nothing. */
  snapshot(): PolicyMemory | undefined {
    if (this.#memory === undefined) return undefined;
    return { kind: this.kind, policy: this.named.name, memory: plainCopy(this.#memory) };
  }

  /** Goes on from a snapshot. What another policy remembered is none of its business: it begins afresh. */
  restore(memories: readonly PolicyMemory[]): void {
    const own = memories.find(({ kind, policy }) => kind === this.kind && policy === this.named.name);
    if (own === undefined || this.#memory === undefined) return;
    if (typeof own.memory === 'object' && own.memory !== null) this.#memory = plainCopy(own.memory);
  }

  /** The random stream of one decision. */
  rngFor(matter: Matter): Rng {
    this.#rng ??= Rng.fromSeed(this.#seed).stream(`policy/${this.kind}/${this.named.name}`);
    return this.#rng.stream(keyOf(matter));
  }

  /** The error of this policy. `what` continues a sentence: "chose no node". */
  error(
    what: string,
    {
      cause,
      frames = [],
      matter,
    }: { cause?: unknown; frames?: readonly PolicyFrame[]; matter?: Matter } = {},
  ): PolicyError {
    const { name, source } = this.named;
    const about =
      matter === undefined ? '' : `, asked about ${formatMatter(matter)}, at ${formatInstant(matter.nowMs)}`;
    const place: PolicyErrorPlace | undefined =
      frames[0]?.place ?? (source === undefined ? undefined : { file: source.file });
    return new PolicyError(
      { kind: this.kind, name, what: `${what}${about}`, frames, place },
      cause === undefined ? undefined : { cause },
    );
  }

  #firstMemory(memory: () => object): object {
    let first: unknown;
    try {
      first = plainCopy(memory());
    } catch (cause) {
      const what =
        cause instanceof NotPlainJson
          ? `declares what is no plain JSON: ${cause.message}`
          : `threw ${describe(cause)} in memory()`;
      throw this.error(what, { cause, frames: framesOf(cause, this.named.source) });
    }
    if (typeof first === 'object' && first !== null) return first;
    throw this.error(`declares ${describe(first)} as its memory; expected a group of values or a list`);
  }
}

/**
 * A train of decisions: each sees what the ones before it wrote to the memory. It counts when it is kept, and may be let go of without a
 * word: then it was asked in vain. Not to be used again once what it was opened from was kept by another.
 */
export class Sitting<K extends PolicyKind> {
  readonly #seat: Seat<K>;
  readonly #keep: (memory: object | undefined) => void;
  #memory: object | undefined;

  constructor(seat: Seat<K>, memory: object | undefined, keep: (memory: object | undefined) => void) {
    this.#seat = seat;
    this.#memory = memory;
    this.#keep = keep;
  }

  /**
   * Asks one function of the policy. What it is handed must be frozen, or throw when it is written to.
   * @returns an answer that the kind's table accepts
   * @throws PolicyError when it throws, answers otherwise, or leaves a memory that is no plain JSON; nothing has changed then
   */
  ask<F extends FunctionOf<K>>(matter: Matter, name: F, ...question: Question<K, F>): AnswerTo<K, F> {
    const seat = this.#seat;
    const { policy, source } = seat.named;
    const decision = new DecisionAtWork(seat, matter, this.#memory);
    let answer: unknown;
    try {
      answer = (policy[name] as (...args: unknown[]) => unknown)(...question, decision);
    } catch (cause) {
      // Another policy that this one asked, through its view, has been named already.
      if (cause instanceof PolicyError) throw cause;
      throw seat.error(`threw ${describe(cause)}${hint(cause)} in ${name}()`, {
        cause,
        frames: framesOf(cause, source),
        matter,
      });
    }
    const { accepts, expected } = functionsOf(seat.kind)[name]!;
    if (!accepts(answer)) throw this.refuse(matter, name, answer, expected);
    this.#remember(decision, matter, name);
    return answer as AnswerTo<K, F>;
  }

  /** The error for an answer that cannot be applied. `expected` continues a sentence: "one of the candidates". */
  refuse(matter: Matter, name: FunctionOf<K>, answer: unknown, expected: string): PolicyError {
    const what = isPromise(answer)
      ? `returned a promise from ${name}(); policies answer at once: expected ${expected}`
      : `returned ${describe(answer)} from ${name}(); expected ${expected}`;
    // Its own trouble, if it ends in any, is nobody's any more.
    if (isPromise(answer)) answer.then(undefined, () => undefined);
    return this.#seat.error(what, { matter });
  }

  /** To think ahead: it begins with what is drafted here, and changes nothing here unless it is kept. */
  fork(): Sitting<K> {
    if (this.#memory === undefined) return this;
    return new Sitting(this.#seat, this.#memory, (memory) => {
      this.#memory = memory;
    });
  }

  /** The decisions are applied: what they wrote to the memory counts from now on, for what this sitting was opened from. */
  keep(): void {
    this.#keep(this.#memory);
  }

  #remember(decision: DecisionAtWork, matter: Matter, name: FunctionOf<K>): void {
    const written = decision.written;
    if (written === undefined) return;
    try {
      this.#memory = plainCopy(written);
    } catch (cause) {
      if (!(cause instanceof NotPlainJson)) throw cause;
      throw this.#seat.error(`left a memory that is no plain JSON in ${name}(): ${cause.message}`, {
        cause,
        matter,
      });
    }
  }
}

/** What nobody reads costs nothing: no stream is made and no memory is copied. */
class DecisionAtWork implements Decision {
  readonly #seat: Seat<PolicyKind>;
  readonly #matter: Matter;
  readonly #before: object | undefined;
  #rng: Rng | undefined;
  #memory: object | undefined;

  constructor(seat: unknown, matter: Matter, before: object | undefined) {
    this.#seat = seat as Seat<PolicyKind>;
    this.#matter = matter;
    this.#before = before;
  }

  get rng(): Rng {
    this.#rng ??= this.#seat.rngFor(this.#matter);
    return this.#rng;
  }

  get memory(): object {
    if (this.#before === undefined) {
      throw new TypeError('this policy declares no memory; add `memory: () => ({…})` to its definition');
    }
    this.#memory ??= plainCopy(this.#before);
    return this.#memory;
  }

  /** The copy that was handed out; undefined when the memory was not looked at. */
  get written(): object | undefined {
    return this.#memory;
  }
}

/** What came back, in short. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing (undefined)';
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  // A node is known by its id; what it computes when read is none of a message's business.
  if ('nodeId' in value) return `node "${String(value.nodeId)}"`;
  return shorten(describeGroup(value));
}

/** JSON but for numbers, which JSON would call null. */
function describeGroup(value: object): string {
  try {
    const text = JSON.stringify(value, (_, part) =>
      typeof part === 'number' && !Number.isFinite(part) ? `<${part}>` : part,
    );
    return text.replace(/"<(NaN|-?Infinity)>"/g, '$1');
  } catch {
    return 'an object that is no plain JSON';
  }
}

function shorten(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 299)}…`;
}

/** What comes of writing to what a policy is handed: a TypeError whose words few people know. */
export function isForbiddenWrite(cause: unknown): boolean {
  return (
    cause instanceof TypeError &&
    /read only|only a getter|not extensible|Cannot delete property|Cannot redefine/.test(cause.message)
  );
}

function hint(cause: unknown): string {
  return isForbiddenWrite(cause) ? ' (what a policy is handed is frozen: it decides by what it returns)' : '';
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
