// Offers of several windows (offer-parts.ts): whether these have room beside each other, and the plans that hold them.
import type { Plan } from '../../calendar/edit.ts';
import type { Proposal } from '../../domain/proposal.ts';
import type { Sitting } from '../../policy/policy-seat.ts';
import { DEFAULT_LEASE_KIND } from '../leases/catalogue.ts';
import type { LeaseKind, LeasePlan } from '../leases/lease-kind.ts';
import { placementOf } from '../placement/placement-of.ts';
import type { Desks } from './desks.ts';
import type { Hearing } from './hearing.ts';
import { partIdOf } from './offer-parts.ts';
import type { Room } from './room.ts';
import type { SoldTerms } from './sold-terms.ts';

export interface FurtherWindowsParts {
  readonly desks: Desks;
  readonly room: Room;
  readonly sold: SoldTerms;
}

/** A further window of an offer, where it has room. */
export interface PlacedWindow {
  readonly reservationId: string;
  readonly proposal: Proposal;
  readonly plan: Plan;
}

export class FurtherWindows {
  readonly #parts: FurtherWindowsParts;

  constructor(parts: FurtherWindowsParts) {
    this.#parts = parts;
  }

  /** Have several windows of one offer room beside each other, each of a length that is sold? */
  canPlaceAll(windows: readonly Proposal[], kind: LeaseKind): boolean {
    const { desks, sold } = this.#parts;
    const draft = desks.desk().draft();
    return windows.every((terms, i) => {
      if (!sold.isOfSoldLength(terms, kind) || sold.whyNotOffered(terms, kind) !== undefined) return false;
      if (!draft.canPlace(terms) || !this.#parts.room.admitsBeside(terms, windows.slice(0, i))) return false;
      draft.reserve('', placementOf(terms), terms.template);
      return true;
    });
  }

  /** Those beside the first, each where the ones before it leave room; undefined: one of them has none. */
  plan(
    { ask: { reservationId, round }, kind }: Hearing,
    first: LeasePlan,
    rest: readonly Proposal[],
    allocation: Sitting<'allocation'>,
  ): readonly PlacedWindow[] | undefined {
    const { desks, room, sold } = this.#parts;
    const draft = desks.desk(allocation, { round }).draft();
    draft.take(first.edits, first.terms.template);
    const before: Proposal[] = [first.terms];
    const placed: PlacedWindow[] = [];
    for (const [i, proposal] of rest.entries()) {
      if (sold.whyNotOffered(proposal, kind) !== undefined) return undefined;
      if (!draft.canPlace(proposal) || !room.admitsBeside(proposal, before)) return undefined;
      const id = partIdOf(reservationId, round, i + 2);
      const plan = draft.place(id, placementOf(proposal), proposal.template);
      draft.take(plan, proposal.template);
      before.push(proposal);
      placed.push({ reservationId: id, proposal, plan });
    }
    return placed;
  }
}

/** Terms that can be offered in several windows: one ahead of time without optional instances, that nobody has yet. */
export function isDivisible({ ask: { movesNobody, proposal }, kind }: Hearing): boolean {
  return kind.name === DEFAULT_LEASE_KIND && proposal.numInstancesOption === 0 && movesNobody !== true;
}
