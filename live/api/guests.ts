// What gets into the VMs of a user: public keys of the account, and user-data of each reservation.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { isFinal } from '../../engine/index.ts';
import { ServiceError } from '../problems.ts';
import { IdParams } from '../wire/field.ts';
import { SshKeys, UserData } from '../wire/guest.ts';
import { accountOf } from './authentication.ts';
import { reachableReservation } from './ownership.ts';
import type { Guests, Projects, Reservations } from './stores.ts';

const tags = ['instances'];

export interface GuestRoutesParts {
  readonly guests: Guests;
  readonly projects: Pick<Projects, 'roleOf'>;
  readonly reservations: Pick<Reservations, 'get'>;
}

export function guestRoutes({ guests, projects, reservations }: GuestRoutesParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/account/ssh-keys',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getSshKeys',
          summary: 'Own public keys, which log in to new VMs',
          tags,
          response: { 200: SshKeys },
        },
      },
      async (request) => ({ sshKeys: [...(await guests.keysOf(accountOf(request).userId))] }),
    );

    app.put(
      '/account/ssh-keys',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'setSshKeys',
          summary: 'Set own public keys; VMs that are there keep those that they were made with',
          tags,
          body: SshKeys,
          response: { 200: SshKeys },
        },
      },
      async (request) => {
        const sshKeys = [...new Set(request.body.sshKeys)];
        await guests.setKeys(accountOf(request).userId, sshKeys);
        return { sshKeys };
      },
    );

    app.get(
      '/reservations/:id/user-data',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getUserData',
          summary: 'What cloud-init does in its VMs at their first boot',
          tags,
          params: IdParams,
          response: { 200: UserData },
        },
      },
      async (request) => {
        const { reservationId } = await reachableReservation(
          request,
          { projects, reservations },
          request.params.id,
        );
        return { userData: await guests.userDataOf(reservationId) };
      },
    );

    app.put(
      '/reservations/:id/user-data',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'setUserData',
          summary: 'Set what cloud-init does in its VMs; until they are made',
          tags,
          params: IdParams,
          body: UserData,
          response: { 200: UserData },
        },
      },
      async (request) => {
        const record = await reachableReservation(request, { projects, reservations }, request.params.id);
        if (record.activatedInstances > 0 || isFinal(record.state))
          throw new ServiceError(
            'PEX_REQUEST_FAILED',
            record.activatedInstances > 0
              ? 'Its VMs are made, so that this would reach none of them.'
              : 'The reservation has ended.',
          );
        const { userData } = request.body;
        await guests.setUserData(record.reservationId, userData);
        return { userData };
      },
    );
  };
}
