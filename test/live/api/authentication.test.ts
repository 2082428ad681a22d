import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { DEFAULT_API_CONFIG } from '../../../live/api/config.ts';
import { AccountStore } from '../../../live/database/account-store.ts';
import { basic, FIGURE_4_1, PASSWORD, type Testbed, testbed } from './testbed.ts';

const ACCOUNT = { url: '/OpenPEX/account' };

/** For tests that leave its accounts as they are. */
const sharedBed = testbed();

describe('credentials', () => {
  test('come by HTTP Basic', async () => {
    const bed = await sharedBed;
    const response = await bed.app.inject({ ...ACCOUNT, headers: basic('alice') });
    expect(response.json()).toMatchObject({ userid: 1, username: 'alice', role: 'user' });
  });

  test('come by the two headers of the first OpenPEX, in UTF-8', async () => {
    const bed = await testbed();
    await bed.accounts.changePassword(1, 'contraseña');
    const response = await bed.app.inject({
      ...ACCOUNT,
      headers: {
        'openpex-user': 'alice',
        'openpex-pass': Buffer.from('contraseña').toString('latin1'),
      },
    });
    expect(response.statusCode).toBe(200);
  });

  test.each([
    ['none', {}],
    ['a wrong password', basic('alice', 'wrong')],
    ['an unknown user', basic('mallory')],
    ['no colon', { authorization: `Basic ${Buffer.from('alice').toString('base64')}` }],
    ['another scheme', { authorization: 'Bearer abc' }],
    ['one of two headers', { 'openpex-user': 'alice' }],
    ['a session that is none', { cookie: 'openpex_session=made-up' }],
  ])('%s: 401 with a challenge', async (_what, headers) => {
    const bed = await sharedBed;
    const response = await bed.app.inject({ ...ACCOUNT, headers });
    expect(response.statusCode).toBe(401);
    expect(response.headers['www-authenticate']).toBe('Basic realm="OpenPEX", charset="UTF-8"');
    expect(response.json()).toMatchObject({ code: 'PEX_UNAUTHORIZED', status: 401 });
  });

  test.each([{ 'x-requested-with': 'openpex-portal' }, { 'sec-fetch-dest': 'empty' }])(
    'a script in a browser gets no challenge, which would open a dialogue: %j',
    async (headers) => {
      const bed = await sharedBed;
      const response = await bed.app.inject({ ...ACCOUNT, headers });
      expect(response.statusCode).toBe(401);
      expect(response.headers['www-authenticate']).toBeUndefined();
    },
  );

  test('that were right are not hashed again for each request, nor for parallel ones', async () => {
    const bed = await testbed();
    await Promise.all(Array.from({ length: 10 }, () => bed.as('alice', ACCOUNT)));
    await bed.as('alice', ACCOUNT);
    expect(bed.accounts.verifications).toBe(1);
  });

  test('are hashed again ten minutes after their last use', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const bed = await testbed();
      for (let minutes = 0; minutes <= 27; minutes += 9) {
        expect((await bed.as('alice', ACCOUNT)).statusCode).toBe(200);
        vi.advanceTimersByTime(9 * 60_000);
      }
      expect(bed.accounts.verifications).toBe(1);
      vi.advanceTimersByTime(60_000);
      expect((await bed.as('alice', ACCOUNT)).statusCode).toBe(200);
      expect(bed.accounts.verifications).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });

  test('that are changed in the database alone, as from the command line, are worth nothing from that moment', async () => {
    const bed = await testbed();
    expect((await bed.as('alice', ACCOUNT)).statusCode).toBe(200);
    await new AccountStore(bed.database).changePassword(1, 'another horse');
    expect((await bed.as('alice', ACCOUNT)).statusCode).toBe(401);
    const renewed = await bed.app.inject({ ...ACCOUNT, headers: basic('alice', 'another horse') });
    expect(renewed.statusCode).toBe(200);
    await new AccountStore(bed.database).update(1, { disabled: true });
    const disabled = await bed.app.inject({ ...ACCOUNT, headers: basic('alice', 'another horse') });
    expect(disabled.statusCode).toBe(401);
  });

  test('of a disabled account are worth nothing from that moment', async () => {
    const bed = await testbed();
    expect((await bed.as('alice', ACCOUNT)).statusCode).toBe(200);
    const disabled = await bed.as('olga', {
      method: 'PATCH',
      url: '/OpenPEX/accounts/1',
      payload: { disabled: true },
    });
    expect(disabled.json()).toMatchObject({ userid: 1, disabled: true });
    expect((await bed.as('alice', ACCOUNT)).statusCode).toBe(401);
  });

  test('end with a change of the password', async () => {
    const bed = await testbed();
    expect((await bed.as('alice', ACCOUNT)).statusCode).toBe(200);
    const changed = await bed.as('alice', {
      method: 'PUT',
      url: '/OpenPEX/account/password',
      payload: { current: PASSWORD, new: 'another horse' },
    });
    expect(changed.json()).toEqual({ csrfToken: null });
    expect((await bed.as('alice', ACCOUNT)).statusCode).toBe(401);
    const renewed = await bed.app.inject({ ...ACCOUNT, headers: basic('alice', 'another horse') });
    expect(renewed.statusCode).toBe(200);
  });

  test('the password is not changed without the current one', async () => {
    const bed = await sharedBed;
    const response = await bed.as('alice', {
      method: 'PUT',
      url: '/OpenPEX/account/password',
      payload: { current: 'guessed', new: 'another horse' },
    });
    expect(response.statusCode).toBe(403);
    expect((await bed.as('alice', ACCOUNT)).statusCode).toBe(200);
  });

  test('an operator cannot disable or demote himself', async () => {
    const bed = await sharedBed;
    for (const payload of [{ disabled: true }, { role: 'user' }]) {
      const response = await bed.as('olga', { method: 'PATCH', url: '/OpenPEX/accounts/3', payload });
      expect(response.statusCode).toBe(403);
    }
  });
});

