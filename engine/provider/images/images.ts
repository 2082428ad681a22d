// The images that instances are made from, where a repository sends them to the nodes: a lease does not begin before its image is on each of its
// nodes. What is to be sent for a lease is one transfer, over before the lease starts (transfer-link.ts); nodes may keep what came for others
// (image-caches.ts). An image is what a template is made of, and as large wherever it is. What has been suspended has its disk, and needs none.

import { invariant } from '../../invariant.ts';
import type { Due } from '../input.ts';
import type { Outbox } from '../outbox.ts';
import type { BookEdit } from '../placement/allocator.ts';
import type {
  ImagesSnapshot,
  KeptSnapshot,
  StageSnapshot,
  SupplySnapshot,
  TransferSnapshot,
} from '../state/image-memory.ts';
import type { Reservation } from '../state/reservation.ts';
import { type CachedImage, ImageCaches } from './image-caches.ts';
import { type LinkTransfer, TransferLink } from './transfer-link.ts';

/** How far the image of a lease is that has not begun. */
export interface ImageOnItsWay {
  readonly image: string;
  /** waiting: it is to be sent to some of its nodes; sending: it is on its way to the last of them; there: on all. */
  readonly state: 'waiting' | 'sending' | 'there';
  /** Where it is not yet, in the order of the cluster. */
  readonly missingNodeIds: readonly string[];
  /** When it begins to be sent, at the latest, to those that it is sent to last, and when it is there; null where it is there. */
  readonly fromMs: number | null;
  readonly untilMs: number | null;
}

/** What is sent over the link of the repository, or is to be. */
export interface ImageTransfer {
  readonly image: string;
  /** In the order of the cluster. */
  readonly nodeIds: readonly string[];
  readonly isBeingSent: boolean;
  /** When it began, or begins at the latest. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** Reservations whose windows begin with it. */
  readonly reservationIds: readonly string[];
}

/** What a provider knows of images, for people to see. */
export interface ImageOverview {
  /** Nodes that keep any, in the order of the cluster; what was used last is last. */
  readonly kept: readonly { readonly nodeId: string; readonly images: readonly CachedImage[] }[];
  /** In the order of their turn. */
  readonly transfers: readonly ImageTransfer[];
}

export interface ImageSettings {
  /** multicast: once over the link for all nodes of a lease; unicast: once for each of them. */
  readonly transfer: 'multicast' | 'unicast';
  /** Of the link of the repository. More than 0. */
  readonly linkMibPerS: number;
  /** Of an image of which nothing else is said. 0: there is nothing to send. */
  readonly sizeMib: number;
  readonly sizeMibByTemplate: ReadonlyMap<string, number>;
  /** What each node keeps of images that it was sent; 0: none, and nothing is used again. */
  readonly cacheMib: number;
  /**
   * While the link has time, the images of leases that wait in a queue are sent to all nodes, in the order of the queue and for as many as the
   * nodes can keep: they begin wherever there is room. Only where images are multicast.
   */
  readonly isAhead: boolean;
}

interface Load extends LinkTransfer {
  readonly image: string;
}

/** An image on its way to nodes, for all leases that count on it. */
interface Transfer extends Load {
  /** Counted from 1. */
  readonly number: number;
  /** Grows until it begins, where images are multicast: a lease that wants the same image takes part. */
  readonly nodes: number[];
  /** Reservations whose windows have not opened. */
  readonly for: Set<string>;
}

