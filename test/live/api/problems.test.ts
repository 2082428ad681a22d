import { connect } from 'node:net';
import { Writable } from 'node:stream';
import type { LightMyRequestResponse } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_API_CONFIG } from '../../../live/api/config.ts';
import { openDatabase } from '../../../live/database/open-database.ts';
import { PROBLEMS, type ProblemCode } from '../../../live/problems.ts';
import { JournalReports } from '../../../live/report/journal-reports.ts';
import { policy } from '../../support/setup.ts';
import { startWebHook } from '../../support/web-hook.ts';
import { ask, basic, book, FIGURE_4_1, PASSWORD, type Testbed, testbed } from './testbed.ts';

const POST = { method: 'POST', url: '/OpenPEX/reservations' } as const;
/** Breaks the rules of every policy: a price is a whole number. */
const BROKEN = {
  pricing: {
    name: 'mine',
    policy: { ...policy('pricing', 'flat').policy, price: () => Number.NaN },
  },
};
const JSON_TYPE = { 'content-type': 'application/json' };
/** Too early for a request that could be answered in the usual way: see there. */
const ON_SOCKETS = 'PEX_REQUEST_TIMEOUT';

describe('what is refused before it is looked at', () => {
  let bed: Testbed;
  beforeAll(async () => {
    bed = await testbed();
  });

  test.each([
    ['no JSON', '{"duration": 1,', 'not well-formed JSON'],
    ['nothing', '', 'not well-formed JSON'],
    ['a field twice', '{"type":"SMALL","type":"XLARGE"}', 'has the field "type" twice'],
    ['a field twice, once escaped', '{"type":"SMALL","t\\u0079pe":"XLARGE"}', 'the field "type" twice'],
    ['a field twice, deep inside', '{"id":[{"a":1},{"a":1,"b":[],"a":2}]}', 'has the field "a" twice'],
    ['__proto__', '{"__proto__":{"role":"operator"}}', 'has a field "__proto__"'],
    ['constructor', '{"id":{"constructor":{"prototype":{}}}}', 'has a field "constructor"'],
    ['seventeen levels', '['.repeat(17) + ']'.repeat(17), 'nested more than 16 levels'],
    ['thousands of levels', '['.repeat(30_000) + ']'.repeat(30_000), 'nested more than 16 levels'],
    ['no object', '[]', 'The body must be object'],
    ['null', 'null', 'The body must be object'],
  ])('a body of %s', async (_what, payload, sentence) => {
    const response = await bed.as('alice', { ...POST, headers: JSON_TYPE, payload });
    expect(response.statusCode).toBe(400);
    expect(response.json().detail).toContain(sentence);
  });

  test.each([
    [
      'username',
      { username: 'a b' },
      'username must be 3 to 32 letters, digits, dots, hyphens or underscores, not "a b".',
    ],
    [
      'email',
      { email: 'nowhere' },
      'email must be an e-mail address, such as ada@example.org, not "nowhere".',
    ],
    ['fullName', { fullName: 'Ada\tKing' }, 'fullName must be one line of text, not "Ada\\tKing".'],
  ])('a %s of another form, in words', async (_field, change, sentence) => {
    const payload = {
      username: 'ada',
      fullName: 'Ada King',
      email: 'ada@example.org',
      password: PASSWORD,
      ...change,
    };
    const response = await bed.as('', { method: 'POST', url: '/OpenPEX/accounts', payload });
    expect(response.statusCode).toBe(400);
    expect(response.json().detail).toBe(sentence);
  });

  test('the load of a node that never was', async () => {
    const span = 'from=2009-08-17T04:00:00Z&to=2009-08-18T04:00:00Z';
    const load = (node: string) => bed.as('olga', { url: `/OpenPEX/load?${span}&node=${node}` });
    const [{ node }] = (await bed.as('olga', { url: '/OpenPEX/nodes' })).json();
    expect((await load(node)).statusCode).toBe(200);
    const refused = await load(`${node}x`);
    expect(refused.statusCode).toBe(404);
    expect(refused.json().detail).toBe(`there is no node "${node}x" (did you mean "${node}"?)`);
  });

  test('names that repeat in different objects are no repetition', async () => {
    const payload = JSON.stringify({ ...FIGURE_4_1, id: [{ type: 1 }, { type: '{"type":' }] });
    const response = await bed.as('alice', { ...POST, headers: JSON_TYPE, payload });
    expect(response.statusCode).toBe(200);
  });

  test('a body of more than 64 KiB', async () => {
    const payload = JSON.stringify({ ...FIGURE_4_1, id: 'x'.repeat(65_536) });
    const response = await bed.as('alice', { ...POST, headers: JSON_TYPE, payload });
    expect(response.statusCode).toBe(413);
    expect(response.json().code).toBe('PEX_BODY_TOO_LARGE');
  });

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'nonsense',
  ])('a body of type %s, such as a form of another site could send', async (type) => {
    const payload = JSON.stringify(FIGURE_4_1);
    const response = await bed.as('alice', { ...POST, headers: { 'content-type': type }, payload });
    expect(response.statusCode).toBe(415);
    expect(response.json().code).toBe('PEX_UNSUPPORTED_MEDIA_TYPE');
  });

  test.each(['', 'x'.repeat(129), 'käse'])('the Idempotency-Key "%s"', async (key) => {
    const headers = { 'idempotency-key': Buffer.from(key).toString('latin1') };
    const response = await bed.as('alice', { ...POST, headers, payload: FIGURE_4_1 });
    expect(response.statusCode).toBe(400);
    expect(response.json().errors[0].field).toBe('idempotency-key');
  });

  test.each([
    ['GET', '/OpenPEX/nothing', 404, undefined],
    ['GET', '/openpex/reservations', 404, undefined],
    ['POST', '/nothing', 404, undefined],
    ['DELETE', '/OpenPEX/reservations', 405, 'GET, HEAD, POST'],
    ['GET', '/OpenPEX/reservations/1/activate/', 405, 'PUT'],
    ['OPTIONS', '/OpenPEX/session', 405, 'DELETE, GET, HEAD, POST'],
    ['POST', '/OpenPEX/nodes/leon/drain?x=1', 405, 'PUT'],
  ] as const)('%s %s: %i', async (method, url, status, allow) => {
    const response = await bed.as('alice', { method, url });
    expect(response.statusCode).toBe(status);
    expect(response.headers.allow).toBe(allow);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json().status).toBe(status);
  });

  test.each(['/OpenPEX/reservations/%E0%A4%A', `/OpenPEX/reservations/${'x'.repeat(5000)}`])(
    'an address that cannot be decoded or is endless',
    async (url) => {
      const response = await bed.as('alice', { url });
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(response.statusCode).toBeLessThan(500);
      expect(response.headers['content-type']).toBe('application/problem+json');
    },
  );

  test('a secret in a wrong field is not repeated', async () => {
    const response = await bed.app.inject({
      method: 'POST',
      url: '/OpenPEX/accounts',
      payload: { username: 'x', password: 'hunter2', fullName: '', email: 'nobody' },
    });
    expect(
      response
        .json()
        .errors.map(({ field }: { field: string }) => field)
        .sort(),
    ).toEqual(['email', 'fullName', 'password', 'username']);
    expect(response.body).not.toContain('hunter2');
  });
});

