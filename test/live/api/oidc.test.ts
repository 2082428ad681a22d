// Log-in at another server: who gets which account, and that nobody gets somebody else's.
import { afterEach, expect, test } from 'vitest';
import type { OidcSettings } from '../../../live/oidc-settings.ts';
import { type ProviderUser, startOpenIdProvider } from '../../support/openid-provider.ts';
import { type Testbed, testbed } from './testbed.ts';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const ADA = { sub: '7', preferred_username: 'ada@uni.example', name: 'Ada L.', email: 'ada@uni.example' };

async function begin(user: () => ProviderUser, settings: Partial<OidcSettings> = {}) {
  const provider = await startOpenIdProvider(user);
  stops.push(provider.stop);
  const bed = await testbed({
    startingBalanceMicros: 7,
    oidc: {
      issuer: provider.issuer,
      clientId: 'pex',
      clientSecret: 'secret',
      publicUrl: 'http://pex.example',
      name: 'University',
      usernameClaim: 'preferred_username',
      accounts: 'create',
      linksByEmail: false,
      ...settings,
    },
  });
  return { bed, provider };
}

const cookieOf = (headers: Record<string, unknown>, name: string) =>
  [headers['set-cookie'] ?? []]
    .flat()
    .map((cookie) => new RegExp(`^${name}=([^;]+)`).exec(String(cookie))?.[1])
    .find((value) => value !== undefined);

/** As a browser goes. @returns where it ends, and its session */
async function logIn(bed: Testbed, change: (callback: URL) => void = () => undefined) {
  const begun = await bed.app.inject({ url: '/OpenPEX/session/oidc' });
  expect(begun.statusCode).toBe(303);
  const there = await fetch(String(begun.headers.location), { redirect: 'manual' });
  const back = new URL(there.headers.get('location')!);
  change(back);
  const ended = await bed.app.inject({
    url: back.pathname + back.search,
    cookies: { openpex_log_in: cookieOf(begun.headers, 'openpex_log_in') ?? '' },
  });
  const session = cookieOf(ended.headers, 'openpex_session');
  return { location: ended.headers.location, session, back };
}

async function accountOf(bed: Testbed, session: string | undefined) {
  const response = await bed.app.inject({
    url: '/OpenPEX/session',
    cookies: { openpex_session: session ?? '' },
  });
  return response.json().account;
}

test('who logs in for the first time gets an account, and the same one the next time', async () => {
  const { bed } = await begin(() => ADA);
  const ways = await bed.app.inject({ url: '/OpenPEX/login' });
  expect(ways.json()).toEqual({
    oidc: { name: 'University', path: '/OpenPEX/session/oidc' },
    registration: 'open',
  });
  const first = await logIn(bed);
  expect(first.location).toBe('/');
  const account = await accountOf(bed, first.session);
  expect(account).toMatchObject({
    username: 'ada',
    fullName: 'Ada L.',
    email: 'ada@uni.example',
    role: 'user',
    balanceMicros: 7,
  });
  const second = await logIn(bed);
  expect((await accountOf(bed, second.session)).userid).toBe(account.userid);
  await bed.as('olga', {
    method: 'PATCH',
    url: `/OpenPEX/accounts/${account.userid}`,
    payload: { disabled: true },
  });
  expect(await logIn(bed)).toMatchObject({ location: '/#/login?refused=disabled', session: undefined });
});

test('a name that is taken gets a number; an address that is taken nobody gets', async () => {
  let user: ProviderUser = { sub: '8', preferred_username: 'alice' };
  const { bed } = await begin(() => user);
  expect((await accountOf(bed, (await logIn(bed)).session)).username).toBe('alice-2');
  user = { sub: '9', preferred_username: 'al', email: 'Alice@example.org', email_verified: true };
  expect(await logIn(bed)).toMatchObject({ location: '/#/login?refused=taken', session: undefined });
});

test('an account is linked by an address that the provider has verified, where the operator wants that', async () => {
  let user: ProviderUser = { sub: '9', email: 'alice@example.org', email_verified: false };
  const { bed } = await begin(() => user, { linksByEmail: true, accounts: 'known' });
  expect((await logIn(bed)).location).toBe('/#/login?refused=taken');
  user = { ...user, email_verified: true };
  expect((await accountOf(bed, (await logIn(bed)).session)).username).toBe('alice');
  // From now on it is the subject that counts.
  user = { sub: '9' };
  expect((await accountOf(bed, (await logIn(bed)).session)).username).toBe('alice');
  user = { sub: '10', email: 'new@example.org', email_verified: true };
  expect((await logIn(bed)).location).toBe('/#/login?refused=no-account');
});

test('a forged token, another state, a code that was used, and a browser that began nothing are refused', async () => {
  const { bed, provider } = await begin(() => ADA);
  const refused = { location: '/#/login?refused=refused', session: undefined };
  expect(await logIn(bed, (back) => back.searchParams.set('state', 'other'))).toMatchObject(refused);
  const { back } = await logIn(bed);
  const again = await bed.app.inject({ url: back.pathname + back.search });
  expect(again.headers.location).toBe('/#/login?refused=refused');
  const used = back.searchParams.get('code')!;
  expect(await logIn(bed, (url) => url.searchParams.set('code', used))).toMatchObject(refused);
  provider.forge();
  expect(await logIn(bed)).toMatchObject(refused);
  for (const cookie of ['', 'x', 'e30', 'bnVsbA']) {
    const response = await bed.app.inject({
      url: '/OpenPEX/session/oidc/callback?code=1&state=2',
      cookies: { openpex_log_in: cookie },
    });
    expect(response.headers.location).toBe('/#/login?refused=refused');
  }
});

test('a provider that is down keeps nobody with a password out', async () => {
  const { bed, provider } = await begin(() => ADA);
  await provider.stop();
  const begun = await bed.app.inject({ url: '/OpenPEX/session/oidc' });
  expect(begun.headers.location).toBe('/#/login?refused=away');
  expect((await bed.as('alice', { url: '/OpenPEX/account' })).statusCode).toBe(200);
});
