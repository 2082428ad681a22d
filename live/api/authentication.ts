// Who is calling, and may they: HTTP Basic, the two headers of the first OpenPEX, a token, or the portal's session cookie. Every route
// declares who has access; one that does not cannot be registered.
import { hash as hashOf, randomBytes, timingSafeEqual } from 'node:crypto';
import type {} from '@fastify/cookie';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Observable, Subject } from 'rxjs';
import type { Verified } from '../database/account-store.ts';
import { ServiceError } from '../problems.ts';
import type { AccountRecord, TokenRecord } from '../records.ts';
import type { Accounts, Sessions, Tokens } from './stores.ts';
import { Throttle, type ThrottleSettings } from './throttle.ts';

/** guest: anyone, and who sends valid credentials is known. */
export type Access = 'anyone' | 'guest' | 'user' | 'operator';

export interface Caller {
  readonly account: AccountRecord;
  /** When the caller came by a session of the portal. */
  readonly session: { readonly token: string; readonly csrfToken: string } | null;
  /** When it is a program that has one. */
  readonly token: Pick<TokenRecord, 'tokenId' | 'scope'> | null;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    readonly access?: Access;
    /** Not with a token: one that got out must not be able to make itself at home. */
    readonly noToken?: true;
    /** Although it is a POST: a token that may only read may do it. */
    readonly changesNothing?: true;
    /** Probes do it: a token that they may have, in VMs where others might read it, does this and nothing else. */
    readonly forProbes?: true;
  }
  interface FastifyRequest {
    /** Null where nobody had to log in. */
    caller: Caller | null;
  }
}

/** What is no longer valid: one session or token, or everything of a user. */
export interface Revocation {
  readonly userId: number;
  /** Of a session, or the id of a token. */
  readonly token: string | null;
}

