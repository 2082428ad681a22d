// How each node has kept its word so far: how often it was lost, and how long it was up between. The Node Monitor keeps it, and allocation
// policies see it (NodeView), as in Cloud@Home (Cuomo et al. 2012), where nodes belong to volunteers who come and go.

import type { NodeHistory } from '../../policy/views.ts';

/** Of one node. Plain JSON; replaced, never changed. */
export interface NodeRecord {
  readonly nodeId: string;
  /** Since when it is watched: it joined then, or the record was begun. */
  readonly sinceMs: number;
  /** How often it was lost. */
  readonly losses: number;
  /** How long it was lost in all, but for the loss that lasts. */
  readonly lostMs: number;
  /** Since when it is lost; null while it is up as far as is known. */
  readonly lostSinceMs: number | null;
}

const NO_HISTORY: NodeHistory = Object.freeze({ losses: 0, servedMs: 0 });

export class NodeRecords {
  readonly #records = new Map<string, NodeRecord>();
  #all: readonly NodeRecord[] | undefined;

  /** All of them; the same array until one has changed. */
  get all(): readonly NodeRecord[] {
    this.#all ??= [...this.#records.values()];
    return this.#all;
  }

  historyOf(nodeId: string, nowMs: number): NodeHistory {
    const record = this.#records.get(nodeId);
    if (record === undefined) return NO_HISTORY;
    const { losses, lostMs, lostSinceMs, sinceMs } = record;
    return { losses, servedMs: (lostSinceMs ?? nowMs) - sinceMs - lostMs };
  }

  /** @param nowMs from when on it is watched */
  begin(nodeId: string, nowMs: number): void {
    this.#set({ nodeId, sinceMs: nowMs, losses: 0, lostMs: 0, lostSinceMs: null });
  }

  /** It is no node of the cluster any more: another of its name would be a stranger. */
  end(nodeId: string): void {
    this.#records.delete(nodeId);
    this.#all = undefined;
  }

  /** @param lostSinceMs not in the future; a moment before it was watched counts as the first of it */
  lost(nodeId: string, lostSinceMs: number): void {
    const record = this.#records.get(nodeId);
    if (record === undefined || record.lostSinceMs !== null) return;
    this.#set({
      ...record,
      losses: record.losses + 1,
      lostSinceMs: Math.max(record.sinceMs + record.lostMs, lostSinceMs),
    });
  }

  returned(nodeId: string, nowMs: number): void {
    const record = this.#records.get(nodeId);
    if (record === undefined || record.lostSinceMs === null) return;
    const lostMs = record.lostMs + nowMs - record.lostSinceMs;
    this.#set({ ...record, lostMs, lostSinceMs: null });
  }

  restore(records: readonly NodeRecord[]): void {
    for (const record of records) this.#set(record);
  }

  #set(record: NodeRecord): void {
    this.#records.set(record.nodeId, record);
    this.#all = undefined;
  }
}
