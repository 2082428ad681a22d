// Projects: who may act for them, and that balance, quota and ledger are one for all members.
import { expect, test } from 'vitest';
import { repeat } from '../../../live/replay/replay.ts';
import { startWebHook } from '../../support/web-hook.ts';
import { ask, book, checkLedger, HOUR_MS, NOW_MS, type Testbed, testbed } from '../api/testbed.ts';

async function call(
  bed: Testbed,
  user: string,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  payload?: object,
) {
  const response = await bed.as(user, {
    method,
    url: `/OpenPEX${path}`,
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: response.statusCode, body: response.body === '' ? null : response.json() };
}

/** Astro: Alice manages it, Bob is a member, Carol is not. */
async function withProject(credits = 50, config = {}, options = {}) {
  const bed = await testbed(config, { nodes: 4, ...options });
  await bed.register('carol');
  const made = await call(bed, 'olga', 'POST', '/projects', {
    name: 'astro',
    title: 'Astronomy',
    manager: 'alice',
  });
  expect(made.status).toBe(201);
  const { userid } = made.body;
  await call(bed, 'alice', 'PUT', `/projects/${userid}/members/bob`, { role: 'member' });
  await call(bed, 'olga', 'POST', `/accounts/${userid}/deposits`, { amountMicros: credits * 1_000_000 });
  return { bed, userid: userid as number };
}

const balanceOf = async (bed: Testbed, user: string) =>
  (await call(bed, user, 'GET', '/account')).body.balanceMicros as number;
const projectOf = async (bed: Testbed, userid: number, user = 'alice') =>
  (await call(bed, user, 'GET', `/projects/${userid}`)).body;

test('a member reserves for the project, which pays, and every member can act on what it has', async () => {
  const { bed, userid } = await withProject();
  const before = await balanceOf(bed, 'bob');
  const asked = await ask(bed, 'bob', { project: 'Astro' });
  expect(asked.json().proposal.userid).toBe(userid);
  const { id } = asked.json().proposal;
  expect((await call(bed, 'alice', 'PUT', `/reservations/${id}`, { reply: 'CONFIRM' })).status).toBe(200);
  const { priceMicros, username } = (await call(bed, 'bob', 'GET', `/reservations/${id}`)).body;
  expect(username).toBe('astro');
  expect(priceMicros).toBeGreaterThan(0);
  expect(await balanceOf(bed, 'bob')).toBe(before);
  expect((await projectOf(bed, userid)).balanceMicros).toBe(50_000_000 - priceMicros);
  const listed = await call(bed, 'alice', 'GET', '/reservations?project=astro');
  expect(listed.body.map(({ requestId }: { requestId: string }) => requestId)).toEqual([id]);
  expect((await call(bed, 'alice', 'GET', '/reservations')).body).toEqual([]);
  expect((await call(bed, 'bob', 'DELETE', `/reservations/${id}`)).status).toBe(200);
  expect((await projectOf(bed, userid)).balanceMicros).toBe(50_000_000);
  const ledger = await call(bed, 'bob', 'GET', `/projects/${userid}/ledger`);
  expect(ledger.body.map(({ kind }: { kind: string }) => kind)).toEqual(['refund', 'charge', 'deposit']);
  await checkLedger(bed.database);
});

test('to others a project and what it has look as if they did not exist', async () => {
  const { bed, userid } = await withProject();
  const id = await book(bed, 'bob', { project: 'astro' });
  const answers = await Promise.all([
    call(bed, 'carol', 'GET', `/projects/${userid}`),
    call(bed, 'carol', 'GET', `/projects/${userid}/ledger`),
    call(bed, 'carol', 'PUT', `/projects/${userid}/members/carol`, { role: 'manager' }),
    call(bed, 'carol', 'DELETE', `/projects/${userid}/members/bob`),
    call(bed, 'carol', 'GET', `/reservations/${id}`),
    call(bed, 'carol', 'GET', '/reservations?project=astro'),
    call(bed, 'carol', 'GET', '/instances?project=astro'),
    call(bed, 'carol', 'GET', '/events?project=astro'),
    call(bed, 'carol', 'POST', `/reservations/${id}/transfer`, { to: 'carol' }),
    // Users are no projects.
    call(bed, 'carol', 'GET', '/projects/1'),
    call(bed, 'carol', 'GET', '/reservations?project=alice'),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(Array(11).fill(404));
  expect((await ask(bed, 'carol', { project: 'astro' })).statusCode).toBe(404);
  expect((await ask(bed, 'carol', { project: 'alice' })).statusCode).toBe(404);
  expect((await call(bed, 'carol', 'GET', '/projects')).body).toEqual([]);
  // A member that is none any more reaches nothing either.
  expect((await call(bed, 'bob', 'DELETE', `/projects/${userid}/members/bob`)).status).toBe(204);
  expect((await call(bed, 'bob', 'GET', `/reservations/${id}`)).status).toBe(404);
  expect((await call(bed, 'alice', 'GET', `/reservations/${id}`)).status).toBe(200);
});

test('members do not choose members, and nobody logs in as a project', async () => {
  const { bed, userid } = await withProject();
  expect(
    (await call(bed, 'bob', 'PUT', `/projects/${userid}/members/carol`, { role: 'member' })).status,
  ).toBe(403);
  expect((await call(bed, 'bob', 'DELETE', `/projects/${userid}/members/alice`)).status).toBe(403);
  expect((await call(bed, 'bob', 'POST', '/projects', { name: 'mine', title: 'Mine' })).status).toBe(403);
  expect((await call(bed, 'astro', 'GET', '/account')).status).toBe(401);
  const reset = await call(bed, 'olga', 'PUT', `/accounts/${userid}/password`, {
    new: 'a few words of mine',
  });
  expect(reset.status).toBe(403);
  expect((await call(bed, 'olga', 'PATCH', `/accounts/${userid}`, { role: 'operator' })).status).toBe(403);
  const taken = await call(bed, 'olga', 'POST', '/projects', { name: 'Alice', title: 'A' });
  expect(taken.status).toBe(409);
  const { body: accounts } = await call(bed, 'olga', 'GET', '/accounts');
  expect(accounts.map(({ username }: { username: string }) => username)).not.toContain('astro');
  await call(bed, 'olga', 'PATCH', `/accounts/${userid}`, { disabled: true });
  expect((await ask(bed, 'bob', { project: 'astro' })).statusCode).toBe(403);
});

test('the quota of a project is one for all its members, and not that of each of them', async () => {
  const { bed, userid } = await withProject();
  await call(bed, 'olga', 'PATCH', `/accounts/${userid}`, { quota: { reservations: 1 } });
  await book(bed, 'alice', { project: 'astro' });
  const second = await ask(bed, 'bob', { project: 'astro' });
  expect(second.json()).toMatchObject({ code: 'PEX_QUOTA_EXCEEDED', usage: { reservations: 1 } });
  expect((await ask(bed, 'bob')).statusCode).toBe(200);
  expect((await projectOf(bed, userid)).usage.reservations).toBe(1);
});

test('what the project cannot pay its members cannot have in its name', async () => {
  const { bed } = await withProject(0);
  expect((await ask(bed, 'bob', { project: 'astro' })).json().code).toBe('PEX_INSUFFICIENT_BALANCE');
  expect((await ask(bed, 'bob')).statusCode).toBe(200);
});

test('a reservation goes to a project with what was paid for it, and what comes back goes to the project', async () => {
  const { bed, userid } = await withProject();
  const before = await balanceOf(bed, 'bob');
  const id = await book(bed, 'bob');
  const paid = before - (await balanceOf(bed, 'bob'));
  expect(paid).toBeGreaterThan(0);
  const given = await call(bed, 'bob', 'POST', `/reservations/${id}/transfer`, { to: 'astro' });
  expect(given).toMatchObject({ status: 200, body: { userid, username: 'astro' } });
  expect(await balanceOf(bed, 'bob')).toBe(before);
  expect((await projectOf(bed, userid)).balanceMicros).toBe(50_000_000 - paid);
  expect((await projectOf(bed, userid)).usage.reservations).toBe(1);
  expect((await call(bed, 'bob', 'GET', '/account')).body.usage.reservations).toBe(0);
  await checkLedger(bed.database);
  // A life of the service later, too.
  const bringBack = await bed.loseDatabase();
  await ask(bed, 'carol');
  await bringBack();
  expect((await projectOf(bed, userid)).usage.reservations).toBe(1);
  await call(bed, 'alice', 'DELETE', `/reservations/${id}`);
  expect((await projectOf(bed, userid)).balanceMicros).toBe(50_000_000);
  expect(await balanceOf(bed, 'bob')).toBe(before);
  await checkLedger(bed.database);
  // The journal can be replayed across a transfer.
  const replay = { version: 'test', env: {}, command: 'openpex replay', database: bed.database };
  expect(await repeat(replay)).toEqual({ requests: 1, alike: 1, differences: [] });
});

test('nobody is made to pay: a reservation goes to others by an operator only, and only to who can have it', async () => {
  const { bed, userid } = await withProject(0);
  const id = await book(bed, 'bob');
  const transfer = (user: string, to: string) =>
    call(bed, user, 'POST', `/reservations/${id}/transfer`, { to });
  expect((await transfer('bob', 'carol')).status).toBe(403);
  expect((await transfer('bob', 'nobody')).status).toBe(403);
  expect((await transfer('carol', 'carol')).status).toBe(404);
  expect((await transfer('bob', 'astro')).body.code).toBe('PEX_INSUFFICIENT_BALANCE');
  await call(bed, 'olga', 'POST', `/accounts/${userid}/deposits`, { amountMicros: 50_000_000 });
  await call(bed, 'olga', 'PATCH', `/accounts/${userid}`, { quota: { vcpus: 1 } });
  expect((await transfer('bob', 'astro')).body.code).toBe('PEX_QUOTA_EXCEEDED');
  expect((await transfer('olga', 'carol')).body.username).toBe('carol');
  expect((await call(bed, 'bob', 'GET', `/reservations/${id}`)).status).toBe(404);
  // Who has it now reads how it came about, and nobody else does any more.
  const story = await call(bed, 'carol', 'GET', `/history?reservation=${id}`);
  expect(story.body.map(({ event }: { event: { type: string } }) => event.type)).toEqual(
    expect.arrayContaining(['reservation-confirmed', 'reservation-transferred']),
  );
  expect((await call(bed, 'bob', 'GET', `/history?reservation=${id}`)).status).toBe(404);
  // An offer is nobody's to give.
  const { id: offered } = (await ask(bed, 'bob')).json().proposal;
  const refused = await call(bed, 'olga', 'POST', `/reservations/${offered}/transfer`, { to: 'carol' });
  expect(refused.body).toMatchObject({ code: 'PEX_REQUEST_FAILED', reason: 'illegal-in-state' });
  await checkLedger(bed.database);
});

test('near its start a reservation is neither cancelled, changed nor given away, but by an operator', async () => {
  const { bed } = await withProject(50, {}, { lockMs: 2 * HOUR_MS });
  const later = { startTime: new Date(NOW_MS + 3 * HOUR_MS).toISOString() };
  const id = await book(bed, 'alice', later);
  const tries = () =>
    Promise.all([
      call(bed, 'alice', 'POST', `/reservations/${id}/change`, { duration: HOUR_MS / 2 }),
      call(bed, 'alice', 'POST', `/reservations/${id}/transfer`, { to: 'astro' }),
      call(bed, 'alice', 'DELETE', `/reservations/${id}`),
    ]);
  await bed.moveTo(NOW_MS + HOUR_MS);
  for (const { body } of await tries())
    expect(body).toMatchObject({ code: 'PEX_REQUEST_FAILED', reason: 'locked' });
  expect((await call(bed, 'olga', 'DELETE', `/reservations/${id}`)).status).toBe(200);
  const second = await book(bed, 'alice', later);
  await bed.moveTo(NOW_MS + 3 * HOUR_MS);
  // Once it has begun it can be changed again.
  const asked = await call(bed, 'alice', 'POST', `/reservations/${second}/change`, { duration: HOUR_MS / 2 });
  expect(asked.status).toBe(200);
});

test('what is confirmed is approved of by a program, which sees the terms and who asks', async () => {
  let answer: { status: number; body?: string } = { status: 200, body: '{"approved": true}' };
  const hook = await startWebHook(() => answer);
  try {
    const approval = { url: hook.url, secret: 's3', of: 'projects', timeoutMs: 2000, whenAway: 'refuse' };
    const { bed } = await withProject(50, { approval });
    const confirm = async (id: string) =>
      call(bed, 'bob', 'PUT', `/reservations/${id}`, { reply: 'CONFIRM' });
    const offered = async (fields: object) => (await ask(bed, 'bob', fields)).json().proposal.id;
    const id = await offered({ project: 'astro' });
    expect((await confirm(id)).status).toBe(200);
    const [asked] = hook.calls.items;
    expect(JSON.parse(asked!.body)).toMatchObject({
      action: 'confirm',
      reservationId: id,
      by: { username: 'bob', role: 'user' },
      owner: { username: 'astro', kind: 'project' },
      terms: { type: 'XLARGE', numInstancesFixed: 1, duration: HOUR_MS, cpus: 4 },
    });
    expect(asked!.headers['openpex-signature']).toMatch(/^t=\d+,v1=[0-9a-f]{64}$/);
    // Who reserves for oneself is not asked about.
    expect((await confirm(await offered({}))).status).toBe(200);
    expect(hook.calls.items).toHaveLength(1);

    answer = { status: 200, body: '{"approved": false, "reason": "not in the holidays"}' };
    const third = await offered({ project: 'astro' });
    const refused = await confirm(third);
    expect(refused).toMatchObject({ status: 403, body: { code: 'PEX_NOT_APPROVED' } });
    expect(refused.body.detail).toContain('not in the holidays');
    for (const wrong of [{ status: 500 }, { status: 200, body: 'yes' }, { status: 200, body: '{}' }]) {
      answer = wrong;
      expect((await confirm(third)).body.code).toBe('PEX_UNAVAILABLE');
    }
    // The offer stood all the time.
    answer = { status: 200, body: '{"approved": true}' };
    expect((await confirm(third)).status).toBe(200);
  } finally {
    await hook.stop();
  }
});