export const SESSION_COOKIE = 'openpex_session';
/** So long after its last use a password that was right is known, as long as its hash is the one that is stored. */
const VERIFIED_FOR_MS = 600_000;
const MAX_VERIFIED = 10_000;
/** So many more failures are free for an address than for one account at it: many people may share it. */
const ADDRESS_ALLOWANCE = 10;
/** And so many more registrations: a whole class registers in its first hour. */
const REGISTRATION_ALLOWANCE = 20;
/** Checks at the same time of passwords from an address that is blocked. */
const CHECKS_WHILE_BLOCKED = 4;
/** They change nothing. */
export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export class Authenticator {
  readonly #accounts: Pick<Accounts, 'get' | 'present' | 'verify'>;
  readonly #sessions: Pick<Sessions, 'find'>;
  readonly #tokens: Pick<Tokens, 'find'>;
  readonly #accountThrottle: Throttle;
  readonly #addressThrottle: Throttle;
  readonly #registrationThrottle: Throttle;
  /** Checks under way from addresses that are blocked. */
  readonly #checksWhileBlocked = new Map<string, number>();
  /** Credentials that were right, by a hash of them that only this process can make; never the password. */
  readonly #verified = new Map<string, { readonly userId: number; readonly hash: string; untilMs: number }>();
  /** The same credentials at the same time are checked once. */
  readonly #pending = new Map<string, Promise<AccountRecord>>();
  readonly #secret = randomBytes(32).toString('base64');
  readonly #revocations = new Subject<Revocation>();

  constructor(parts: {
    readonly accounts: Pick<Accounts, 'get' | 'present' | 'verify'>;
    readonly sessions: Pick<Sessions, 'find'>;
    readonly tokens: Pick<Tokens, 'find'>;
    readonly loginThrottle: ThrottleSettings;
  }) {
    const { accounts, sessions, tokens, loginThrottle } = parts;
    this.#accounts = accounts;
    this.#sessions = sessions;
    this.#tokens = tokens;
    this.#accountThrottle = new Throttle(loginThrottle, Date.now);
    const free = (allowance: number) => ({
      ...loginThrottle,
      freeFailures: loginThrottle.freeFailures * allowance,
    });
    this.#addressThrottle = new Throttle(free(ADDRESS_ALLOWANCE), Date.now);
    this.#registrationThrottle = new Throttle(free(REGISTRATION_ALLOWANCE), Date.now);
  }

  get revocations$(): Observable<Revocation> {
    return this.#revocations;
  }

  /** Does the request say who makes it, rightly or not? */
  isNamed(request: FastifyRequest): boolean {
    const { authorization, 'openpex-user': username, 'openpex-pass': password } = request.headers;
    const isNamed = authorization !== undefined || username !== undefined || password !== undefined;
    return isNamed || request.cookies[SESSION_COOKIE] !== undefined;
  }

  /** @throws ServiceError PEX_UNAUTHORIZED, PEX_CSRF, or PEX_TOO_MANY_REQUESTS after many failures */
  async authenticate(request: FastifyRequest): Promise<Caller> {
    const bearer = bearerToken(request);
    if (bearer !== undefined) return this.#program(bearer);
    const credentials = basicCredentials(request) ?? headerCredentials(request);
    if (credentials !== undefined) {
      request.triedAs = credentials.username;
      const account = await this.login({ address: request.ip, ...credentials });
      return { account, session: null, token: null };
    }
    const token = request.cookies[SESSION_COOKIE];
    if (token === undefined)
      throw new ServiceError('PEX_UNAUTHORIZED', 'The request needs a user name and a password, or a token.');
    const session = await this.#sessions.find(token, Date.now());
    const account = session && (await this.#accounts.get(session.userId));
    if (session === undefined || account === undefined || account.disabled) {
      throw new ServiceError('PEX_UNAUTHORIZED', 'The session is over; log in again.');
    }
    if (!SAFE_METHODS.has(request.method)) checkCsrfToken(request, session.csrfToken);
    return { account, session: { token, csrfToken: session.csrfToken }, token: null };
  }

  async #program(secret: string): Promise<Caller> {
    const token = await this.#tokens.find(secret, Date.now());
    const account = token && (await this.#accounts.get(token.userId));
    if (token === undefined || account === undefined || account.disabled) {
      throw new ServiceError('PEX_UNAUTHORIZED', 'The token is unknown, was revoked, or has run out.');
    }
    const { scope } = token;
    // What an operator's program does as a user it may do as a user only.
    return {
      account: scope === 'read' || scope === 'operate' ? account : { ...account, role: 'user' },
      session: null,
      token,
    };
  }

  /** @throws ServiceError PEX_UNAUTHORIZED or PEX_TOO_MANY_REQUESTS */
  async login(attempt: LoginAttempt): Promise<AccountRecord> {
    const credentials = JSON.stringify([attempt.username, attempt.password]);
    const key = hashOf('sha256', `${this.#secret}${credentials}`, 'base64');
    const account = await this.#known(key);
    if (account !== undefined) return account;
    const attemptKey = `${key}@${attempt.address}`;
    let checking = this.#pending.get(attemptKey);
    if (checking === undefined) {
      checking = this.#verify(attempt, key).finally(() => this.#pending.delete(attemptKey));
      this.#pending.set(attemptKey, checking);
    }
    return checking;
  }

  /**
   * Registration costs as much as a log-in and can be done by anyone. What it is counted by is its own: it keeps nobody from logging in.
   * @throws ServiceError PEX_TOO_MANY_REQUESTS
   */
  countRegistration(address: string): void {
    throwIfBlocked(
      this.#registrationThrottle.waitMs(address),
      'Too many registrations; wait before the next.',
    );
    this.#registrationThrottle.attempt(address);
  }

  /** Ends the event streams that were granted before. The sessions themselves are ended in their store; a password, when its hash changes. */
  revoke(userId: number, token: string | null = null): void {
    this.#revocations.next({ userId, token });
  }

  /** The account, if its password was right and is still the one that is stored: whoever changes that, from wherever, is heard at once. */
  async #known(key: string): Promise<AccountRecord | undefined> {
    const known = this.#verified.get(key);
    const nowMs = Date.now();
    if (known === undefined || nowMs >= known.untilMs) return undefined;
    const present = await this.#accounts.present(known.userId);
    if (present === undefined || present.account.disabled || present.hash !== known.hash) return undefined;
    known.untilMs = nowMs + VERIFIED_FOR_MS;
    return present.account;
  }

  async #verify({ username, password, address }: LoginAttempt, key: string): Promise<AccountRecord> {
    const accountKey = `${username.toLowerCase()}@${address}`;
    throwIfBlocked(this.#accountThrottle.waitMs(accountKey));
    const counted = this.#countAgainstAddress(address, this.#accountThrottle.isClean(accountKey));
    this.#accountThrottle.attempt(accountKey);
    let verified: Verified | undefined;
    try {
      verified = await this.#accounts.verify(username, password);
    } catch (error) {
      this.#accountThrottle.takeBack(accountKey);
      counted.end('not made');
      throw error;
    }
    counted.end(verified === undefined ? 'failed' : 'succeeded');
    if (verified === undefined)
      throw new ServiceError('PEX_UNAUTHORIZED', 'The user name or the password is wrong.');
    this.#accountThrottle.succeeded(accountKey);
    this.#remember(key, verified);
    return verified.account;
  }

  /**
   * An address may be that of many people, of whom one guesses: its block is for accounts that failed there themselves. Others are let
   * through, existing or not, so that nothing is learned; a few at a time, or a flood of names would keep all passwords from being checked.
   */
  #countAgainstAddress(
    address: string,
    isClean: boolean,
  ): { end(outcome: 'succeeded' | 'failed' | 'not made'): void } {
    const waitMs = this.#addressThrottle.waitMs(address);
    if (waitMs === 0) {
      this.#addressThrottle.attempt(address);
      return { end: (outcome) => outcome !== 'failed' && this.#addressThrottle.takeBack(address) };
    }
    const underWay = this.#checksWhileBlocked.get(address) ?? 0;
    throwIfBlocked(!isClean ? waitMs : underWay >= CHECKS_WHILE_BLOCKED ? 1 : 0);
    this.#checksWhileBlocked.set(address, underWay + 1);
    return {
      end: (outcome) => {
        const others = this.#checksWhileBlocked.get(address)! - 1;
        if (others === 0) this.#checksWhileBlocked.delete(address);
        else this.#checksWhileBlocked.set(address, others);
        // One that was right does not lift the block: somebody guesses there all the same.
        if (outcome === 'failed') this.#addressThrottle.attempt(address);
      },
    };
  }

  #remember(key: string, { account, hash }: Verified): void {
    if (this.#verified.size >= MAX_VERIFIED) this.#verified.clear();
    this.#verified.set(key, { userId: account.userId, hash, untilMs: Date.now() + VERIFIED_FOR_MS });
  }
}

