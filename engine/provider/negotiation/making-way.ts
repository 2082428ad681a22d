// Room as asked, where there is none as things stand: bookings that have not begun change their nodes, then VMs that run, and last others give way.
// What costs nobody anything comes first.
import type { CapacityCalendar } from '../../calendar/capacity-calendar.ts';
import { invariant } from '../../invariant.ts';
import { frozen } from '../../policy/frozen.ts';
import type { Seat, Sitting } from '../../policy/policy-seat.ts';
import type { LeasePlan } from '../leases/lease-kind.ts';
import type { MigrationDesk } from '../placement/migration-desk.ts';
import { placementOf } from '../placement/placement-of.ts';
import type { Relocation, RePlacement } from '../placement/re-placement.ts';
import type { Desks } from './desks.ts';
import type { Hearing } from './hearing.ts';
import type { OptionCover } from './option-cover.ts';
import type { Cut, Preemption } from './preemption.ts';
import type { Room } from './room.ts';

export interface MakingWayParts {
  readonly calendar: CapacityCalendar;
  readonly cover: OptionCover;
  readonly room: Room;
  readonly desks: Desks;
  readonly rePlacement: RePlacement;
  readonly migration: Seat<'migration'>;
  readonly migrationDesk: MigrationDesk;
  readonly preemption: Preemption;
}

/** A plan, and what others do for it first. */
export interface WayMade {
  readonly planned: LeasePlan;
  /** Bookings of others that change their nodes. */
  readonly relocations?: readonly Relocation[];
  /** What others give up. */
  readonly cuts?: readonly Cut[];
}

export class MakingWay {
  readonly #parts: MakingWayParts;

  constructor(parts: MakingWayParts) {
    this.#parts = parts;
  }

  /** As asked, if others change their nodes for it. Only of leases that have one window and a place for each instance. */
  byMoving(hearing: Hearing, allocation: Sitting<'allocation'>): WayMade | undefined {
    const { ask, kind } = hearing;
    if (ask.movesNobody === true || kind.isChangeable !== true) return undefined;
    return this.#rePlaced(hearing) ?? this.#movedAway(hearing, allocation);
  }

  /** As asked, made room for by leases that give way; undefined when there is none even so. */
  byGivingWay(
    { ask, kind, matter, preemption }: Hearing,
    allocation: Sitting<'allocation'>,
  ): WayMade | undefined {
    const { calendar, cover, desks, room } = this.#parts;
    const { movesNobody, proposal, reservationId, round } = ask;
    if (movesNobody === true) return undefined;
    const sitting = preemption.fork();
    const supposing = <T>(cuts: readonly Cut[], think: () => T): T => {
      const over = cuts.flatMap(({ reservation: { covered } }) => covered ?? []);
      return cover.supposing(proposal, over, proposal.startMs, think);
    };
    const cuts = this.#parts.preemption.roomFor(proposal, matter, sitting, (draft, given) =>
      supposing(given, () => room.canPlace(proposal, draft)),
    );
    if (cuts === undefined) return undefined;
    const draft = calendar.fork();
    const { kind: outcome } = draft.apply(cuts.flatMap(({ edits }) => edits));
    invariant(outcome === 'applied', 'what made room once makes it again');
    const desk = desks.deskOn(draft, allocation, round);
    const planned = supposing(cuts, () => kind.plan({ reservationId, proposal }, desk));
    if (planned.kind !== 'planned') return undefined;
    sitting.keep();
    return { planned, cuts };
  }

  /** Bookings that have not begun are thought of anew. */
  #rePlaced({ ask: { proposal, reservationId } }: Hearing): WayMade | undefined {
    const made = this.#parts.rePlacement.roomFor(placementOf(proposal), reservationId);
    if (made === undefined) return undefined;
    return {
      planned: { kind: 'planned', terms: proposal, edits: made.books },
      relocations: made.relocations,
    };
  }

  /** VMs that run move as the migration policy says. */
  #movedAway(
    { ask, kind, matter, migration }: Hearing,
    allocation: Sitting<'allocation'>,
  ): WayMade | undefined {
    const { desks, migration: seat, migrationDesk } = this.#parts;
    const { proposal, reservationId, round } = ask;
    if (seat.named.policy.makeRoom === undefined) return undefined;
    const request = frozen(placementOf(proposal));
    const moves = migration.ask(matter, 'makeRoom', request, migrationDesk.roomView(request));
    if (moves.length === 0) return undefined;
    const relocations = migrationDesk.relocations(moves, request.startMs);
    const draft = relocations && migrationDesk.draftOf(relocations);
    const desk = draft && desks.deskOn(draft, allocation, round);
    const planned = desk && kind.plan({ reservationId, proposal }, desk);
    if (relocations === undefined || planned?.kind !== 'planned')
      throw migration.refuse(matter, 'makeRoom', moves, 'moves that can be made together and make room');
    return { planned, relocations };
  }
}
