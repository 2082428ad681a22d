// What provisioning policies have in common: which nodes they keep when they have decided how many, or how much.
import type { SwitchedNodeView } from '../../engine/for-policies.ts';

/** Nothing is on it, whether it is on or off. */
export function isEmpty({ isUp, vmCount }: SwitchedNodeView): boolean {
  return isUp && vmCount === 0;
}

/**
 * Those that cost least to keep first: what VMs are on, then what is on or boots, then what would have to boot; each in the order of the
 * cluster, in which allocation policies take nodes that are equal.
 */
export function byReadiness(nodes: readonly SwitchedNodeView[]): SwitchedNodeView[] {
  const rank = ({ power, vmCount }: SwitchedNodeView) => (vmCount > 0 ? 0 : power === 'off' ? 2 : 1);
  return nodes.filter(({ isUp }) => isUp).sort((a, b) => rank(a) - rank(b) || a.index - b.index);
}

export function cpusOf({ capacity }: SwitchedNodeView): number {
  return capacity.milliCpus / 1000;
}

/** That VMs have, busy or not. */
export function cpusInUse(nodes: readonly SwitchedNodeView[]): number {
  let milliCpus = 0;
  for (const { allocated, capacity } of nodes) milliCpus += allocated * capacity.milliCpus;
  return milliCpus / 1000;
}
