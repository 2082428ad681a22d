// What users are told without asking: which notices there are, how they arrive, and that nobody suffers when they do not.
import { createHmac } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { signatureOf } from '../../../live/notifications/signed-post.ts';
import { type Answer, StoppedTime, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { startSmtpServer } from '../../support/smtp-server.ts';
import { startWebHook } from '../../support/web-hook.ts';
import { testbed } from '../api/testbed.ts';

const NOW_MS = Date.UTC(2026, 0, 5, 8);
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const ALL = ['waitlist', 'offer-expiring', 'started', 'ending-soon', 'failed', 'maintenance'];

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Ways {
  readonly smtp?: string;
  readonly webhooks?: 'public' | 'any';
}

const yaml = ({ smtp, webhooks }: Ways) => `
cluster: { nodes: [{ group: leon, count: 2, cpus: 4, memoryMib: 3584, diskGib: 200 }] }
negotiation: { hold: 10m, turn: 20m }
accounts: { startingCredits: 100000 }
notifications:
  webhooks: ${webhooks ?? 'off'}
${smtp === undefined ? '' : `  email: { smtp: "${smtp}", from: "OpenPEX <pex@example.org>" }`}
hypervisor: { create: 0s, start: 0s, stop: 0s, destroy: 0s, nodeDetection: 0s }
`;

async function begin(ways: Ways, folder?: string, atMs = NOW_MS) {
  const host = new StoppedTime(atMs);
  const daemon = await startTestDaemon({
    yaml: yaml(ways),
    host,
    ...(folder === undefined ? {} : { folder }),
  });
  let isRunning = true;
  const pause = async () => {
    if (!isRunning) return;
    isRunning = false;
    await daemon.pause();
  };
  stops.push(async () => {
    await pause();
    rmSync(daemon.folder, { recursive: true, force: true });
  });
  const settle = async () => {
    await daemon.service.commandInstance('none', 'stop');
    await daemon.told();
  };
  return {
    daemon,
    pause,
    host,
    /** Lets so much time pass. */
    pass: (ms: number) => host.moveTo(host.now() + ms, settle),
  };
}

const choose = (daemon: TestDaemon, user: string, choices: object) =>
  daemon.call(user, 'PATCH', '/account/notifications', choices);

async function until(answers: () => Promise<Answer>, isSo: (answer: Answer) => boolean): Promise<Answer> {
  let answer = await answers();
  for (let tries = 1; !isSo(answer) && tries < 200; tries++) answer = await answers();
  expect(isSo(answer)).toBe(true);
  return answer;
}

async function offer(daemon: TestDaemon, user: string, fields: object = {}): Promise<string> {
  const terms = { duration: 2 * HOUR_MS, numInstancesFixed: 1, type: 'SMALL' };
  const { body } = await daemon.call(user, 'POST', '/reservations', { ...terms, ...fields });
  expect(body).toHaveProperty('proposal');
  return body.proposal.id;
}

async function book(daemon: TestDaemon, user: string, fields: object = {}): Promise<string> {
  const id = await offer(daemon, user, fields);
  await daemon.call(user, 'PUT', `/reservations/${id}`, { reply: 'CONFIRM' });
  return id;
}

const subjectsOf = (items: readonly { readonly data: string }[]) =>
  items.map(({ data }) => /^Subject: \[OpenPEX\] (.*)$/m.exec(data)?.[1]);

test('an e-mail says that an offer expires, that a window opened, and that it ends in half an hour', async () => {
  const smtp = await startSmtpServer();
  stops.push(smtp.stop);
  const { daemon, pass } = await begin({ smtp: smtp.url });
  await daemon.register('alice');
  await daemon.register('bob');
  expect((await choose(daemon, 'alice', { email: ALL })).body.email).toEqual({
    available: true,
    address: 'alice@example.org',
    kinds: ALL,
  });
  await offer(daemon, 'alice', { startTime: new Date(NOW_MS + 5 * HOUR_MS).toISOString() });
  const id = await book(daemon, 'alice', { startTime: new Date(NOW_MS + HOUR_MS).toISOString() });
  // Who has chosen nothing is told nothing.
  await book(daemon, 'bob', { startTime: new Date(NOW_MS + HOUR_MS).toISOString() });

  await pass(9 * MINUTE_MS - 1);
  expect(smtp.mails.items).toEqual([]);
  await pass(MINUTE_MS);
  expect(subjectsOf(await smtp.mails.atLeast(1))).toEqual(['An offer expires at 2026-01-05T08:10:00Z']);

  await pass(HOUR_MS);
  const [, started] = await smtp.mails.atLeast(2);
  expect(subjectsOf([started!])).toEqual(['The window of your reservation is open']);
  expect(started).toMatchObject({ from: 'pex@example.org', to: 'alice@example.org' });
  expect(started!.data).toContain(`Reservation: ${id}`);
  expect(started!.data).toContain('Auto-Submitted: auto-generated');

  await pass(2 * HOUR_MS);
  const mails = await smtp.mails.atLeast(3);
  expect(subjectsOf(mails.slice(2))).toEqual(['Your reservation ends at 2026-01-05T11:00:00Z']);
  expect(mails.every(({ to }) => to === 'alice@example.org')).toBe(true);
});

test('a webhook is told of failures and of maintenance, each signed with the secret that was shown once', async () => {
  const hook = await startWebHook();
  stops.push(hook.stop);
  const { daemon, pass } = await begin({ webhooks: 'any' });
  await daemon.register('alice');
  const { body } = await choose(daemon, 'alice', { webhook: { url: hook.url, kinds: ALL } });
  const { secret } = body.webhook;
  expect(secret).toMatch(/^whsec_[\w-]{43}$/);
  expect((await daemon.call('alice', 'GET', '/account/notifications')).body.webhook.secret).toBeUndefined();

  // On both nodes, so that nothing can move.
  const id = await book(daemon, 'alice', {
    type: 'XLARGE',
    numInstancesFixed: 2,
    startTime: new Date(NOW_MS + HOUR_MS).toISOString(),
  });
  const [first] = (await daemon.call('operator', 'GET', '/nodes')).body;
  await daemon.call('operator', 'POST', `/nodes/${first.node}/maintenance`, {
    startTime: new Date(NOW_MS + 2 * HOUR_MS).toISOString(),
    endTime: new Date(NOW_MS + 3 * HOUR_MS).toISOString(),
  });
  await pass(1_000);
  const [told] = await hook.calls.atLeast(1);
  expect(JSON.parse(told!.body)).toMatchObject({
    kind: 'maintenance',
    service: 'OpenPEX',
    userid: 2,
    reservationId: id,
    subject: `[OpenPEX] Maintenance ahead: node ${first.node}`,
    facts: { nodeId: first.node, fromMs: NOW_MS + 2 * HOUR_MS, untilMs: NOW_MS + 3 * HOUR_MS },
  });
  const [, time, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(told!.headers['openpex-signature']))!;
  expect(signature).toBe(createHmac('sha256', secret).update(`${time}.${told!.body}`).digest('hex'));

  await pass(HOUR_MS + 1_000);
  await daemon.call('alice', 'PUT', `/reservations/${id}/activate`);
  await pass(1_000);
  await daemon.call('operator', 'PUT', `/nodes/${first.node}/fail`);
  await pass(10 * MINUTE_MS);
  const kinds = (await hook.calls.atLeast(3)).map((call) => JSON.parse(call.body).kind);
  expect(kinds.slice(0, 3)).toEqual(['maintenance', 'started', 'failed']);
  expect(JSON.parse(hook.calls.items[2]!.body).subject).toBe('[OpenPEX] Your reservation failed');
});

test('a webhook that is dead is tried again, over a restart too, and keeps no decision and nobody else waiting', async () => {
  let isDead = true;
  const hook = await startWebHook(() => ({ status: isDead ? 500 : 200 }));
  const other = await startWebHook();
  stops.push(hook.stop, other.stop);
  const first = await begin({ webhooks: 'any' });
  const { daemon } = first;
  for (const user of ['alice', 'bob']) await daemon.register(user);
  await choose(daemon, 'alice', { webhook: { url: hook.url, kinds: ['started'] } });
  await choose(daemon, 'bob', { webhook: { url: other.url, kinds: ['started'] } });
  const booked = await Promise.all(['alice', 'alice', 'bob'].map((user) => book(daemon, user)));
  await first.pass(1_000);
  await hook.calls.atLeast(1);
  await other.calls.atLeast(1);
  const choices = () => daemon.call('alice', 'GET', '/account/notifications');
  const troubled = await until(choices, ({ body }) => body.webhook.trouble !== null);
  expect(troubled.body.webhook.trouble).toBe('it answered 500');
  // The one behind it waits as well: two tries would be no better than one.
  await first.pass(9_000);
  expect(hook.calls.items).toHaveLength(1);
  await first.pass(2_000);
  await hook.calls.atLeast(2);
  const states = await Promise.all(booked.map((id) => daemon.call('operator', 'GET', `/reservations/${id}`)));
  expect(states.map(({ body }) => [body.status, body.windowOpen])).toEqual(
    Array(3).fill(['CONFIRMED', true]),
  );
  await first.pause();

  isDead = false;
  const second = await begin({ webhooks: 'any' }, daemon.folder, first.host.now());
  await second.pass(HOUR_MS / 2);
  const calls = await hook.calls.atLeast(4);
  const delivered = calls.slice(-2).map(({ body }) => JSON.parse(body).reservationId);
  expect(delivered.sort()).toEqual(booked.slice(0, 2).sort());
  await until(
    () => second.daemon.call('alice', 'GET', '/account/notifications'),
    ({ body }) => body.webhook.trouble === null,
  );
  expect(other.calls.items).toHaveLength(1);
});

test('who waits is told of a turn and until when it lasts, and of a wait that was in vain', async () => {
  const hook = await startWebHook();
  stops.push(hook.stop);
  const { daemon, pass } = await begin({ webhooks: 'any' });
  for (const user of ['alice', 'bob', 'carol']) await daemon.register(user);
  const kinds = ['waitlist', 'offer-expiring'];
  for (const user of ['bob', 'carol']) await choose(daemon, user, { webhook: { url: hook.url, kinds } });
  const startTime = new Date(NOW_MS + 4 * HOUR_MS).toISOString();
  const all = { startTime, type: 'XLARGE', numInstancesFixed: 2 };
  const taken = await book(daemon, 'alice', all);
  const wait = async (user: string, fields: object) => {
    const waitUntil = new Date(NOW_MS + HOUR_MS).toISOString();
    const terms = { ...all, duration: 2 * HOUR_MS, waitUntil, waitInstead: true, ...fields };
    const { body } = await daemon.call(user, 'POST', '/reservations', terms);
    expect(body.reply).toBe('WAITLISTED');
    return body.proposal.id as string;
  };
  const first = await wait('bob', {});
  const second = await wait('carol', {});
  await pass(10 * MINUTE_MS);
  expect(hook.calls.items).toEqual([]);

  await daemon.call('alice', 'DELETE', `/reservations/${taken}`);
  await pass(1_000);
  const told = async (count: number) =>
    (await hook.calls.atLeast(count)).slice(count - 1).map(({ body }) => JSON.parse(body));
  const turn = { kind: 'waitlist', userid: 3, reservationId: first };
  const holdUntilMs = NOW_MS + 30 * MINUTE_MS;
  expect(await told(1)).toMatchObject([
    {
      ...turn,
      subject: '[OpenPEX] It is your turn: an offer is held until 2026-01-05T08:30:00Z',
      facts: { atMs: NOW_MS + 10 * MINUTE_MS, holdUntilMs, isCounter: false },
    },
  ]);
  await pass(19 * MINUTE_MS);
  expect(await told(2)).toMatchObject([{ ...turn, kind: 'offer-expiring', facts: { holdUntilMs } }]);

  // Bob takes it, so that nothing is left for carol, who waits until nine.
  await daemon.call('bob', 'PUT', `/reservations/${first}`, { reply: 'CONFIRM' });
  await pass(HOUR_MS);
  expect(await told(3)).toMatchObject([
    {
      kind: 'waitlist',
      userid: 4,
      reservationId: second,
      subject: '[OpenPEX] Your request waited in vain',
      facts: { atMs: NOW_MS + HOUR_MS, isOver: true },
    },
  ]);
  expect(hook.calls.items).toHaveLength(3);
});

test('what was foreseen and came otherwise is not told: an offer that was confirmed, an end that was put off', async () => {
  const hook = await startWebHook();
  stops.push(hook.stop);
  const { daemon, pass } = await begin({ webhooks: 'any' });
  await daemon.register('alice');
  await choose(daemon, 'alice', { webhook: { url: hook.url, kinds: ['offer-expiring', 'ending-soon'] } });
  const id = await book(daemon, 'alice');
  await daemon.call('alice', 'PUT', `/reservations/${id}/activate`);
  await pass(HOUR_MS);
  const asked = await daemon.call('alice', 'POST', `/reservations/${id}/change`, { duration: 3 * HOUR_MS });
  expect(asked.body.reply).toBe('ACCEPT');
  await daemon.call('alice', 'PUT', `/reservations/${id}/change`, { reply: 'CONFIRM' });
  await pass(45 * MINUTE_MS);
  expect(hook.calls.items).toEqual([]);
  await pass(HOUR_MS);
  const [only] = await hook.calls.atLeast(1);
  expect(JSON.parse(only!.body)).toMatchObject({
    kind: 'ending-soon',
    facts: { endMs: NOW_MS + 3 * HOUR_MS },
  });
});

test('an e-mail that the server refuses for good is given up, one that it cannot take now is sent again', async () => {
  let reply: string | undefined = '550 no such user';
  const smtp = await startSmtpServer((command) => (/^RCPT TO/.test(command) ? reply : undefined));
  stops.push(smtp.stop);
  const { daemon, pass } = await begin({ smtp: smtp.url });
  await daemon.register('alice');
  const waiting = () => daemon.call('operator', 'GET', '/../metrics');
  const count = (outcome: string) => `openpex_notifications_total{channel="email",outcome="${outcome}"} 1`;
  await daemon.call('alice', 'POST', '/account/notifications/test');
  await pass(1_000);
  await until(waiting, ({ body }) => String(body).includes(count('refused')));
  reply = '451 try again later';
  await daemon.call('alice', 'POST', '/account/notifications/test');
  await pass(1_000);
  await until(waiting, ({ body }) => String(body).includes(count('failed')));
  reply = undefined;
  await pass(11_000);
  expect(subjectsOf(await smtp.mails.atLeast(1))).toEqual(['A test']);
});

test('which addresses users may name is a setting, and private ones are none by default', async () => {
  const answers = async (webhooks: 'off' | 'public' | 'any', urls: readonly string[]) => {
    const bed = await testbed({ notifications: { email: false, webhooks } });
    const responses = urls.map((url) =>
      bed.as('alice', {
        method: 'PATCH',
        url: '/OpenPEX/account/notifications',
        payload: { webhook: { url } },
      }),
    );
    return (await Promise.all(responses)).map(({ statusCode }) => statusCode);
  };
  const good = 'https://example.org/hook';
  const wrong = ['ftp://example.org/', 'https://name:password@example.org/', 'nothing'];
  const inside = [
    'http://127.0.0.1:8080/',
    'http://2130706433/',
    'http://[::ffff:10.0.0.1]/',
    'http://[fd00::1]/',
    'http://169.254.169.254/latest/meta-data',
  ];
  expect(await answers('off', [good])).toEqual([403]);
  expect(await answers('public', [good, ...wrong, ...inside])).toEqual([200, ...Array(8).fill(400)]);
  expect(await answers('any', [good, ...wrong, ...inside])).toEqual([
    200,
    ...Array(3).fill(400),
    ...Array(5).fill(200),
  ]);
});

test('a name that leads to a private address is refused where the connection is made', async () => {
  const hook = await startWebHook();
  stops.push(hook.stop);
  const { daemon, pass } = await begin({ webhooks: 'public' });
  await daemon.register('alice');
  await choose(daemon, 'alice', { webhook: { url: `http://localhost:${hook.port}/hook` } });
  await daemon.call('alice', 'POST', '/account/notifications/test');
  await pass(1_000);
  const { body } = await until(
    () => daemon.call('alice', 'GET', '/account/notifications'),
    (answer) => answer.body.webhook.trouble !== null,
  );
  expect(body.webhook.trouble).toMatch(/^localhost is .*, which is not an address of the Internet$/);
  expect(hook.calls.items).toEqual([]);
});

test('a redirect is not followed, and counts as a failure', async () => {
  const elsewhere = await startWebHook();
  const hook = await startWebHook(() => ({ status: 302 }));
  stops.push(hook.stop, elsewhere.stop);
  const { daemon, pass } = await begin({ webhooks: 'any' });
  await daemon.register('alice');
  await choose(daemon, 'alice', { webhook: { url: hook.url } });
  await daemon.call('alice', 'POST', '/account/notifications/test');
  await pass(1_000);
  const { body } = await until(
    () => daemon.call('alice', 'GET', '/account/notifications'),
    (answer) => answer.body.webhook.trouble !== null,
  );
  expect(body.webhook.trouble).toBe('it answered 302');
});

test('a signature covers the time and the body', () => {
  const signed = signatureOf('secret', '{}', 1_700_000_000_000);
  expect(signed).toBe(
    't=1700000000,v1=' + createHmac('sha256', 'secret').update('1700000000.{}').digest('hex'),
  );
  expect(signatureOf('other', '{}', 1_700_000_000_000)).not.toBe(signed);
});
