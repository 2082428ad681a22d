// The Node Monitor of the paper: knows which nodes are up and in service, which are out until when, and sees to it that the calendar
// offers none while it is out.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import type { NodeSpec } from '../../domain/node.ts';
import type { Outage } from '../../domain/outage.ts';
import type { NodeHistory } from '../../policy/views.ts';
import type { Displacement } from '../delivery/displacement.ts';
import type { Due, Report } from '../input.ts';
import { ALWAYS } from '../negotiation/waitlist.ts';
import type { Outbox } from '../outbox.ts';
import type { ProviderSettings } from '../provider-settings.ts';
import type { Agenda } from '../state/agenda.ts';
import { NodeOutage } from '../state/node-outage.ts';
import type { NodeRecords } from '../state/node-records.ts';
import type { ProviderState } from '../state/snapshot.ts';
import type { VmMonitor } from './vm-monitor.ts';

export interface NodeMonitorParts {
  readonly outbox: Outbox;
  readonly agenda: Agenda;
  readonly calendar: CapacityCalendar;
  readonly displacement: Displacement;
  readonly vms: VmMonitor;
  readonly records: NodeRecords;
  readonly settings: Pick<ProviderSettings, 'assumedRepairMs'>;
  readonly nodes: readonly NodeSpec[];
}

type NodeKnowledge = Pick<ProviderState, 'knownNodeIds' | 'nodeRecords' | 'outages'>;
type OutageDue = Extract<Due, { readonly outageId: string }>;

export class NodeMonitor {
  readonly #parts: NodeMonitorParts;
  readonly #known = new Set<string>();
  /** By id, in the order in which they were entered. */
  readonly #outages = new Map<string, NodeOutage>();

  constructor(parts: NodeMonitorParts) {
    this.#parts = parts;
  }

