// /OpenPEX/account: one's own profile, password, balance; /OpenPEX/accounts: registration, and everybody's for operators.
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ServiceError } from '../problems.ts';
import type { AccountRecord, Quota } from '../records.ts';
import type { Service } from '../service/service.ts';
import {
  Account,
  AccountChangesBody,
  DepositBody,
  LedgerEntry,
  PasswordBody,
  PasswordChanged,
  ProfileBody,
  RegistrationBody,
  ResetPasswordBody,
  UserIdParams,
} from '../wire/account.ts';
import { IdempotencyHeaders, PageQuery, ref } from '../wire/field.ts';
import { passwordWeakness } from '../wire/password.ts';
import { type Authenticator, accountOf, callerOf } from './authentication.ts';
import type { ApiConfig } from './config.ts';
import { noteOf } from './idempotency.ts';
import { announcePage, pageQuery } from './pages.ts';
import { beginSession, type SessionStart } from './session.ts';
import type { AccessKeys, Accounts, Ledger, Sessions, Tokens } from './stores.ts';
import { accountView, ledgerView } from './views.ts';

const tags = ['accounts'];

export interface AccountRoutesParts extends SessionStart {
  readonly service: Pick<Service, 'now' | 'usageOf' | 'deposit' | 'deleteAccount'>;
  readonly accounts: Pick<Accounts, 'register' | 'get' | 'changePassword' | 'update' | 'list'>;
  readonly sessions: Pick<Sessions, 'create' | 'revokeAll'>;
  readonly tokens: Pick<Tokens, 'revokeAll'>;
  readonly accessKeys: Pick<AccessKeys, 'revokeAll'>;
  readonly ledger: Ledger;
  readonly authenticator: Pick<Authenticator, 'login' | 'countRegistration' | 'revoke'>;
  readonly config: Pick<ApiConfig, 'registration' | 'startingBalanceMicros' | 'quota' | 'secureCookies'>;
}

