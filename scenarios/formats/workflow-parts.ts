// What the formats of workflows have in common: tasks, edges and files as they were written, put together as a workflow.
import { type ErrorPlace, InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import {
  type Workflow,
  WorkflowCircle,
  type WrittenEdge,
  type WrittenTask,
  workflowOf,
} from '../workflows/workflow.ts';
import type { Reading } from './format.ts';

/** What a file of a workflow says, piece by piece. */
export class WorkflowParts {
  readonly #place: ErrorPlace;
  readonly #onOdd: Reading['onOdd'];
  readonly #tasks = new Map<string, WrittenTask>();
  readonly #edges: { readonly edge: WrittenEdge; readonly place: ErrorPlace }[] = [];
  readonly #made = new Map<string, Map<string, number>>();
  readonly #taken = new Map<string, Set<string>>();

  constructor({ file, onOdd }: Pick<Reading, 'file' | 'onOdd'>) {
    this.#place = { file };
    this.#onOdd = onOdd;
  }

  /** @param runtimeS in seconds; files that are published have negative ones, which say nothing */
  task(id: string, name: string, runtimeS: number, place: ErrorPlace): void {
    if (this.#tasks.has(id)) throw problem(`a second task "${id}"; expected each id once`, place);
    if (runtimeS < 0) this.#onOdd('with a negative run time: taken as 0 s');
    this.#tasks.set(id, { id, name, runtimeMs: Math.round(Math.max(0, runtimeS) * 1000) });
  }

  /** Tasks may come later. */
  edge(parent: string, child: string, place: ErrorPlace): void {
    this.#edges.push({ edge: { parent, child }, place });
  }

  makes(task: string, file: string, bytes: number): void {
    if (bytes < 0) this.#onOdd('with a file of a negative size: taken as 0 bytes');
    const files = this.#made.get(task) ?? new Map<string, number>();
    this.#made.set(task, files.set(file, Math.max(0, bytes)));
  }

  takes(task: string, file: string): void {
    const files = this.#taken.get(task) ?? new Set<string>();
    this.#taken.set(task, files.add(file));
  }

  /** @throws InputError for no tasks, an edge to one that there is not, and tasks that wait for each other */
  workflow(name: string): Workflow {
    if (this.#tasks.size === 0) throw problem('no tasks; expected at least one', this.#place);
    for (const { edge, place } of this.#edges) {
      for (const id of [edge.parent, edge.child]) {
        if (this.#tasks.has(id)) continue;
        throw problem(`no task "${id}"${suggestion(id, [...this.#tasks.keys()])}`, place);
      }
    }
    try {
      const edges = this.#edges.map(({ edge }) => edge);
      return workflowOf(name, [...this.#tasks.values()], edges, (parent, child) =>
        this.#bytes(parent, child),
      );
    } catch (error) {
      if (!(error instanceof WorkflowCircle)) throw error;
      throw problem(`${error.message}; expected no circle`, this.#place);
    }
  }

  /** Files need not follow the edges: what goes along an edge is what both its tasks name. */
  #bytes(parent: string, child: string): number {
    const made = this.#made.get(parent);
    let bytes = 0;
    if (made !== undefined) for (const file of this.#taken.get(child) ?? []) bytes += made.get(file) ?? 0;
    return bytes;
  }
}

export function problem(what: string, place: ErrorPlace): InputError {
  return new InputError('PEX_WORKLOAD_VALUE', what, place);
}
