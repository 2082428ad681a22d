// A recording once more through the provider: the same inputs at the same instants, under the provider's own settings. What it decides is
// its own doing again, and is compared. It needs neither a clock nor a hypervisor: what fell due and what was reported are inputs, too.
import {
  type Commit,
  DUE_PHASES,
  type Due,
  type Input,
  Phase,
  Provider,
  type ProviderSetup,
  type ProviderSnapshot,
} from '../../engine/index.ts';

/** An input as it was recorded. */
export interface RecordedInput {
  readonly atMs: number;
  readonly input: Input;
}

export interface ReplayParts {
  readonly setup: ProviderSetup;
  /** Where the inputs begin; absent: with a new provider. */
  readonly snapshot?: ProviderSnapshot;
  /** Everything that was recorded, from the first input on. */
  readonly inputs: AsyncIterable<RecordedInput>;
  /** What happens in the replay, in order. */
  readonly onCommit: (commit: Commit) => void;
}

/**
 * Replays to the last input of the recording. Memory does not grow with its length.
 * @throws PolicyError as a run does
 */
export async function replayInputs({ inputs, onCommit, setup, snapshot }: ReplayParts): Promise<void> {
  // A service goes on without a policy that fails; what it said then it says again.
  const provider = new Provider(setup, {
    goesOnWithout: () => undefined,
    ...(snapshot === undefined ? {} : { snapshot }),
  });
  const missed = new MissedDues();
  missed.note({ armed: provider.dues(), disarmed: [] });
  const decide = (input: Input, atMs: number) => {
    const commit = provider.handle(input, atMs);
    onCommit(commit);
    missed.note(commit);
  };
  const nodeIds = new Set(setup.cluster.nodes.map(({ nodeId }) => nodeId));
  for await (const { atMs, input } of inputs) {
    if (isAboutAbsentNode(input, nodeIds)) continue;
    if (input.kind === 'due') missed.take(input.due);
    for (let due = missed.takeBefore(atMs); due !== undefined; due = missed.takeBefore(atMs)) {
      decide({ kind: 'due', due }, due.atMs);
    }
    decide(input, atMs);
  }
}

/** The settings are those that the provider had last: of a node that it had before, something may be recorded all the same. */
export function isAboutAbsentNode(input: Input, nodeIds: ReadonlySet<string>): boolean {
  if (input.kind === 'due') return false;
  const about = input.kind === 'command' ? input.command : input.report;
  return 'nodeId' in about && !nodeIds.has(about.nodeId);
}

/** What the replay expects to fall due and the recording never mentions: a difference, which must show as one. */
class MissedDues {
  readonly #expected = new Map<string, Due>();
  /** None is earlier. */
  #notBeforeMs = Number.POSITIVE_INFINITY;

  note({ armed, disarmed }: Pick<Commit, 'armed' | 'disarmed'>): void {
    for (const due of disarmed) this.#expected.delete(keyOf(due));
    for (const due of armed) {
      this.#expected.set(keyOf(due), due);
      this.#notBeforeMs = Math.min(this.#notBeforeMs, due.atMs);
    }
  }

  take(due: Due): void {
    this.#expected.delete(keyOf(due));
  }

  /** The first that is over before that instant. One at a time, because each may bring or drop others. */
  takeBefore(atMs: number): Due | undefined {
    if (this.#notBeforeMs > atMs) return undefined;
    let first: Due | undefined;
    for (const due of this.#expected.values())
      if (first === undefined || comesBefore(due, first)) first = due;
    this.#notBeforeMs = first?.atMs ?? Number.POSITIVE_INFINITY;
    if (first === undefined || !isOver(first, atMs)) return undefined;
    this.take(first);
    return first;
  }
}

/** What comes first of its instant is over when anything else of it is recorded. */
function isOver(due: Due, atMs: number): boolean {
  return due.atMs < atMs || (due.atMs === atMs && DUE_PHASES[due.kind] === Phase.Look);
}

function comesBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && DUE_PHASES[a.kind] < DUE_PHASES[b.kind]);
}

function keyOf(due: Due): string {
  if ('vmId' in due) return `${due.kind} ${due.vmId} ${due.atMs}`;
  if ('outageId' in due) return `${due.kind} ${due.outageId} ${due.atMs}`;
  return 'reservationId' in due ? `${due.kind} ${due.reservationId} ${due.atMs}` : `${due.kind} ${due.atMs}`;
}