export interface LoginAttempt {
  readonly username: string;
  readonly password: string;
  /** Where it comes from. */
  readonly address: string;
}

/** Makes every route of the app declare its access, and every request keep to it. */
export function guardRoutes(
  app: FastifyInstance,
  authenticator: Authenticator,
  limits: {
    byAddress(request: FastifyRequest): Promise<void>;
    byUser(request: FastifyRequest): Promise<void>;
  },
): void {
  app.decorateRequest('caller', null);
  app.decorateRequest('actsFor', null);
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access === undefined) throw new Error(`${String(method)} ${url} does not say who has access`);
  });
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    // Without one it is no route: what comes after is 404 or 405.
    if (access === undefined) return;
    if (!SAFE_METHODS.has(request.method)) checkFetchSite(request);
    if (access === 'anyone') return limits.byAddress(request);
    if (access === 'guest' && !authenticator.isNamed(request)) return limits.byAddress(request);
    try {
      request.caller = await authenticator.authenticate(request);
    } catch (error) {
      await limits.byAddress(request);
      if (access === 'guest' && error instanceof ServiceError && error.code === 'PEX_UNAUTHORIZED') return;
      throw error;
    }
    await limits.byUser(request);
    checkToken(request, request.caller.token);
    if (access === 'operator' && request.caller.account.role !== 'operator') {
      throw new ServiceError('PEX_FORBIDDEN', 'This is for operators.');
    }
  });
}

