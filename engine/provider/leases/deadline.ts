// A lease that is to be done by a deadline: any start will do from which it ends in time, and it gets the first. Sotomayor's deadline-driven
// leases, without their preemption: what was promised stays where it is.
import { flexible } from './flexible.ts';
import type { LeaseKind } from './lease-kind.ts';

export const deadline: LeaseKind = {
  ...flexible,
  name: 'deadline',
  summary: 'a window at any time that ends by a deadline; it gets the first start that there is',
};
