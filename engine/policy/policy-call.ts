// Asking a policy for a decision. Policies are other people's code: one that throws, or decides what cannot be applied, stops the run
// with an error that names it and the instant, never with a stack trace from the middle of the manager.

import { formatInstant } from '../domain/instant-text.ts';
import type { Proposal } from '../domain/proposal.ts';
import { RESOURCE_NAMES } from '../domain/resources.ts';
import type { Named } from '../provider/provider-settings.ts';
import { PolicyError } from './policy-error.ts';
import type { PolicyKind, PolicyPorts } from './ports.ts';

/** One policy at work: asked at an instant, and blamed at it. */
export class PolicyCall<K extends PolicyKind> {
  readonly #kind: K;
  readonly #name: string;
  readonly #policy: PolicyPorts[K];
  readonly #nowMs: number;

  constructor(kind: K, { name, policy }: Named<PolicyPorts[K]>, nowMs: number) {
    this.#kind = kind;
    this.#name = name;
    this.#policy = policy;
    this.#nowMs = nowMs;
  }

  /** @throws PolicyError when the policy throws */
  ask<R>(question: (policy: PolicyPorts[K]) => R): R {
    try {
      return question(this.#policy);
    } catch (error) {
      // Another policy that this one asked, through its view, has been named already.
      if (error instanceof PolicyError) throw error;
      throw this.brokeRules(`threw ${String(error)}`, error);
    }
  }

  /** The error to throw when its decision cannot be applied. `what` continues a sentence: "chose no node". */
  brokeRules(what: string, cause?: unknown): PolicyError {
    const at = formatInstant(this.#nowMs);
    return new PolicyError({ kind: this.#kind, name: this.#name, what: `${what}, at ${at}` }, { cause });
  }
}

/** Whether terms that no schema has checked are terms at all; whether they fit is another question. */
export function isWellFormed(terms: Proposal | null | undefined): terms is Proposal {
  if (terms === null || terms === undefined) return false;
  const { demand, durationMs, numInstancesFixed, numInstancesOption, startMs } = terms;
  return (
    isWhole(durationMs, 1) &&
    isWhole(numInstancesFixed, 1) &&
    isWhole(numInstancesOption, 0) &&
    isWhole(startMs, Number.MIN_SAFE_INTEGER) &&
    RESOURCE_NAMES.every((name) => isWhole(demand?.[name], 0))
  );
}

function isWhole(value: number | undefined, least: number): boolean {
  return value !== undefined && Number.isSafeInteger(value) && value >= least;
}
