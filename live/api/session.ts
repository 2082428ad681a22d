// /OpenPEX/session: log-in and log-out of the portal, by a cookie that scripts cannot read and a token that other sites do not have.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { ServiceError } from '../problems.ts';
import { callerOf, SESSION_COOKIE } from './authentication.ts';
import type { ApiContext } from './parts.ts';
import { LoginBody, ref, SessionView } from './schemas.ts';
import { accountView } from './wire.ts';

const tags = ['session'];

export function sessionRoutes(context: ApiContext): FastifyPluginAsyncTypebox {
  const { sessions, authenticator, config } = context;

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
          response: { 200: ref(SessionView) },
        },
      },
      async (request, reply) => {
        const account = await authenticator.login({ ...request.body, address: request.ip });
        const former = request.cookies[SESSION_COOKIE];
        if (former !== undefined) await sessions.revoke(former);
        const csrfToken = await beginSession(reply, account.userId, context);
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
          response: { 200: ref(SessionView) },
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
  { sessions, config }: Pick<ApiContext, 'sessions' | 'config'>,
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
