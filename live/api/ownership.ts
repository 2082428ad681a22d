// What belongs to whom: a user reaches what is theirs, an operator everything, and what is out of reach looks as if it did not exist.
import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../problems.ts';
import type { AccountRecord, InstanceRecord, ReservationRecord } from '../records.ts';
import { accountOf } from './authentication.ts';
import { readReservationId, readVmId } from './readers.ts';
import type { Accounts, Instances, Reservations } from './stores.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The user in whose name an operator acts; null: nobody but the caller is concerned. */
    actsFor: number | null;
  }
}

/**
 * @param id as it stands in the URL
 * @throws ServiceError PEX_NOT_FOUND
 */
export async function reachableReservation(
  request: FastifyRequest,
  reservations: Pick<Reservations, 'get'>,
  id: string,
): Promise<ReservationRecord> {
  const reservationId = readReservationId(id);
  const record = reservationId === undefined ? undefined : await reservations.get(reservationId);
  if (record !== undefined && isReachable(request, record)) return record;
  throw new ServiceError('PEX_NOT_FOUND', 'There is no such reservation.');
}

/** @throws ServiceError PEX_NOT_FOUND */
export async function reachableInstance(
  request: FastifyRequest,
  instances: Pick<Instances, 'get'>,
  id: string,
): Promise<InstanceRecord> {
  const vmId = readVmId(id);
  const record = vmId === undefined ? undefined : await instances.get(vmId);
  if (record !== undefined && isReachable(request, record)) return record;
  throw new ServiceError('PEX_NOT_FOUND', 'There is no such instance.');
}

/**
 * Whose limits and balance count: those of whoever has the reservation, also when an operator acts.
 * @throws ServiceError PEX_NOT_FOUND when the account was deleted
 */
export async function ownerOf(
  request: FastifyRequest,
  accounts: Pick<Accounts, 'get'>,
  { userId }: ReservationRecord,
): Promise<AccountRecord> {
  const caller = accountOf(request);
  const owner = caller.userId === userId ? caller : await accounts.get(userId);
  if (owner !== undefined) return owner;
  throw new ServiceError('PEX_NOT_FOUND', 'The account of this reservation was deleted.');
}

/**
 * Whose things a list shows.
 * @throws ServiceError PEX_FORBIDDEN when somebody else than an operator asks for all
 */
export function listScope(request: FastifyRequest, all: boolean | undefined): { readonly userId?: number } {
  const { role, userId } = accountOf(request);
  if (!all) return { userId };
  if (role === 'operator') return {};
  throw new ServiceError('PEX_FORBIDDEN', 'all=true is for operators.');
}

function isReachable(request: FastifyRequest, record: { readonly userId: number }): boolean {
  const { role, userId } = accountOf(request);
  if (record.userId === userId) return true;
  if (role !== 'operator') return false;
  request.actsFor = record.userId;
  return true;
}
