// A small provider in memory for the portal's tests: honest shapes, the protocol's states, first fit by CPUs. The portal cannot tell it
// from the daemon as far as its stories go.
import type {
  CalendarEntry,
  ClusterNode,
  DomainEvent,
  Instance,
  InstanceCommand,
  InstanceType,
  JournalEntry,
  LedgerEntry,
  Offer,
  Proposal,
  Reservation,
  ReservationState,
  VmState,
} from '../../../live/portal/src/api/wire.ts';

export const TYPES: readonly InstanceType[] = [
  { name: 'SMALL', cpus: 1, memoryMib: 768, diskGib: 10 },
  { name: 'MEDIUM', cpus: 2, memoryMib: 1536, diskGib: 20 },
  { name: 'LARGE', cpus: 3, memoryMib: 2560, diskGib: 40 },
  { name: 'XLARGE', cpus: 4, memoryMib: 3584, diskGib: 60 },
];

export const TEMPLATES = [
  { name: 'PEX Debian 12', description: 'Debian GNU/Linux 12 with OpenSSH.' },
  { name: 'PEX Compute', description: 'Compilers, MPI and a job runner.' },
];

export interface ProviderOptions {
  readonly startMs: number;
  readonly speed: number;
  readonly holdMs: number;
  readonly nodes: number;
  readonly cpusPerNode: number;
}

export interface MockUser {
  readonly userid: number;
  username: string;
  password: string;
  fullName: string;
  email: string;
  role: 'user' | 'operator';
  disabled: boolean;
  balanceMicros: number;
  quota: { reservations: number; vcpus: number };
  readonly createdMs: number;
}

interface MockVm {
  readonly id: string;
  readonly number: number;
  readonly node: string;
  state: VmState;
  wanted: string;
  ipAddress: string | null;
}

interface MockReservation {
  readonly id: string;
  readonly user: MockUser;
  readonly createdMs: number;
  state: ReservationState;
  round: number;
  proposal: Proposal;
  priceMicros: number;
  holdUntilMs: number | null;
  windowOpen: boolean;
  optionsClaimed: number;
  nodes: readonly string[];
  vms: MockVm[];
  endReason: string | null;
  noShow: boolean;
  refundMicros: number;
  readonly offers: Offer[];
}

interface MockNode {
  readonly node: string;
  readonly cpus: number;
  up: boolean;
  inService: boolean;
}

export type Terms = Omit<Proposal, 'id'>;

