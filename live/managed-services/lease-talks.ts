// The negotiation about one lease of a managed service: asked for as a request of its account, taken as asked or a little later, booked, and
// given back. Whatever is begun may be begun again after a crash: what was done already is found to be.
import type { Proposal } from '../../engine/index.ts';
import type { Service as ManifestService } from '../../scenarios/services/manifest.ts';
import { ServiceError } from '../problems.ts';
import type { AccountRecord, ManagedLeaseRecord, ReservationLabel, ReservationRecord } from '../records.ts';
import { type GivingUpParts, giveUp } from '../service/giving-up.ts';
import type { Service } from '../service/service.ts';

export interface LeaseTalksParts extends GivingUpParts {
  readonly service: GivingUpParts['service'] & Pick<Service, 'instanceTypes' | 'open' | 'templates'>;
  readonly reservations: GivingUpParts['reservations'] & {
    setFirstLabel(reservationId: string, label: ReservationLabel): Promise<unknown>;
  };
  /** Asked before something is booked. @throws ServiceError PEX_NOT_APPROVED, PEX_UNAVAILABLE */
  readonly approve: (asked: {
    readonly owner: AccountRecord;
    readonly reservationId: string;
    readonly terms: Proposal | null;
    readonly priceMicros: number;
  }) => Promise<void>;
}

/** What came of a step: how the lease stands then. */
type Outcome = Pick<ManagedLeaseRecord, 'state' | 'reason' | 'reservationId' | 'priceMicros'>;

/** What is refused for these reasons was not decided: it is tried again. */
const TRY_AGAIN = ['PEX_UNAVAILABLE', 'PEX_OUTCOME_UNKNOWN'];

export class LeaseTalks {
  readonly #parts: LeaseTalksParts;

  constructor(parts: LeaseTalksParts) {
    this.#parts = parts;
  }

  /** Asks for it. @returns HELD or REFUSED */
  async ask(lease: ManagedLeaseRecord, manifest: ManifestService, owner: AccountRecord): Promise<Outcome> {
    const { reservations, service } = this.#parts;
    const proposal = this.#proposalOf(lease, manifest);
    return judged(async () => {
      const note = {
        askedBy: String(owner.userId),
        // No client can give a key like that.
        idempotencyKey: `service\n${lease.serviceId}\n${lease.leaseId}`,
        requestFingerprint: lease.leaseId,
      };
      // What the manifest measures of an instance, and does to it, is known and done here only.
      const { reply, reservationId } = await service.open(owner, proposal, note, { onlyHere: true });
      await reservations.setFirstLabel(reservationId, { name: lease.leaseId.slice(-100), note: null });
      if (reply.reply === 'REJECT') return refused(reply.reason, reservationId);
      if (reply.reply !== 'ACCEPT' && reply.reply !== 'COUNTER') return refused('no-offer', reservationId);
      if (reply.reply === 'COUNTER' && !isSoonEnough(reply.proposal, proposal, manifest.patienceMs)) {
        await giveUp(reservationId, owner, this.#parts);
        return refused('no-capacity', reservationId);
      }
      return { state: 'HELD', reason: null, reservationId, priceMicros: reply.priceMicros };
    });
  }

  /** Books what is held. @returns BOOKED or REFUSED */
  async book(reservationId: string, owner: AccountRecord): Promise<Outcome> {
    const { approve, reservations, service } = this.#parts;
    const outcome = await judged(async () => {
      const held = await reservations.get(reservationId);
      if (held === undefined) return refused('unknown', null);
      const { priceMicros } = held;
      if (held.confirmedMs !== null && held.endedMs === null) return booked(held);
      if (held.state !== 'ACCEPTED' && held.state !== 'COUNTERED')
        return refused(held.endReason ?? 'hold-expired', reservationId);
      await approve({ owner, reservationId, terms: held.proposal, priceMicros });
      if (held.state === 'COUNTERED') await service.reply(owner, reservationId, { reply: 'ACCEPT' });
      const reply = await service.reply(owner, reservationId, { reply: 'CONFIRM' });
      return reply.reply === 'REQUEST_FAILED' ? refused(reply.reason, reservationId) : booked(held);
    });
    if (outcome.state !== 'REFUSED') return outcome;
    // What is not booked is not held either.
    await judged(async () => {
      await giveUp(reservationId, owner, this.#parts);
      return outcome;
    });
    return { ...outcome, reservationId };
  }

  /** Gives it back, as far as the provider takes it. @returns RELEASED */
  async release(
    { priceMicros, reservationId }: ManagedLeaseRecord,
    owner: AccountRecord | undefined,
  ): Promise<Outcome> {
    const released = { state: 'RELEASED', reason: null, reservationId, priceMicros } as const;
    if (reservationId === null || owner === undefined) return released;
    const { reason } = await judged(async () => {
      await giveUp(reservationId, owner, this.#parts, {});
      return released;
    });
    return { ...released, reason };
  }

  #proposalOf(lease: ManagedLeaseRecord, manifest: ManifestService): Proposal {
    const { component, endMs, size } = lease;
    const { instanceTypes, templates } = this.#parts.service;
    // What is asked for late ends as it would have, so that the next one of its instance finds room.
    const startMs = Math.max(lease.startMs, this.#parts.service.now());
    const { deploy, template = templates[0]!.name } = manifest.components.find(
      ({ name }) => name === component,
    )!;
    return {
      type: typeof size === 'string' ? size : 'custom',
      demand: typeof size === 'string' ? instanceTypes.get(size)! : size,
      numInstancesFixed: 1,
      numInstancesOption: 0,
      startMs,
      durationMs: endMs - startMs,
      template,
      startsItself: true,
      ...(deploy !== undefined && { sites: deploy }),
    };
  }
}

/** A counter-offer that changes nothing but the start, and that no more than the manifest allows. */
function isSoonEnough(offered: Proposal, asked: Proposal, patienceMs: number): boolean {
  return (
    offered.startMs >= asked.startMs &&
    offered.startMs <= asked.startMs + patienceMs &&
    offered.durationMs === asked.durationMs &&
    offered.numInstancesFixed === 1
  );
}

function booked({ priceMicros, reservationId }: ReservationRecord): Outcome {
  return { state: 'BOOKED', reason: null, reservationId, priceMicros };
}

function refused(reason: string, reservationId: string | null): Outcome {
  return { state: 'REFUSED', reason, reservationId, priceMicros: null };
}

/** What the service refuses is an outcome, unless it may be otherwise a little later. */
async function judged(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ServiceError) || TRY_AGAIN.includes(error.code)) throw error;
    const { reason } = error.extra;
    return refused(typeof reason === 'string' ? reason : (REASONS[error.code] ?? error.message), null);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  PEX_INSUFFICIENT_BALANCE: 'insufficient-balance',
  PEX_QUOTA_EXCEEDED: 'quota-exceeded',
  PEX_NOT_APPROVED: 'not-approved',
};
