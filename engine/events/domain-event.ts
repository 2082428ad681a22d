// The typed event stream: everything that happened, in order. Reports, the journal, REST streaming and golden tests read nothing
// else. Events are plain JSON values; a field is never renamed or given another meaning without a new event type.
import type { Hindrance } from '../domain/hindrance.ts';
import type { InstanceCommand } from '../domain/instance-command.ts';
import type { CapacityCosts, PowerModel } from '../domain/node.ts';
import type { Outsourced } from '../domain/partner-offer.ts';
import type {
  Alternative,
  Bottleneck,
  ChangeRejection,
  FinalState,
  OfferPart,
  PassingReason,
  Proposal,
  RefusalReason,
  RejectionReason,
} from '../domain/proposal.ts';
import type { ResourceDefinition, Resources } from '../domain/resources.ts';
import type { Sale } from '../domain/sale.ts';
import type { RequestKind } from '../domain/user-request.ts';
import type { VmOperation, VmState } from '../domain/vm.ts';

/** A node and how many instances of a reservation it hosts. */
export interface NodeShare {
  readonly nodeId: string;
  readonly instances: number;
}

/** Where a session came from, when the manager was told; simulations and replays tell it. */
export interface SessionOrigin {
  readonly requestId: string;
  readonly kind: RequestKind;
  readonly buyer: string;
  /** null: any start will do. */
  readonly latestStartMs: number | null;
  /** How long its guests run before they shut down by themselves; absent: that is not known, or they run until they are stopped. */
  readonly runTimeMs?: number;
  /** What it is worth to its user as it was asked for: the most that they pay. Policies of the provider are not told. Absent: nobody said. */
  readonly valueMicros?: number;
  /** Another provider asks on behalf of a user of its own, whose reservation it is there. Absent: a user asks. */
  readonly resoldFor?: { readonly provider: string; readonly reservationId: string };
}

/** A bid that won an auction. */
export interface AwardMade {
  readonly reservationId: string;
  /** vCPUs x guaranteed instances x duration. */
  readonly cpuMs: number;
  readonly bidMicros: number;
  readonly priceMicros: number;
}

/** Why a reservation came to its end. */
export type EndReason =
  /** The provider said REJECT. */
  | RejectionReason
  /** The user said REJECT to an offer. */
  | 'declined'
  /** Nobody confirmed before the hold ran out. */
  | 'hold-expired'
  /** Its turn on the waitlist did not come in time. */
  | 'waited-in-vain'
  /** The end of the window was reached. */
  | 'window-over'
  /** Nobody had activated it when its grace time was over, and what was left of the window was given back. */
  | 'no-show'
  /** It was overbooked, and everybody came. */
  | 'bumped'
  /** Every guest had shut down by itself, and what was left of the window was given back. */
  | 'completed'
  /** The user deleted it. */
  | 'cancelled-by-user'
  /** A node was lost and there was no room elsewhere. */
  | 'node-lost'
  /**
   * A node was taken out of service, by an operator or for a planned maintenance, and there was no room elsewhere: at the start, or up to
   * the end of the window.
   */
  | 'node-drained'
  /** It was granted the room of running VMs that were to move, and one of them could not be moved. */
  | 'room-not-made'
  /** An instance could not be brought up or kept up. */
  | 'instance-failed'
  /** A lease of the queue lost what it had done too often. */
  | 'too-many-restarts'
  /** Another provider was to deliver it, and could not. */
  | 'partner-failed';

/** Why a change of a reservation did not come to be. */
export type ChangeEndReason =
  /** The provider said REJECT. */
  | RejectionReason
  | ChangeRejection
  /** The user said REJECT, or asked for other terms. */
  | 'declined'
  | 'replaced'
  | 'hold-expired'
  /** A node that it held capacity on, or that the reservation was to stay on, was lost or taken out of service. */
  | 'capacity-lost'
  /** The reservation itself came to its end. */
  | 'reservation-ended';

/** Why a lease begins again. not-suspended: its VMs could not be suspended in the time that was booked for that. */
export type RequeueReason = 'preempted' | 'not-suspended' | 'node-lost';