let wrongPasswords = 0;

describe('guessing passwords', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const guess = (
    bed: Testbed,
    username: string,
    remoteAddress: string,
    password = `wrong ${wrongPasswords++}`,
  ) => bed.app.inject({ ...ACCOUNT, remoteAddress, headers: basic(username, password) });

  test('becomes slow after five failures, and twice as slow with each', async () => {
    const bed = await testbed();
    for (let failure = 1; failure <= 6; failure++) {
      expect((await guess(bed, 'alice', '192.0.2.1')).statusCode).toBe(401);
    }
    const waits: number[] = [];
    for (let round = 0; round < 4; round++) {
      const refused = await guess(bed, 'alice', '192.0.2.1');
      expect(refused.json().code).toBe('PEX_TOO_MANY_REQUESTS');
      const waitSeconds = Number(refused.headers['retry-after']);
      waits.push(waitSeconds);
      vi.advanceTimersByTime(waitSeconds * 1000);
      expect((await guess(bed, 'alice', '192.0.2.1')).statusCode).toBe(401);
    }
    expect(waits).toEqual([1, 2, 4, 8]);
  });

  test('does not lock out the owner, who comes from elsewhere', async () => {
    const bed = await testbed();
    for (let failure = 0; failure < 8; failure++) await guess(bed, 'alice', '192.0.2.11');
    expect((await guess(bed, 'alice', '192.0.2.11', PASSWORD)).statusCode).toBe(429);
    expect((await guess(bed, 'alice', '192.0.2.12', PASSWORD)).statusCode).toBe(200);
  });

  test('gains nothing from many guesses at the same time', async () => {
    const bed = await sharedBed;
    const before = bed.accounts.verifications;
    await Promise.all(Array.from({ length: 40 }, () => guess(bed, 'alice', '192.0.2.21')));
    expect(bed.accounts.verifications - before).toBe(6);
  });

  test('many accounts from one address makes all of those slow, and none that did not fail there', async () => {
    const bed = await testbed();
    const address = '192.0.2.31';
    for (const username of ['alice', ...Array.from({ length: 50 }, (_, number) => `user${number}`)]) {
      expect((await guess(bed, username, address)).statusCode).toBe(401);
    }
    expect((await guess(bed, 'alice', address, PASSWORD)).statusCode).toBe(429);
    expect((await guess(bed, 'user7', address)).statusCode).toBe(429);
    expect((await guess(bed, 'bob', address, PASSWORD)).statusCode).toBe(200);
    // That one was right does not let the others in, nor is it told who exists.
    expect((await guess(bed, 'user7', address)).statusCode).toBe(429);
    for (const username of ['olga', 'nobody']) {
      expect((await guess(bed, username, address)).statusCode).toBe(401);
      expect((await guess(bed, username, address, PASSWORD)).statusCode).toBe(429);
    }
  });

  test('with ever new names from a blocked address is done by few at a time', async () => {
    const bed = await testbed();
    const address = '192.0.2.32';
    for (let number = 0; number < 51; number++) await guess(bed, `user${number}`, address);
    const before = bed.accounts.verifications;
    const flood = await Promise.all(
      Array.from({ length: 40 }, (_, number) => guess(bed, `other${number}`, address)),
    );
    expect(flood.filter(({ statusCode }) => statusCode === 429)).toHaveLength(36);
    expect(bed.accounts.verifications - before).toBe(4);
    expect((await guess(bed, 'bob', address, PASSWORD)).statusCode).toBe(200);
  });

  test('at the log-in of the portal counts the same', async () => {
    const bed = await sharedBed;
    const logIn = () =>
      bed.app.inject({
        method: 'POST',
        url: '/OpenPEX/session',
        remoteAddress: '192.0.2.41',
        payload: { username: 'alice', password: 'wrong' },
      });
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 7; attempt++) statuses.push((await logIn()).statusCode);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429]);
  });

  test('accounts are not registered in masses from one address', async () => {
    const bed = await testbed({
      loginThrottle: { ...DEFAULT_API_CONFIG.loginThrottle, freeFailures: 1 },
    });
    const statuses: number[] = [];
    for (let number = 0; number < 22; number++) {
      const response = await bed.app.inject({
        method: 'POST',
        url: '/OpenPEX/accounts',
        payload: {
          username: `user${number}`,
          password: 'long enough',
          fullName: 'N. N.',
          email: `u${number}@example.org`,
        },
      });
      statuses.push(response.statusCode);
    }
    expect(statuses).toEqual([...Array.from({ length: 21 }, () => 201), 429]);
    // Nobody is kept from logging in by it.
    expect((await bed.as('alice', ACCOUNT)).statusCode).toBe(200);
  });
});

