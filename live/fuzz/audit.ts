// Reads a database between two lives of its daemon, and checks that it tells one true story: the journal is whole, the tables say what
// the journal says, nothing is booked twice, money adds up, and what clients were told is there.
import {
  type DomainEvent,
  type EventOf,
  endOf,
  type Proposal,
  type ProviderSnapshot,
  type ReservationSnapshot,
} from '../../engine/index.ts';
import { Journal } from '../database/journal.ts';
import type { Database } from '../database/open-database.ts';
import { loadState } from '../recorder/recovery.ts';
import { type Promises, STAGES, type Stage } from './promises.ts';

const MINUTE_MS = 60_000;

/** What the journal says of one reservation. */
interface History {
  readonly userId: string;
  state: string;
  stage: Stage | undefined;
  holdUntilMs: number;
  window:
    | {
        readonly startMs: number;
        readonly endMs: number;
        readonly instances: number;
        readonly image: string;
      }
    | undefined;
  priceMicros: number;
  /** Paid for the present offer; once it has ended, what was kept. */
  pledgedMicros: number;
  confirmedMs: number | undefined;
  end: EventOf<'reservation-ended'> | undefined;
}

export interface NodeCapacity {
  readonly nodeId: string;
  readonly milliCpus: number;
  readonly memoryMib: number;
}

export class Audit {
  readonly #promises: Promises;
  readonly #nodes: readonly NodeCapacity[];
  readonly #histories = new Map<string, History>();
  readonly #problems: string[] = [];
  readonly #sendsImages: boolean;
  /** When each image was first on each node, by both. */
  readonly #imageThereMs = new Map<string, number>();
  /** Until when the link of the repository is busy. */
  #linkFreeMs = 0;
  #lastSeq = 0;
  #lastMs = 0;

  /** @param sendsImages images are sent to the nodes before leases begin */
  constructor(promises: Promises, nodes: readonly NodeCapacity[], { sendsImages = false } = {}) {
    this.#promises = promises;
    this.#nodes = nodes;
    this.#sendsImages = sendsImages;
  }

