// Every planner of workflows. A new one is one file and one line here.
import { icPcp } from './ic-pcp.ts';
import type { Planner } from './planner.ts';
import { pso, psoAfterIcPcp } from './pso.ts';
import { oneEach, oneForAll } from './singles.ts';

export const PLANNERS: readonly Planner[] = [icPcp, pso, psoAfterIcPcp, oneEach, oneForAll];
