// /OpenPEX/account/tokens: with which programs call the API in the name of one's own account. Only who has the password makes and revokes
// them.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { ServiceError } from '../problems.ts';
import { IdParams, ref } from '../wire/field.ts';
import { NewToken, Token, TokenBody } from '../wire/token.ts';
import { type Authenticator, accountOf } from './authentication.ts';
import type { Tokens } from './stores.ts';
import { tokenView } from './views.ts';

const tags = ['accounts'];
const DAY_MS = 86_400_000;

export interface TokenRoutesParts {
  readonly tokens: Pick<Tokens, 'create' | 'list' | 'revoke'>;
  readonly authenticator: Pick<Authenticator, 'revoke'>;
}

export function tokenRoutes({ tokens, authenticator }: TokenRoutesParts): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/account/tokens',
      {
        config: { access: 'user', noToken: true },
        schema: {
          operationId: 'createToken',
          summary: 'Make a token, which is shown this once',
          tags,
          body: TokenBody,
          response: { 201: ref(NewToken) },
        },
      },
      async (request, reply) => {
        const { role, userId, username } = accountOf(request);
        const { expiresInDays, name, scope = 'use' } = request.body;
        if (scope === 'operate' && role !== 'operator')
          throw new ServiceError('PEX_FORBIDDEN', 'scope: operate is for operators.');
        const createdMs = Date.now();
        const expiresMs = expiresInDays === undefined ? null : createdMs + expiresInDays * DAY_MS;
        const { record, secret } = await tokens.create({ userId, name, scope, createdMs, expiresMs });
        request.log.info({ userId, username, tokenId: record.tokenId, scope }, 'a token was made');
        return reply.code(201).send({ ...tokenView(record), token: secret });
      },
    );

    app.get(
      '/account/tokens',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listTokens',
          summary: 'Own tokens, oldest first',
          tags,
          response: { 200: Type.Array(ref(Token)) },
        },
      },
      async (request) => (await tokens.list(accountOf(request).userId)).map(tokenView),
    );

    app.delete(
      '/account/tokens/:id',
      {
        config: { access: 'user', noToken: true, ignoresBody: true },
        schema: {
          operationId: 'revokeToken',
          summary: 'Revoke a token, at once',
          tags,
          params: IdParams,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { userId, username } = accountOf(request);
        const { id } = request.params;
        if (!(await tokens.revoke(userId, id)))
          throw new ServiceError('PEX_NOT_FOUND', 'There is no such token.');
        authenticator.revoke(userId, id);
        request.log.info({ userId, username, tokenId: id }, 'a token was revoked');
        return reply.code(204).send(null);
      },
    );
  };
}
