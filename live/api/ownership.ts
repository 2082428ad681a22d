// What belongs to whom: a user reaches what is theirs and what is their projects', an operator everything, and what is out of reach looks as
// if it did not exist.
import type { FastifyRequest } from 'fastify';
import { ServiceError } from '../problems.ts';
import type { AccountRecord, InstanceRecord, ReservationRecord } from '../records.ts';
import { accountOf } from './authentication.ts';
import { readReservationId, readVmId } from './readers.ts';
import type { Accounts, Instances, Projects } from './stores.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The user or project in whose name the caller acts; null: nobody but the caller is concerned. */
    actsFor: number | null;
  }
}

type Memberships = Pick<Projects, 'roleOf'>;

/**
 * @param id as it stands in the URL
 * @throws ServiceError PEX_NOT_FOUND
 */
export async function reachableReservation<R extends { readonly userId: number } = ReservationRecord>(
  request: FastifyRequest,
  {
    projects,
    reservations,
  }: { projects: Memberships; reservations: { get(reservationId: string): Promise<R | undefined> } },
  id: string,
): Promise<R> {
  const reservationId = readReservationId(id);
  const record = reservationId === undefined ? undefined : await reservations.get(reservationId);
  if (record !== undefined && (await isReachable(request, projects, record))) return record;
  throw new ServiceError('PEX_NOT_FOUND', 'There is no such reservation.');
}

/** @throws ServiceError PEX_NOT_FOUND */
export async function reachableInstance(
  request: FastifyRequest,
  { instances, projects }: { instances: Pick<Instances, 'get'>; projects: Memberships },
  id: string,
): Promise<InstanceRecord> {
  const vmId = readVmId(id);
  const record = vmId === undefined ? undefined : await instances.get(vmId);
  if (record !== undefined && (await isReachable(request, projects, record))) return record;
  throw new ServiceError('PEX_NOT_FOUND', 'There is no such instance.');
}

/**
 * Whose limits and balance count: those of whoever has the reservation, also when an operator or a member of the project acts.
 * @throws ServiceError PEX_NOT_FOUND when the account was deleted
 */
export async function ownerOf(
  request: FastifyRequest,
  accounts: Pick<Accounts, 'get'>,
  { userId }: Pick<ReservationRecord, 'userId'>,
): Promise<AccountRecord> {
  const caller = accountOf(request);
  const owner = caller.userId === userId ? caller : await accounts.get(userId);
  if (owner !== undefined) return owner;
  throw new ServiceError('PEX_NOT_FOUND', 'The account of this reservation was deleted.');
}

/**
 * Who reserves: the caller, or a project of theirs.
 * @throws ServiceError PEX_NOT_FOUND, or PEX_FORBIDDEN when the project is disabled
 */
export async function actingFor(
  request: FastifyRequest,
  projects: Pick<Projects, 'byName' | 'roleOf'>,
  name: string | undefined,
): Promise<AccountRecord> {
  if (name === undefined) return accountOf(request);
  const project = await reachableProject(request, projects, name);
  if (project.disabled) throw new ServiceError('PEX_FORBIDDEN', 'The project is disabled.');
  request.actsFor = project.userId;
  return project;
}

/** @throws ServiceError PEX_NOT_FOUND */
async function reachableProject(
  request: FastifyRequest,
  projects: Pick<Projects, 'byName' | 'roleOf'>,
  name: string,
): Promise<AccountRecord> {
  const project = await projects.byName(name);
  const { role, userId } = accountOf(request);
  const isMember = project !== undefined && (await projects.roleOf(project.userId, userId)) !== undefined;
  if (project !== undefined && (isMember || role === 'operator')) return project;
  throw new ServiceError('PEX_NOT_FOUND', `You are in no project "${name}".`);
}

/**
 * Whose things a list shows.
 * @throws ServiceError PEX_FORBIDDEN when somebody else than an operator asks for all, PEX_NOT_FOUND
 */
export async function listScope(
  request: FastifyRequest,
  { all, project }: { all?: boolean | undefined; project?: string | undefined },
  projects: Pick<Projects, 'byName' | 'roleOf'>,
): Promise<{ readonly userId?: number }> {
  const { role, userId } = accountOf(request);
  if (project !== undefined) return { userId: (await reachableProject(request, projects, project)).userId };
  if (!all) return { userId };
  if (role === 'operator') return {};
  throw new ServiceError('PEX_FORBIDDEN', 'all=true is for operators.');
}

/**
 * To whom a reservation may be given: to oneself and one's projects, for nobody else has said that they want to pay for it; operators give to
 * anybody.
 * @throws ServiceError PEX_NOT_FOUND or PEX_FORBIDDEN
 */
export async function recipientOf(
  request: FastifyRequest,
  { accounts, projects }: { accounts: Pick<Accounts, 'byUsername'>; projects: Memberships },
  name: string,
): Promise<AccountRecord> {
  const { role, userId } = accountOf(request);
  const to = await accounts.byUsername(name);
  if (to !== undefined && !to.disabled) {
    if (role === 'operator' || to.userId === userId) return to;
    if ((await projects.roleOf(to.userId, userId)) !== undefined) return to;
  }
  throw new ServiceError(
    'PEX_FORBIDDEN',
    'A reservation is given to oneself or to a project that one is a member of; an operator gives it to others.',
  );
}

/** Does it belong to the caller, or to a project of theirs; to an operator everything does. */
export async function isReachable(
  request: FastifyRequest,
  projects: Memberships,
  record: { readonly userId: number },
): Promise<boolean> {
  const { role, userId } = accountOf(request);
  if (record.userId === userId) return true;
  if (role !== 'operator' && (await projects.roleOf(record.userId, userId)) === undefined) return false;
  request.actsFor = record.userId;
  return true;
}
