// Everything that can come to a provider, as data: commands of users and operators, reports of the hypervisor, and what falls due. A
// journal stores inputs, a replay feeds them, and a provider that is fed the same inputs does the same.
import { Phase } from '../clock/clock.ts';
import type { ChangeAnswer, ChangeAsk } from '../domain/change.ts';
import type { Hindrance } from '../domain/hindrance.ts';
import type { InstanceCommand, InstanceReply } from '../domain/instance-command.ts';
import type { Outage } from '../domain/outage.ts';
import type { PartnerOffer } from '../domain/partner-offer.ts';
import type { ClaimReply, Proposal, ProviderReply, UserReply } from '../domain/proposal.ts';
import type { Sale } from '../domain/sale.ts';
import type { VmOperation } from '../domain/vm.ts';
import type { EndReason, SessionOrigin, VmCause } from '../events/domain-event.ts';
import type { DispatcherErrorCode, NodePower, VmObservation } from '../hypervisor/dispatcher.ts';

export type Input =
  | { readonly kind: 'command'; readonly command: Command }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'due'; readonly due: Due };

type Named<N extends string, F = Record<never, never>> = { readonly name: N } & Readonly<F>;

/** What a client said of its request, so that a repetition finds the first reply. The provider only carries it. */
export interface RequestNote {
  /** The user whose key it is. */
  readonly askedBy: string;
  readonly idempotencyKey: string;
  /** Equal for equal requests. */
  readonly requestFingerprint: string;
}

/** How the reservation at a partner ended. */
export interface PartnerEnd {
  readonly reason: EndReason;
  /** What the partner gives back of the transfer price, and what it pays on top. */
  readonly refundMicros: number;
  readonly penaltyMicros: number;
}

/** How an offer is let go. */
export interface Withdrawal {
  /** On behalf of its user, who was not asked about it: nothing that was paid for it is kept. Absent: its user has decided. */
  readonly givesBack?: true;
}

/** Whoever commands chooses the ids: a new reservation's is unique for ever. */
export type Command =
  /** Enters the provider in the event stream, and which of its nodes are new or gone. The first command of every life. */
  | Named<'begin'>
  /** initiateReservation. */
  | Named<'initiate', { reservationId: string; userId: string; origin: SessionOrigin | null }>
  /** requestReservation. */
  | Named<'request', { reservationId: string; proposal: Proposal; elsewhere?: PartnerOffer }>
  /** Both as one: either happen, or neither. */
  | Named<
      'open',
      {
        reservationId: string;
        userId: string;
        origin: SessionOrigin | null;
        proposal: Proposal;
        note?: RequestNote;
        /** An offer is held for this long at most; absent: as long as the settings say, which is never exceeded. */
        holdMs?: number;
        /** What is asked for is held at another provider, to be sold on where there is no room here. Absent: it is not. */
        elsewhere?: PartnerOffer;
      }
    >
  /** `keepsStart`: a start that slides stays as it was offered, since its user may not have what comes after; absent: it slides as its terms say. */
  | Named<
      'reply',
      { reservationId: string; answer: UserReply; holdMs?: number; keepsStart?: true } & Withdrawal
    >
  /** Asks for other terms of a confirmed reservation. A change that is on offer already is given up for it. */
  | Named<'change', { reservationId: string; asked: ChangeAsk; holdMs?: number; note?: RequestNote }>
  /** The answer to the change that is on offer. */
  | Named<'answer-change', { reservationId: string; answer: ChangeAnswer }>
  /** What another provider was to deliver for a reservation has ended there. No effect beside the money when that has ended, too. */
  | Named<'partner-ended', { reservationId: string; partner: string } & PartnerEnd>
  | Named<'activate', { reservationId: string }>
  | Named<'cancel', { reservationId: string } & Withdrawal>
  /**
   * From now on a confirmed reservation is that user's, with all that is paid and given back for it. `sale`: for another price than the one before has
   * paid; absent: for that.
   */
  | Named<'transfer', { reservationId: string; userId: string; sale?: Sale; note?: RequestNote }>
  /** Its user would sell a confirmed reservation to another, for so much. Nothing changes but that it is known. */
  | Named<'list', { reservationId: string; askMicros: number }>
  /** Claims optional instances. `charged`: for what a reservation of them until the end of the window would cost; absent: for nothing. */
  | Named<'claim', { reservationId: string; count: number; charged?: true; note?: RequestNote }>
  /** A user's command to one VM. Success means that it was taken; what it leads to shows in the VM's state. */
  | Named<'instance', { vmId: string; command: InstanceCommand }>
  /**
   * Operators: takes a node out of service and empties it, until it is put back. That is expected at `untilMs`; null: nobody knows when, so
   * that it is out of all windows; absent: after the assumed repair time. Of a node that is drained already, only that changes.
   */
  | Named<'drain', { nodeId: string; untilMs?: number | null }>
  /** Puts a node back that was drained, or whose maintenance is not over. */
  | Named<'enable', { nodeId: string }>
  /** The node is out of service from `fromMs`, or from now on, until `untilMs`. No effect when that is over. */
  | Named<
      'plan-maintenance',
      { maintenanceId: string; nodeId: string; fromMs: number; untilMs: number; note?: RequestNote }
    >
  /** Calls it off, or ends it when it has begun. No effect when there is none of that id. */
  | Named<'end-maintenance', { maintenanceId: string }>;