/** What made the state of a VM change. */
export type VmCause =
  | 'operation'
  /** It was stopped on its way to another node, to begin again there. */
  | 'restart'
  | 'guest-shutdown'
  | 'guest-crash'
  | 'guest-hang'
  | 'node-lost'
  | 'outside';

/**
 * drain: its node was taken out of service, or its maintenance was planned or began. made-room: for an offer that follows in the same
 * commit; several that change places are told one after the other. rebalanced: its VM runs, and the migration policy wants it elsewhere.
 */
export type MoveCause =
  | 'made-room'
  | 'rebalanced'
  | 'node-lost'
  | 'drain'
  | 'node-unavailable-at-start'
  /** Its VM could not be moved: the booking is back where the VM is. */
  | 'not-moved';

/** What every event carries beside what it is about. */
export interface Envelope {
  /** Counted from 1 for each provider, without a gap, over restarts too. */
  readonly seq: number;
  readonly atMs: number;
  /** Whose event it is: reservations, nodes and VMs of two providers have nothing to do with each other. */
  readonly provider: string;
}

interface ExpectedBack {
  /** From when on windows may begin on the node again; null: nobody knows. Journals of version 0.1.0 do not have it. */
  readonly expectedBackMs?: number | null;
}

type At<T extends string, F> = Envelope & { readonly type: T } & Readonly<F>;
type OfReservation<T extends string, F> = At<T, { reservationId: string } & F>;