/** A refusal with its HTTP status. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly reason: string | undefined;

  constructor(status: number, code: string, detail: string, reason?: string) {
    super(detail);
    this.status = status;
    this.code = code;
    this.reason = reason;
  }
}

type Decision =
  | {
      readonly reply: 'ACCEPT' | 'COUNTER';
      readonly terms: Terms;
      readonly nodes: readonly string[];
      readonly priceMicros: number;
    }
  | { readonly reply: 'REJECT'; readonly reason: string };

export const MAX_ROUNDS = 5;
export const HORIZON_MS = 90 * 86_400_000;
const OPERATION_MS = 20_000;
const OPEN_STATES: readonly ReservationState[] = ['ACCEPTED', 'COUNTERED', 'CONFIRMED', 'ACTIVATED'];
const FINAL_STATES: readonly ReservationState[] = ['EXPIRED', 'REJECTED', 'CANCELLED', 'FAILED'];

export class MockProvider {
  readonly users: MockUser[] = [];
  readonly ledger: Array<LedgerEntry & { readonly userid: number }> = [];
  readonly journal: JournalEntry[] = [];
  readonly nodes: MockNode[];
  readonly reservations: MockReservation[] = [];
  readonly #options: ProviderOptions;
  readonly #listeners = new Set<(entry: JournalEntry) => void>();
  readonly #pending: Array<{ atMs: number; run: () => void }> = [];
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout;

  constructor(options: ProviderOptions) {
    this.#options = options;
    this.nodes = Array.from({ length: options.nodes }, (_, index) => ({
      node: ['leon', 'roy', 'zhora', 'pris', 'deckard'][index] ?? `node-${index + 1}`,
      cpus: options.cpusPerNode,
      up: true,
      inService: true,
    }));
    this.#timer = setInterval(() => this.#advance(), 25);
  }

  get speed(): number {
    return this.#options.speed;
  }

  get holdMs(): number {
    return this.#options.holdMs;
  }

  now(): number {
    return Math.round(this.#options.startMs + (performance.now() - this.#startedMs) * this.#options.speed);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  listen(listener: (entry: JournalEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  addUser(user: Omit<MockUser, 'userid' | 'createdMs' | 'disabled' | 'quota'>): MockUser {
    const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
    if (this.users.some(({ username }) => same(username, user.username)))
      throw new Refusal(409, 'PEX_CONFLICT', `The username ${user.username} is taken.`);
    if (this.users.some(({ email }) => same(email, user.email)))
      throw new Refusal(409, 'PEX_CONFLICT', `The e-mail address ${user.email} is taken.`);
    const added: MockUser = {
      ...user,
      userid: this.users.length + 1,
      createdMs: this.now(),
      disabled: false,
      quota: { reservations: 50, vcpus: 64 },
    };
    this.users.push(added);
    return added;
  }

  deposit(user: MockUser, amountMicros: number, note: string): void {
    this.#book(user, 'deposit', amountMicros, null, note);
  }

  usageOf(user: MockUser): { reservations: number; vcpus: number } {
    const open = this.reservations.filter(
      ({ user: owner, state }) => owner === user && OPEN_STATES.includes(state),
    );
    return {
      reservations: open.length,
      vcpus: open.reduce(
        (sum, { proposal }) => sum + typeOf(proposal.type).cpus * proposal.numInstancesFixed,
        0,
      ),
    };
  }

  quote(terms: Terms): Decision {
    return this.#decide(terms, null);
  }

  open(user: MockUser, terms: Terms): { reservation: MockReservation; decision: Decision } {
    const reservation: MockReservation = {
      id: crypto.randomUUID().toUpperCase(),
      user,
      createdMs: this.now(),
      state: 'INITIATED',
      round: 0,
      proposal: { ...terms, id: '' },
      priceMicros: 0,
      holdUntilMs: null,
      windowOpen: false,
      optionsClaimed: 0,
      nodes: [],
      vms: [],
      endReason: null,
      noShow: false,
      refundMicros: 0,
      offers: [],
    };
    this.reservations.push(reservation);
    this.#emit(reservation, 'reservation-initiated', { userId: String(user.userid), origin: null });
    return { reservation, decision: this.#propose(reservation, terms) };
  }

  counter(reservation: MockReservation, terms: Terms): Decision {
    this.#require(reservation, ['COUNTERED']);
    return this.#propose(reservation, terms);
  }

  accept(reservation: MockReservation): void {
    this.#require(reservation, ['COUNTERED']);
    reservation.state = 'ACCEPTED';
    reservation.holdUntilMs = this.now() + this.holdMs;
    this.#say(reservation, { from: 'user', message: 'ACCEPT' });
    this.#say(reservation, { from: 'provider', message: 'CONFIRM_REQUEST' });
    this.#emit(reservation, 'counter-accepted', { round: reservation.round });
  }

  confirm(reservation: MockReservation): void {
    this.#require(reservation, ['ACCEPTED']);
    const { user, priceMicros, proposal } = reservation;
    if (priceMicros > user.balanceMicros)
      throw new Refusal(
        402,
        'PEX_INSUFFICIENT_BALANCE',
        'The price is more than the balance of the account.',
      );
    reservation.state = 'CONFIRMED';
    reservation.holdUntilMs = null;
    this.#say(reservation, { from: 'user', message: 'CONFIRM' });
    this.#say(reservation, { from: 'provider', message: 'REQUEST_SUCCESS', proposal, priceMicros });
    this.#book(user, 'charge', -priceMicros, reservation.id, '');
    this.#emit(reservation, 'reservation-confirmed', { priceMicros });
    this.#advance();
  }

  decline(reservation: MockReservation): void {
    this.#require(reservation, ['ACCEPTED', 'COUNTERED']);
    this.#say(reservation, { from: 'user', message: 'REJECT' });
    this.#emit(reservation, 'offer-declined', { round: reservation.round, reason: null });
    this.#end(reservation, 'REJECTED', 'declined');
  }

  activate(reservation: MockReservation): void {
    this.#require(reservation, ['CONFIRMED']);
    reservation.state = 'ACTIVATED';
    this.#emit(reservation, 'reservation-activated', {});
    this.#advance();
  }

  cancel(reservation: MockReservation): void {
    this.#require(reservation, ['INITIATED', 'ACCEPTED', 'COUNTERED', 'CONFIRMED']);
    if (reservation.state === 'CONFIRMED') {
      reservation.refundMicros = reservation.priceMicros;
      this.#book(reservation.user, 'refund', reservation.priceMicros, reservation.id, '');
    }
    this.#end(reservation, 'CANCELLED', 'cancelled-by-user');
  }

  claim(reservation: MockReservation, count: number): number {
    this.#require(reservation, ['ACTIVATED']);
    const { proposal } = reservation;
    const wanted = Math.min(count, proposal.numInstancesOption - reservation.optionsClaimed);
    const nodes =
      this.#place({ ...proposal, numInstancesFixed: wanted }, proposal.startTimeMs, reservation) ?? [];
    reservation.optionsClaimed += nodes.length;
    reservation.nodes = [...reservation.nodes, ...nodes];
    if (reservation.windowOpen) this.#launch(reservation);
    this.#emit(reservation, 'options-claimed', { asked: count, granted: nodes.length, pieces: [] });
    return nodes.length;
  }

  findVm(id: string): { reservation: MockReservation; vm: MockVm } | undefined {
    for (const reservation of this.reservations) {
      const vm = reservation.vms.find((one) => one.id === id);
      if (vm !== undefined) return { reservation, vm };
    }
    return undefined;
  }

  commandVm(reservation: MockReservation, vm: MockVm, command: InstanceCommand): void {
    const legal: Record<InstanceCommand, boolean> = {
      start: vm.wanted === 'halted',
      stop: vm.wanted === 'running' || vm.wanted === 'suspended',
      suspend: vm.wanted === 'running',
      resume: vm.wanted === 'suspended',
      reboot: vm.wanted === 'running' && vm.state === 'RUNNING',
      delete: vm.wanted !== 'deleted',
    };
    if (!legal[command])
      throw new Refusal(
        409,
        'PEX_REQUEST_FAILED',
        'The instance is not in a state for this.',
        'illegal-in-state',
      );
    const goal: Record<InstanceCommand, readonly [string, VmState]> = {
      start: ['running', 'RUNNING'],
      resume: ['running', 'RUNNING'],
      reboot: ['running', 'RUNNING'],
      stop: ['halted', 'HALTED'],
      suspend: ['suspended', 'SUSPENDED'],
      delete: ['deleted', 'DELETED'],
    };
    const [wanted, state] = goal[command];
    vm.wanted = wanted;
    this.#emit(reservation, 'instance-commanded', { vmId: vm.id, command });
    this.#later(OPERATION_MS, () => this.#become(reservation, vm, state));
  }

  commandNode(name: string, command: string): void {
    const node = this.nodes.find((one) => one.node === name);
    if (node === undefined) throw new Refusal(404, 'PEX_NOT_FOUND', `There is no node ${name}.`);
    switch (command) {
      case 'drain':
        node.inService = false;
        this.#emitOf(null, { type: 'node-drained', nodeId: name });
        return;
      case 'enable':
        node.inService = true;
        this.#emitOf(null, { type: 'node-enabled', nodeId: name });
        return;
      case 'fail': {
        node.up = false;
        this.#emitOf(null, { type: 'node-lost', nodeId: name, vmsLost: 0 });
        for (const reservation of this.reservations) {
          if (OPEN_STATES.includes(reservation.state) && reservation.nodes.includes(name))
            this.#end(reservation, 'FAILED', 'node-lost');
        }
        return;
      }
      default:
        node.up = true;
        this.#emitOf(null, { type: 'node-returned', nodeId: name });
    }
  }

  availability(typeName: string, fromMs: number, toMs: number): Array<{ fromMs: number; count: number }> {
    const { cpus } = typeOf(typeName);
    const instants = new Set([fromMs]);
    for (const { startTimeMs, endTimeMs } of this.calendar(fromMs, toMs)) {
      for (const ms of [startTimeMs, endTimeMs]) if (ms > fromMs && ms < toMs) instants.add(ms);
    }
    return [...instants]
      .sort((a, b) => a - b)
      .map((ms) => ({
        fromMs: ms,
        count: this.#usable().reduce(
          (sum, node) => sum + Math.floor((node.cpus - this.#busiest(node.node, ms, ms + 1, null)) / cpus),
          0,
        ),
      }));
  }

  calendar(fromMs: number, toMs: number): CalendarEntry[] {
    return this.reservations.flatMap((reservation) => {
      const { id, user, proposal, state, nodes } = reservation;
      const startTimeMs = proposal.startTimeMs;
      const endTimeMs = startTimeMs + proposal.duration;
      if (!OPEN_STATES.includes(state) || startTimeMs >= toMs || endTimeMs <= fromMs) return [];
      const { cpus, memoryMib } = typeOf(proposal.type);
      return [...new Set(nodes)].map((node): CalendarEntry => {
        const count = nodes.filter((one) => one === node).length;
        const kind = state === 'ACCEPTED' || state === 'COUNTERED' ? 'hold' : 'reservation';
        const demand = { cpus: cpus * count, memoryMib: memoryMib * count };
        return { node, reservationId: id, username: user.username, kind, startTimeMs, endTimeMs, ...demand };
      });
    });
  }

  nodeViews(): ClusterNode[] {
    const now = this.now();
    return this.nodes.map(({ node, cpus, up, inService }) => {
      const vms = this.reservations
        .flatMap((one) => one.vms)
        .filter((vm) => vm.node === node && vm.state === 'RUNNING');
      const booked = this.calendar(now, now + 1).filter((entry) => entry.node === node);
      return {
        node,
        group: 'testbed',
        up,
        inService,
        cpus,
        memoryMib: cpus * 1024,
        diskGib: 200,
        bookedCpus: booked.reduce((sum, entry) => sum + entry.cpus, 0),
        bookedMemoryMib: booked.reduce((sum, entry) => sum + entry.memoryMib, 0),
        bookedDiskGib: booked.reduce((sum, entry) => sum + entry.cpus * 10, 0),
        vms: vms.length,
        busyPermille: Math.min(1000, vms.length * 120),
      };
    });
  }

  // Time

  #advance(): void {
    const now = this.now();
    for (let due = this.#pending.findIndex(({ atMs }) => atMs <= now); due >= 0; ) {
      const [step] = this.#pending.splice(due, 1);
      step?.run();
      due = this.#pending.findIndex(({ atMs }) => atMs <= now);
    }
    for (const reservation of this.reservations) {
      const { state, holdUntilMs, proposal, windowOpen } = reservation;
      const endMs = proposal.startTimeMs + proposal.duration;
      if (holdUntilMs !== null && holdUntilMs <= now) this.#end(reservation, 'EXPIRED', 'hold-expired');
      else if ((state === 'CONFIRMED' || state === 'ACTIVATED') && endMs <= now) {
        reservation.noShow = state === 'CONFIRMED';
        this.#end(reservation, 'EXPIRED', 'window-over');
      } else if ((state === 'CONFIRMED' || state === 'ACTIVATED') && proposal.startTimeMs <= now) {
        if (!windowOpen) {
          reservation.windowOpen = true;
          this.#emit(reservation, 'window-opened', { endMs });
        }
        if (state === 'ACTIVATED' && reservation.vms.length === 0) this.#launch(reservation);
      }
    }
  }

  #later(delayMs: number, run: () => void): void {
    this.#pending.push({ atMs: this.now() + delayMs, run });
  }

  #launch(reservation: MockReservation): void {
    for (const [index, node] of reservation.nodes.entries()) {
      if (index < reservation.vms.length) continue;
      const vm: MockVm = {
        id: crypto.randomUUID(),
        number: index + 1,
        node,
        state: 'NOT_PROVISIONED',
        wanted: 'running',
        ipAddress: null,
      };
      reservation.vms.push(vm);
      this.#emit(reservation, 'vm-state-changed', {
        vmId: vm.id,
        nodeId: node,
        from: 'NOT_PROVISIONED',
        to: 'HALTED',
      });
      this.#later(OPERATION_MS, () => {
        vm.ipAddress = `10.0.${this.nodes.findIndex((one) => one.node === node)}.${10 + index}`;
        this.#become(reservation, vm, 'RUNNING');
      });
    }
  }

  #become(reservation: MockReservation, vm: MockVm, state: VmState): void {
    if (FINAL_STATES.includes(reservation.state) || vm.state === 'DELETED') return;
    const from = vm.state;
    vm.state = state;
    this.#emit(reservation, 'vm-state-changed', { vmId: vm.id, nodeId: vm.node, from, to: state });
  }

  // Deciding

  #propose(reservation: MockReservation, terms: Terms): Decision {
    reservation.round += 1;
    const asked = { ...terms, id: reservation.id };
    reservation.proposal = asked;
    const message = reservation.round === 1 ? 'REQUEST' : 'COUNTER';
    this.#say(reservation, { from: 'user', message, proposal: asked });
    this.#emit(reservation, 'proposal-received', { round: reservation.round });
    const decision: Decision =
      reservation.round > MAX_ROUNDS
        ? { reply: 'REJECT', reason: 'too-many-rounds' }
        : this.#decide(terms, reservation);
    if (decision.reply === 'REJECT') {
      this.#say(reservation, { from: 'provider', message: 'REJECT', reason: decision.reason });
      this.#end(reservation, 'REJECTED', decision.reason);
      return decision;
    }
    reservation.state = decision.reply === 'ACCEPT' ? 'ACCEPTED' : 'COUNTERED';
    reservation.proposal = { ...decision.terms, id: reservation.id };
    reservation.nodes = decision.nodes;
    reservation.priceMicros = decision.priceMicros;
    reservation.holdUntilMs = this.now() + this.holdMs;
    const { proposal, priceMicros, holdUntilMs, round } = reservation;
    this.#say(reservation, { from: 'provider', message: decision.reply, proposal, priceMicros, holdUntilMs });
    const type = decision.reply === 'ACCEPT' ? 'offer-accepted' : 'offer-countered';
    this.#emit(reservation, type, { round, priceMicros, holdUntilMs, pieces: [] });
    return decision;
  }

  #decide(terms: Terms, self: MockReservation | null): Decision {
    const now = this.now();
    const { cpus } = typeOf(terms.type);
    const usable = this.#usable();
    if (usable.length === 0) return { reply: 'REJECT', reason: 'no-node' };
    const most = usable.reduce((sum, node) => sum + Math.floor(node.cpus / cpus), 0);
    if (terms.numInstancesFixed > most) return { reply: 'REJECT', reason: 'never-fits' };
    // A second of real time for the way here.
    if (terms.startTimeMs < now - 1000 * this.speed) return { reply: 'REJECT', reason: 'start-in-past' };
    if (terms.startTimeMs + terms.duration > now + HORIZON_MS)
      return { reply: 'REJECT', reason: 'beyond-booking-horizon' };
    const priceMicros = Math.round((cpus * terms.numInstancesFixed * terms.duration * 50_000) / 3_600_000);
    const ends = this.calendar(terms.startTimeMs, now + HORIZON_MS)
      .filter(({ reservationId }) => reservationId !== self?.id)
      .map(({ endTimeMs }) => endTimeMs);
    const starts = [terms.startTimeMs, ...ends.filter((ms) => ms > terms.startTimeMs).sort((a, b) => a - b)];
    for (const startTimeMs of starts) {
      const nodes = this.#place(terms, startTimeMs, self);
      if (nodes === null) continue;
      const reply = startTimeMs === terms.startTimeMs ? 'ACCEPT' : 'COUNTER';
      return { reply, terms: { ...terms, startTimeMs }, nodes, priceMicros };
    }
    return { reply: 'REJECT', reason: 'no-capacity' };
  }

  /** A node for each guaranteed instance, the fullest first; null when they do not all fit. */
  #place(terms: Terms, startMs: number, self: MockReservation | null): readonly string[] | null {
    const { cpus } = typeOf(terms.type);
    const endMs = startMs + terms.duration;
    const free = this.#usable()
      .map(({ node, cpus: has }) => ({ node, free: has - this.#busiest(node, startMs, endMs, self) }))
      .sort((a, b) => a.free - b.free);
    const nodes: string[] = [];
    for (const one of free) {
      while (nodes.length < terms.numInstancesFixed && one.free >= cpus) {
        one.free -= cpus;
        nodes.push(one.node);
      }
    }
    return nodes.length === terms.numInstancesFixed ? nodes : null;
  }

  #usable(): MockNode[] {
    return this.nodes.filter(({ up, inService }) => up && inService);
  }

  /** The most CPUs booked on a node at any instant of a window. */
  #busiest(node: string, fromMs: number, toMs: number, self: MockReservation | null): number {
    const entries = this.calendar(fromMs, toMs).filter(
      (entry) => entry.node === node && (entry.reservationId !== self?.id || self.state === 'ACTIVATED'),
    );
    const instants = [fromMs, ...entries.map(({ startTimeMs }) => Math.max(fromMs, startTimeMs))];
    return Math.max(
      ...instants.map((ms) =>
        entries
          .filter(({ startTimeMs, endTimeMs }) => startTimeMs <= ms && endTimeMs > ms)
          .reduce((sum, { cpus }) => sum + cpus, 0),
      ),
    );
  }

  #require(reservation: MockReservation, states: readonly ReservationState[]): void {
    this.#advance();
    if (states.includes(reservation.state)) return;
    const reason =
      reservation.endReason === 'hold-expired'
        ? 'hold-expired'
        : FINAL_STATES.includes(reservation.state)
          ? 'ended'
          : 'illegal-in-state';
    throw new Refusal(409, 'PEX_REQUEST_FAILED', 'This cannot be said in this state.', reason);
  }

  #end(reservation: MockReservation, state: ReservationState, reason: string): void {
    reservation.state = state;
    reservation.endReason = reason;
    reservation.holdUntilMs = null;
    reservation.windowOpen = false;
    for (const vm of reservation.vms) {
      vm.state = 'DELETED';
      vm.wanted = 'deleted';
    }
    const { noShow, refundMicros } = reservation;
    this.#emit(reservation, 'reservation-ended', { state, reason, noShow, refundMicros, penaltyMicros: 0 });
  }

  // Records

  #say(reservation: MockReservation, message: Pick<Offer, 'from' | 'message'> & Partial<Offer>): void {
    const blank = { proposal: null, priceMicros: null, holdUntilMs: null, reason: null };
    reservation.offers.push({ round: reservation.round, timeMs: this.now(), ...blank, ...message });
  }

  #book(
    user: MockUser,
    kind: LedgerEntry['kind'],
    amountMicros: number,
    reservationId: string | null,
    note: string,
  ): void {
    user.balanceMicros += amountMicros;
    const entryId = this.ledger.length + 1;
    this.ledger.push({
      entryId,
      userid: user.userid,
      timeMs: this.now(),
      kind,
      amountMicros,
      reservationId,
      note,
    });
  }

  #emit(reservation: MockReservation, type: string, fields: Record<string, unknown>): void {
    this.#emitOf(reservation.user.userid, { type, reservationId: reservation.id, ...fields });
  }

  #emitOf(userid: number | null, event: Omit<DomainEvent, 'atMs'> & { readonly type: string }): void {
    const timeMs = this.now();
    const entry = { seq: this.journal.length + 1, timeMs, userid, event: { ...event, atMs: timeMs } };
    this.journal.push(entry);
    for (const listener of this.#listeners) listener(entry);
  }
}