/** What each command is answered. */
export interface Replies {
  begin: null;
  initiate: string;
  request: ProviderReply;
  open: ProviderReply;
  reply: ProviderReply;
  change: ProviderReply;
  'answer-change': ProviderReply;
  'partner-ended': null;
  activate: ProviderReply;
  cancel: ProviderReply;
  transfer: ProviderReply;
  list: ProviderReply;
  claim: ClaimReply;
  instance: InstanceReply;
  drain: null;
  enable: null;
  /** Null when it is over already. */
  'plan-maintenance': Outage | null;
  'end-maintenance': null;
}
export type ReplyTo<C extends Command> = Replies[C['name']];

/** What a hypervisor says, asked or not. */
export type Report =
  | { readonly kind: 'node-down'; readonly nodeId: string; readonly silentSinceMs?: number }
  | { readonly kind: 'node-up'; readonly nodeId: string }
  | {
      readonly kind: 'node-power';
      readonly nodeId: string;
      readonly power: NodePower;
      readonly watts?: number;
    }
  | { readonly kind: 'vm'; readonly vm: VmObservation; readonly cause: VmCause }
  /** The operation of that number on that VM is over. Of one that was given up meanwhile no notice is taken. */
  | {
      readonly kind: 'done';
      readonly vmId: string;
      readonly operation: VmOperation;
      readonly number: number;
      readonly seen: VmObservation;
    }
  | {
      readonly kind: 'failed';
      readonly vmId: string;
      readonly operation: VmOperation;
      readonly number: number;
      readonly error: DispatcherErrorCode;
      /** Of REFUSED and NOT_NOW. */
      readonly hindrance?: Hindrance;
    }
  /** All VMs that exist, after nothing could be heard for a while: a restart. No operation is in progress any more. */
  | { readonly kind: 'inventory'; readonly vms: readonly VmObservation[] };

/** What a provider does at its own time. It follows from state: `Provider.dues()` lists it. */
export type Due =
  | { readonly kind: 'hold-expiry'; readonly reservationId: string; readonly atMs: number }
  /** What waits on the waitlist is not waited for any longer. */
  | { readonly kind: 'wait-over'; readonly reservationId: string; readonly atMs: number }
  /** Nobody confirmed the change that is on offer. */
  | { readonly kind: 'change-expiry'; readonly reservationId: string; readonly atMs: number }
  | { readonly kind: 'start'; readonly reservationId: string; readonly atMs: number }
  /** Nobody has come, and what is left of the window is given back. */
  | { readonly kind: 'no-show'; readonly reservationId: string; readonly atMs: number }
  /** For what was overbooked nobody has stayed away in time. */
  | { readonly kind: 'bump'; readonly reservationId: string; readonly atMs: number }
  /** The clean shutdown before the end of the window. */
  | { readonly kind: 'shutdown'; readonly reservationId: string; readonly atMs: number }
  | { readonly kind: 'end'; readonly reservationId: string; readonly atMs: number }
  /** A lease gives way: it is suspended from now on, or stopped to be begun again. */
  | { readonly kind: 'give-way'; readonly reservationId: string; readonly atMs: number }
  /** The time that its suspension was given is over. */
  | { readonly kind: 'suspended'; readonly reservationId: string; readonly atMs: number }
  /** The disk of a guest that shut down by itself has been kept for long enough. */
  | { readonly kind: 'removal'; readonly vmId: string; readonly atMs: number }
  /** An operation that failed is tried again. */
  | { readonly kind: 'retry'; readonly vmId: string; readonly atMs: number }
  /** A planned maintenance of a node begins, and ends. */
  | { readonly kind: 'maintenance-start'; readonly outageId: string; readonly atMs: number }
  | { readonly kind: 'maintenance-end'; readonly outageId: string; readonly atMs: number }
  /** A node that is lost or drained was expected back. */
  | { readonly kind: 'outage-overdue'; readonly outageId: string; readonly atMs: number }
  /** An image has come to the nodes that it was sent to, or the next one has to be sent. */
  | { readonly kind: 'image-transfer'; readonly atMs: number }
  /** The migration policy looks at the running VMs. */
  | { readonly kind: 'migration-check'; readonly atMs: number }
  /** What is waited for is sold to whoever bids enough. */
  | { readonly kind: 'auction'; readonly atMs: number };

/** When within its instant each falls due. */
export const DUE_PHASES: Readonly<Record<Due['kind'], Phase>> = {
  'hold-expiry': Phase.Release,
  // After whatever gives room back at that very instant.
  'wait-over': Phase.Start,
  'change-expiry': Phase.Release,
  start: Phase.Start,
  // After a user who comes at the last instant.
  'no-show': Phase.Report,
  bump: Phase.Report,
  shutdown: Phase.Release,
  end: Phase.Release,
  'give-way': Phase.Release,
  suspended: Phase.Release,
  removal: Phase.Release,
  retry: Phase.Operation,
  'maintenance-start': Phase.Fault,
  'maintenance-end': Phase.Release,
  // After whatever brings the node back at that very instant.
  'outage-overdue': Phase.Start,
  // Before the leases that begin with it.
  'image-transfer': Phase.Release,
  // It comes before everything else of its instant, so that a restart need not know whether it has been.
  'migration-check': Phase.Look,
  auction: Phase.Look,
};