/** When a transfer is sent, at the latest. */
interface Planned {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Where the image of a lease is to come from that has not begun. */
interface Supply {
  readonly image: string;
  /** Nodes that kept it already. */
  readonly kept: readonly number[];
  /** All on which it is, or will be, when the lease begins. */
  readonly covered: readonly number[];
  readonly transfers: readonly Transfer[];
  /** Nodes to which it is sent for this lease; the others had it, or get it for another. */
  readonly sent: number;
}

/** The image of a lease that waits, on all nodes that had room for it, or on its way to them. */
interface Stage {
  readonly image: string;
  /** That keep it for this lease; none while it is on its way. */
  readonly nodes: readonly number[];
  /** To which it is sent for this lease, and not for another. */
  readonly sentTo: readonly number[];
}

/** What a desk asks about images. */
export interface ImageView {
  /** The first instant at which the image can be on so many nodes, whichever they are; then it can be at any later one. Now where none is needed. */
  readyMs(image: string, count: number): number;
  /** The nodes that have it at that instant without anything being sent for it. */
  nodesWith(image: string, atMs: number): ReadonlySet<number>;
  /** For thinking ahead. Good until the provider changes. */
  draft(): ImageDraft;
}

/** A view that counts what is thought of as done. */
export interface ImageDraft extends ImageView {
  take(image: string, books: readonly BookEdit[]): void;
}

export interface ImagesParts {
  readonly outbox: Outbox;
  readonly settings: ImageSettings;
  readonly nodeIds: readonly string[];
  /** An image has come to nodes: who waits may begin there. */
  readonly onArrival: () => void;
  /** Leases that wait in a queue, in its order. */
  readonly waiting: () => readonly Reservation[];
}

export class Images implements ImageView {
  readonly #parts: ImagesParts;
  readonly #caches: ImageCaches;
  readonly #link = new TransferLink<Transfer>();
  #sending: Transfer | undefined;
  readonly #supplies = new Map<string, Supply>();
  readonly #stages = new Map<string, Stage>();
  #next: Due | undefined;
  #lastTransfer = 0;
  /** As data; undefined: something has changed since. */
  #memory: ImagesSnapshot | undefined;
  /** Likewise. */
  #plan: ReadonlyMap<Transfer, Planned> | undefined;
  /** The same of each thing that is in it. */
  readonly #told = new WeakMap<object, object>();

  constructor(parts: ImagesParts) {
    this.#parts = parts;
    this.#caches = new ImageCaches(parts.settings.cacheMib);
  }

  readyMs(image: string, count: number): number {
    return this.#readyMs(this.#link, image, count);
  }

  #readyMs(link: TransferLink<Load>, image: string, count: number): number {
    const { nowMs } = this.#parts.outbox;
    const durationMs = this.#durationMs(image, count);
    if (durationMs === 0) return nowMs;
    const sharedMs = this.#sharedBy(link, image)?.deadlineMs ?? Number.POSITIVE_INFINITY;
    return Math.min(sharedMs, link.readyMs(durationMs, nowMs));
  }

  /** The first transfer that is to begin of what can be sent to more nodes for nothing. */
  #sharedBy<T extends Load>(link: TransferLink<T>, image: string): T | undefined {
    if (this.#parts.settings.transfer === 'unicast') return undefined;
    return link.waiting.find((transfer) => transfer.image === image);
  }

  nodesWith(image: string, atMs: number): ReadonlySet<number> {
    const kept = this.#caches.nodesWith(image);
    const coming = this.#transfers().filter((transfer) => this.#isToBeShared(transfer, image, atMs));
    if (coming.length === 0) return kept;
    return new Set([...kept, ...coming.flatMap(({ nodes }) => nodes)]);
  }

  draft(): ImageDraft {
    return this.#draftOf(this.#link);
  }

  #draftOf(original: TransferLink<Load>): ImageDraft {
    const link = new TransferLink<Load>(original);
    const { nowMs } = this.#parts.outbox;
    return {
      readyMs: (image, count) => this.#readyMs(link, image, count),
      nodesWith: (image, atMs) => this.nodesWith(image, atMs),
      take: (image, books) => {
        const [first] = books;
        if (first === undefined) return;
        const there = this.nodesWith(image, first.startMs);
        const missing = new Set(books.map(({ nodeIndex }) => nodeIndex).filter((node) => !there.has(node)));
        const durationMs = this.#durationMs(image, missing.size);
        const isShared =
          (this.#sharedBy(link, image)?.deadlineMs ?? Number.POSITIVE_INFINITY) <= first.startMs;
        if (durationMs > 0 && !isShared) link.add({ image, durationMs, deadlineMs: first.startMs }, nowMs);
      },
      draft: () => this.#draftOf(link),
    };
  }