  /** Reservations that did not end. */
  get openReservations(): readonly string[] {
    return [...this.#histories].flatMap(([id, { end }]) => (end === undefined ? [id] : []));
  }

  /** How many reservations a user has had, by number. */
  countOf(userId: number): number {
    return [...this.#histories.values()].filter((history) => history.userId === String(userId)).length;
  }

  /** How many reservations ended for each reason, by now. */
  get ends(): Record<string, number> {
    const ends: Record<string, number> = {};
    for (const { end } of this.#histories.values()) {
      if (end !== undefined) ends[end.reason] = (ends[end.reason] ?? 0) + 1;
    }
    return ends;
  }

  /** @returns everything that is wrong */
  async check(database: Database): Promise<readonly string[]> {
    const { snapshot, lastSeq } = await loadState(database);
    if (snapshot === undefined) return ['there is no provider in the database'];
    const touched = await this.#readJournal(database, lastSeq);
    await this.#checkReservations(database, touched);
    this.#checkCapacity(snapshot.reservations, snapshot.atMs);
    await this.#checkVms(database, snapshot);
    await this.#checkMoney(database);
    await this.#checkNodes(database);
    this.#checkPromises();
    return this.#problems.splice(0);
  }

  #wrong(what: string): void {
    this.#problems.push(what);
  }

  /** @returns the reservations that something happened to */
  async #readJournal(database: Database, lastSeq: number): Promise<ReadonlySet<string>> {
    const touched = new Set<string>();
    const events = await new Journal(database).page({ afterSeq: this.#lastSeq, limit: 1_000_000 });
    for (const { seq, event } of events) {
      if (seq !== this.#lastSeq + 1) this.#wrong(`journal ${seq} comes after ${this.#lastSeq}`);
      if (event.atMs < this.#lastMs)
        this.#wrong(`journal ${seq} is of ${event.atMs}, before ${this.#lastMs}`);
      this.#lastSeq = seq;
      this.#lastMs = event.atMs;
      this.#tell(event);
      if ('reservationId' in event) touched.add(event.reservationId);
    }
    if (this.#lastSeq !== lastSeq) this.#wrong(`the journal ends with ${this.#lastSeq}, not ${lastSeq}`);
    return touched;
  }

  #tell(event: DomainEvent): void {
    if (event.type === 'image-transfer-begun') this.#tellTransfer(event);
    if (!('reservationId' in event)) return;
    const { reservationId: id, atMs } = event;
    if (event.type === 'reservation-initiated') {
      if (this.#histories.has(id)) this.#wrong(`${id} began twice`);
      this.#histories.set(id, {
        userId: event.userId,
        state: 'INITIATED',
        stage: undefined,
        holdUntilMs: 0,
        window: undefined,
        priceMicros: 0,
        pledgedMicros: 0,
        confirmedMs: undefined,
        end: undefined,
      });
      return;
    }
    const history = this.#histories.get(id);
    if (history === undefined) {
      this.#wrong(`${id} has ${event.type} before it began`);
      return;
    }
    switch (event.type) {
      case 'offer-accepted':
      case 'offer-countered':
        history.state = event.type === 'offer-accepted' ? 'ACCEPTED' : 'COUNTERED';
        history.stage = 'offered';
        history.holdUntilMs = event.holdUntilMs;
        history.pledgedMicros += (event.pledgeMicros ?? 0) - (event.pledgeBackMicros ?? 0);
        break;
      case 'waitlist-joined':
        history.pledgedMicros -= event.pledgeBackMicros ?? 0;
        history.state = 'WAITLISTED';
        history.stage = 'waiting';
        history.holdUntilMs = event.waitsUntilMs;
        break;
      case 'counter-accepted':
        history.state = 'ACCEPTED';
        break;
      case 'message-refused':
        if (event.reason === 'overbooking-risk') history.state = 'COUNTERED';
        break;
      case 'reservation-confirmed': {
        history.state = 'CONFIRMED';
        history.stage = 'confirmed';
        history.confirmedMs = atMs;
        history.window = windowOf(event.proposal);
        history.priceMicros = event.priceMicros;
        if ((event.pledgedMicros ?? 0) !== history.pledgedMicros)
          this.#wrong(`${id} has ${history.pledgedMicros} pledged, and ${event.pledgedMicros} counts`);
        history.pledgedMicros = 0;
        if (atMs >= history.holdUntilMs) this.#wrong(`${id} was confirmed after its hold`);
        break;
      }
      case 'options-claimed':
        history.priceMicros += event.priceMicros ?? 0;
        break;
      case 'terms-changed':
      case 'reservation-changed': {
        history.window = windowOf(event.proposal);
        if (event.type === 'reservation-changed') history.priceMicros = event.priceMicros;
        break;
      }
      case 'reservation-activated':
        history.state = 'ACTIVATED';
        history.stage = 'activated';
        break;
      case 'window-opened': {
        const { confirmedMs = Number.NaN, window } = history;
        const dueMs = Math.max(window?.startMs ?? Number.NaN, confirmedMs);
        const booked = event.pieces.reduce((sum, { instances }) => sum + instances, 0);
        if (booked < (window?.instances ?? 0))
          this.#wrong(`the window of ${id} opened with ${booked} instances`);
        if (atMs !== dueMs) this.#wrong(`the window of ${id} opened at ${atMs}, not ${dueMs}`);
        if (this.#sendsImages) this.#checkImages(event, window?.image ?? '');
        break;
      }
      case 'reservation-ended':
        if (history.end !== undefined) this.#wrong(`${id} ended twice`);
        this.#checkEnd(event, history);
        history.pledgedMicros -= event.pledgeBackMicros ?? 0;
        if (history.pledgedMicros !== 0 && event.reason !== 'hold-expired')
          this.#wrong(`${id} lost ${history.pledgedMicros} of its pledge: ${event.reason}`);
        history.end = event;
        history.state = event.state;
        break;
      default:
    }
  }

  /** One after the other. */
  #tellTransfer({ atMs, image, nodeIds, untilMs }: EventOf<'image-transfer-begun'>): void {
    if (atMs < this.#linkFreeMs)
      this.#wrong(`${image} is sent at ${atMs}, and the link is free at ${this.#linkFreeMs}`);
    this.#linkFreeMs = untilMs;
    for (const nodeId of nodeIds) {
      const place = `${nodeId} ${image}`;
      if (!this.#imageThereMs.has(place)) this.#imageThereMs.set(place, untilMs);
    }
  }

  /** A lease begins where its image has come. */
  #checkImages({ atMs, pieces, reservationId }: EventOf<'window-opened'>, image: string): void {
    for (const { nodeId } of pieces) {
      const thereMs = this.#imageThereMs.get(`${nodeId} ${image}`) ?? Number.POSITIVE_INFINITY;
      if (thereMs > atMs) this.#wrong(`${reservationId} began on ${nodeId} at ${atMs}, without ${image}`);
    }
  }

  #checkEnd({ reservationId, reason, atMs }: EventOf<'reservation-ended'>, history: History): void {
    const dueMs =
      reason === 'hold-expired' || reason === 'waited-in-vain'
        ? history.holdUntilMs
        : reason === 'window-over'
          ? history.window?.endMs
          : atMs;
    if (atMs !== dueMs) this.#wrong(`${reservationId} ended (${reason}) at ${atMs}, not ${dueMs}`);
  }

  /** The tables say what the journal says. */
  async #checkReservations(database: Database, touched: ReadonlySet<string>): Promise<void> {
    const rows: { request_id: string; status: string; activated_ms: number | null }[] = await database
      .reads('reservations')
      .select('request_id', 'status', 'activated_ms');
    if (rows.length !== this.#histories.size) {
      this.#wrong(`${rows.length} reservations are stored, ${this.#histories.size} began`);
    }
    for (const { request_id: id, status, activated_ms: activatedMs } of rows) {
      if (!touched.has(id)) continue;
      const history = this.#histories.get(id);
      if (status !== history?.state) this.#wrong(`${id} is stored ${status}, not ${history?.state}`);
      const wasActivated = history?.stage === 'activated';
      if ((activatedMs !== null) !== wasActivated) this.#wrong(`${id}: activated_ms is ${activatedMs}`);
    }
    for (const [id, { end, holdUntilMs, state }] of this.#histories) {
      const isBounded = state === 'ACCEPTED' || state === 'COUNTERED' || state === 'WAITLISTED';
      if (end === undefined && isBounded && holdUntilMs < this.#lastMs) {
        this.#wrong(`${id} is ${state} although that was over at ${holdUntilMs}`);
      }
    }
  }

  /** No node is over its capacity at any instant from `fromMs` on. */
  #checkCapacity(reservations: readonly ReservationSnapshot[], fromMs: number): void {
    for (const { nodeId, milliCpus, memoryMib } of this.#nodes) {
      const steps: { atMs: number; cpus: number; memory: number }[] = [];
      for (const { end, instances, proposal } of reservations) {
        if (end !== null || proposal === null) continue;
        const { milliCpus: cpus, memoryMib: memory } = proposal.demand;
        for (const piece of instances.flatMap(({ pieces }) => pieces)) {
          if (piece.nodeId !== nodeId || piece.endMs <= fromMs) continue;
          steps.push(
            { atMs: piece.startMs, cpus, memory },
            { atMs: piece.endMs, cpus: -cpus, memory: -memory },
          );
        }
      }
      steps.sort((a, b) => a.atMs - b.atMs || a.cpus - b.cpus);
      let [cpus, memory] = [0, 0];
      for (const step of steps) {
        cpus += step.cpus;
        memory += step.memory;
        if (step.atMs >= fromMs && (cpus > milliCpus || memory > memoryMib)) {
          this.#wrong(`${nodeId} has ${cpus} mCPU and ${memory} MiB booked from ${step.atMs}`);
        }
      }
    }
  }

  /** A VM is where its reservation says, once, and meant to be what its user was told. */
  async #checkVms(database: Database, { atMs, reservations }: ProviderSnapshot): Promise<void> {
    const rows: {
      vm_id: string;
      request_id: string;
      number: number;
      wanted: string;
      parked_since_ms: number | null;
    }[] = await database
      .reads('instances')
      .select('vm_id', 'request_id', 'number', 'wanted', 'parked_since_ms')
      .whereNot('status', 'DELETED');
    const places = new Set<string>();
    const open = new Set(
      reservations
        .filter(
          ({ end, proposal }) => end === null && proposal !== null && endOf(proposal) - atMs > MINUTE_MS,
        )
        .map(({ reservationId }) => reservationId),
    );
    const givenUp = await this.#givenUp(database);
    for (const { number, parked_since_ms: parkedMs, request_id: id, vm_id: vmId, wanted } of rows) {
      const place = `${id}/${number}`;
      if (places.has(place)) this.#wrong(`${place} has more than one VM`);
      places.add(place);
      // Near the end all are shut down, and one that waits for a node is suspended, whatever their users want.
      if (!open.has(id) || parkedMs !== null) continue;
      const allowed = this.#promises.reservations.get(id)?.wanted.get(vmId) ?? new Set(['running']);
      // What cannot be brought up stands still, and its user was told.
      if (wanted === 'halted' && givenUp.has(vmId)) continue;
      // What lost its power while it was paused is brought up again.
      if (wanted === 'running' && allowed.has('paused')) continue;
      if (!allowed.has(wanted))
        this.#wrong(`VM ${vmId} is to be ${wanted}, not ${[...allowed].join(' or ')}`);
    }
  }