describe('what goes wrong inside', () => {
  test('is a 500 without a word about it; the log has it under the id in the answer', async () => {
    const lines: string[] = [];
    const destination = new Writable({
      write(chunk, _encoding, done) {
        lines.push(String(chunk));
        done();
      },
    });
    const summary = async () => {
      throw new Error("insert into `users` values ('secret') - SQLITE_CORRUPT");
    };
    const renderReport = async () => '';
    const bed = await testbed(
      {},
      { logger: pino(destination), reports: { load: summary, renderReport, summary } },
    );
    const response = await bed.as('olga', { url: '/OpenPEX/report/summary.json' });
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain('SQLITE');
    expect(response.json()).toEqual({
      type: 'urn:openpex:problem:PEX_INTERNAL',
      title: 'A bug of the service. The log has it under the request id.',
      status: 500,
      detail: 'A bug of the service. The log has it under the request id.',
      code: 'PEX_INTERNAL',
      instance: `urn:uuid:${response.headers['x-request-id']}`,
    });
    const logged = lines.map((line) => JSON.parse(line)).find(({ level }) => level === 50);
    expect(logged.reqId).toBe(response.headers['x-request-id']);
    expect(logged.err.message).toContain('SQLITE_CORRUPT');
    // And once in the line of the request itself.
    const done = lines.find((line) => line.includes('"msg":"request"'));
    expect(done?.split('"reqId":')).toHaveLength(2);
    expect(done).toContain(`,"reqId":"${response.headers['x-request-id']}","req":{"method":"GET","url":`);
  });

  test('while the service does not run is 503 with Retry-After, for commands and for what is read', async () => {
    const bed = await testbed();
    await bed.loseDatabase();
    for (const [send, code] of [
      // It was decided when the database was found to be gone.
      [() => ask(bed, 'alice'), 'PEX_OUTCOME_UNKNOWN'],
      [() => ask(bed, 'alice'), 'PEX_UNAVAILABLE'],
      [() => bed.as('olga', { url: '/OpenPEX/journal' }), 'PEX_UNAVAILABLE'],
    ] as const) {
      const response = await send();
      expect(response.statusCode).toBe(503);
      expect(response.headers['retry-after']).toBe('5');
      expect(response.json().code).toBe(code);
      expect(response.body).not.toContain('journal');
    }
  });
});

