// The least is lost: work that would be done in vain, and the time that nodes are busy with suspending and resuming.
import { Type } from 'typebox';
import { preemptionPolicy, type VictimView } from '../../engine/for-policies.ts';

export const cheapestSuspension = preemptionPolicy({
  name: 'cheapest-suspension',
  summary: 'The lease gives way first that costs the least CPU-time: lost work, or suspending and resuming.',
  guide: {
    rule: 'Ascending instances × CPUs per instance × (work that would be lost + time to suspend and to resume); among equals the youngest first.',
    origin: "Cost of suspending and resuming as in Sotomayor et al., HPDC 2008; the order is OpenPEX's.",
    use: 'When leases differ in size, or memory takes long to save.',
  },
  options: Type.Object({}),
  create: () => ({
    // A stable sort: among equals whoever came last gives way first.
    order: (_proposal, victims) => victims.toReversed().sort((a, b) => costOf(a) - costOf(b)),
  }),
});

/** CPU-time of all instances, in thousandths of a CPU x milliseconds. */
function costOf({ demand, instances, lostMs, suspensionMs }: VictimView): number {
  return instances * demand.milliCpus * (lostMs + suspensionMs);
}