export type DomainEvent =
  // The provider and its cluster
  /** The first event of a provider, and of each of its later lives, with what they run on. */
  | At<
      'provider-joined',
      {
        /** Version of OpenPEX that decides from here on. */
        engine: string;
        /** What all nodes share. */
        pool: { diskGib: number | null };
        /** What the provider has beside CPU, memory and disk; absent: nothing. */
        resources?: readonly ResourceDefinition[];
        /** What its CPUs cost it; absent: nobody said. */
        costs?: CapacityCosts;
      }
    >
  | At<
      'node-joined',
      {
        nodeId: string;
        group: string;
        capacity: Resources;
        power: PowerModel | null;
        /** Where it stands. Absent: nobody said. */
        site?: string;
      }
    >
  /** The provider goes on with a cluster that does not have it any more; nothing was booked there. */
  | At<'node-left', { nodeId: string }>
  /** Seen by the Node Monitor, a detection delay after it happened. `silentSinceMs`: its last sign of life, where that is known. */
  | At<'node-lost', { nodeId: string; vmsLost: number; silentSinceMs?: number } & ExpectedBack>
  | At<'node-returned', { nodeId: string }>
  /** A node without VMs is switched off to save energy, boots when one is to come, and is on again. `watts`: what it draws; absent: as its model says. */
  | At<'node-power-changed', { nodeId: string; power: 'off' | 'booting' | 'on'; watts?: number }>
  /** An operator takes a node out of service, its VMs leave; and back. */
  | At<'node-drained', { nodeId: string } & ExpectedBack>
  | At<'node-enabled', { nodeId: string }>
  /** It was not back when it was expected, or an operator knows better. */
  | At<'node-return-expected', { nodeId: string; cause: 'lost' | 'drained' } & ExpectedBack>
  /** A node is booked out for [fromMs, untilMs); then that begins, and ends. One that is called off ends without having begun. */
  | At<'maintenance-planned', { maintenanceId: string; nodeId: string; fromMs: number; untilMs: number }>
  | At<'maintenance-begun', { maintenanceId: string; nodeId: string }>
  | At<'maintenance-ended', { maintenanceId: string; nodeId: string; reason: 'over' | 'cancelled' }>
  // Negotiation
  | OfReservation<
      'reservation-initiated',
      {
        userId: string;
        origin: SessionOrigin | null;
        /** Nobody asked for it: it is a further window of what is offered for that reservation. Absent: somebody asks. */
        partOf?: string;
      }
    >
  /** Round 1 is the request; each COUNTER of the user opens the next. */
  | OfReservation<'proposal-received', { round: number; proposal: Proposal }>
  | OfReservation<
      'offer-accepted',
      {
        round: number;
        priceMicros: number;
        holdUntilMs: number;
        pieces: readonly NodeShare[];
        /** Its turn has come: since when it was on the waitlist. Absent: it was not. */
        waitingSinceMs?: number;
        /** What is offered is held at another provider, and sold on. Absent: it is held here. */
        outsourced?: Outsourced;
        /** Taken for the offer while it is held, and given back of the offer before it. Absent: nothing. */
        pledgeMicros?: number;
        pledgeBackMicros?: number;
      }
    >
  | OfReservation<
      'offer-countered',
      {
        round: number;
        proposal: Proposal;
        priceMicros: number;
        holdUntilMs: number;
        pieces: readonly NodeShare[];
        /** Its turn has come: since when it was on the waitlist. Absent: it was not. */
        waitingSinceMs?: number;
        /** Taken for the offer while it is held, and given back of the offer before it. Absent: nothing. */
        pledgeMicros?: number;
        pledgeBackMicros?: number;
        /** As asked there would be room, if no node were out; absent: that is not why. */
        because?: 'node-outage';
        /** What else would have been granted, the best first; nothing is held for it. Absent: nothing. */
        alternatives?: readonly Alternative[];
        /** What is held with it, each window a reservation that is told of as well; one answer is for all. Absent: nothing. */
        parts?: readonly OfferPart[];
        /** What is in the way of the terms as asked; absent: the provider does not explain itself. */
        bottleneck?: Bottleneck;
      }
    >
  /** There is no room, and the user waits for some: WAITLISTED went out. */
  | OfReservation<
      'waitlist-joined',
      {
        round: number;
        reason: PassingReason;
        waitsUntilMs: number;
        /** How likely its turn comes by then, and if it does, within which interval. Absent: nothing is forecast (`manager.startForecast`), or too little is known. */
        likelyTurn?: { chance: number; fromMs: number; toMs: number };
        /** What was taken for the offer before it. Absent: nothing was. */
        pledgeBackMicros?: number;
        bottleneck?: Bottleneck;
      }
    >
  /** All bids were decided on together. Whoever has an award is offered their turn next, at that price, if there is room after all. */
  | At<
      'auction-held',
      {
        bids: number;
        /** vCPUs x guaranteed instances x duration of all that was bid for, and what was bid for it. */
        cpuMs: number;
        bidMicros: number;
        awards: readonly AwardMade[];
      }
    >
  /** The user took a counter-offer: CONFIRM_REQUEST went out. */
  | OfReservation<'counter-accepted', { round: number }>
  /** `reason` is what the user said, if anything. */
  | OfReservation<'offer-declined', { round: number; reason: string | null }>
  | OfReservation<
      'reservation-confirmed',
      {
        proposal: Proposal;
        priceMicros: number;
        pieces: readonly NodeShare[];
        /** Its class of service; absent: the pricing policy has none. */
        slaClass?: string;
        /** Another provider delivers it, and is paid the transfer price. Absent: it is delivered here. */
        outsourced?: Outsourced;
        /** Of the price, what was taken for the offer already. Absent: nothing. */
        pledgedMicros?: number;
      }
    >
  /** The provider that was to deliver it gives back some of the transfer price, or pays on top. Told before the reservation ends here, or after. */
  | OfReservation<'transfer-settled', { partner: string; refundMicros: number; penaltyMicros: number }>
  /** Room came free, and a lease that had not begun got better terms within what was asked. */
  | OfReservation<
      'terms-changed',
      {
        proposal: Proposal;
        pieces: readonly NodeShare[];
        /** From when and until when it has capacity; absent: in the window of the proposal. */
        stretch?: { fromMs: number; untilMs: number };
      }
    >
  // Leases that give way to others
  /** One that has come to wait is to begin from `fromMs` to `toMs`, with the confidence that the provider is set to (`manager.startForecast`). */
  | OfReservation<'start-forecast', { fromMs: number; likelyMs: number; toMs: number }>
  /** It will make room for another: from then on it is suspended, up to `untilMs`, or stopped to begin again. */
  | OfReservation<
      'lease-gives-way',
      { forReservationId: string; by: 'suspend' | 'restart'; fromMs: number; untilMs: number }
    >
  /** Nobody needs the room after all: it has it up to its end. */
  | OfReservation<'lease-runs-on', { endMs: number }>
  /** Its capacity is given back, what it did is kept: so much of its duration is left. It was being suspended from `fromMs` on. */
  | OfReservation<'lease-suspended', { leftMs: number; fromMs: number; instances: number; demand: Resources }>
  /** It has capacity again, and is being resumed up to `untilMs`. */
  | OfReservation<'lease-resumed', { leftMs: number; untilMs: number }>
  /** Its capacity is given back, and what each instance did for so long is lost: it begins again at its turn. */
  | OfReservation<
      'lease-requeued',
      { because: RequeueReason; lostMs: number; instances: number; demand: Resources }
    >
  // Changes of a confirmed reservation. Until the last of these it stands as it did
  /** Round 1 is the first ask since the last change was carried out or given up; asking again opens the next. */
  | OfReservation<'change-asked', { round: number; proposal: Proposal }>
  /** What the changed terms need beyond the present ones is held. `priceMicros` is that of the whole reservation. */
  | OfReservation<
      'change-offered',
      {
        round: number;
        reply: 'ACCEPT' | 'COUNTER';
        proposal: Proposal;
        priceMicros: number;
        /** What would be charged, or given back when it is negative. */
        differenceMicros: number;
        holdUntilMs: number;
        pieces: readonly NodeShare[];
        /** Nobody asked for it: instances have no node, and this is offered instead. Absent: the user asked. */
        because?: 'node-lost' | 'node-drained';
      }
    >
  /** The user took a counter-offer: CONFIRM_REQUEST went out. */
  | OfReservation<'change-accepted', { round: number }>
  /** It will not be: nothing of it is held any more. */
  | OfReservation<'change-given-up', { round: number; reason: ChangeEndReason }>
  /** From now on these are its terms. */
  | OfReservation<
      'reservation-changed',
      {
        round: number;
        proposal: Proposal;
        priceMicros: number;
        /** What was charged, or given back when it is negative. */
        differenceMicros: number;
        windowOpen: boolean;
        formerPieces: readonly NodeShare[];
        pieces: readonly NodeShare[];
      }
    >
  /** Its user would sell it to another one, for `askMicros`; it was agreed for `priceMicros`. */
  | OfReservation<
      'reservation-listed',
      { userId: string; proposal: Proposal; priceMicros: number; askMicros: number }
    >
  /** Another user has it from now on, and has paid the first one `priceMicros` for it: what was agreed, unless it was sold. */
  | OfReservation<
      'reservation-transferred',
      { fromUserId: string; userId: string; priceMicros: number; sale?: Sale }
    >
  /** A plan of the provider's own that its calendar did not take. Nothing of it was done. */
  | OfReservation<'plan-refused', { edit: string; reason: string }>
  /** A message that could not be carried out; the session did not change. */
  | OfReservation<'message-refused', { message: string; reason: RefusalReason }>
  | OfReservation<'reservation-activated', Record<never, never>>
  | OfReservation<
      'options-claimed',
      {
        asked: number;
        granted: number;
        pieces: readonly NodeShare[];
        /** What was charged for them; absent: nothing. */
        priceMicros?: number;
      }
    >
  // Images that are sent to the nodes before leases begin
  /** It is sent from now on, and will be on all of these nodes at `untilMs`. */
  | At<'image-transfer-begun', { image: string; nodeIds: readonly string[]; untilMs: number }>
  /** A lease begins on so many nodes with its image there; to `sent` of them it was sent for this lease, the others had it or got it for another. */
  | OfReservation<'image-supplied', { image: string; nodes: number; sent: number }>
  // The window of a confirmed reservation; what is "reserved" lies between these two
  | OfReservation<'window-opened', { endMs: number; demand: Resources; pieces: readonly NodeShare[] }>
  | OfReservation<'window-closed', { demand: Resources; pieces: readonly NodeShare[] }>
  /** An instance's booking changed its node. `windowOpen`: the reserved capacity moved now; else before the window opens. */
  | OfReservation<
      'instance-moved',
      {
        instance: number;
        fromNodeId: string;
        toNodeId: string;
        demand: Resources;
        windowOpen: boolean;
        cause: MoveCause;
      }
    >
  /** Exactly one for each reservation-initiated, unless the run stops before. */
  | OfReservation<
      'reservation-ended',
      {
        state: FinalState;
        reason: EndReason;
        /** Confirmed, but not activated by its end, or by the end of its grace time. */
        noShow: boolean;
        /** What the user gets back, and what the provider pays on top. */
        refundMicros: number;
        penaltyMicros: number;
        /** Of an offer that was not confirmed: what comes back of what was taken for it. Absent: nothing was, or it is kept. */
        pledgeBackMicros?: number;
        /** Of a rejection: what was in the way; absent as of a counter-offer. */
        bottleneck?: Bottleneck;
      }
    >
  // VMs
  | OfReservation<
      'vm-state-changed',
      {
        vmId: string;
        nodeId: string;
        from: VmState;
        to: VmState;
        cause: VmCause;
        demand: Resources;
        /** How busy the guest keeps its virtual CPUs, in thousandths; as observed, 0 unless RUNNING. */
        loadPermille: number;
        /** It has begun again from a checkpoint, which holds what it had done in so long; absent: it has not. */
        keptMs?: number;
      }
    >
  /** A running VM went to another node. Downtime is what its users noticed. */
  | OfReservation<
      'vm-migrated',
      {
        vmId: string;
        fromNodeId: string;
        toNodeId: string;
        startedMs: number;
        /** null: the hypervisor does not tell. */
        downtimeMs: number | null;
        /** That went over the network; absent: not known. */
        sentBytes?: number;
        /** Copying gained on what the guest wrote, until little enough was left; absent: not known. */
        converged?: boolean;
        memoryMib: number;
        loadPermille: number;
        demand: Resources;
      }
    >
  /** A user's command to one VM was taken. */
  | OfReservation<'instance-commanded', { vmId: string; command: InstanceCommand }>
  | OfReservation<'operation-failed', { vmId: string; operation: string; error: string; attempt: number }>
  /** It cannot be done at present, and is tried again until it can or its time is over. Once for each reason. */
  | OfReservation<'operation-waits', { vmId: string; operation: VmOperation; reason: Hindrance }>
  /** It cannot be done, or failed too often: the VM goes on as it was. */
  | OfReservation<'operation-given-up', { vmId: string; operation: VmOperation; reason: Hindrance }>
  /** The time of a VM is over. Its guest had shut down by itself, and its disk goes later. */
  | OfReservation<'disk-kept', { vmId: string; nodeId: string; untilMs: number }>
  /** A copy follows the VM on that node, for which so much is held until then. */
  | OfReservation<'replica-placed', { vmId: string; nodeId: string; untilMs: number; demand: Resources }>
  | OfReservation<'replica-ended', { vmId: string; nodeId: string; reason: ReplicaEnd }>
  /** A VM stays on a node that is out of service, because it could not be moved or suspended. Once for each reason. */
  | OfReservation<
      'node-not-emptied',
      { nodeId: string; vmId: string; operation: VmOperation; reason: Hindrance }
    >
  // The run
  | At<'run-finished', { reason: RunEnd }>;

/**
 * taken-over: its VM goes on from it; not-needed: its VM runs no more, or elsewhere; node-out: its node is; room-needed: a VM that had been on
 * its node before needed the room.
 */
export type ReplicaEnd = 'taken-over' | 'not-needed' | 'node-out' | 'room-needed';

/**
 * complete: nothing left to do in a run without an end; stalled: nothing but to wait for nodes that nothing brings back, or that came back in vain; horizon: the configured end of
 * time was reached; interrupted: somebody stopped it.
 */
export type RunEnd = 'complete' | 'stalled' | 'horizon' | 'interrupted';

/** An event as its author states it; the envelope is added when it is emitted. */
export type EventBody = DomainEvent extends infer E
  ? E extends DomainEvent
    ? Omit<E, keyof Envelope>
    : never
  : never;

export type DomainEventType = DomainEvent['type'];
export type EventOf<T extends DomainEventType> = Extract<DomainEvent, { type: T }>;