test('a proxy that is not named is told in the log, once, and one that is named is not', async () => {
  const warnings: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => warnings.push(JSON.parse(line).msg) });
  const headers = { 'x-forwarded-for': '198.51.100.7' };
  const named = await testbed({ trustProxy: ['127.0.0.1'] }, { logger });
  await named.app.inject({ url: '/health', headers });
  expect(warnings).toEqual([]);
  const bed = await testbed({}, { logger });
  for (let count = 0; count < 3; count++) await bed.app.inject({ url: '/health', headers });
  expect(warnings).toEqual([expect.stringContaining('name it in listen.trustProxy')]);
});

describe('a session of the portal', () => {
  async function loggedIn(bed: Testbed) {
    const response = await bed.app.inject({
      method: 'POST',
      url: '/OpenPEX/session',
      payload: { username: 'alice', password: PASSWORD },
    });
    const cookie = response.cookies.find(({ name }) => name === 'openpex_session')!;
    return {
      response,
      cookie,
      csrf: { 'x-openpex-csrf': String(response.json().csrfToken) },
      headers: { cookie: `openpex_session=${cookie.value}` },
    };
  }

  test('is kept in a cookie that scripts and other sites cannot use', async () => {
    const bed = await testbed({ secureCookies: true });
    const { response, cookie } = await loggedIn(bed);
    expect(response.json().account).toMatchObject({ username: 'alice', balanceMicros: 50_000_000 });
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', secure: true, path: '/' });
    expect(response.headers['strict-transport-security']).toContain('max-age=31536000');
  });

  test('reads without a token, and changes nothing without it', async () => {
    const bed = await sharedBed;
    const { headers, csrf } = await loggedIn(bed);
    expect((await bed.app.inject({ url: '/OpenPEX/session', headers })).json().csrfToken).toBe(
      csrf['x-openpex-csrf'],
    );
    const post = (more: object) =>
      bed.app.inject({
        method: 'POST',
        url: '/OpenPEX/reservations',
        headers: { ...headers, ...more },
        payload: FIGURE_4_1,
      });
    for (const forged of [{}, { 'x-openpex-csrf': '' }, { 'x-openpex-csrf': 'csrf-guess' }]) {
      const refused = await post(forged);
      expect(refused.statusCode).toBe(403);
      expect(refused.json().code).toBe('PEX_CSRF');
    }
    expect((await bed.reservations.list({ limit: 1 })).total).toBe(0);
    expect((await post(csrf)).statusCode).toBe(200);
  });

  test('ends with the log-out', async () => {
    const bed = await sharedBed;
    const { headers, csrf } = await loggedIn(bed);
    const out = await bed.app.inject({
      method: 'DELETE',
      url: '/OpenPEX/session',
      headers: { ...headers, ...csrf },
    });
    expect(out.statusCode).toBe(204);
    expect(out.body).toBe('');
    expect(out.cookies[0]).toMatchObject({ name: 'openpex_session', value: '' });
    expect((await bed.app.inject({ ...ACCOUNT, headers })).statusCode).toBe(401);
  });

  test('is replaced when the password changes, and all others end', async () => {
    const bed = await testbed();
    const other = await loggedIn(bed);
    const { headers, csrf } = await loggedIn(bed);
    const changed = await bed.app.inject({
      method: 'PUT',
      url: '/OpenPEX/account/password',
      headers: { ...headers, ...csrf },
      payload: { current: PASSWORD, new: 'another horse' },
    });
    const renewed = { cookie: `openpex_session=${changed.cookies[0]?.value}` };
    expect((await bed.app.inject({ ...ACCOUNT, headers: renewed })).statusCode).toBe(200);
    expect((await bed.app.inject({ ...ACCOUNT, headers })).statusCode).toBe(401);
    expect((await bed.app.inject({ ...ACCOUNT, headers: other.headers })).statusCode).toBe(401);
  });

  test.each(['cross-site', 'same-site'])('a page of another site (%s) changes nothing', async (site) => {
    const bed = await sharedBed;
    const response = await bed.as('alice', {
      method: 'POST',
      url: '/OpenPEX/reservations',
      headers: { 'sec-fetch-site': site },
      payload: FIGURE_4_1,
    });
    expect(response.statusCode).toBe(403);
    expect(response.json().code).toBe('PEX_CSRF');
  });
});