describe('the table of refusals', () => {
  let bed: Testbed;
  let hook: Awaited<ReturnType<typeof startWebHook>>;
  beforeAll(async () => {
    const summary = async () => {
      throw new Error('a bug');
    };
    hook = await startWebHook(({ body }) => {
      const { by } = JSON.parse(body);
      return { status: 200, body: JSON.stringify({ approved: by.username !== 'bob', reason: 'not now' }) };
    });
    const approval = {
      url: hook.url,
      secret: 's',
      of: 'everybody',
      timeoutMs: 5000,
      whenAway: 'refuse',
    } as const;
    bed = await testbed(
      { approval },
      { nodes: 20, reports: { load: summary, renderReport: async () => '', summary } },
    );
  });
  afterAll(() => hook.stop());

  const operate = (url: string, method: 'PATCH' | 'POST', payload: object) =>
    bed.as('olga', { method, url, payload });
  const confirm = (username: string, id: string) =>
    bed.as(username, { method: 'PUT', url: `/OpenPEX/reservations/${id}`, payload: { reply: 'CONFIRM' } });

  /** One way to each. */
  const WAYS: Readonly<
    Record<Exclude<ProblemCode, typeof ON_SOCKETS>, () => Promise<LightMyRequestResponse>>
  > = {
    PEX_BAD_REQUEST: () => ask(bed, 'alice', { type: 'HUGE' }),
    PEX_UNAUTHORIZED: () => bed.as('', { url: '/OpenPEX/account' }),
    PEX_FORBIDDEN: () => bed.as('bob', { url: '/OpenPEX/accounts' }),
    // What approves of reservations says no.
    PEX_NOT_APPROVED: async () => {
      const { proposal } = (await ask(bed, 'bob')).json();
      return confirm('bob', proposal.id);
    },
    PEX_CSRF: () =>
      bed.as('alice', { ...POST, headers: { 'sec-fetch-site': 'cross-site' }, payload: FIGURE_4_1 }),
    PEX_NOT_FOUND: () => bed.as('alice', { url: '/OpenPEX/reservations/1' }),
    PEX_METHOD_NOT_ALLOWED: () => bed.as('alice', { method: 'DELETE', url: '/OpenPEX/types' }),
    PEX_CONFLICT: () =>
      bed.as('', {
        method: 'POST',
        url: '/OpenPEX/accounts',
        payload: { username: 'ALICE', password: 'long enough', fullName: 'A', email: 'a@example.org' },
      }),
    PEX_REQUEST_FAILED: async () => confirm('alice', await book(bed, 'alice')),
    async PEX_IDEMPOTENCY_MISMATCH() {
      const headers = { 'idempotency-key': 'once' };
      await bed.as('alice', { ...POST, headers, payload: FIGURE_4_1 });
      return bed.as('alice', { ...POST, headers, payload: { ...FIGURE_4_1, duration: 1_800_000 } });
    },
    async PEX_INSUFFICIENT_BALANCE() {
      const { userId } = await bed.register('poor');
      await operate(`/OpenPEX/accounts/${userId}/deposits`, 'POST', { amountMicros: -49_999_999 });
      const response = await ask(bed, 'poor');
      expect(response.json()).toMatchObject({ priceMicros: 400_000, balanceMicros: 1 });
      return response;
    },
    async PEX_QUOTA_EXCEEDED() {
      const { userId } = await bed.register('modest');
      await operate(`/OpenPEX/accounts/${userId}`, 'PATCH', { quota: { vcpus: 5 } });
      await ask(bed, 'modest');
      const response = await ask(bed, 'modest');
      expect(response.json()).toMatchObject({
        quota: { reservations: 100, vcpus: 5, heldCpuHours: 10_000 },
        usage: { reservations: 1, vcpus: 4 },
      });
      return response;
    },
    PEX_BODY_TOO_LARGE: () => ask(bed, 'alice', { id: 'x'.repeat(65_536) }),
    PEX_UNSUPPORTED_MEDIA_TYPE: () =>
      bed.as('alice', { ...POST, headers: { 'content-type': 'text/plain' }, payload: 'hello' }),
    async PEX_TOO_MANY_REQUESTS() {
      let failures = 0;
      const guess = () =>
        bed.app.inject({
          url: '/OpenPEX/account',
          remoteAddress: '192.0.2.1',
          headers: basic('alice', `wrong ${failures++}`),
        });
      while (failures < 6) await guess();
      return guess();
    },
    async PEX_POLICY_BROKE_RULES() {
      return ask(await testbed({}, { policies: BROKEN }), 'alice');
    },
    PEX_INTERNAL: () => bed.as('olga', { url: '/OpenPEX/report/summary.json' }),
    async PEX_OUTCOME_UNKNOWN() {
      const unlucky = await testbed();
      const mend = await unlucky.loseDatabase();
      const response = await ask(unlucky, 'alice');
      await mend();
      return response;
    },
    async PEX_UNAVAILABLE() {
      const mend = await bed.loseDatabase();
      await ask(bed, 'alice');
      const response = await ask(bed, 'alice');
      await mend();
      return response;
    },
  };

  const provoked = Object.entries(PROBLEMS).filter(([code]) => code !== ON_SOCKETS);

  test.each(provoked)('%s is answered as it says', async (code, { status, meaning }) => {
    const response = await WAYS[code as keyof typeof WAYS]();
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({
      type: `urn:openpex:problem:${code}`,
      title: meaning,
      status,
      detail: expect.stringMatching(/.{10}/),
      code,
      instance: `urn:uuid:${response.headers['x-request-id']}`,
    });
    const hasToWait = status === 429 || status === 503;
    expect(response.headers['retry-after'] !== undefined).toBe(hasToWait);
  });
});

