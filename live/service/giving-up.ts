// A reservation that is wanted no longer: what of it can be given back is.
import type { AccountRecord, ReservationRecord } from '../records.ts';
import type { Said, Service } from './service.ts';

export interface GivingUpParts {
  readonly service: Pick<
    Service,
    'answerChange' | 'cancel' | 'change' | 'now' | 'reply' | 'settings' | 'speed'
  >;
  readonly reservations: { get(reservationId: string): Promise<ReservationRecord | undefined> };
}

/**
 * Whatever became of it: it is held no longer, cancelled, or over in a moment.
 * @param said `givesBack` where its user has not decided so
 */
export async function giveUp(
  reservationId: string,
  account: AccountRecord,
  parts: GivingUpParts,
  said: Pick<Said, 'givesBack'> = { givesBack: true },
): Promise<void> {
  const { reservations, service } = parts;
  const reservation = await reservations.get(reservationId);
  switch (reservation?.state) {
    case 'ACCEPTED':
    case 'COUNTERED':
      await service.reply(account, reservationId, { reply: 'REJECT' }, said);
      return;
    case 'CONFIRMED':
      await service.cancel(reservationId, said);
      return;
    case 'ACTIVATED':
      if (reservation.windowOpen) await cutShort(reservationId, account, parts);
      else await service.cancel(reservationId, said);
      return;
    default:
  }
}

/** From then on what is left of a window is free, in real time: long enough to be asked for and confirmed. */
const CUT_MS = 2_000;

/**
 * Ends a reservation whose window is open: what is left of it is free again, and paid back as the provider's prices say.
 * @param alongside done in the same turn as it is confirmed: what is to have the rest has it before anybody else
 * @returns when it ends; undefined: the provider does not take it back, and it lasts as long as was agreed
 */
export async function cutShort(
  reservationId: string,
  account: AccountRecord,
  { reservations, service }: GivingUpParts,
  alongside: (endMs: number) => Promise<unknown> = async () => undefined,
): Promise<number | undefined> {
  const proposal = (await reservations.get(reservationId))?.proposal;
  if (proposal == null) return undefined;
  const { shortestDurationMs } = service.settings;
  const soonMs = Math.ceil(service.now() + CUT_MS * Math.max(1, service.speed));
  const endMs = Math.max(soonMs, proposal.startMs + shortestDurationMs);
  if (endMs >= proposal.startMs + proposal.durationMs) return undefined;
  const offer = await service.change(account, reservationId, { durationMs: endMs - proposal.startMs });
  if (offer.reply !== 'ACCEPT') return undefined;
  const confirmed = service.answerChange(account, reservationId, 'CONFIRM');
  const other = alongside(endMs);
  const reply = await confirmed;
  await other;
  return reply.reply === 'REQUEST_SUCCESS' ? endMs : undefined;
}
