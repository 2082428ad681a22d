// /OpenPEX/session: log-in and log-out of the portal, by a cookie that scripts cannot read and a token that other sites do not have.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { ServiceError } from '../problems.ts';
import { LoginBody, Session } from '../wire/account.ts';
import { ref } from '../wire/field.ts';
import { type Authenticator, callerOf, SESSION_COOKIE } from './authentication.ts';
import type { ApiConfig } from './config.ts';
import type { Sessions } from './stores.ts';
import { accountView } from './views.ts';

const tags = ['session'];

/** What a session begins with. */
export interface SessionStart {
  readonly sessions: Pick<Sessions, 'create'>;
  readonly config: Pick<ApiConfig, 'secureCookies'>;
}

export interface SessionRoutesParts extends SessionStart {
  readonly sessions: Pick<Sessions, 'create' | 'revoke'>;
  readonly authenticator: Pick<Authenticator, 'login' | 'revoke'>;
  readonly config: Pick<ApiConfig, 'secureCookies' | 'quota'>;
}

export function sessionRoutes(parts: SessionRoutesParts): FastifyPluginAsyncTypebox {
  const { sessions, authenticator, config } = parts;

  return async (app) => {
    app.post(
      '/session',
      {
        config: { access: 'anyone' },
        schema: {
          operationId: 'logIn',
          summary: 'Log in: sets the session cookie',
          tags,
          body: LoginBody,
          response: { 200: ref(Session) },
        },
      },
      async (request, reply) => {
        request.triedAs = request.body.username;
        const account = await authenticator.login({ ...request.body, address: request.ip });
        request.caller = { account, session: null, token: null };
        const former = request.cookies[SESSION_COOKIE];
        if (former !== undefined) await sessions.revoke(former);
        const csrfToken = await beginSession(reply, account.userId, parts);
        return { account: accountView(account, config.quota), csrfToken };
      },
    );

    app.get(
      '/session',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getSession',
          summary: 'Who is logged in by the cookie',
          tags,
          response: { 200: ref(Session) },
        },
      },
      async (request) => {
        const { account, session } = callerOf(request);
        if (session === null)
          throw new ServiceError('PEX_UNAUTHORIZED', 'The request belongs to no session.');
        return { account: accountView(account, config.quota), csrfToken: session.csrfToken };
      },
    );

    app.delete(
      '/session',
      {
        config: { access: 'user', ignoresBody: true },
        schema: {
          operationId: 'logOut',
          summary: 'Log out',
          tags,
          response: { 204: Type.Null({ description: 'Done' }) },
        },
      },
      async (request, reply) => {
        const { account, session } = callerOf(request);
        if (session !== null) {
          await sessions.revoke(session.token);
          authenticator.revoke(account.userId, session.token);
        }
        return reply.clearCookie(SESSION_COOKIE, { path: '/' }).code(204).send(null);
      },
    );
  };
}

/** Sets the cookie. @returns the token for X-OpenPEX-CSRF */
export async function beginSession(
  reply: FastifyReply,
  userId: number,
  { sessions, config }: SessionStart,
): Promise<string> {
  const { token, csrfToken, expiresMs } = await sessions.create(userId, Date.now());
  reply.setCookie(SESSION_COOKIE, token, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: config.secureCookies,
    expires: new Date(expiresMs),
  });
  return csrfToken;
}