test('a policy that broke the rules is named by its code, and what it did stays in the log', async () => {
  const bed = await testbed({}, { policies: BROKEN });
  const response = await bed.as('alice', { ...POST, payload: FIGURE_4_1 });
  expect(response.statusCode).toBe(500);
  expect(response.json()).toMatchObject({
    code: 'PEX_POLICY_BROKE_RULES',
    detail: 'A policy threw, or returned what the manager cannot apply.',
  });
  expect(response.body).not.toContain('NaN');
  // Nothing was changed, and the service is there for the next one.
  expect((await bed.as('alice', { url: '/OpenPEX/reservations' })).json()).toEqual([]);
});

test('a database that says no while the service runs is 503', async () => {
  const empty = await openDatabase('sqlite::memory:');
  onTestFinished(() => empty.close());
  const reports = new JournalReports({ database: empty, version: 'test' });
  const bed = await testbed({}, { reports });
  const response = await bed.as('olga', { url: '/OpenPEX/report/summary.json' });
  expect(response.statusCode).toBe(503);
  expect(response.json().code).toBe('PEX_UNAVAILABLE');
});

test('no secret is logged, even by a logger that would log all', async () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const bed = await testbed({}, { logger: pino({ level: 'trace' }, destination) });
  bed.app.addHook('preHandler', async (request) => {
    request.log.info({ headers: request.headers, body: request.body }, 'careless');
    request.log.info({ request: { headers: request.headers } }, 'careless');
  });
  const csrf = 'csrf-token-of-alice';
  const headers = { 'openpex-user': 'alice', 'openpex-pass': PASSWORD, 'x-openpex-csrf': csrf };
  await bed.app.inject({
    url: '/OpenPEX/account',
    headers: { ...headers, cookie: 'openpex_session=abc123' },
  });
  await bed.as('alice', {
    method: 'PUT',
    url: '/OpenPEX/account/password',
    payload: { current: PASSWORD, new: 'another horse' },
  });
  await bed.app.inject({
    method: 'POST',
    url: '/OpenPEX/session',
    payload: { username: 'alice', password: 'another horse' },
  });
  const log = lines.join('');
  expect(log).toContain('careless');
  expect(log).toContain('"userid":1');
  for (const secret of [PASSWORD, 'another horse', csrf, 'abc123', basic('alice').authorization.slice(6)]) {
    expect(log).not.toContain(secret);
  }
});

