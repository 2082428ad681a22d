// A policy that threw, or decided what cannot be applied.
import type { PolicyKind } from './ports.ts';

/** Where in the policy's own file. Lines and columns count from 1. */
export interface PolicyErrorPlace {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** A line of a stack trace that lies in the policy's own code. */
export interface PolicyFrame {
  readonly place: PolicyErrorPlace;
  /** Name of the function; empty when it has none. */
  readonly function: string;
}

export interface PolicyErrorParts {
  readonly kind: PolicyKind;
  /** Of the policy. */
  readonly name: string;
  /** Continues a sentence that begins with the policy: "threw Error: boom in choose(), …". */
  readonly what: string;
  /** The top of the stack in the policy's code first; empty when nothing was thrown. */
  readonly frames?: readonly PolicyFrame[];
  /** Absent: the first frame's, if there is one. */
  readonly place?: PolicyErrorPlace | undefined;
}

/** The policy is to blame: nothing of its decision was applied, nothing of what it wanted to remember was kept. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code = 'PEX_POLICY_BROKE_RULES';
  readonly kind: PolicyKind;
  readonly policyName: string;
  readonly place: PolicyErrorPlace | undefined;
  readonly frames: readonly PolicyFrame[];

  constructor(
    { kind, name, what, frames = [], place = frames[0]?.place }: PolicyErrorParts,
    options?: ErrorOptions,
  ) {
    const where = place === undefined ? '' : `${formatPolicyPlace(place)}: `;
    super(`${where}${kind} policy "${name}" ${what}`, options);
    this.kind = kind;
    this.policyName = name;
    this.place = place;
    this.frames = frames;
  }
}

/** `my-policy.ts:5:21` */
export function formatPolicyPlace({ file, line, column }: PolicyErrorPlace): string {
  return [file, line, column].filter((part) => part !== undefined).join(':');
}

/** The frames as lines of a stack trace. */
export function formatFrames(frames: readonly PolicyFrame[]): string {
  return frames
    .map(({ function: name, place }) => {
      const where = formatPolicyPlace(place);
      return name === '' ? `    at ${where}\n` : `    at ${name} (${where})\n`;
    })
    .join('');
}