export function accountRoutes(parts: AccountRoutesParts): FastifyPluginAsyncTypebox {
  const { service, accounts, sessions, tokens, accessKeys, ledger, authenticator, config } = parts;

  const existing = async (userId: number): Promise<AccountRecord> => {
    const account = await accounts.get(userId);
    if (account === undefined) throw new ServiceError('PEX_NOT_FOUND', 'There is no such account.');
    return account;
  };
  /** Whom an operator does something for. */
  const meant = async (request: FastifyRequest, userId: number): Promise<AccountRecord> => {
    const account = await existing(userId);
    if (userId !== accountOf(request).userId) request.actsFor = userId;
    return account;
  };
  const viewOf = async (userId: number) => accountView(await existing(userId), config.quota);

  return async (app) => {
    app.post(
      '/accounts',
      {
        config: { access: 'guest' },
        schema: {
          operationId: 'register',
          summary: 'Open an account; an operator does it for somebody else',
          tags,
          body: RegistrationBody,
          response: { 201: ref(Account) },
        },
      },
      async (request, reply) => {
        const operator = request.caller?.account.role === 'operator' ? request.caller.account : null;
        if (operator === null) {
          if (config.registration === 'closed')
            throw new ServiceError('PEX_FORBIDDEN', 'Accounts are opened by the operators here.');
          authenticator.countRegistration(request.ip);
        }
        const { username, password, fullName, email } = request.body;
        refuseWeak('password', password, [username, fullName, email]);
        const account = await accounts.register({
          ...request.body,
          role: 'user',
          createdMs: service.now(),
          balanceMicros: config.startingBalanceMicros,
        });
        request.actsFor = account.userId;
        request.log.info(
          { userId: account.userId, username: account.username, by: operator?.username ?? null },
          'an account was opened',
        );
        reply.code(201);
        return accountView(account, config.quota);
      },
    );

    app.get(
      '/account',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'getAccount',
          summary: 'Own account, with what it uses of its limits',
          tags,
          response: { 200: ref(Account) },
        },
      },
      async (request) => {
        const account = accountOf(request);
        return accountView(account, config.quota, service.usageOf(account));
      },
    );

    app.patch(
      '/account',
      {
        config: { access: 'user', noToken: true },
        schema: {
          operationId: 'updateAccount',
          summary: 'Change own name or e-mail address',
          tags,
          body: ProfileBody,
          response: { 200: ref(Account) },
        },
      },
      async (request) => {
        const { userId } = accountOf(request);
        await accounts.update(userId, request.body);
        return viewOf(userId);
      },
    );

    app.put(
      '/account/password',
      {
        config: { access: 'user', noToken: true },
        schema: {
          operationId: 'changePassword',
          summary: 'Change own password; ends all other sessions',
          tags,
          body: PasswordBody,
          response: { 200: PasswordChanged },
        },
      },
      async (request, reply) => {
        const { account, session } = callerOf(request);
        const { current, new: replacement } = request.body;
        await authenticator
          .login({ username: account.username, password: current, address: request.ip })
          .catch((error: unknown) => {
            // Not 401: the caller is logged in, and is not to be asked to log in again.
            const isWrong = error instanceof ServiceError && error.code === 'PEX_UNAUTHORIZED';
            throw isWrong ? new ServiceError('PEX_FORBIDDEN', 'The current password is wrong.') : error;
          });
        refuseWeak('new', replacement, namesOf(account));
        await accounts.changePassword(account.userId, replacement);
        await sessions.revokeAll(account.userId);
        authenticator.revoke(account.userId);
        if (session === null) return { csrfToken: null };
        return { csrfToken: await beginSession(reply, account.userId, parts) };
      },
    );

    app.get(
      '/account/ledger',
      {
        config: { access: 'user' },
        schema: {
          operationId: 'listLedger',
          summary: 'How the own balance came about, newest first',
          tags,
          querystring: PageQuery,
          response: { 200: Type.Array(ref(LedgerEntry)) },
        },
      },
      async (request, reply) => {
        const page = await ledger.page({ ...pageQuery(request.query), userId: accountOf(request).userId });
        announcePage(request, reply, page);
        return page.items.map(ledgerView);
      },
    );

    app.get(
      '/accounts',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'listAccounts',
          summary: 'All accounts',
          tags,
          querystring: PageQuery,
          response: { 200: Type.Array(ref(Account)) },
        },
      },
      async (request, reply) => {
        const page = await accounts.list(pageQuery(request.query));
        announcePage(request, reply, page);
        return page.items.map((account) => accountView(account, config.quota));
      },
    );

    app.patch(
      '/accounts/:userid',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'administerAccount',
          summary: 'Change role or limits, disable or enable',
          tags,
          params: UserIdParams,
          body: AccountChangesBody,
          response: { 200: ref(Account) },
        },
      },
      async (request) => {
        const { kind, userId } = await meant(request, request.params.userid);
        const { role, disabled } = request.body;
        if (role !== undefined && kind === 'project')
          throw new ServiceError('PEX_FORBIDDEN', 'A project has no role.');
        const locksOut = role === 'user' || disabled === true;
        if (locksOut && userId === accountOf(request).userId) {
          throw new ServiceError('PEX_FORBIDDEN', 'Operators cannot shut themselves out.');
        }
        checkRolling(request.body.quota?.rolling ?? [], config.quota.rolling);
        await accounts.update(userId, request.body);
        if (disabled === true) await sessions.revokeAll(userId);
        request.log.info(
          { userId, ...request.body, by: accountOf(request).username },
          'an account was changed',
        );
        // What was granted to the old role ends with it.
        if (disabled === true || role !== undefined) authenticator.revoke(userId);
        return viewOf(userId);
      },
    );

    app.put(
      '/accounts/:userid/password',
      {
        config: { access: 'operator', noToken: true },
        schema: {
          operationId: 'resetPassword',
          summary: 'Give somebody else a new password; ends their sessions, tokens and access keys',
          tags,
          params: UserIdParams,
          body: ResetPasswordBody,
          response: { 200: ref(Account) },
        },
      },
      async (request) => {
        const account = await meant(request, request.params.userid);
        const { kind, userId } = account;
        if (kind === 'project') throw new ServiceError('PEX_FORBIDDEN', 'Nobody logs in as a project.');
        const operator = accountOf(request);
        // Whoever finds the browser of an operator open must not get the account for good.
        if (userId === operator.userId)
          throw new ServiceError(
            'PEX_FORBIDDEN',
            'Your own password is changed at /OpenPEX/account/password.',
          );
        refuseWeak('new', request.body.new, namesOf(account));
        await accounts.changePassword(userId, request.body.new);
        await Promise.all([sessions, tokens, accessKeys].map((store) => store.revokeAll(userId)));
        authenticator.revoke(userId);
        request.log.info({ userId, by: operator.username }, 'a password was set by an operator');
        return viewOf(userId);
      },
    );

    app.delete(
      '/accounts/:userid',
      {
        config: { access: 'operator', ignoresBody: true },
        schema: {
          operationId: 'deleteAccount',
          summary: 'Delete an account that has no reservation any more; what it did and paid stays on record',
          tags,
          params: UserIdParams,
          response: { 204: Type.Null({ description: 'Done' }) },
        },
      },
      async (request, reply) => {
        const { userId, username } = await meant(request, request.params.userid);
        const operator = accountOf(request);
        if (userId === operator.userId)
          throw new ServiceError('PEX_FORBIDDEN', 'Operators cannot shut themselves out.');
        await service.deleteAccount(userId);
        authenticator.revoke(userId);
        request.log.info({ userId, username, by: operator.username }, 'an account was deleted');
        return reply.code(204).send(null);
      },
    );

    app.post(
      '/accounts/:userid/deposits',
      {
        config: { access: 'operator' },
        schema: {
          operationId: 'deposit',
          summary: 'Add credits to a balance, or take some from it',
          tags,
          headers: IdempotencyHeaders,
          params: UserIdParams,
          body: DepositBody,
          response: { 201: ref(Account) },
        },
      },
      async (request, reply) => {
        const { userId, balanceMicros } = await meant(request, request.params.userid);
        const { amountMicros, note = '' } = request.body;
        if (!Number.isSafeInteger(balanceMicros + amountMicros)) {
          throw new ServiceError(
            'PEX_BAD_REQUEST',
            'amountMicros: the balance would be more than can be counted.',
          );
        }
        const answerTo = noteOf(request, ['deposit', String(userId)]);
        await service.deposit({
          userId,
          amountMicros,
          note,
          ...(answerTo === undefined ? {} : { answerTo }),
        });
        reply.code(201);
        return viewOf(userId);
      },
    );
  };
}