describe('on a socket', () => {
  let bed: Testbed;
  let port: number;

  beforeAll(async () => {
    bed = await testbed({
      timeouts: { ...DEFAULT_API_CONFIG.timeouts, headersMs: 200, requestMs: 200 },
    });
    port = Number(new URL(await bed.app.listen({ host: '127.0.0.1', port: 0 })).port);
  });
  afterAll(() => bed.app.close());

  /** Everything that the service answers until it closes the connection. */
  const converse = (text: string) =>
    new Promise<string>((resolve, reject) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(text));
      socket.setEncoding('utf8');
      socket.on('data', (chunk) => {
        answer += chunk;
      });
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });
  const head = (lines: string[]) =>
    `${['POST /OpenPEX/reservations HTTP/1.1', 'Host: x', `Authorization: ${basic('alice').authorization}`, ...lines].join('\r\n')}\r\n`;

  test('a body that never comes is not waited for', async () => {
    const answer = await converse(`${head(['Content-Type: application/json', 'Content-Length: 100'])}\r\n{`);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(answer).toContain('"code":"PEX_REQUEST_TIMEOUT"');
    expect(answer).toContain('The request took too long to arrive.');
    expect(answer).toContain('application/problem+json');
  });

  test('two hundred who go on sending after the time is up, and never close, are cut off', async () => {
    const sent = head(['Content-Type: application/json', 'Content-Length: 60000']);
    const sockets = Array.from({ length: 200 }, () => {
      const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('error', () => undefined);
      socket.resume();
      socket.write(`${sent}\r\n{`);
      return socket;
    });
    const drip = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write(' ');
    }, 50);
    const connections = () =>
      new Promise<number>((resolve) => bed.app.server.getConnections((_, count) => resolve(count)));
    await expect.poll(connections, { timeout: 20_000, interval: 5 }).toBeGreaterThan(100);
    await expect.poll(connections, { timeout: 20_000 }).toBe(0);
    clearInterval(drip);
    for (const socket of sockets) socket.destroy();
  });

  test('headers that never end are not waited for', async () => {
    expect(await converse(head(['X-Slow: 1']))).toContain('The request took too long to arrive.');
  });

  test('a body that is announced as too large is refused without reading it', async () => {
    const answer = await converse(
      `${head(['Content-Type: application/json', 'Content-Length: 99999999'])}\r\n{`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"PEX_BODY_TOO_LARGE"');
  });

  test('what is no HTTP is answered with a problem, too', async () => {
    const answer = await converse('HELO mail.example.org\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"PEX_BAD_REQUEST"');
  });
});