  /**
   * The image of a reservation is to be on each node that it is booked on when it starts. There must be time for that ({@link readyMs}), but for
   * the nodes of {@link nodesWith}. Asked again, it is sent to nodes that have been added since.
   */
  supply(reservation: Reservation): void {
    const { id, isSuspended, present, terms } = reservation;
    const { startMs, template: image } = terms;
    if (this.#sizeMib(image) === 0 || isSuspended || present.length === 0) return;
    const before = this.#supplies.get(id) ?? { image, kept: [], covered: [], transfers: [], sent: 0 };
    this.#supplyTo(id, { before, nodes: present.map(({ place }) => place.nodeIndex), startMs });
  }

  /**
   * The same for other terms of it that are on offer, beside the present ones; what is on its way for those counts where it is there in time. There must
   * be time for the others ({@link amongFor}). To be followed by {@link takeChange} or {@link dropChange}.
   */
  supplyChange(
    { id, terms: { template: image } }: Reservation,
    { nodes, startMs }: { readonly nodes: readonly number[]; readonly startMs: number },
  ): void {
    if (this.#sizeMib(image) === 0) return;
    const own = this.#supplies.get(id);
    const there = nodes.filter((node) => own !== undefined && this.#isThere(own, node, startMs));
    const kept = [...new Set(there)].filter((node) => own!.kept.includes(node));
    for (const node of kept) this.#caches.pin(node, image);
    const transfers = (own?.transfers ?? []).filter(
      (transfer) =>
        this.#transfers().includes(transfer) && transfer.nodes.some((node) => there.includes(node)),
    );
    const covered = [...new Set(there)];
    const sent = Math.min(own?.sent ?? 0, covered.length);
    this.#supplyTo(changeOf(id), { before: { image, kept, covered, transfers, sent }, nodes, startMs });
  }

  /** Its other terms are what it has from now on. */
  takeChange({ id }: Pick<Reservation, 'id'>): void {
    const supply = this.#supplies.get(changeOf(id));
    if (supply === undefined) return;
    this.release({ id });
    this.#isChanged();
    this.#supplies.delete(changeOf(id));
    // As data it is another's.
    this.#supplies.set(id, { ...supply });
    for (const transfer of supply.transfers) {
      this.#told.delete(transfer);
      transfer.for.delete(changeOf(id));
      transfer.for.add(id);
    }
  }

  /** They are not: its present terms stand. No effect when nothing was to be sent for them. */
  dropChange({ id }: Pick<Reservation, 'id'>): void {
    this.release({ id: changeOf(id) });
  }

  /** Is the image there by then, for whom that supply is? */
  #isThere({ covered, image, transfers }: Supply, node: number, byMs: number): boolean {
    if (!covered.includes(node)) return false;
    const coming = transfers.filter(
      (transfer) => transfer.nodes.includes(node) && this.#transfers().includes(transfer),
    );
    return coming.every((transfer) => this.#isToBeShared(transfer, image, byMs));
  }

  #supplyTo(
    id: string,
    {
      before,
      nodes: wanted,
      startMs,
    }: { readonly before: Supply; readonly nodes: readonly number[]; readonly startMs: number },
  ): void {
    const { image } = before;
    this.#isChanged();
    const nodes = [...new Set(wanted)];
    const added = nodes.filter((node) => !before.covered.includes(node));
    const kept = added.filter((node) => this.#caches.has(node, image));
    for (const node of kept) this.#caches.pin(node, image);
    const transfers = new Set(before.transfers);
    const missing = added.filter((node) => {
      if (kept.includes(node)) return false;
      const shared = this.#transfers().find(
        (transfer) => transfer.nodes.includes(node) && this.#isToBeShared(transfer, image, startMs),
      );
      if (shared !== undefined) transfers.add(shared);
      return shared === undefined;
    });
    const other = missing.length > 0 ? this.#sharedBy(this.#link, image) : undefined;
    if (other !== undefined && other.deadlineMs <= startMs) {
      other.nodes.push(...missing);
      transfers.add(other);
    } else if (missing.length > 0) {
      const durationMs = this.#durationMs(image, missing.length);
      transfers.add(this.#wait({ image, nodes: missing, durationMs, deadlineMs: startMs }));
    }
    for (const transfer of transfers) {
      this.#told.delete(transfer);
      transfer.for.add(id);
    }
    const sentAhead = new Set(this.#stages.get(id)?.sentTo ?? []);
    this.#unstage(id);
    this.#supplies.set(id, {
      image,
      kept: [...before.kept, ...kept],
      covered: [...before.covered, ...added],
      transfers: [...transfers],
      sent: before.sent + missing.length + added.filter((node) => sentAhead.has(node)).length,
    });
  }

  /**
   * It is not to begin there, or has begun: it counts on nothing any more. What nobody counts on is not sent, unless it is on its way.
   * @returns what makes it as it was, while nothing else has changed
   */
  release({ id }: Pick<Reservation, 'id'>): () => void {
    this.#unstage(id);
    const supply = this.#supplies.get(id);
    if (supply === undefined) return () => undefined;
    const { image, kept, transfers } = supply;
    const { waiting } = this.#link;
    this.#isChanged();
    this.#supplies.delete(id);
    for (const node of kept) this.#caches.unpin(node, image);
    for (const transfer of transfers) {
      this.#told.delete(transfer);
      transfer.for.delete(id);
      if (transfer.for.size === 0) this.#link.remove(transfer);
    }
    return () => {
      this.#isChanged();
      this.#supplies.set(id, supply);
      for (const node of kept) this.#caches.pin(node, image);
      for (const transfer of transfers) {
        this.#told.delete(transfer);
        transfer.for.add(id);
      }
      this.#link.restore(this.#link.freeMs, waiting);
    };
  }

  /** Its window opens: each VM has a copy of its own from now on. */
  opened(reservation: Reservation): void {
    const { id: reservationId } = reservation;
    const supply = this.#supplies.get(reservationId);
    if (supply === undefined) return;
    const { covered, image, kept, sent, transfers } = supply;
    const isComing = transfers.some(
      (transfer) => transfer === this.#sending || this.#link.waiting.includes(transfer),
    );
    invariant(!isComing, 'a lease does not begin before its image is there', { reservationId });
    for (const node of kept) this.#caches.use(node, image);
    this.release(reservation);
    this.#parts.outbox.emit({ type: 'image-supplied', reservationId, image, nodes: covered.length, sent });
  }

  /** The nodes that an instance which has no VM to take along can go to; undefined: any. */
  among({ isSuspended, terms }: Reservation, atMs: number): ((nodeIndex: number) => boolean) | undefined {
    const { template: image } = terms;
    if (isSuspended || this.#sizeMib(image) === 0 || this.readyMs(image, 1) <= atMs) return undefined;
    const nodes = this.nodesWith(image, atMs);
    return (nodeIndex) => nodes.has(nodeIndex);
  }

  /** The nodes that so many instances of it can be on from then on, by other terms; undefined: any. */
  amongFor(
    reservation: Reservation,
    { count, startMs }: { readonly count: number; readonly startMs: number },
  ): ((nodeIndex: number) => boolean) | undefined {
    const { id, terms } = reservation;
    const { template: image } = terms;
    if (this.#sizeMib(image) === 0 || this.readyMs(image, count) <= startMs) return undefined;
    const own = this.#supplies.get(id);
    const nodes = this.nodesWith(image, startMs);
    return (node) => nodes.has(node) || (own !== undefined && this.#isThere(own, node, startMs));
  }

  // In time

  get next(): Due | undefined {
    return this.#next;
  }

  /** After every input: what is over is there, and what has to begin begins. */
  advance(): void {
    const { nowMs } = this.#parts.outbox;
    if (this.#sending !== undefined && this.#link.freeMs <= nowMs) this.#arrive(this.#sending);
    if (this.#sending === undefined && !this.#isDue(nowMs) && this.#parts.settings.isAhead)
      this.#stage(nowMs);
    if (this.#sending === undefined && this.#isDue(nowMs)) this.#send(nowMs);
    this.#expect(this.#sending === undefined ? this.#link.nextStartMs : this.#link.freeMs);
  }

  /** Does the next transfer have to begin? */
  #isDue(nowMs: number): boolean {
    const { nextStartMs } = this.#link;
    return nextStartMs !== undefined && nextStartMs <= nowMs;
  }

  /** The image of the first that waits without it is sent to all nodes, if the link has time and the nodes can keep it beside those of others. */
  #stage(nowMs: number): void {
    const { nodeIds, settings, waiting } = this.#parts;
    const images = new Set(Array.from(this.#stages.values(), ({ image }) => image));
    let leftMib = settings.cacheMib;
    for (const image of images) leftMib -= this.#sizeMib(image);
    for (const { id, isSuspended, terms } of waiting()) {
      const { template: image } = terms;
      const sizeMib = this.#sizeMib(image);
      const isCaredFor = this.#stages.has(id) || this.#supplies.has(id);
      if (isSuspended || sizeMib === 0 || isCaredFor) continue;
      if (!images.has(image)) leftMib -= sizeMib;
      if (leftMib < 0) return;
      images.add(image);
      const missing = [...nodeIds.keys()].filter((node) => !this.#caches.has(node, image));
      const durationMs = this.#durationMs(image, missing.length);
      if (durationMs > 0 && this.#link.readyMs(durationMs, nowMs) > nowMs + durationMs) return;
      this.#isChanged();
      this.#stages.set(id, this.#pinned(image, missing));
      if (durationMs === 0) continue;
      this.#wait({ image, nodes: missing, durationMs, deadlineMs: nowMs + durationMs }).for.add(id);
      return;
    }
  }

  /** It is to be sent. */
  #wait(load: Omit<Transfer, 'number' | 'for'>): Transfer {
    this.#lastTransfer += 1;
    const transfer = { ...load, number: this.#lastTransfer, for: new Set<string>() };
    this.#link.add(transfer, this.#parts.outbox.nowMs);
    return transfer;
  }

  #pinned(image: string, sentTo: readonly number[]): Stage {
    const nodes = [...this.#caches.nodesWith(image)].sort((a, b) => a - b);
    for (const node of nodes) this.#caches.pin(node, image);
    return { image, nodes, sentTo };
  }

  #unstage(id: string): void {
    const stage = this.#stages.get(id);
    if (stage === undefined) return;
    this.#isChanged();
    this.#stages.delete(id);
    for (const node of stage.nodes) this.#caches.unpin(node, stage.image);
  }

  #send(nowMs: number): void {
    const { nodeIds, outbox } = this.#parts;
    this.#isChanged();
    this.#sending = this.#link.begin(nowMs);
    const { image, nodes } = this.#sending;
    const untilMs = this.#link.freeMs;
    const to = nodes.map((node) => nodeIds[node]!);
    outbox.emit({ type: 'image-transfer-begun', image, nodeIds: to, untilMs });
  }

  #arrive({ image, nodes }: Transfer): void {
    this.#isChanged();
    this.#sending = undefined;
    const sizeMib = this.#sizeMib(image);
    for (const node of nodes) this.#caches.keep(node, { image, sizeMib });
    // For whoever waits for it, it stays on the nodes that it has come to as well.
    for (const [id, stage] of [...this.#stages]) {
      if (stage.image !== image) continue;
      for (const node of stage.nodes) this.#caches.unpin(node, image);
      this.#stages.set(id, this.#pinned(image, stage.sentTo));
    }
    this.#parts.onArrival();
  }

  #expect(atMs: number | undefined): void {
    const { outbox } = this.#parts;
    if (this.#next?.atMs === atMs) return;
    if (this.#next !== undefined) outbox.disarm(this.#next);
    this.#next = atMs === undefined ? undefined : { kind: 'image-transfer', atMs };
    if (this.#next !== undefined) outbox.arm(this.#next);
  }

  /** @returns whether it was to come */
  comes({ atMs }: Extract<Due, { kind: 'image-transfer' }>): boolean {
    if (this.#next?.atMs !== atMs) return false;
    this.#next = undefined;
    return true;
  }

  // As data

  #isChanged(): void {
    this.#memory = undefined;
    this.#plan = undefined;
  }

  /** Plain JSON. Replaced when something changes, never changed. */
  get memory(): ImagesSnapshot {
    this.#memory ??= this.#snapshot();
    return this.#memory;
  }

  #snapshot(): ImagesSnapshot {
    const { nodeIds } = this.#parts;
    const idsOf = (nodes: readonly number[]) => nodes.map((node) => nodeIds[node]!);
    const { freeMs } = this.#link;
    return {
      kept: Array.from(this.#caches.list(), ([node, images]) =>
        this.#tell(images, (): KeptSnapshot => ({ nodeId: nodeIds[node]!, images })),
      ),
      transfers: this.#transfers().map((transfer) =>
        this.#tell(transfer, (): TransferSnapshot => {
          const { nodes, ...rest } = transfer;
          return { ...rest, nodeIds: idsOf(nodes), for: [...transfer.for] };
        }),
      ),
      sending: this.#sending?.number ?? null,
      sentUntilMs: Number.isFinite(freeMs) ? freeMs : null,
      supplies: Array.from(this.#supplies, ([reservationId, supply]) =>
        this.#tell(supply, (): SupplySnapshot => {
          const { covered, image, kept, sent } = supply;
          return { reservationId, image, keptBy: idsOf(kept), coveredNodeIds: idsOf(covered), sent };
        }),
      ),
      stages: Array.from(this.#stages, ([reservationId, stage]) =>
        this.#tell(stage, (): StageSnapshot => {
          const { image, nodes, sentTo } = stage;
          return { reservationId, image, nodeIds: idsOf(nodes), sentToNodeIds: idsOf(sentTo) };
        }),
      ),
    };
  }

  /** What was told of it before, as long as it is so. */
  #tell<T extends object>(of: object, anew: () => T): T {
    const told = (this.#told.get(of) as T | undefined) ?? anew();
    this.#told.set(of, told);
    return told;
  }

  /** What was on its way to nodes that the cluster has no more goes on to the others. */
  restore({ kept, sending, sentUntilMs, stages, supplies, transfers }: ImagesSnapshot): void {
    const indexOf = new Map(this.#parts.nodeIds.map((nodeId, node) => [nodeId, node]));
    const nodesOf = (nodeIds: readonly string[]): number[] =>
      nodeIds.map((nodeId) => indexOf.get(nodeId)).filter((node) => node !== undefined);
    for (const { images, nodeId } of kept) {
      const node = indexOf.get(nodeId);
      if (node !== undefined) this.#caches.restore(node, images);
    }
    const all: Transfer[] = transfers.map(({ nodeIds, ...transfer }) => ({
      ...transfer,
      nodes: nodesOf(nodeIds),
      for: new Set(transfer.for),
    }));
    this.#lastTransfer = all.reduce((last, { number }) => Math.max(last, number), 0);
    this.#sending = all.find(({ number }) => number === sending);
    const waiting = all
      .filter((transfer) => transfer !== this.#sending)
      .sort((a, b) => a.deadlineMs - b.deadlineMs || a.number - b.number);
    this.#link.restore(sentUntilMs ?? Number.NEGATIVE_INFINITY, waiting);
    const byReservation = new Map<string, Transfer[]>();
    for (const transfer of all)
      for (const id of transfer.for) byReservation.set(id, [...(byReservation.get(id) ?? []), transfer]);
    for (const { coveredNodeIds, image, keptBy, reservationId, sent } of supplies) {
      const mine = byReservation.get(reservationId) ?? [];
      const supply = {
        image,
        kept: nodesOf(keptBy),
        covered: nodesOf(coveredNodeIds),
        transfers: mine,
        sent,
      };
      for (const node of supply.kept) this.#caches.pin(node, image);
      this.#supplies.set(reservationId, supply);
    }
    for (const { image, nodeIds, reservationId, sentToNodeIds } of stages) {
      const stage = { image, nodes: nodesOf(nodeIds), sentTo: nodesOf(sentToNodeIds) };
      for (const node of stage.nodes) this.#caches.pin(node, image);
      this.#stages.set(reservationId, stage);
    }
    const atMs = this.#sending === undefined ? this.#link.nextStartMs : this.#link.freeMs;
    this.#next = atMs === undefined ? undefined : { kind: 'image-transfer', atMs };
  }

  // For people to see

  /** Undefined where nothing is sent for it: it has begun, or has no nodes yet, or needs no image. */
  onItsWay({ id }: Pick<Reservation, 'id'>): ImageOnItsWay | undefined {
    const supply = this.#supplies.get(id);
    if (supply === undefined) return undefined;
    const { covered, image } = supply;
    const plan = this.#planned();
    const coming = supply.transfers.filter((transfer) => plan.has(transfer));
    const missing = covered.filter((node) => coming.some(({ nodes }) => nodes.includes(node)));
    const last = coming.reduce<Transfer | undefined>(
      (latest, transfer) =>
        latest === undefined || plan.get(transfer)!.untilMs > plan.get(latest)!.untilMs ? transfer : latest,
      undefined,
    );
    const planned = last && plan.get(last);
    return {
      image,
      state: last === undefined ? 'there' : last === this.#sending ? 'sending' : 'waiting',
      missingNodeIds: missing.sort((a, b) => a - b).map((node) => this.#parts.nodeIds[node]!),
      fromMs: planned?.fromMs ?? null,
      untilMs: planned?.untilMs ?? null,
    };
  }

  overview(): ImageOverview {
    const idsOf = (nodes: readonly number[]) =>
      [...nodes].sort((a, b) => a - b).map((node) => this.#parts.nodeIds[node]!);
    return {
      kept: [...this.#caches.list()]
        .filter(([, images]) => images.length > 0)
        .sort(([a], [b]) => a - b)
        .map(([node, images]) => ({ nodeId: this.#parts.nodeIds[node]!, images })),
      transfers: Array.from(this.#planned(), ([transfer, when]) => ({
        image: transfer.image,
        nodeIds: idsOf(transfer.nodes),
        isBeingSent: transfer === this.#sending,
        ...when,
        reservationIds: [...new Set(Array.from(transfer.for, reservationOf))],
      })),
    };
  }

  /** Those that are not over, in their order, each with when it is sent, at the latest. */
  #planned(): ReadonlyMap<Transfer, Planned> {
    if (this.#plan !== undefined) return this.#plan;
    const plan = new Map<Transfer, Planned>();
    const { freeMs, startsMs, waiting } = this.#link;
    const sending = this.#sending;
    if (sending !== undefined) plan.set(sending, { fromMs: freeMs - sending.durationMs, untilMs: freeMs });
    for (const [i, transfer] of waiting.entries()) {
      const fromMs = startsMs[i]!;
      plan.set(transfer, { fromMs, untilMs: fromMs + transfer.durationMs });
    }
    this.#plan = plan;
    return plan;
  }

  /** Those that are not over, in their order. */
  #transfers(): readonly Transfer[] {
    const { waiting } = this.#link;
    return this.#sending === undefined ? waiting : [this.#sending, ...waiting];
  }

  /** It brings that image by then: whoever counts on it has a copy of it then. */
  #isToBeShared(transfer: Transfer, image: string, byMs: number): boolean {
    if (transfer.image !== image) return false;
    return (transfer === this.#sending ? this.#link.freeMs : transfer.deadlineMs) <= byMs;
  }

  #durationMs(image: string, nodes: number): number {
    const { linkMibPerS, transfer } = this.#parts.settings;
    const copies = transfer === 'multicast' ? Math.min(nodes, 1) : nodes;
    return Math.ceil((copies * this.#sizeMib(image) * 1000) / linkMibPerS);
  }

  #sizeMib(image: string): number {
    const { sizeMib, sizeMibByTemplate } = this.#parts.settings;
    return sizeMibByTemplate.get(image) ?? sizeMib;
  }
}

/** Under which what is sent for other terms of a reservation is known. */
function changeOf(reservationId: string): string {
  return `${reservationId}${OF_CHANGE}`;
}

function reservationOf(id: string): string {
  return id.endsWith(OF_CHANGE) ? id.slice(0, -OF_CHANGE.length) : id;
}

const OF_CHANGE = '~change';
