// /OpenPEX/account/access-keys: with which programs sign what they ask for at the EC2 interface, in the name of one's own account. Only who
// has the password makes and revokes them.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '../problems.ts';
import { AccessKey, AccessKeyBody, NewAccessKey } from '../wire/access-key.ts';
import { IdParams, ref } from '../wire/field.ts';
import { accountOf } from './authentication.ts';
import type { AccessKeys } from './stores.ts';
import { accessKeyView } from './views.ts';

const tags = ['accounts'];
const DAY_MS = 86_400_000;

export interface AccessKeyRoutesParts {
  readonly accessKeys: Omit<AccessKeys, 'revokeAll'>;
}

export function accessKeyRoutes({ accessKeys }: AccessKeyRoutesParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/account/access-keys',
      {
        config: { access: 'user', noToken: true },
        schema: {
          operationId: 'createAccessKey',
          summary: 'Make an access key for the EC2 interface, whose secret is shown this once',
          tags,
          body: AccessKeyBody,
          response: { 201: ref(NewAccessKey) },
        },
      },
      async (request, reply) => {
        const { userId, username } = accountOf(request);
        const { expiresInDays } = request.body;
        const createdMs = Date.now();
        const expiresMs = expiresInDays === undefined ? null : createdMs + expiresInDays * DAY_MS;
        const { record, secret } = await accessKeys.create({ userId, createdMs, expiresMs });
        const { accessKeyId } = record;
        request.log.info({ userId, username, accessKeyId }, 'an access key was made');
        return reply.code(201).send({ ...accessKeyView(record), secretAccessKey: secret });
      },
    );

    app.get(
      '/account/access-keys',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listAccessKeys',
          summary: 'Own access keys, oldest first',
          tags,
          response: { 200: Type.Array(ref(AccessKey)) },
        },
      },
      async (request) => (await accessKeys.list(accountOf(request).userId)).map(accessKeyView),
    );

    app.delete(
      '/account/access-keys/:id',
      {
        config: { access: 'user', noToken: true, ignoresBody: true },
        schema: {
          operationId: 'revokeAccessKey',
          summary: 'Revoke an access key, at once',
          tags,
          params: IdParams,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { userId, username } = accountOf(request);
        const { id: accessKeyId } = request.params;
        if (!(await accessKeys.revoke(userId, accessKeyId)))
          throw new ServiceError('PEX_NOT_FOUND', 'There is no such access key.');
        request.log.info({ userId, username, accessKeyId }, 'an access key was revoked');
        return reply.code(204).send(null);
      },
    );
  };
}
