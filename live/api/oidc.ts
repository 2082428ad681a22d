// /OpenPEX/session/oidc: log-in at another server, by OpenID Connect (authorization code with PKCE). What comes of it is a session like any
// other. The library checks signatures, times, state and nonce; here is whose account it is.
import { randomBytes } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Configuration, IDToken } from 'openid-client';
import { Type } from 'typebox';
import type { OidcSettings } from '../oidc-settings.ts';
import { ServiceError } from '../problems.ts';
import type { AccountRecord } from '../records.ts';
import type { Service } from '../service/service.ts';
import { LogInWays } from '../wire/account.ts';
import type { ApiConfig } from './config.ts';
import { beginSession, type SessionStart } from './session.ts';
import type { Accounts, Identities } from './stores.ts';

const tags = ['session'];
const CALLBACK = '/session/oidc/callback';
const PREFIX = '/OpenPEX';
/** What is to be found again when the browser comes back. */
const COOKIE = 'openpex_log_in';
const COOKIE_SECONDS = 600;
/** What the provider says of itself is asked again after this. */
const DISCOVERED_FOR_MS = 3_600_000;
const TIMEOUT_SECONDS = 10;
const OTHER_NAMES = 20;

/** Why nobody is logged in, for the portal. */
type Refusal = 'away' | 'refused' | 'no-account' | 'disabled' | 'taken';

export interface OidcRoutesParts extends SessionStart {
  readonly service: Pick<Service, 'now'>;
  readonly accounts: Pick<Accounts, 'register' | 'get' | 'byUsername' | 'byEmail'>;
  readonly identities: Identities;
  readonly config: Pick<ApiConfig, 'oidc' | 'registration' | 'secureCookies' | 'startingBalanceMicros'>;
}

export function oidcRoutes(parts: OidcRoutesParts): FastifyPluginAsyncTypebox {
  const { config } = parts;
  const settings = config.oidc;

  return async (app) => {
    app.get(
      '/login',
      {
        config: { access: 'anyone' },
        schema: {
          operationId: 'listLogInWays',
          summary: 'By what one can log in beside a password, and whether one can register',
          tags,
          response: { 200: LogInWays },
        },
      },
      async () => ({
        oidc: settings === undefined ? null : { name: settings.name, path: `${PREFIX}/session/oidc` },
        registration: config.registration,
      }),
    );
    if (settings === undefined) return;
    const provider = new OidcProvider(settings);

    app.get(
      '/session/oidc',
      {
        config: { access: 'anyone' },
        schema: {
          operationId: 'beginOidcLogIn',
          summary: 'For browsers: on to the server where one logs in',
          tags,
          response: { 303: Type.Null({ description: 'There' }) },
        },
      },
      async (request, reply) => {
        try {
          const { cookie, url } = await provider.begin();
          reply.setCookie(COOKIE, cookie, {
            path: `${PREFIX}/session/oidc`,
            httpOnly: true,
            // The browser comes back from another site.
            sameSite: 'lax',
            secure: config.secureCookies,
            maxAge: COOKIE_SECONDS,
          });
          return reply.redirect(url.href, 303);
        } catch (error) {
          request.log.warn({ err: error }, 'the server at which users log in cannot be reached');
          return reply.redirect(refusedAt('away'), 303);
        }
      },
    );

    app.get(
      CALLBACK,
      {
        config: { access: 'anyone' },
        schema: {
          operationId: 'endOidcLogIn',
          summary: 'For browsers: back from the server where one logged in',
          tags,
          querystring: Type.Object({}, { additionalProperties: true }),
          response: { 303: Type.Null({ description: 'To the portal' }) },
        },
      },
      async (request, reply) => {
        reply.clearCookie(COOKIE, { path: `${PREFIX}/session/oidc` });
        let claims: Claims;
        try {
          claims = await provider.end(request.url, request.cookies[COOKIE]);
        } catch (error) {
          request.refusedWith = 'PEX_UNAUTHORIZED';
          request.log.warn({ err: error }, 'a log-in at another server was refused');
          return reply.redirect(refusedAt('refused'), 303);
        }
        request.triedAs = claims.sub;
        const account = await accountFor(claims, settings, parts);
        if (typeof account === 'string') {
          request.refusedWith = 'PEX_FORBIDDEN';
          request.log.info({ subject: claims.sub, why: account }, 'a log-in at another server was refused');
          return reply.redirect(refusedAt(account), 303);
        }
        request.caller = { account, session: null, token: null };
        await beginSession(reply, account.userId, parts);
        return reply.redirect('/', 303);
      },
    );
  };
}

type Claims = Pick<IDToken, 'sub'> & Readonly<Record<string, unknown>>;

/** Loaded when somebody logs in by it. */
const library = () => import('openid-client');

class OidcProvider {
  readonly #settings: OidcSettings;
  #found: { readonly atMs: number; readonly configuration: Configuration } | undefined;

  constructor(settings: OidcSettings) {
    this.#settings = settings;
  }

