// An independent witness of a run: hears the event stream, keeps its own naive books, and objects as soon as a promise of the
// manager is broken. It shares no code with what it checks, and is quadratic on purpose.
import assert from 'node:assert/strict';
import {
  type ClusterSpec,
  type DomainEvent,
  type EventOf,
  isQueuedKind,
  type NodeSpec,
  OVERBOOKED,
  type Proposal,
  type ReservationRules,
  type Resources,
  timesFits,
} from '../../engine/index.ts';

/** One instance's claim on a node. */
interface Span {
  nodeId: string;
  readonly fromMs: number;
  toMs: number;
  readonly demand: Resources;
}

interface Session {
  /** Who has it now. */
  userId: string;
  /** What its user asks for it, and of which terms; undefined: it is not for sale. */
  listed: EventOf<'reservation-listed'> | undefined;
  /** The reservation for which it was offered, as a further window. */
  partOf: string | undefined;
  phase: 'open' | 'waiting' | 'held' | 'confirmed' | 'ended';
  proposal: Proposal | undefined;
  holdUntilMs: number;
  /** On the waitlist. */
  waitingSinceMs: number;
  waitsUntilMs: number;
  priceMicros: number;
  /** Paid for the present offer. */
  pledgedMicros: number;
  /** Claimed ones, for which nothing is owed when they fail. */
  hasFreeInstances: boolean;
  isActivated: boolean;
  isWindowOpen: boolean;
  /** Of its duration, before it was suspended last. */
  doneShare: number;
  /** From when on the window of its present stretch may open. */
  fromMs: number | undefined;
  spans: Span[];
  /** Other terms on offer, and what they take beyond the spans. */
  change: EventOf<'change-offered'> | undefined;
  beside: Span[];
}

/** Events that may still come of a reservation that has ended: its VMs are cleared away, and late messages are refused. */
const AFTERMATH = new Set([
  'vm-state-changed',
  'operation-failed',
  'operation-waits',
  'replica-ended',
  'instance-commanded',
  'message-refused',
]);

export class Auditor {
  readonly #nodes: ReadonlyMap<string, NodeSpec>;
  readonly #sharedDiskGib: number | undefined;
  readonly #expectsPenalty: boolean;
  readonly #expectsWholeRefund: boolean;
  readonly #mayWaitForNodes: boolean;
  readonly #rules: ReservationRules | undefined;
  readonly #sessions = new Map<string, Session>();
  /** Further windows of what is on offer for a reservation. */
  readonly #parts = new Map<string, readonly string[]>();
  /** Requests for which a window of another user was bought. */
  readonly #served = new Set<string>();
  /** When what was asked for was confirmed. */
  readonly #confirmedMs = new Map<string, number>();
  readonly #vms = new Map<string, string>();
  /** What is held for copies of VMs, by VM. */
  readonly #replicas = new Map<string, Span>();
  /** Times in which nodes are out, by what they are out for. */
  readonly #out = new Map<string, { nodeId: string; fromMs: number; toMs: number; isNow: boolean }>();
  /** Nodes that got what made room elsewhere, until the offer that it was made for is told. */
  readonly #refilled = new Set<string>();
  #nowMs = Number.NEGATIVE_INFINITY;

  /**
   * @param expectsPenalty the pricing policy pays for every promise that is broken
   * @param expectsWholeRefund it keeps nothing of what a user deletes
   * @param mayWaitForNodes a window may open while instances of it have no node yet
   * @param rules by which reservations are taken
   */
  constructor(
    { nodes, sharedDiskGib }: ClusterSpec,
    {
      expectsPenalty = true,
      expectsWholeRefund = true,
      mayWaitForNodes = false,
      rules,
    }: {
      readonly expectsPenalty?: boolean;
      readonly expectsWholeRefund?: boolean;
      readonly mayWaitForNodes?: boolean;
      readonly rules?: ReservationRules | undefined;
    } = {},
  ) {
    this.#nodes = new Map(nodes.map((node) => [node.nodeId, node]));
    this.#sharedDiskGib = sharedDiskGib;
    this.#expectsPenalty = expectsPenalty;
    this.#expectsWholeRefund = expectsWholeRefund;
    this.#mayWaitForNodes = mayWaitForNodes;
    this.#rules = rules;
  }

