// What a planner of workflows is. Each is one file here, and one line of catalogue.ts.
import type { Assignment, Terms } from '../lease-plan.ts';
import type { Workflow } from '../workflow.ts';

export interface Planner {
  /** As `--planner` and `workflow.planner` take it. */
  readonly name: string;
  /** One line, for people. */
  readonly summary: string;
  /**
   * Where each task runs. Must give every task a machine; need not meet the deadline, which is looked at by who asks. Must draw from `seed` only.
   */
  assign(workflow: Workflow, terms: Terms, seed: number): Assignment;
}