  /** Where the browser is to go, and what it is to bring back. */
  async begin(): Promise<{ readonly url: URL; readonly cookie: string }> {
    const openid = await library();
    const configuration = await this.#configuration();
    const begun = {
      state: openid.randomState(),
      nonce: openid.randomNonce(),
      verifier: openid.randomPKCECodeVerifier(),
    };
    const url = openid.buildAuthorizationUrl(configuration, {
      redirect_uri: this.#settings.publicUrl + PREFIX + CALLBACK,
      scope: 'openid profile email',
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await openid.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
    });
    return { url, cookie: Buffer.from(JSON.stringify(begun)).toString('base64url') };
  }

  /** Who logged in. @throws what the library does when that is not proved, and SyntaxError or Error for a browser that brought nothing */
  async end(path: string, cookie: string | undefined): Promise<Claims> {
    if (cookie === undefined) throw new Error('the browser brought nothing of a log-in that was begun');
    const begun: Record<string, unknown> = Object(
      JSON.parse(Buffer.from(cookie, 'base64url').toString('utf8')),
    );
    const { nonce, state, verifier } = begun;
    if (typeof nonce !== 'string' || typeof state !== 'string' || typeof verifier !== 'string')
      throw new Error('what the browser brought is nothing of ours');
    const { authorizationCodeGrant } = await library();
    const tokens = await authorizationCodeGrant(
      await this.#configuration(),
      new URL(this.#settings.publicUrl + path),
      { expectedNonce: nonce, expectedState: state, pkceCodeVerifier: verifier, idTokenExpected: true },
    );
    const claims = tokens.claims();
    if (claims === undefined) throw new Error('the server gave no ID token');
    return claims;
  }

  async #configuration(): Promise<Configuration> {
    if (this.#found !== undefined && Date.now() < this.#found.atMs + DISCOVERED_FOR_MS)
      return this.#found.configuration;
    const { clientId, clientSecret, issuer } = this.#settings;
    const url = new URL(issuer);
    const openid = await library();
    const configuration = await openid.discovery(url, clientId, clientSecret, undefined, {
      timeout: TIMEOUT_SECONDS,
      execute: [
        // The signature of an ID token is checked, although it comes from the provider itself.
        openid.enableNonRepudiationChecks,
        // The settings allow it on this machine only.
        ...(url.protocol === 'http:' ? [openid.allowInsecureRequests] : []),
      ],
    });
    this.#found = { atMs: Date.now(), configuration };
    return configuration;
  }
}

async function accountFor(
  claims: Claims,
  settings: OidcSettings,
  { accounts, config, identities, service }: OidcRoutesParts,
): Promise<AccountRecord | Refusal> {
  const identity = { issuer: settings.issuer, subject: claims.sub };
  const userId = await identities.userOf(identity);
  const known = userId === undefined ? undefined : await accounts.get(userId);
  if (known !== undefined) return known.disabled ? 'disabled' : known;
  const email = emailOf(claims);
  const isVerified = claims['email_verified'] === true;
  const sameAddress = email === undefined ? undefined : await accounts.byEmail(email);
  if (sameAddress !== undefined) {
    if (!settings.linksByEmail || !isVerified) return 'taken';
    if (sameAddress.disabled) return 'disabled';
    await identities.link(identity, sameAddress.userId);
    return sameAddress;
  }
  if (settings.accounts === 'known') return 'no-account';
  for (const username of namesFor(claims, settings.usernameClaim)) {
    if ((await accounts.byUsername(username)) !== undefined) continue;
    try {
      const account = await accounts.register({
        username,
        // Nobody knows it: an operator can set another.
        password: randomBytes(32).toString('base64url'),
        fullName: fullNameOf(claims, username),
        email: email ?? `${username}@no-address.invalid`,
        role: 'user',
        createdMs: service.now(),
        balanceMicros: config.startingBalanceMicros,
      });
      await identities.link(identity, account.userId);
      return account;
    } catch (error) {
      // Somebody took it at this very moment.
      if (!(error instanceof ServiceError && error.code === 'PEX_CONFLICT')) throw error;
    }
  }
  return 'taken';
}

/** What the account could be called, by the rules of names here. */
function namesFor(claims: Claims, claim: string): string[] {
  const said = typeof claims[claim] === 'string' ? claims[claim] : claims.sub;
  const plain = said
    .split('@')[0]!
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .slice(0, 28)
    .padEnd(3, '-');
  return Array.from({ length: OTHER_NAMES }, (_, i) => (i === 0 ? plain : `${plain}-${i + 1}`));
}

function emailOf({ email }: Claims): string | undefined {
  return typeof email === 'string' && /^[^\s@]+@[^\s@]+$/.test(email) && email.length <= 254
    ? email
    : undefined;
}

function fullNameOf({ name }: Claims, username: string): string {
  const plain =
    typeof name === 'string'
      ? name
          .replaceAll(/\p{Cc}/gu, ' ')
          .trim()
          .slice(0, 200)
      : '';
  return plain === '' ? username : plain;
}

function refusedAt(why: Refusal): string {
  return `/#/login?refused=${why}`;
}