  /** Throws AssertionError when the event breaks a promise. */
  hear(event: DomainEvent): void {
    assert.ok(event.atMs >= this.#nowMs, `event time goes back: ${JSON.stringify(event)}`);
    this.#nowMs = event.atMs;
    if (event.type !== 'instance-moved') this.#checkRefilled();
    if ('reservationId' in event && event.type !== 'reservation-initiated') this.#checkLife(event);
    switch (event.type) {
      case 'node-lost':
      case 'node-drained': {
        const key = `${event.nodeId} ${event.type === 'node-lost' ? 'lost' : 'drained'}`;
        assert.ok(!this.#out.has(key), `${key} twice`);
        this.#goesOut(key, event);
        break;
      }
      case 'node-return-expected':
        assert.ok(this.#out.has(`${event.nodeId} ${event.cause}`), `${event.nodeId} is not ${event.cause}`);
        this.#goesOut(`${event.nodeId} ${event.cause}`, event);
        break;
      case 'node-returned':
        assert.ok(this.#out.delete(`${event.nodeId} lost`), `${event.nodeId} returns, and was not lost`);
        break;
      case 'node-enabled':
        assert.ok(this.#out.delete(`${event.nodeId} drained`), `${event.nodeId} is enabled undrained`);
        break;
      case 'maintenance-planned': {
        const { fromMs, maintenanceId, nodeId, untilMs: toMs } = event;
        this.#out.set(maintenanceId, { nodeId, fromMs, toMs, isNow: false });
        break;
      }
      case 'maintenance-begun': {
        const planned = this.#out.get(event.maintenanceId)!;
        assert.equal(planned.fromMs, event.atMs, 'a maintenance begins as planned');
        planned.isNow = true;
        break;
      }
      case 'maintenance-ended': {
        const planned = this.#out.get(event.maintenanceId)!;
        if (event.reason === 'over') assert.equal(planned.toMs, event.atMs, 'a maintenance ends as planned');
        this.#out.delete(event.maintenanceId);
        break;
      }
      case 'reservation-initiated':
        assert.ok(!this.#sessions.has(event.reservationId), `${event.reservationId} is initiated twice`);
        assert.ok(
          event.partOf === undefined || this.#session(event.partOf).phase === 'open',
          `${event.reservationId} is offered for ${event.partOf}, which asks for nothing`,
        );
        if (event.partOf !== undefined)
          this.#parts.set(event.partOf, [...(this.#parts.get(event.partOf) ?? []), event.reservationId]);
        this.#sessions.set(event.reservationId, {
          userId: event.userId,
          listed: undefined,
          partOf: event.partOf,
          phase: 'open',
          proposal: undefined,
          holdUntilMs: Number.POSITIVE_INFINITY,
          waitingSinceMs: Number.NaN,
          waitsUntilMs: Number.NaN,
          priceMicros: 0,
          pledgedMicros: 0,
          hasFreeInstances: false,
          isActivated: false,
          isWindowOpen: false,
          doneShare: 0,
          fromMs: undefined,
          spans: [],
          change: undefined,
          beside: [],
        });
        break;
      case 'proposal-received': {
        // The hold of the round before is given back before the new proposal is judged.
        const session = this.#session(event.reservationId);
        session.phase = 'open';
        // What was offered beside the terms of the round before is gone.
        for (const id of this.#parts.get(event.reservationId) ?? [])
          assert.equal(
            this.#sessions.get(id)?.phase ?? 'ended',
            'ended',
            `${id} outlives the offer that it is part of`,
          );
        this.#parts.delete(event.reservationId);
        session.proposal = event.proposal;
        session.spans = [];
        break;
      }
      case 'waitlist-joined': {
        const session = this.#session(event.reservationId);
        assert.equal(session.phase, 'open', `${event.reservationId} is to wait out of turn`);
        const { startMs, waitlist } = session.proposal!;
        assert.ok(waitlist !== undefined, `${event.reservationId} never said that it waits`);
        assert.ok(event.atMs < event.waitsUntilMs, 'a wait lasts a while');
        assert.ok(event.waitsUntilMs <= waitlist.untilMs, 'nobody waits longer than they said');
        assert.equal(event.pledgeBackMicros ?? 0, session.pledgedMicros, 'who waits has paid nothing');
        session.pledgedMicros = 0;
        if (session.proposal!.leeway === undefined)
          assert.ok(event.waitsUntilMs <= startMs, 'nobody waits for what has begun');
        Object.assign(session, {
          phase: 'waiting',
          waitingSinceMs: event.atMs,
          waitsUntilMs: event.waitsUntilMs,
        });
        break;
      }
      case 'offer-accepted':
      case 'offer-countered':
        this.#hearOffer(event);
        break;
      case 'reservation-confirmed': {
        const session = this.#session(event.reservationId);
        assert.equal(session.phase, 'held', `${event.reservationId} is confirmed without a hold`);
        assert.ok(event.atMs < session.holdUntilMs, `${event.reservationId} is confirmed after its hold`);
        const slides = session.proposal?.startSlides === true && session.proposal.startMs < event.atMs;
        const isSlid = slides && event.proposal.startMs === event.atMs;
        const agreed = isSlid ? { ...session.proposal, startMs: event.atMs } : session.proposal;
        assert.deepEqual(event.proposal, agreed, 'what is confirmed is what was offered');
        assert.equal(event.priceMicros, session.priceMicros, 'the price is the one of the offer');
        assert.equal(event.pledgedMicros ?? 0, session.pledgedMicros, 'what was paid for the offer counts');
        session.pledgedMicros = 0;
        session.phase = 'confirmed';
        for (const id of this.#parts.get(event.reservationId) ?? [])
          assert.equal(this.#session(id).phase, 'held', `${id} is part of what is confirmed, and not held`);
        this.#parts.delete(event.reservationId);
        if (session.partOf !== undefined)
          assert.equal(
            this.#confirmedMs.get(session.partOf),
            event.atMs,
            `${event.reservationId} is confirmed without the rest of its offer`,
          );
        else this.#confirmedMs.set(event.reservationId, event.atMs);
        this.#checkPieces(event);
        if (isSlid) this.#slide(session, event.proposal);
        break;
      }
      case 'change-offered':
        this.#hearChange(event);
        break;
      case 'change-given-up': {
        const session = this.#session(event.reservationId);
        session.change = undefined;
        session.beside = [];
        break;
      }
      case 'reservation-changed': {
        const session = this.#session(event.reservationId);
        const { change } = session;
        assert.ok(change !== undefined, `${event.reservationId} is changed without an offer`);
        assert.ok(event.atMs < change.holdUntilMs, `${event.reservationId} is changed after the hold`);
        assert.deepEqual(event.proposal, change.proposal, 'what is confirmed is what was offered');
        assert.equal(event.priceMicros, change.priceMicros, 'the price is the one of the offer');
        assert.equal(
          event.differenceMicros,
          event.priceMicros - session.priceMicros,
          'the difference is paid',
        );
        assert.equal(event.windowOpen, session.isWindowOpen);
        this.#checkPieces({ ...event, pieces: event.formerPieces });
        Object.assign(session, {
          proposal: event.proposal,
          priceMicros: event.priceMicros,
          spans: [],
          change: undefined,
          beside: [],
        });
        const { demand, durationMs, startMs } = event.proposal;
        const stays = new Set(event.formerPieces.map(({ nodeId }) => nodeId));
        this.#take(event, { fromMs: startMs, toMs: startMs + durationMs, demand }, stays);
        break;
      }
      case 'reservation-listed': {
        const session = this.#session(event.reservationId);
        assert.equal(session.phase, 'confirmed', `${event.reservationId} is for sale unconfirmed`);
        assert.ok(!session.isActivated, `${event.reservationId} is for sale, and its user has come for it`);
        assert.equal(event.userId, session.userId, `${event.reservationId} is sold by whom it is not`);
        assert.deepEqual(event.proposal, session.proposal, 'what is for sale is what was agreed');
        assert.equal(event.priceMicros, session.priceMicros, 'what was agreed for it is told');
        session.listed = event;
        break;
      }
      case 'reservation-transferred':
        this.#hearTransfer(event);
        break;
      case 'terms-changed': {
        const session = this.#session(event.reservationId);
        assert.equal(session.phase, 'confirmed', `${event.reservationId} gets other terms unconfirmed`);
        assert.ok(!session.isWindowOpen, `${event.reservationId} gets other terms in its window`);
        session.proposal = event.proposal;
        session.spans = [];
        const { demand, durationMs, startMs } = event.proposal;
        const { fromMs, untilMs: toMs } = event.stretch ?? { fromMs: startMs, untilMs: startMs + durationMs };
        session.fromMs = fromMs;
        this.#take(event, { fromMs, toMs, demand });
        assert.equal(session.spans.length, event.proposal.numInstancesFixed, 'all instances or none');
        break;
      }
      case 'lease-gives-way': {
        const { spans } = this.#session(event.reservationId);
        assert.ok(event.fromMs <= event.untilMs, 'what is suspended is so after it ran');
        for (const span of spans) {
          assert.ok(event.untilMs <= span.toMs, `${event.reservationId} gives way to its own end`);
          span.toMs = event.untilMs;
        }
        break;
      }
      case 'lease-runs-on': {
        const { spans } = this.#session(event.reservationId);
        for (const span of spans) span.toMs = event.endMs;
        for (const { nodeId } of spans) this.#checkCapacity(nodeId);
        break;
      }
      case 'lease-suspended':
      case 'lease-requeued': {
        const session = this.#session(event.reservationId);
        assert.ok(!session.isWindowOpen, `${event.reservationId} gives way with its window open`);
        assert.ok(
          event.type === 'lease-requeued' || event.leftMs >= 0,
          'nobody runs for longer than was agreed',
        );
        const { durationMs } = session.proposal!;
        session.doneShare = event.type === 'lease-requeued' ? 0 : (durationMs - event.leftMs) / durationMs;
        session.spans = [];
        break;
      }
      case 'reservation-activated':
        this.#session(event.reservationId).isActivated = true;
        break;
      case 'window-opened': {
        const session = this.#session(event.reservationId);
        assert.equal(session.phase, 'confirmed', `${event.reservationId} opens its window unconfirmed`);
        assert.ok(
          event.atMs >= (session.fromMs ?? session.proposal!.startMs) && event.atMs < event.endMs,
          'a window opens in time',
        );
        session.isWindowOpen = true;
        const { proposal, spans } = session;
        assert.ok(spans.length >= proposal!.numInstancesFixed, 'what begins has all its instances');
        this.#checkPieces(event);
        for (const { nodeId } of event.pieces)
          assert.ok(
            this.#mayWaitForNodes || !this.#isOutNow(nodeId),
            `${event.reservationId} starts on ${nodeId}, which is out`,
          );
        break;
      }
      case 'window-closed': {
        const session = this.#session(event.reservationId);
        assert.ok(session.isWindowOpen, `${event.reservationId} closes a window that is not open`);
        this.#checkPieces(event);
        session.isWindowOpen = false;
        break;
      }
      case 'options-claimed': {
        const session = this.#session(event.reservationId);
        const { demand, startMs, durationMs } = session.proposal!;
        session.priceMicros += event.priceMicros ?? 0;
        if (event.granted > 0 && event.priceMicros === undefined) session.hasFreeInstances = true;
        this.#take(event, { fromMs: event.atMs, toMs: startMs + durationMs, demand });
        break;
      }
      case 'instance-moved': {
        const { spans } = this.#session(event.reservationId);
        const span = spans.find(({ nodeId }) => nodeId === event.fromNodeId);
        assert.ok(span !== undefined, `${event.reservationId} has nothing on ${event.fromNodeId} to move`);
        // The way back, when the destination of a migration is lost, leads to a node that may be drained still.
        const isBack = event.cause === 'node-lost' || event.cause === 'not-moved';
        const isWayBack = isBack && !this.#out.has(`${event.toNodeId} lost`);
        assert.ok(
          this.#isInService(event.toNodeId, span) || isWayBack,
          `${event.reservationId} moves to a node out of service`,
        );
        this.#checkSite(event.reservationId, event.toNodeId, span);
        span.nodeId = event.toNodeId;
        // Several may change places: there is room when all of them have.
        if (event.cause === 'made-room') this.#refilled.add(event.toNodeId);
        else this.#checkCapacity(event.toNodeId);
        break;
      }
      case 'reservation-ended':
        this.#hearEnd(event);
        break;
      case 'vm-state-changed':
        this.#hearVm(event);
        break;
      case 'replica-placed': {
        const { atMs: fromMs, demand, nodeId, untilMs: toMs, vmId } = event;
        const span = { fromMs, toMs, demand, nodeId };
        assert.ok(this.#isInService(nodeId, span), `a replica of ${vmId} is on ${nodeId}, which is out`);
        assert.ok(!this.#replicas.has(vmId), `${vmId} has one replica`);
        assert.equal(this.#vms.get(vmId), 'RUNNING', `what has a replica runs, and ${vmId} does not`);
        this.#replicas.set(vmId, span);
        this.#checkCapacity(nodeId);
        break;
      }
      case 'replica-ended':
        assert.ok(this.#replicas.delete(event.vmId), `a replica of ${event.vmId} ends that there is not`);
        break;
      default:
        break;
    }
  }

  /** What is promised on a node at an instant; with shared disk, the disk promised on all nodes. */
  usedOn(nodeId: string, atMs: number): Resources {
    const used = { milliCpus: 0, memoryMib: 0, diskGib: 0 };
    for (const span of this.#spans()) {
      if (atMs < span.fromMs || span.toMs <= atMs) continue;
      if (span.nodeId === nodeId) used.milliCpus += span.demand.milliCpus;
      if (span.nodeId === nodeId) used.memoryMib += span.demand.memoryMib;
      if (span.nodeId === nodeId || this.#sharedDiskGib !== undefined) used.diskGib += span.demand.diskGib;
    }
    return used;
  }

  /** What is left of a node at an instant. */
  freeOn(nodeId: string, atMs: number): Resources {
    const { capacity } = this.#nodes.get(nodeId)!;
    const used = this.usedOn(nodeId, atMs);
    return {
      milliCpus: capacity.milliCpus - used.milliCpus,
      memoryMib: capacity.memoryMib - used.memoryMib,
      diskGib: (this.#sharedDiskGib ?? capacity.diskGib) - used.diskGib,
    };
  }

  capacityOf(nodeId: string): Resources {
    return this.#nodes.get(nodeId)!.capacity;
  }

  /** Answers a question as if that reservation had nothing. */
  without<T>(reservationId: string, question: () => T): T {
    const session = this.#session(reservationId);
    this.#sessions.delete(reservationId);
    const answer = question();
    this.#sessions.set(reservationId, session);
    return answer;
  }

  /** The terms of all offers and reservations that have not ended. */
  outstanding(): Proposal[] {
    return [...this.#sessions.values()]
      .filter(({ phase }) => phase === 'held' || phase === 'confirmed')
      .map(({ proposal }) => proposal!);
  }

  /** Every instant at which what is promised changes. */
  boundaries(): number[] {
    const instants = new Set<number>();
    for (const { fromMs, toMs } of this.#spans()) instants.add(fromMs).add(toMs);
    return [...instants].sort((a, b) => a - b);
  }

  /**
   * How many such instances fit, all together, once everything that is promised is over: on nodes that are expected back then, and where sites are asked
   * for, on the one of them that has most room.
   */
  roomInTheEnd({ demand, sites }: Pick<Proposal, 'demand' | 'sites'>): number {
    const gone = new Set(
      [...this.#out.values()]
        .filter(({ toMs }) => toMs === Number.POSITIVE_INFINITY)
        .map(({ nodeId }) => nodeId),
    );
    const roomOn = (wanted: string | undefined) => {
      let room = 0;
      for (const { capacity, nodeId, site } of this.#nodes.values()) {
        const diskGib = this.#sharedDiskGib ?? capacity.diskGib;
        const isThere = wanted === undefined || wanted === site?.name;
        if (isThere && !gone.has(nodeId)) room += timesFits({ ...capacity, diskGib }, demand);
      }
      return room;
    };
    const room = Math.max(...(sites ?? [demand.site]).map(roomOn));
    const { diskGib } = demand;
    return this.#sharedDiskGib === undefined || diskGib === 0
      ? room
      : Math.min(room, Math.floor(this.#sharedDiskGib / diskGib));
  }

  /** From when on nothing is promised and no node is out of which it is known when it is back. */
  allFreeMs(): number {
    const ends = [...this.#spans(), ...this.#out.values()].map(({ toMs }) => toMs);
    return Math.max(this.#nowMs, ...ends.filter(Number.isFinite));
  }

  /** Every session has ended, and every VM is gone. */
  checkRest(): void {
    for (const [id, { phase }] of this.#sessions) assert.equal(phase, 'ended', `${id} has not ended`);
    for (const [vmId, state] of this.#vms) assert.equal(state, 'DELETED', `${vmId} is left ${state}`);
  }

  #hearOffer(event: EventOf<'offer-accepted'> | EventOf<'offer-countered'>): void {
    const session = this.#session(event.reservationId);
    if (event.waitingSinceMs === undefined)
      assert.equal(session.phase, 'open', `${event.reservationId} gets an offer out of turn`);
    else {
      assert.equal(session.phase, 'waiting', `${event.reservationId} has a turn, and does not wait`);
      assert.equal(event.waitingSinceMs, session.waitingSinceMs, 'it is told since when it waited');
      assert.ok(event.atMs <= session.waitsUntilMs, `${event.reservationId} has its turn too late`);
    }
    assert.ok(event.holdUntilMs > event.atMs, 'a hold lasts a while');
    const { pledgeBackMicros = 0, pledgeMicros = 0 } = event;
    assert.equal(pledgeBackMicros, session.pledgedMicros, 'the pledge of the offer before it comes back');
    assert.ok(pledgeMicros <= event.priceMicros, 'nobody pledges more than the price');
    session.pledgedMicros = pledgeMicros;
    session.phase = 'held';
    session.holdUntilMs = event.holdUntilMs;
    session.priceMicros = event.priceMicros;
    if (event.type === 'offer-countered') session.proposal = event.proposal;
    const { demand, durationMs, kind, numInstancesFixed, sites, startMs } = session.proposal!;
    assert.ok(startMs >= event.atMs, 'nothing is offered in the past');
    assert.ok(
      sites === undefined || sites.includes(demand.site!),
      `${event.reservationId} is offered on site ${demand.site}, which was not asked for`,
    );
    this.#checkRules(session.proposal!, event);
    this.#take(event, { fromMs: startMs, toMs: startMs + durationMs, demand });
    const mayHold = isQueuedKind(kind)
      ? [0]
      : kind === OVERBOOKED.name
        ? [0, numInstancesFixed]
        : [numInstancesFixed];
    assert.ok(
      mayHold.includes(session.spans.length),
      'an offer is all or nothing, and one that queues nothing',
    );
  }

  /** What is offered ahead of time is offered by the rules of reservation. */
  #checkRules(
    { durationMs, kind = 'advance', startMs }: Proposal,
    { atMs, reservationId }: DomainEvent & { reservationId: string },
  ): void {
    if (this.#rules === undefined || kind !== 'advance') return;
    const { durations, leadMaxMs, leadMinMs } = this.#rules;
    const leadMs = startMs - atMs;
    assert.ok(leadMs >= leadMinMs && leadMs <= leadMaxMs, `${reservationId} is offered ${leadMs} ms ahead`);
    const isSold = durations?.some(({ stepMs, upToMs }) => durationMs % stepMs === 0 && durationMs <= upToMs);
    assert.ok(isSold !== false, `${reservationId} is offered for ${durationMs} ms, which is not sold`);
  }

  /** Nobody calls off what binds them. */
  #checkBinding({ phase, proposal }: Session, { atMs, reservationId }: EventOf<'reservation-ended'>): void {
    const binding = this.#rules?.binding;
    if (binding === undefined || phase !== 'confirmed') return;
    const { durationMs, startMs } = proposal!;
    const untilMs = startMs + Math.min(durationMs, binding.untilMs);
    const isBound = atMs >= startMs - binding.fromMs && atMs < untilMs;
    assert.ok(!isBound, `${reservationId} is called off at ${atMs}, and binds its user until ${untilMs}`);
  }

  /** The same room for another stretch of time. */
  #slide(session: Session, proposal: Proposal): void {
    session.proposal = proposal;
    const { durationMs, startMs: fromMs } = proposal;
    session.spans = session.spans.map((span) => ({ ...span, fromMs, toMs: fromMs + durationMs }));
    for (const nodeId of new Set(session.spans.map(({ nodeId }) => nodeId))) this.#checkCapacity(nodeId);
  }

  /** Either terms can be delivered: held is what is needed at the busier of the two, node by node. */
  #hearChange(event: EventOf<'change-offered'>): void {
    const session = this.#session(event.reservationId);
    assert.equal(session.phase, 'confirmed', `${event.reservationId} is to be changed unconfirmed`);
    assert.equal(session.change, undefined, `${event.reservationId} is offered two changes`);
    assert.ok(event.holdUntilMs > event.atMs, 'a hold lasts a while');
    session.change = event;
    const { demand, durationMs, startMs } = event.proposal;
    const span = { fromMs: Math.max(startMs, event.atMs), toMs: startMs + durationMs, demand };
    for (const { instances, nodeId } of event.pieces) {
      const here = session.spans.filter((own) => own.nodeId === nodeId);
      const cuts = [span.fromMs, span.toMs, ...here.flatMap(({ fromMs, toMs }) => [fromMs, toMs])]
        .filter((atMs) => span.fromMs <= atMs && atMs <= span.toMs)
        .sort((a, b) => a - b);
      for (const [i, fromMs] of cuts.entries()) {
        const toMs = cuts[i + 1] ?? fromMs;
        const has = here.filter((own) => own.fromMs <= fromMs && toMs <= own.toMs).length;
        if (fromMs < toMs)
          for (let k = has; k < instances; k++) session.beside.push({ nodeId, fromMs, toMs, demand });
      }
      this.#checkCapacity(nodeId);
    }
  }

  /** Who has it from now on has paid once, and may use what they paid for. */
  #hearTransfer({
    atMs,
    fromUserId,
    priceMicros,
    reservationId,
    sale,
    userId,
  }: EventOf<'reservation-transferred'>): void {
    const session = this.#session(reservationId);
    assert.equal(fromUserId, session.userId, `${reservationId} is given away by whom it is not`);
    const { listed } = session;
    session.userId = userId;
    session.listed = undefined;
    if (sale === undefined) return;
    assert.ok(listed !== undefined, `${reservationId} is sold, and was not for sale`);
    assert.equal(priceMicros, sale.priceMicros, 'the price is the one of the trade');
    assert.notEqual(userId, fromUserId, 'nobody buys their own');
    assert.deepEqual(session.proposal, listed.proposal, 'what is sold is what was for sale');
    assert.ok(!this.#served.has(sale.requestId), `${sale.requestId} buys twice`);
    this.#served.add(sale.requestId);
    const { demand, durationMs, numInstancesFixed, startMs } = listed.proposal;
    const endMs = startMs + durationMs;
    const left = (endMs - Math.max(startMs, atMs)) / durationMs;
    assert.ok(
      priceMicros >= Math.round(listed.askMicros * left),
      `${reservationId} is sold for less than is asked`,
    );
    assert.ok(priceMicros <= sale.bidMicros, `${reservationId} is sold for more than is bid`);
    assert.ok(sale.feeMicros >= 0 && sale.feeMicros <= priceMicros, 'the fee is a part of the price');
    const { needed } = sale;
    assert.ok(
      atMs <= needed.startMs && startMs <= needed.startMs && needed.startMs + needed.durationMs <= endMs,
      `${reservationId} is not for when ${sale.requestId} needs it`,
    );
    assert.ok(
      needed.numInstancesFixed <= numInstancesFixed && timesFits(demand, needed.demand) >= 1,
      `${reservationId} is less than ${sale.requestId} needs`,
    );
    const { site } = demand;
    assert.ok(
      needed.sites === undefined || (site !== undefined && needed.sites.includes(site)),
      `${reservationId} is on no site on which ${sale.requestId} needs it`,
    );
  }

  #hearEnd(event: EventOf<'reservation-ended'>): void {
    const session = this.#session(event.reservationId);
    const { isActivated, isWindowOpen, phase, priceMicros } = session;
    assert.ok(!isWindowOpen, `${event.reservationId} ends with its window open`);
    const wasConfirmed = phase === 'confirmed';
    const owed = event.refundMicros + event.penaltyMicros;
    if (!wasConfirmed) assert.equal(owed, 0, 'nobody pays for what was not confirmed');
    if (event.state === 'CANCELLED') this.#checkBinding(session, event);
    if (wasConfirmed && event.state === 'CANCELLED' && this.#expectsWholeRefund) {
      const paidMicros = Math.round(priceMicros * session.doneShare);
      assert.equal(
        event.refundMicros,
        priceMicros - paidMicros,
        'who cancels pays what was done, and no more',
      );
    }
    const { pledgeBackMicros = 0 } = event;
    const mayKeep =
      event.reason === 'hold-expired' || event.reason === 'declined' || event.state === 'CANCELLED';
    if (!mayKeep || pledgeBackMicros > 0)
      assert.equal(
        pledgeBackMicros,
        session.pledgedMicros,
        'a pledge comes back, unless it was held in vain',
      );
    session.pledgedMicros = 0;
    assert.ok(event.refundMicros <= priceMicros, `${event.reservationId} gets back more than was paid`);
    const isPaid = priceMicros > 0 && !session.hasFreeInstances;
    if (this.#expectsPenalty && wasConfirmed && event.state === 'FAILED' && isPaid) {
      assert.ok(event.penaltyMicros > 0, `${event.reservationId} failed without a penalty`);
    }
    if (event.reason === 'hold-expired' && phase === 'held') assert.equal(event.atMs, session.holdUntilMs);
    if (event.reason === 'waited-in-vain') {
      assert.equal(phase, 'waiting', `${event.reservationId} waited in vain, and did not wait`);
      assert.equal(event.atMs, session.waitsUntilMs, 'what waits is given up at the time that was told');
    }
    assert.equal(
      event.noShow,
      wasConfirmed && !isActivated && (event.reason === 'window-over' || event.reason === 'no-show'),
    );
    assert.equal(session.change, undefined, 'nothing is left of a change');
    session.phase = 'ended';
    session.spans = [];
  }

  #hearVm({ vmId, reservationId, from, to, nodeId }: EventOf<'vm-state-changed'>): void {
    assert.equal(this.#vms.get(vmId) ?? 'NOT_PROVISIONED', from, `${vmId} changes from a state it is not in`);
    assert.notEqual(from, 'DELETED', `${vmId} comes back from the dead`);
    this.#vms.set(vmId, to);
    if (to !== 'RUNNING') return;
    const { isActivated, isWindowOpen, proposal } = this.#session(reservationId);
    assert.ok(isWindowOpen && isActivated, `${vmId} runs on ${nodeId} outside its window`);
    this.#checkSite(reservationId, nodeId, proposal!);
  }

  #checkLife(event: DomainEvent & { readonly reservationId: string }): void {
    const session = this.#sessions.get(event.reservationId);
    if (event.type === 'message-refused') return;
    assert.ok(session !== undefined, `${event.reservationId} was never initiated`);
    assert.ok(
      session.phase !== 'ended' || AFTERMATH.has(event.type),
      `${event.type} of ${event.reservationId} after its end`,
    );
  }

  #take(
    {
      pieces,
      reservationId,
    }: { readonly reservationId: string; readonly pieces: EventOf<'window-opened'>['pieces'] },
    span: Omit<Span, 'nodeId'>,
    /** Nodes on which it is anyway. */
    stays: ReadonlySet<string> = new Set(),
  ): void {
    const { spans } = this.#session(reservationId);
    for (const { instances, nodeId } of pieces) {
      assert.ok(
        stays.has(nodeId) || this.#isInService(nodeId, span),
        `${reservationId} is placed on ${nodeId}, which is out of service`,
      );
      this.#checkSite(reservationId, nodeId, span);
      for (let i = 0; i < instances; i++) spans.push({ ...span, nodeId });
    }
    for (const { nodeId } of pieces) this.#checkCapacity(nodeId);
  }

  #checkRefilled(): void {
    for (const nodeId of this.#refilled) this.#checkCapacity(nodeId);
    this.#refilled.clear();
  }

  #checkSite(reservationId: string, nodeId: string, { demand: { site } }: Pick<Span, 'demand'>): void {
    const { site: actual } = this.#nodes.get(nodeId)!;
    assert.ok(
      site === undefined || site === actual?.name,
      `${reservationId} is to be on site ${site}, and ${nodeId} is not there`,
    );
  }

  #checkCapacity(nodeId: string): void {
    for (const { fromMs } of this.#spans()) {
      const atMs = Math.max(fromMs, this.#nowMs);
      const { diskGib, memoryMib, milliCpus } = this.freeOn(nodeId, atMs);
      assert.ok(milliCpus >= 0 && memoryMib >= 0 && diskGib >= 0, `${nodeId} is over capacity at ${atMs}`);
    }
  }

  #checkPieces({
    pieces,
    reservationId,
  }: {
    readonly reservationId: string;
    readonly pieces: EventOf<'window-opened'>['pieces'];
  }): void {
    const counts = new Map<string, number>();
    for (const { nodeId } of this.#session(reservationId).spans) {
      counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1);
    }
    const told = new Map(pieces.map(({ instances, nodeId }) => [nodeId, instances]));
    assert.deepEqual(told, counts, `${reservationId} is elsewhere than its events have told`);
  }

  #goesOut(
    key: string,
    { atMs, expectedBackMs, nodeId }: EventOf<'node-lost' | 'node-drained' | 'node-return-expected'>,
  ) {
    assert.notEqual(expectedBackMs, undefined, 'it is told when a node is expected back, if anybody knows');
    this.#out.set(key, {
      nodeId,
      fromMs: atMs,
      toMs: expectedBackMs ?? Number.POSITIVE_INFINITY,
      isNow: true,
    });
  }

  /** Throughout what is left of the span. */
  #isInService(nodeId: string, { fromMs, toMs }: Pick<Span, 'fromMs' | 'toMs'>): boolean {
    if (!this.#nodes.has(nodeId)) return false;
    return ![...this.#out.values()].some(
      (out) => out.nodeId === nodeId && Math.max(fromMs, this.#nowMs) < out.toMs && out.fromMs < toMs,
    );
  }

  #isOutNow(nodeId: string): boolean {
    return [...this.#out.values()].some((out) => out.isNow && out.nodeId === nodeId);
  }

  #session(reservationId: string): Session {
    const session = this.#sessions.get(reservationId);
    assert.ok(session !== undefined, `${reservationId} was never initiated`);
    return session;
  }

  #spans(): Span[] {
    const ofSessions = [...this.#sessions.values()].flatMap(({ beside, spans }) => [...spans, ...beside]);
    return [...ofSessions, ...this.#replicas.values()];
  }
}
