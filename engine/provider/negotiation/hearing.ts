// A proposal on its way to an answer: what is asked, who is asked about it, and what can be said in the end. negotiator.ts has the way.
import type { Plan } from '../../calendar/edit.ts';
import type { PartnerOffer } from '../../domain/partner-offer.ts';
import type {
  Alternative,
  Bottleneck,
  Offer,
  OfferPart,
  Proposal,
  RejectionReason,
} from '../../domain/proposal.ts';
import type { Matter } from '../../policy/decision.ts';
import type { Sitting } from '../../policy/policy-seat.ts';
import type { LeaseKind, LeasePlan, Queued } from '../leases/lease-kind.ts';
import type { Relocation } from '../placement/re-placement.ts';
import type { Cut } from './preemption.ts';

/** What is to be decided, and in which round of its session. */
export interface Ask {
  readonly reservationId: string;
  readonly proposal: Proposal;
  /** 1 for the first. */
  readonly round: number;
  /** Of a change, which is asked for while its own capacity counts as free: the bookings of others stay as they are. */
  readonly movesNobody?: true;
  /** Of what waits: it is granted as asked, or goes on waiting. */
  readonly isTurn?: true;
  /** Of what won an auction. Absent: the pricing policy says. */
  readonly priceMicros?: number;
}

/** An ask, and the policies that are asked about it, each in the sitting that is kept when the answer is applied. */
export interface Hearing {
  readonly ask: Ask;
  readonly kind: LeaseKind;
  readonly matter: Matter;
  readonly allocation: Sitting<'allocation'>;
  readonly counterOffer: Sitting<'counter-offer'>;
  readonly pricing: Sitting<'pricing'>;
  readonly migration: Sitting<'migration'>;
  readonly preemption: Sitting<'preemption'>;
}

/** Terms that fit now, what they cost and the plan that holds their capacity; or why there are none. */
export type Verdict =
  | {
      readonly reply: Offer['reply'];
      readonly proposal: Proposal;
      readonly priceMicros: number;
      /** undefined: it waits for its turn, or is held at a partner, and nothing is held for it here. */
      readonly plan: Plan | undefined;
      /** What others give up for it, to be applied first; absent: nothing. */
      readonly cuts?: readonly Cut[];
      /** Bookings of others that change their nodes first. Absent: none. */
      readonly relocations?: readonly Relocation[];
      /** Further windows that are offered with it. Absent: none. */
      readonly parts?: readonly HeldPart[];
      readonly because?: Offer['because'];
      readonly alternatives?: readonly Alternative[];
      /** It is held at a partner, and there is no plan. Absent: it is not. */
      readonly outsourced?: PartnerOffer;
    }
  | RejectionReason;

/** A further window of an offer, and the plan that holds its capacity beside that of the others. */
export interface HeldPart extends OfferPart {
  readonly plan: Plan;
}

/** Terms that can be held, and how. */
export type Offered = Alternative & Pick<Exclude<Verdict, string>, 'plan' | 'cuts' | 'relocations' | 'parts'>;

/** What holds the capacity of a lease; undefined: it waits for some. */
export function planOf(planned: LeasePlan | Queued): Plan | undefined {
  return planned.kind === 'planned' ? planned.edits : undefined;
}

/** A verdict, and what the policies that were asked remember of it once it is applied. */
export interface Judgement {
  readonly verdict: Verdict;
  /** What is in the way of the proposal as it is, when the provider explains itself. */
  readonly bottleneck: Bottleneck | undefined;
  /** To be called when the verdict is applied; a quote never does. */
  keep(): void;
}