/** The caller of a route that is not for anyone. */
export function callerOf(request: FastifyRequest): Caller {
  if (request.caller === null)
    throw new Error(`${request.method} ${request.url} was let in without an account`);
  return request.caller;
}

export function accountOf(request: FastifyRequest): AccountRecord {
  return callerOf(request).account;
}

/** A browser shows its own log-in dialogue for a challenge; requests made by scripts must not cause one. */
export function wantsChallenge(request: FastifyRequest): boolean {
  // An EventSource can set no header of its own, and browsers tell its destination on secure connections only.
  const wantsEvents = request.headers.accept?.includes('text/event-stream') === true;
  return (
    request.headers['x-requested-with'] !== 'openpex-portal' &&
    request.headers['sec-fetch-dest'] !== 'empty' &&
    !wantsEvents
  );
}

/** Browsers say where a request was made; other sites have no business to change anything here. */
function checkFetchSite(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') {
    throw new ServiceError('PEX_CSRF', 'The request was made by a page of another site.');
  }
}

function checkCsrfToken(request: FastifyRequest, expected: string): void {
  const sent = Buffer.from(String(request.headers['x-openpex-csrf'] ?? ''));
  const wanted = Buffer.from(expected);
  if (sent.length !== wanted.length || !timingSafeEqual(sent, wanted)) {
    throw new ServiceError('PEX_CSRF', 'The header X-OpenPEX-CSRF must bring the token of the session.');
  }
}

/** @throws ServiceError PEX_FORBIDDEN */
function checkToken(request: FastifyRequest, token: Caller['token']): void {
  if (token === null) return;
  const { changesNothing, forProbes, noToken } = request.routeOptions.config;
  if (token.scope === 'calendar')
    throw new ServiceError('PEX_FORBIDDEN', 'The token is for the calendar feed only.');
  if (token.scope === 'probe' && !forProbes)
    throw new ServiceError('PEX_FORBIDDEN', 'The token is for what probes measure only.');
  if (noToken)
    throw new ServiceError('PEX_FORBIDDEN', 'This takes the password of the account, not a token.');
  if (token.scope === 'read' && !SAFE_METHODS.has(request.method) && !changesNothing)
    throw new ServiceError('PEX_FORBIDDEN', 'The token may only read.');
}

/** Undefined when the header brings something else, or nothing. */
function bearerToken({ headers: { authorization } }: FastifyRequest): string | undefined {
  return /^bearer ([A-Za-z0-9._~+/=-]{1,512})$/i.exec(authorization?.trim() ?? '')?.[1];
}

function basicCredentials({ headers }: FastifyRequest): Omit<LoginAttempt, 'address'> | undefined {
  const { authorization } = headers;
  if (authorization === undefined) return undefined;
  const encoded = /^basic ([A-Za-z0-9+/=_-]{1,1200})$/i.exec(authorization.trim())?.[1];
  const text = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1)
    throw new ServiceError(
      'PEX_UNAUTHORIZED',
      'The header Authorization is neither HTTP Basic nor a bearer token.',
    );
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** OpenPEX of 2009 had these instead of HTTP Basic. */
function headerCredentials({ headers }: FastifyRequest): Omit<LoginAttempt, 'address'> | undefined {
  const username = headers['openpex-user'];
  const password = headers['openpex-pass'];
  if (username === undefined && password === undefined) return undefined;
  if (typeof username !== 'string' || typeof password !== 'string') {
    throw new ServiceError('PEX_UNAUTHORIZED', 'OpenPEX-User and OpenPEX-Pass go together.');
  }
  return { username: fromBytes(username), password: fromBytes(password) };
}

/** Node reads header values as Latin-1; people type UTF-8. */
function fromBytes(value: string): string {
  return Buffer.from(value, 'latin1').toString('utf8');
}

function throwIfBlocked(waitMs: number, why = 'Too many failed log-ins; wait before the next.'): void {
  if (waitMs === 0) return;
  throw new ServiceError('PEX_TOO_MANY_REQUESTS', why, {
    retryAfterSeconds: Math.ceil(waitMs / 1000),
  });
}
