// A policy that threw, or decided what cannot be applied.
import type { PolicyKind } from './ports.ts';

/** Where in the policy's own file. Lines and columns count from 1. */
export interface PolicyErrorPlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

interface PolicyErrorParts {
  readonly kind: PolicyKind;
  /** Of the policy. */
  readonly name: string;
  /** Continues a sentence that begins with the policy: "chose no node, at 2009-08-21T10:00:00Z". */
  readonly what: string;
  readonly place?: PolicyErrorPlace;
}

/** The policy is to blame: nothing of its decision was applied. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code = 'PEX_POLICY_BROKE_RULES';
  readonly kind: PolicyKind;
  readonly policyName: string;
  readonly place: PolicyErrorPlace | undefined;

  constructor({ kind, name, what, place }: PolicyErrorParts, options?: ErrorOptions) {
    super(`${kind} policy "${name}" ${what}`, options);
    this.kind = kind;
    this.policyName = name;
    this.place = place;
  }
}
