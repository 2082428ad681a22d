// What the provider knows of one outage of a node: why it is out, until when, and what falls due because of it.
import type { Outage, OutageCause } from '../../domain/outage.ts';
import type { Due } from '../input.ts';

/** A planned maintenance is entered when it is planned; of the others there is one from the moment at which they begin. */
export class NodeOutage {
  readonly id: string;
  readonly nodeId: string;
  readonly cause: OutageCause;
  readonly fromMs: number;
  /** When the node is expected back; Infinity: nobody knows. */
  untilMs: number;
  /** Only a maintenance may still be to come. */
  hasBegun: boolean;
  dues: readonly Due[] = [];
  dueOrder = 0;

  constructor({ cause, fromMs, nodeId, outageId, untilMs }: Outage, { hasBegun }: { hasBegun: boolean }) {
    this.id = outageId;
    this.nodeId = nodeId;
    this.cause = cause;
    this.fromMs = fromMs;
    this.untilMs = untilMs ?? Number.POSITIVE_INFINITY;
    this.hasBegun = hasBegun;
  }

  /** What is to come next of it. */
  get next(): readonly Due[] {
    const { cause, fromMs, hasBegun, id: outageId, untilMs } = this;
    if (!hasBegun) return [{ kind: 'maintenance-start', outageId, atMs: fromMs }];
    if (untilMs === Number.POSITIVE_INFINITY) return [];
    return [
      { kind: cause === 'maintenance' ? 'maintenance-end' : 'outage-overdue', outageId, atMs: untilMs },
    ];
  }

  get value(): Outage {
    const { cause, fromMs, id: outageId, nodeId } = this;
    return { outageId, nodeId, cause, fromMs, untilMs: this.expectedMs };
  }

  /** As events and snapshots have it: null when nobody knows. */
  get expectedMs(): number | null {
    return Number.isFinite(this.untilMs) ? this.untilMs : null;
  }
}