  /** VMs that could not be brought up in as many tries as there may be. */
  async #givenUp(database: Database): Promise<ReadonlySet<string>> {
    const told = await new Journal(database).page({
      limit: Number.MAX_SAFE_INTEGER,
      types: ['operation-given-up'],
    });
    return new Set(told.flatMap(({ event }) => (event.type === 'operation-given-up' ? [event.vmId] : [])));
  }

  /** Every entry follows from an event or a deposit, and balances are the sums of entries. */
  async #checkMoney(database: Database): Promise<void> {
    const entries: {
      userid: number;
      kind: string;
      amount_micros: number;
      request_id: string | null;
      note: string;
    }[] = await database.reads('ledger').select('userid', 'kind', 'amount_micros', 'request_id', 'note');
    const users: { userid: number; username: string; balance_micros: number }[] = await database
      .reads('users')
      .select('userid', 'username', 'balance_micros');
    const sums = new Map<number, number>();
    const paid = new Map<string, number>();
    const deposits = new Map<string, number>();
    for (const { userid, amount_micros: amount, kind, note, request_id: id } of entries) {
      sums.set(userid, (sums.get(userid) ?? 0) + amount);
      if (id !== null) paid.set(id, (paid.get(id) ?? 0) + amount);
      else if (kind === 'deposit') deposits.set(note, (deposits.get(note) ?? 0) + 1);
    }
    for (const { balance_micros: balance, userid, username } of users) {
      const sum = sums.get(userid) ?? 0;
      if (sum !== balance) this.#wrong(`${username} has ${balance}, but the entries add up to ${sum}`);
    }
    for (const [id, { end, pledgedMicros, priceMicros }] of this.#histories) {
      const due = (end?.refundMicros ?? 0) + (end?.penaltyMicros ?? 0) - priceMicros - pledgedMicros;
      if ((paid.get(id) ?? 0) !== due)
        this.#wrong(`${id} changed the balance by ${paid.get(id)}, not ${due}`);
    }
    for (const [note, { isTold }] of this.#promises.deposits) {
      const count = deposits.get(note) ?? 0;
      if (count > 1 || (isTold && count === 0)) this.#wrong(`"${note}" is booked ${count} times`);
    }
  }

  async #checkNodes(database: Database): Promise<void> {
    const rows: { node_name: string; in_service: boolean | number }[] = await database.reads('nodes');
    for (const { in_service: inService, node_name: nodeId } of rows) {
      const allowed = this.#promises.inService.get(nodeId);
      if (allowed !== undefined && !allowed.has(Boolean(inService))) {
        this.#wrong(`node ${nodeId}: in service is ${Boolean(inService)}`);
      }
    }
  }

  #checkPromises(): void {
    for (const { durationMs, endedAs, reservationId: id, stage } of this.#promises.reservations.values()) {
      const history = this.#histories.get(id);
      if (history === undefined) {
        this.#wrong(`${id} was promised, but is not known`);
        continue;
      }
      // A request that was rejected never got an offer.
      const got = history.stage === undefined ? -1 : STAGES.indexOf(history.stage);
      if (endedAs !== 'REJECTED' && got < STAGES.indexOf(stage)) {
        this.#wrong(`${id} was told ${stage}, but came to ${history.stage}`);
      }
      const { endMs = 0, startMs = 0 } = history.window ?? {};
      if (durationMs !== undefined && endMs - startMs !== durationMs)
        this.#wrong(`${id} was told to last ${durationMs} ms, and lasts ${endMs - startMs}`);
      if (endedAs !== undefined && history.state !== endedAs) {
        this.#wrong(`${id} was told ${endedAs}, but is ${history.state}`);
      }
    }
  }
}

function windowOf(proposal: Proposal): NonNullable<History['window']> {
  const { numInstancesFixed: instances, startMs, template: image } = proposal;
  return { startMs, endMs: endOf(proposal), instances, image };
}