function namesOf({ email, fullName, username }: AccountRecord): readonly string[] {
  return [username, fullName, email];
}

/** @throws ServiceError PEX_BAD_REQUEST */
function refuseWeak(field: string, password: string, own: readonly string[]): void {
  const weakness = passwordWeakness(password, own);
  if (weakness === undefined) return;
  throw new ServiceError(
    'PEX_BAD_REQUEST',
    `${field}: the password is ${weakness}; take another, a few words for instance.`,
    {
      errors: [{ field, expected: `a password that is not ${weakness}` }],
    },
  );
}

/** What was used is remembered for as long as the limits of the configuration need. */
function checkRolling(own: Quota['rolling'], configured: Quota['rolling']): void {
  for (const [i, { of, periodMs }] of own.entries()) {
    const isSame = (limit: Quota['rolling'][number]) => limit.of === of && limit.periodMs === periodMs;
    if (configured.some(isSame) && own.findIndex(isSame) === i) continue;
    const known = configured.map((limit) => `${limit.of} in ${limit.periodMs}`).join(', ');
    throw new ServiceError(
      'PEX_BAD_REQUEST',
      `quota.rolling: expected each limit of the configuration at most once (${known === '' ? 'it has none' : known}), found ${of} in ${periodMs}`,
      { field: `quota.rolling.${i}` },
    );
  }
}