describe('the limit of requests', () => {
  test('is counted for each user, and for each address of strangers', async () => {
    const bed = await testbed({ rateLimit: { perMinute: 3 } });
    const statuses = async (send: () => Promise<{ readonly statusCode: number }>) => {
      const seen: number[] = [];
      for (let count = 0; count < 4; count++) seen.push((await send()).statusCode);
      return seen;
    };
    expect(await statuses(() => bed.as('alice', ACCOUNT))).toEqual([200, 200, 200, 429]);
    expect(await statuses(() => bed.as('bob', ACCOUNT))).toEqual([200, 200, 200, 429]);
    expect(await statuses(() => bed.as('', { url: '/health' }))).toEqual([200, 200, 200, 429]);
    const refused = await bed.as('alice', ACCOUNT);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.json().code).toBe('PEX_TOO_MANY_REQUESTS');
  });

  test('believes X-Forwarded-For from a trusted proxy only', async () => {
    const spoof = async (bed: Testbed) => {
      let last = 0;
      for (let count = 0; count < 3; count++) {
        const headers = { 'x-forwarded-for': `198.51.100.${count}` };
        last = (await bed.app.inject({ url: '/health', headers })).statusCode;
      }
      return last;
    };
    expect(await spoof(await testbed({ rateLimit: { perMinute: 2 } }))).toBe(429);
    const behindProxy = { rateLimit: { perMinute: 2 }, trustProxy: ['127.0.0.1'] };
    expect(await spoof(await testbed(behindProxy))).toBe(200);
  });
});