export function typeOf(name: string): InstanceType {
  const type = TYPES.find((one) => one.name === name);
  if (type === undefined)
    throw new Refusal(400, 'PEX_BAD_REQUEST', `type: "${name}" is not an instance type here.`);
  return type;
}

export function reservationView(reservation: MockReservation): Reservation & { readonly requestId: string } {
  const { id, user, state, proposal, vms, nodes } = reservation;
  const { cpus, memoryMib, diskGib } = typeOf(proposal.type);
  return {
    id,
    requestId: id,
    status: state,
    username: user.username,
    type: proposal.type,
    template: proposal.template,
    startTimeMs: proposal.startTimeMs,
    endTimeMs: proposal.startTimeMs + proposal.duration,
    duration: proposal.duration,
    numInstancesFixed: proposal.numInstancesFixed,
    numInstancesOption: proposal.numInstancesOption,
    cpus,
    memoryMib,
    diskGib,
    maxPriceMicros: proposal.maxPriceMicros ?? null,
    activatedInstances: vms.length,
    optionsClaimed: reservation.optionsClaimed,
    priceMicros: reservation.priceMicros,
    holdUntilMs: reservation.holdUntilMs,
    round: reservation.round,
    windowOpen: reservation.windowOpen,
    nodes,
    createdTimeMs: reservation.createdMs,
    endReason: reservation.endReason,
    noShow: reservation.noShow,
    refundMicros: reservation.refundMicros,
    penaltyMicros: 0,
    lastReply: state === 'ACCEPTED' ? 'ACCEPT' : state === 'COUNTERED' ? 'COUNTER' : null,
  };
}

export function instanceView({ id, user, proposal }: MockReservation, vm: MockVm): Instance {
  const { cpus, memoryMib, diskGib } = typeOf(proposal.type);
  return {
    id: vm.id,
    name: `${user.username}-${vm.number}`,
    status: vm.state,
    wanted: vm.wanted,
    node: vm.node,
    ipAddress: vm.ipAddress,
    loadPermille: vm.state === 'RUNNING' ? 120 * vm.number : 0,
    reservationId: id,
    number: vm.number,
    type: proposal.type,
    template: proposal.template,
    cpus,
    memoryMib,
    diskGib,
    startTimeMs: proposal.startTimeMs,
    endTimeMs: proposal.startTimeMs + proposal.duration,
    username: user.username,
  };
}