  /** Enters in the event stream which nodes are new, and which are gone. */
  announce(): void {
    const { calendar, nodes, outbox, records } = this.#parts;
    for (const nodeId of this.#known) {
      if (calendar.nodeIndexOf(nodeId) !== undefined) continue;
      this.#known.delete(nodeId);
      records.end(nodeId);
      outbox.emit({ type: 'node-left', nodeId });
    }
    for (const { nodeId, group, capacity, power, site } of nodes) {
      if (this.#known.has(nodeId)) continue;
      this.#known.add(nodeId);
      records.begin(nodeId, outbox.nowMs);
      outbox.emit({
        type: 'node-joined',
        nodeId,
        group,
        capacity,
        power: power ?? null,
        ...(site !== undefined && { site: site.name }),
      });
    }
  }

  /**
   * Takes over what is known of the nodes, without a word: all of it was announced before. How a node was that the cluster does not have
   * any more is of no interest: something that is booked there does not come this far (RestoreError).
   */
  restore({ knownNodeIds, nodeRecords, outages }: NodeKnowledge): void {
    const { agenda, calendar, records } = this.#parts;
    for (const nodeId of knownNodeIds) this.#known.add(nodeId);
    if (nodeRecords !== undefined) records.restore(nodeRecords);
    else this.#beginRecords(outages);
    for (const { begun, dueOrder, ...stored } of outages) {
      if (calendar.nodeIndexOf(stored.nodeId) === undefined) continue;
      const outage = new NodeOutage(stored, { hasBegun: begun });
      outage.dueOrder = dueOrder;
      this.#outages.set(outage.id, outage);
      agenda.restoreOutage(outage);
    }
    for (const nodeId of new Set([...this.#outages.values()].map((outage) => outage.nodeId)))
      this.#tellCalendar(nodeId);
  }

  /** What {@link restore} goes on from. */
  knowledge(): NodeKnowledge {
    return {
      knownNodeIds: [...this.#known],
      nodeRecords: this.#parts.records.all,
      outages: Array.from(this.#outages.values(), (outage) => ({
        ...outage.value,
        begun: outage.hasBegun,
        dueOrder: outage.dueOrder,
      })),
    };
  }

  /** How it has kept its word until now. */
  historyOf(nodeId: string, nowMs: number): NodeHistory {
    return this.#parts.records.historyOf(nodeId, nowMs);
  }

  /** All that are or are to come, in the order in which they were entered. */
  outages(): IterableIterator<NodeOutage> {
    return this.#outages.values();
  }

  /** Those of a node that are or are planned, by their beginning. */
  outagesOf(nodeId: string): readonly Outage[] {
    return [...this.#outages.values()]
      .filter((outage) => outage.nodeId === nodeId)
      .map(({ value }) => value)
      .sort((a, b) => a.fromMs - b.fromMs);
  }

  /** Up, and in service. */
  isUsable(nodeIndex: number): boolean {
    const nodeId = this.#parts.nodes[nodeIndex]?.nodeId;
    for (const outage of this.#outages.values())
      if (outage.nodeId === nodeId && outage.hasBegun) return false;
    return true;
  }

  /** Not drained by an operator, and not in maintenance. */
  isInService(nodeIndex: number): boolean {
    const nodeId = this.#parts.nodes[nodeIndex]?.nodeId;
    for (const { cause, hasBegun, nodeId: id } of this.#outages.values())
      if (id === nodeId && hasBegun && cause !== 'lost') return false;
    return true;
  }

  /** Up as far as is known, in service or not. */
  isUp(nodeIndex: number): boolean {
    return !this.#outages.has(idOf('lost', this.#parts.nodes[nodeIndex]?.nodeId ?? ''));
  }

  /** @param silentSinceMs its last sign of life, where that is known */
  nodeDown(nodeId: string, silentSinceMs?: number): void {
    const node = this.#indexOf(nodeId);
    if (!this.isUp(node)) return;
    const { displacement, outbox, records } = this.#parts;
    records.lost(nodeId, silentSinceMs ?? outbox.nowMs);
    const outage = this.#enter({
      outageId: idOf('lost', nodeId),
      nodeId,
      cause: 'lost',
      fromMs: outbox.nowMs,
      untilMs: finiteOrNull(this.#repairedMs()),
    });
    outbox.emit({
      type: 'node-lost',
      nodeId,
      vmsLost: this.#vmsOn(node),
      expectedBackMs: outage.expectedMs,
      ...(silentSinceMs !== undefined && { silentSinceMs }),
    });
    displacement.nodeLost(node, outage.untilMs);
  }

  nodeUp(nodeId: string): void {
    const outage = this.#outages.get(idOf('lost', nodeId));
    if (outage === undefined) return;
    const { outbox, records } = this.#parts;
    records.returned(nodeId, outbox.nowMs);
    outbox.emit({ type: 'node-returned', nodeId });
    this.#leave(outage);
  }

  /** A node was switched off or on by whoever saves energy: nothing follows from it but that it is known. */
  nodePower({ nodeId, power, watts }: Omit<Extract<Report, { kind: 'node-power' }>, 'kind'>): void {
    if (this.#parts.calendar.nodeIndexOf(nodeId) === undefined) return;
    this.#parts.outbox.emit({
      type: 'node-power-changed',
      nodeId,
      power,
      ...(watts !== undefined && { watts }),
    });
  }

  /**
   * Takes a node out of service and empties it. Of one that is drained already it changes when it is expected back, and what could not
   * leave it tries again.
   * @param untilMs when the operator expects to put it back; null: nobody knows; undefined: after the assumed repair time
   */
  drain(nodeId: string, untilMs?: number | null): void {
    const node = this.#indexOf(nodeId);
    const { displacement, outbox } = this.#parts;
    const before = this.#outages.get(idOf('drained', nodeId));
    if (before !== undefined) {
      if (untilMs !== undefined && untilMs !== before.expectedMs)
        this.#expectBack(before, untilMs ?? Number.POSITIVE_INFINITY);
      displacement.drainedAgain(node);
      return;
    }
    const outage = this.#enter({
      outageId: idOf('drained', nodeId),
      nodeId,
      cause: 'drained',
      fromMs: outbox.nowMs,
      untilMs: untilMs === undefined ? finiteOrNull(this.#repairedMs()) : untilMs,
    });
    outbox.emit({ type: 'node-drained', nodeId, expectedBackMs: outage.expectedMs });
    displacement.nodeDrained(node, outage);
  }

  /** Puts a node back into service: a drained one, and one whose maintenance is not over. */
  enable(nodeId: string): void {
    this.#indexOf(nodeId);
    const ended = [...this.#outages.values()].filter(
      (outage) => outage.nodeId === nodeId && outage.hasBegun && outage.cause !== 'lost',
    );
    for (const outage of ended) {
      if (outage.cause === 'drained') this.#parts.outbox.emit({ type: 'node-enabled', nodeId });
      else this.#announceEnd(outage, 'cancelled');
      this.#leave(outage);
    }
  }

  /**
   * Books a node out. What is booked on it for that time moves elsewhere where there is room. What is only on offer and has no other
   * place fails; what is confirmed has until the maintenance begins, and is then dealt with as when a node is drained.
   * @returns the maintenance as it was entered; undefined when it is over already
   */
  plan(maintenance: Outage & { readonly untilMs: number }): Outage | undefined {
    const { nodeId, outageId, untilMs } = maintenance;
    const node = this.#indexOf(nodeId);
    if (this.#outages.has(outageId)) throw new RangeError(`there is an outage "${outageId}" already`);
    const { displacement, outbox } = this.#parts;
    if (untilMs <= outbox.nowMs) return undefined;
    const planned = { ...maintenance, fromMs: Math.max(outbox.nowMs, maintenance.fromMs) };
    const { fromMs } = planned;
    const outage = this.#enter(planned, { hasBegun: false });
    outbox.emit({ type: 'maintenance-planned', maintenanceId: outageId, nodeId, fromMs, untilMs });
    if (fromMs === outbox.nowMs) this.#begin(outage);
    else displacement.maintenancePlanned(node, outage);
    return planned;
  }

  /** Calls a planned maintenance off, or ends one that has begun. No effect when there is none of that id. */
  cancel(outageId: string): void {
    const outage = this.#outages.get(outageId);
    if (outage?.cause !== 'maintenance') return;
    this.#announceEnd(outage, 'cancelled');
    this.#leave(outage);
  }

  /** Something that was expected of an outage. @returns false when it is not expected any more */
  fallDue(due: OutageDue): boolean {
    const outage = this.#outages.get(due.outageId);
    if (outage === undefined || !this.#parts.agenda.take(due, outage)) return false;
    if (due.kind === 'maintenance-start') this.#begin(outage);
    else if (due.kind === 'outage-overdue') this.#expectBack(outage, this.#repairedMs());
    else {
      this.#announceEnd(outage, 'over');
      this.#leave(outage);
    }
    return true;
  }

  /** Nodes that were expected back by now and are not: so that nothing starts there. */
  prolongOverdue(): boolean {
    const { outbox } = this.#parts;
    let isAny = false;
    for (const outage of this.#outages.values()) {
      if (outage.cause === 'maintenance' || outage.untilMs > outbox.nowMs) continue;
      this.#expectBack(outage, this.#repairedMs());
      isAny = true;
    }
    return isAny;
  }

  /** Of a provider that was stored before they were kept: nodes are watched from now on. */
  #beginRecords(outages: NodeKnowledge['outages']): void {
    const { outbox, records } = this.#parts;
    for (const nodeId of this.#known) records.begin(nodeId, outbox.nowMs);
    for (const { cause, nodeId } of outages) if (cause === 'lost') records.lost(nodeId, outbox.nowMs);
  }

  #begin(outage: NodeOutage): void {
    const { agenda, displacement, outbox } = this.#parts;
    const { id: maintenanceId, nodeId } = outage;
    outage.hasBegun = true;
    agenda.expectOfOutage(outage);
    outbox.emit({ type: 'maintenance-begun', maintenanceId, nodeId });
    displacement.nodeDrained(this.#indexOf(nodeId), outage);
  }

  /** The node is not back at the time at which it was expected, or somebody knows better. */
  #expectBack(outage: NodeOutage, untilMs: number): void {
    const { agenda, displacement, outbox } = this.#parts;
    const { cause, nodeId } = outage;
    if (cause === 'maintenance') return;
    const isSooner = untilMs < outage.untilMs;
    outage.untilMs = untilMs;
    agenda.expectOfOutage(outage);
    this.#tellCalendar(nodeId);
    outbox.emit({ type: 'node-return-expected', nodeId, cause, expectedBackMs: outage.expectedMs });
    const node = this.#indexOf(nodeId);
    if (isSooner) displacement.roomCameFree(ALWAYS);
    else if (cause === 'lost') displacement.nodeStillLost(node, untilMs);
    else displacement.nodeStillDrained(node, outage);
  }

  #enter(outage: Outage, { hasBegun } = { hasBegun: true }): NodeOutage {
    const entered = new NodeOutage(outage, { hasBegun });
    this.#outages.set(entered.id, entered);
    this.#parts.agenda.expectOfOutage(entered);
    this.#tellCalendar(entered.nodeId);
    return entered;
  }

  /** The outage is over: the node may be used, if nothing else keeps it out. */
  #leave(outage: NodeOutage): void {
    const { agenda, displacement } = this.#parts;
    this.#outages.delete(outage.id);
    agenda.expectOfOutage(outage, { isOver: true });
    this.#tellCalendar(outage.nodeId);
    const node = this.#indexOf(outage.nodeId);
    if (outage.hasBegun && this.isUsable(node)) displacement.nodeBack(node);
    displacement.roomCameFree(ALWAYS);
  }

  #announceEnd({ id: maintenanceId, nodeId }: NodeOutage, reason: 'over' | 'cancelled'): void {
    this.#parts.outbox.emit({ type: 'maintenance-ended', maintenanceId, nodeId, reason });
  }

  #tellCalendar(nodeId: string): void {
    const outages = [...this.#outages.values()].filter((outage) => outage.nodeId === nodeId);
    this.#parts.calendar.setOutages(
      this.#indexOf(nodeId),
      outages.map(({ fromMs, hasBegun, untilMs }) => ({
        fromMs: hasBegun ? Number.NEGATIVE_INFINITY : fromMs,
        untilMs,
      })),
    );
  }

  /** When a node that is out now is taken to be back; Infinity: nobody knows. */
  #repairedMs(): number {
    return this.#parts.outbox.nowMs + this.#parts.settings.assumedRepairMs;
  }

  /** VMs that run on a node. */
  #vmsOn(node: number): number {
    let count = 0;
    for (const vm of this.#parts.vms.values()) if (vm.nodeIndex === node && vm.isUp) count += 1;
    return count;
  }

  #indexOf(nodeId: string): number {
    const node = this.#parts.calendar.nodeIndexOf(nodeId);
    if (node === undefined) throw new RangeError(`no node is called "${nodeId}"`);
    return node;
  }
}

function finiteOrNull(ms: number): number | null {
  return Number.isFinite(ms) ? ms : null;
}

/** A node is lost once at a time, and drained once. */
function idOf(cause: 'lost' | 'drained', nodeId: string): string {
  return `${cause}:${nodeId}`;
}
