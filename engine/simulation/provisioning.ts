// The regular look of the provisioning policy at simulated nodes: what it is shown of them, and which stay on.
import { type Clock, Phase } from '../clock/clock.ts';
import type { NodeUse } from '../hypervisor/simulated/simulated-nodes.ts';
import type { Named } from '../policy/definition.ts';
import { frozen } from '../policy/frozen.ts';
import { PolicyError } from '../policy/policy-error.ts';
import { Seat } from '../policy/policy-seat.ts';
import type { ProvisioningPolicy } from '../policy/ports.ts';
import type { ProvisioningView, SwitchedNodeView } from '../policy/views.ts';

export interface ProvisioningParts {
  readonly clock: Clock;
  /** Absent: a node is on as long as something is on it. */
  readonly policy: Named<ProvisioningPolicy> | undefined;
  /** Of what it draws. */
  readonly seed: number | string;
  /** The hypervisor whose nodes these are. */
  readonly target: SwitchedNodes;
  /** It looks at whole multiples of this; undefined: nodes are never switched off, and nobody asks. */
  readonly everyMs: number | undefined;
  /** Told of each failure of the policy, and the same nodes stay on; absent: it is thrown. */
  readonly goesOnWithout?: ((error: PolicyError) => void) | undefined;
}

interface SwitchedNodes {
  nodeUses(): readonly NodeUse[];
  keepOn(isKept: (nodeId: string) => boolean): void;
}

/** @returns how many of the clock's timers come again and again for it, as long as the clock goes on */
export function scheduleProvisioning(parts: ProvisioningParts): number {
  const { clock, everyMs, policy, seed, target } = parts;
  if (everyMs === undefined || policy?.policy.keepOn === undefined) return 0;
  const seat = new Seat('provisioning', policy, seed);
  target.keepOn(() => true);
  const expectNext = () =>
    clock.at((Math.floor(clock.now() / everyMs) + 1) * everyMs, Phase.Look, () => {
      look(parts, seat, everyMs);
      expectNext();
    });
  expectNext();
  return 1;
}

function look(
  { clock, goesOnWithout, target }: ProvisioningParts,
  seat: Seat<'provisioning'>,
  everyMs: number,
) {
  try {
    const kept = choose(seat, viewOf(target.nodeUses(), clock.now(), everyMs));
    target.keepOn((nodeId) => kept.has(nodeId));
  } catch (error) {
    if (goesOnWithout === undefined || !(error instanceof PolicyError)) throw error;
    goesOnWithout(error);
  }
}

function choose(seat: Seat<'provisioning'>, view: ProvisioningView): ReadonlySet<string> {
  const matter = { nowMs: view.nowMs, subject: 'provisioning' };
  const sitting = seat.sitting();
  const chosen = sitting.ask(matter, 'keepOn', view);
  const nodeIds = chosen.map(({ index }) => view.nodes[index]?.nodeId);
  const kept = new Set(nodeIds.filter((nodeId) => nodeId !== undefined));
  if (kept.size < chosen.length)
    throw sitting.refuse(matter, 'keepOn', chosen, 'a list of some of the nodes, each once');
  sitting.keep();
  return kept;
}

function viewOf(uses: readonly NodeUse[], nowMs: number, everyMs: number): ProvisioningView {
  const nodes = uses.map(
    ({ busyMilliCpus, isKept, isUp, power, spec, used, vmCount }, index): SwitchedNodeView => {
      const { capacity, group, nodeId, site } = spec;
      const share = (part: number) => (capacity.milliCpus === 0 ? 0 : part / capacity.milliCpus);
      return Object.freeze({
        index,
        nodeId,
        group,
        site: site?.name,
        capacity: frozen(capacity),
        isUp,
        power,
        isKept,
        vmCount,
        allocated: share(used.milliCpus),
        busy: share(busyMilliCpus),
      });
    },
  );
  return Object.freeze({ nowMs, everyMs, nodes: Object.freeze(nodes) });
}
