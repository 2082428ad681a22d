import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, book, FIGURE_4_1, HOUR_MS, NOW_MS, run, type Testbed, testbed } from './testbed.ts';

describe('watching over the daemon', () => {
  test('/health answers while it recovers, /ready does not', async () => {
    const bed = await testbed();
    expect((await bed.as('', { url: '/ready' })).json()).toEqual({ status: 'ready', state: 'running' });
    const mend = await bed.loseDatabase();
    expect((await ask(bed, 'alice')).statusCode).toBe(503);
    const health = await bed.as('', { url: '/health' });
    expect(health.statusCode).toBe(200);
    expect(health.json()).toEqual({ status: 'alive', state: 'recovering' });
    const ready = await bed.as('', { url: '/ready' });
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toMatchObject({ code: 'PEX_UNAVAILABLE', state: 'recovering' });
    await mend();
    expect((await bed.as('', { url: '/ready' })).json()).toEqual({ status: 'ready', state: 'running' });
  });

  test('/metrics measures requests, replies and the state of the service', async () => {
    const bed = await testbed();
    await ask(bed, 'alice', { type: 'SMALL', startTime: new Date(NOW_MS).toISOString() });
    const { body, headers } = await bed.as('olga', { url: '/metrics' });
    expect(headers['content-type']).toMatch(/^text\/plain; version=/);
    const lines = body.split('\n');
    expect(lines).toContain(
      'openpex_http_request_duration_seconds_count{method="POST",route="/OpenPEX/reservations",status="200"} 1',
    );
    expect(lines).toContain('openpex_replies_total{message="request",reply="ACCEPT"} 1');
    expect(lines).toContain('openpex_reservations{state="ACCEPTED"} 1');
    expect(lines).toContain('openpex_nodes{are="up"} 1');
    expect(lines).toContain('openpex_booked_share 0.25');
    // The provider and its node have joined; the reservation was initiated, a proposal received, an offer made.
    expect(lines).toContain('openpex_journal_seq 5');
    expect(lines).toContain('openpex_running 1');
    expect(lines).toContain('openpex_commands_waiting 0');
    expect(lines).toContain('openpex_commit_duration_seconds_count 1');
    expect(lines).toContain('openpex_decisions_total 1');
    expect(body).toContain('process_cpu_seconds_total');
  });

  test('/metrics says that the service does not run, and nothing that it cannot know then', async () => {
    const bed = await testbed();
    await bed.loseDatabase();
    await ask(bed, 'alice');
    const { statusCode, body } = await bed.as('olga', { url: '/metrics' });
    expect(statusCode).toBe(200);
    expect(body).toContain('openpex_running 0');
    expect(body).not.toMatch(/^openpex_(nodes|vms_running|reservations|booked_share|journal_seq)\b/m);
  });

  test('/metrics can be made public', async () => {
    const bed = await testbed({ metrics: 'public' });
    expect((await bed.as('', { url: '/metrics' })).statusCode).toBe(200);
  });
});

describe('for operators', () => {
  let bed: Testbed;
  const nodes = async () => (await bed.as('olga', { url: '/OpenPEX/nodes' })).json();
  const put = (command: string) => bed.as('olga', { method: 'PUT', url: `/OpenPEX/nodes/${command}` });

  beforeAll(async () => {
    bed = await testbed();
    await ask(bed, 'alice');
  });

  test('nodes are drained, enabled, and made to fail and return', async () => {
    expect((await put('leon/drain')).json()).toMatchObject({ node: 'leon', inService: false, cpus: 4 });
    expect((await put('leon/enable/')).json()).toMatchObject({ inService: true });
    await put('leon/fail');
    await bed.moveTo(bed.service.now());
    expect((await nodes())[0]).toMatchObject({ node: 'leon', up: false, inService: true });
    await put('leon/return');
    await bed.moveTo(bed.service.now());
    expect((await nodes())[0]).toMatchObject({ node: 'leon', up: true });
    expect((await put('roy/drain')).statusCode).toBe(404);
  });

  test('a drain says when the node is expected back, and requests are answered accordingly', async () => {
    const bed = await testbed();
    const untilMs = NOW_MS + 2 * HOUR_MS;
    const drain = (until: string) =>
      bed.as('olga', { method: 'PUT', url: `/OpenPEX/nodes/leon/drain?until=${until}` });
    const drained = await drain(new Date(untilMs).toISOString());
    expect(drained.json()).toMatchObject({
      inService: false,
      outages: [{ node: 'leon', cause: 'drained', startTimeMs: NOW_MS, endTimeMs: untilMs }],
    });
    // The same again, and then something else.
    expect((await drain(String(untilMs))).json()).toEqual(drained.json());
    expect((await drain(String(untilMs + HOUR_MS))).json()).toMatchObject({
      outages: [{ endTimeMs: untilMs + HOUR_MS }],
    });
    const asked = { type: 'SMALL', startTime: new Date(NOW_MS + HOUR_MS).toISOString() };
    const quote = await bed.as('alice', {
      method: 'POST',
      url: '/OpenPEX/quotes',
      payload: { duration: HOUR_MS, numInstancesFixed: 1, ...asked },
    });
    expect(quote.json()).toMatchObject({ reply: 'COUNTER', reason: 'node-outage' });
    const countered = (await ask(bed, 'alice', asked)).json();
    expect(countered).toMatchObject({
      reply: 'COUNTER',
      reason: 'node-outage',
      proposal: { startTimeMs: untilMs + HOUR_MS },
    });
    const { id } = countered.proposal;
    const offers = (await bed.as('alice', { url: `/OpenPEX/reservations/${id}/offers` })).json();
    expect(offers.at(-1)).toMatchObject({ message: 'COUNTER', reason: 'node-outage' });
    const availability = await bed.as('alice', {
      url: `/OpenPEX/availability?type=SMALL&from=${NOW_MS}&to=${NOW_MS + 12 * HOUR_MS}`,
    });
    expect(availability.json().steps.slice(0, 2)).toMatchObject([
      { fromMs: NOW_MS, count: 0 },
      { fromMs: untilMs + HOUR_MS },
    ]);
  });

  test.each([['yesterday'], [String(NOW_MS)], ['2009-02-30T00:00:00Z']])(
    'a node is not expected back at %s',
    async (until) => {
      const response = await bed.as('olga', {
        method: 'PUT',
        url: `/OpenPEX/nodes/leon/drain?until=${until}`,
      });
      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({ field: 'until' });
      expect((await nodes())[0]).toMatchObject({ inService: true, outages: [] });
    },
  );

  test('maintenance is planned, listed, shown with its node, and called off', async () => {
    const bed = await testbed();
    const plan = (payload: object, node = 'leon') =>
      bed.as('olga', { method: 'POST', url: `/OpenPEX/nodes/${node}/maintenance`, payload });
    const startTimeMs = NOW_MS + HOUR_MS;
    const endTimeMs = NOW_MS + 3 * HOUR_MS;
    const span = {
      startTime: new Date(startTimeMs).toUTCString(),
      endTime: new Date(endTimeMs).toISOString(),
    };
    const planned = await plan(span);
    expect(planned.statusCode).toBe(201);
    const outage = planned.json();
    expect(outage).toMatchObject({ node: 'leon', cause: 'maintenance', startTimeMs, endTimeMs });
    const list = async () => (await bed.as('olga', { url: '/OpenPEX/maintenance' })).json();
    expect(await list()).toEqual([outage]);
    expect((await bed.as('olga', { url: '/OpenPEX/nodes' })).json()).toMatchObject([
      { up: true, inService: true, outages: [outage] },
    ]);
    const asked = { type: 'SMALL', startTime: new Date(startTimeMs).toISOString() };
    expect((await ask(bed, 'alice', asked)).json()).toMatchObject({
      reply: 'COUNTER',
      reason: 'node-outage',
    });
    await bed.moveTo(startTimeMs);
    expect((await bed.as('olga', { url: '/OpenPEX/nodes' })).json()).toMatchObject([{ inService: false }]);
    const end = (id: string) => bed.as('olga', { method: 'DELETE', url: `/OpenPEX/maintenance/${id}` });
    expect((await end(outage.id)).json()).toEqual(outage);
    expect(await list()).toEqual([]);
    expect((await end(outage.id)).statusCode).toBe(404);
    expect((await bed.as('alice', { url: '/OpenPEX/maintenance' })).statusCode).toBe(403);
    for (const [payload, field] of [
      [{}, 'endTime'],
      [{ endTime: 'later' }, 'endTime'],
      [{ ...span, endTime: span.startTime }, 'endTime'],
      [{ ...span, startTime: '2009-01-01T00:00:00Z' }, 'startTime'],
      [{ ...span, note: 'disks' }, 'note'],
    ] as const) {
      const response = await plan(payload);
      expect(response.statusCode, JSON.stringify(payload)).toBe(400);
      expect(JSON.stringify(response.json())).toContain(field);
    }
    expect((await plan(span, 'roy')).statusCode).toBe(404);
  });

  test('faults are made on a simulated hypervisor only', async () => {
    const real = await testbed({}, { isSimulated: false });
    const response = await real.as('olga', { method: 'PUT', url: '/OpenPEX/nodes/leon/fail' });
    expect(response.statusCode).toBe(404);
    await real.moveTo(real.service.now());
    expect(real.service.nodes()).toMatchObject([{ nodeId: 'leon', up: true }]);
  });

  test('the calendar names the users', async () => {
    await book(bed, 'bob', { startTime: '2009-08-17T12:00:00Z' });
    await ask(bed, 'alice');
    const url = `/OpenPEX/calendar?from=${NOW_MS}&to=2009-08-18T00:00:00Z`;
    expect((await bed.as('olga', { url })).json()).toMatchObject([
      { node: 'leon', username: 'alice', kind: 'hold', cpus: 4 },
      { node: 'leon', username: 'bob', kind: 'reservation', cpus: 4 },
    ]);
  });

  test.each([
    'from=2009-08-17&to=2009-08-17',
    'from=2009-08-17&to=2009-09-18',
    'from=2009-08-17',
    'from=0&to=1',
  ])('the span %s is refused', async (query) => {
    expect((await bed.as('olga', { url: `/OpenPEX/calendar?${query}` })).statusCode).toBe(400);
  });

  test('the journal comes newest first, or after an event', async () => {
    const fresh = await testbed();
    const id = (await ask(fresh, 'alice')).json().proposal.id;
    const journal = async (query: string) =>
      (await fresh.as('olga', { url: `/OpenPEX/journal?${query}` })).json();
    const seqs = async (query: string) => (await journal(query)).map(({ seq }: { seq: number }) => seq);
    expect(await seqs('limit=2')).toEqual([5, 4]);
    expect(await seqs('after=2&limit=2')).toEqual([3, 4]);
    expect(await seqs('before=4&limit=2')).toEqual([3, 2]);
    expect(await seqs('after=1&before=4')).toEqual([2, 3]);
    expect(await seqs('type=reservation-initiated')).toEqual([3]);
    expect(await seqs('type=reservation-initiated&type=offer-accepted')).toEqual([5, 3]);
    expect((await journal('after=2'))[0]).toEqual({
      seq: 3,
      time: 'Mon, 17 Aug 2009 04:00:00 GMT',
      timeMs: NOW_MS,
      userid: 1,
      event: {
        type: 'reservation-initiated',
        seq: 3,
        atMs: NOW_MS,
        provider: 'provider',
        reservationId: id,
        userId: '1',
        origin: null,
      },
    });
    expect((await journal('after=0'))[0]).toMatchObject({ userid: null, event: { type: 'provider-joined' } });
  });

  test('deposits show in the ledger of the user', async () => {
    const deposited = await bed.as('olga', {
      method: 'POST',
      url: '/OpenPEX/accounts/1/deposits',
      payload: { amountMicros: 2_000_000, note: 'grant' },
    });
    expect(deposited.statusCode).toBe(201);
    expect(deposited.json()).toMatchObject({
      userid: 1,
      balanceMicros: 52_000_000,
      quota: { reservations: 100, vcpus: 1000, heldCpuHours: 10_000 },
    });
    const ledger = await bed.as('alice', { url: '/OpenPEX/account/ledger' });
    expect(ledger.json()).toMatchObject([{ kind: 'deposit', note: 'grant' }, { note: 'starting balance' }]);
    expect(ledger.json()[0]).toEqual({
      entryId: expect.any(Number),
      time: 'Mon, 17 Aug 2009 04:00:00 GMT',
      timeMs: NOW_MS,
      kind: 'deposit',
      amountMicros: 2_000_000,
      reservationId: null,
      note: 'grant',
    });
  });

  test('the report runs its scripts, but not as a page of this site', async () => {
    const report = await bed.as('olga', { url: '/OpenPEX/report' });
    expect(report.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(report.headers['content-security-policy']).toMatch(/^sandbox allow-scripts; default-src 'none'/);
    expect(report.body).toContain('<h1>OpenPEX</h1>');
    expect(report.body).toContain('Of 3 requests');
    const summary = await bed.as('olga', { url: '/OpenPEX/report/summary.json' });
    expect(summary.json()).toMatchObject({ scenario: 'OpenPEX', requests: 3 });
  });
});

test('what can be had is told to everybody who is logged in', async () => {
  const bed = await testbed();
  const get = async (path: string) => (await bed.as('bob', { url: `/OpenPEX/${path}` })).json();
  expect(await get('service/')).toEqual({
    version: '0.0.0-test',
    speed: 1,
    timeMs: NOW_MS,
    state: 'running',
    settings: {
      holdMs: 300_000,
      maxRounds: 10,
      shortestDurationMs: 30_000,
      longestDurationMs: null,
      bookingHorizonMs: 31_536_000_000,
      autoActivate: false,
      waitlistMax: 1000,
      turnMs: 3_600_000,
      noShowGraceMs: null,
    },
    readsPreferences: false,
    simulated: true,
    registration: 'open',
    resources: [],
    sites: [],
  });
  expect(await get('types')).toContainEqual({ name: 'XLARGE', cpus: 4, memoryMib: 3584, diskGib: 60 });
  expect((await get('templates'))[0]).toEqual({
    name: 'PEX Debian Etch 4.0 Template',
    description: 'Debian GNU/Linux 4.0',
  });
  expect(await get(`availability?type=small&from=${NOW_MS}&to=${NOW_MS + 1000}`)).toEqual({
    type: 'SMALL',
    fromMs: NOW_MS,
    toMs: NOW_MS + 1000,
    // 1,000 CPUs, unless it is set otherwise.
    own: [{ fromMs: NOW_MS, count: 1000 }],
    steps: [{ fromMs: NOW_MS, count: 4 }],
  });
  const quote = await bed.as('bob', { method: 'POST', url: '/OpenPEX/quotes', payload: FIGURE_4_1 });
  expect(quote.json()).toMatchObject({
    reply: 'ACCEPT',
    priceMicros: 400_000,
    proposal: { id: '', type: 'XLARGE' },
  });
  expect((await bed.reservations.list({ limit: 1 })).total).toBe(0);
});

describe('an instance', () => {
  test('has the names of 2009 and ours, and takes commands', async () => {
    const bed = await testbed();
    const { reservationId, vmId } = await run(bed, 'alice');
    const url = `/OpenPEX/instances/${vmId.toUpperCase()}`;
    expect((await bed.as('alice', { url })).json()).toEqual({
      console: null,
      diskUntilTimeMs: null,
      trouble: null,
      end_time: 'Mon, 17 Aug 2009 05:00:00 GMT',
      ipAddress: expect.stringMatching(/^10\.0\.0\.\d+$/),
      name: 'alice-1',
      start_time: 'Mon, 17 Aug 2009 04:00:00 GMT',
      status: 'RUNNING',
      userID: 1,
      vmID: vmId,
      vmPassword: null,
      id: vmId,
      reservationId,
      reservationName: null,
      number: 1,
      node: 'leon',
      type: 'XLARGE',
      cpus: 4,
      memoryMib: 3584,
      diskGib: 60,
      template: 'PEX Debian Etch 4.0 Template',
      loadPermille: expect.any(Number),
      wanted: 'running',
      startTimeMs: NOW_MS,
      endTimeMs: NOW_MS + HOUR_MS,
      username: 'alice',
      commands: [
        { command: 'start', allowed: false, reason: 'illegal-in-state' },
        { command: 'stop', allowed: true },
        { command: 'reboot', allowed: true },
        { command: 'pause', allowed: true },
        { command: 'unpause', allowed: false, reason: 'illegal-in-state' },
        { command: 'suspend', allowed: true },
        { command: 'resume', allowed: false, reason: 'illegal-in-state' },
        { command: 'delete', allowed: true },
      ],
    });
    const refused = await bed.as('alice', { method: 'PUT', url: `${url}/resume` });
    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toMatchObject({
      reply: 'REQUEST_FAILED',
      reason: 'illegal-in-state',
      state: 'RUNNING',
    });
    for (const [command, state] of [
      ['stop', 'HALTED'],
      ['start', 'RUNNING'],
      ['pause', 'PAUSED'],
      ['unpause', 'RUNNING'],
      ['suspend', 'SUSPENDED'],
      ['resume', 'RUNNING'],
      ['reboot', 'RUNNING'],
    ]) {
      const response = await bed.as('alice', { method: 'PUT', url: `${url}/${command}` });
      expect(response.json()).toMatchObject({ vmID: vmId });
      await bed.moveTo(bed.service.now());
      expect((await bed.as('alice', { url })).json().status, command).toBe(state);
    }
    expect((await bed.as('alice', { method: 'DELETE', url })).json()).toMatchObject({ wanted: 'deleted' });
    await bed.moveTo(bed.service.now());
    const deleted = (await bed.as('alice', { url })).json();
    expect(deleted.status).toBe('DELETED');
    expect(deleted.commands).toContainEqual({ command: 'start', allowed: false, reason: 'unknown-instance' });
  });

  test('that a drain suspended is not resumed by its user, and the list says so beforehand', async () => {
    const bed = await testbed();
    const { vmId } = await run(bed, 'alice');
    const shown = async () => (await bed.as('alice', { url: '/OpenPEX/instances' })).json()[0];
    await bed.as('olga', { method: 'PUT', url: '/OpenPEX/nodes/leon/drain' });
    await bed.moveTo(NOW_MS + 60_000);
    const parked = await shown();
    expect(parked).toMatchObject({ status: 'SUSPENDED', wanted: 'suspended' });
    expect(parked.commands).toEqual([
      { command: 'start', allowed: false, reason: 'illegal-in-state' },
      { command: 'stop', allowed: true },
      { command: 'reboot', allowed: false, reason: 'illegal-in-state' },
      { command: 'pause', allowed: false, reason: 'illegal-in-state' },
      { command: 'unpause', allowed: false, reason: 'illegal-in-state' },
      { command: 'suspend', allowed: false, reason: 'illegal-in-state' },
      { command: 'resume', allowed: false, reason: 'parked' },
      { command: 'delete', allowed: true },
    ]);
    const resume = await bed.as('alice', { method: 'PUT', url: `/OpenPEX/instances/${vmId}/resume` });
    expect(resume.statusCode).toBe(409);
    expect(resume.json()).toMatchObject({ reason: 'parked', state: 'SUSPENDED' });
    expect(resume.json().detail).toMatch(/goes on by itself/);
    await bed.as('olga', { method: 'PUT', url: '/OpenPEX/nodes/leon/enable' });
    await bed.moveTo(NOW_MS + 120_000);
    expect(await shown()).toMatchObject({ status: 'RUNNING', wanted: 'running' });
  });

  test('is told of a command what its list told before: whatever is said and done to it', async () => {
    const bed = await testbed();
    const { vmId } = await run(bed, 'alice');
    const url = `/OpenPEX/instances/${vmId}`;
    const node = (command: string) =>
      bed.as('olga', { method: 'PUT', url: `/OpenPEX/nodes/leon/${command}` });
    // Of each state that these lead to, every command is tried that the instance says is not allowed.
    const story = [
      () => bed.as('alice', { method: 'PUT', url: `${url}/suspend` }),
      () => bed.as('alice', { method: 'PUT', url: `${url}/resume` }),
      () => node('drain'),
      () => node('enable'),
      () => node('drain'),
      () => bed.as('alice', { method: 'PUT', url: `${url}/stop` }),
      () => node('enable'),
      () => bed.as('alice', { method: 'PUT', url: `${url}/start` }),
      () => bed.moveTo(NOW_MS + HOUR_MS),
    ];
    let refusals = 0;
    for (const happen of story) {
      await happen();
      await bed.moveTo(bed.service.now());
      const { commands, status } = (await bed.as('alice', { url })).json();
      for (const { command, allowed, reason } of commands) {
        if (allowed) continue;
        refusals += 1;
        const response = await bed.as(
          'alice',
          command === 'delete' ? { method: 'DELETE', url } : { method: 'PUT', url: `${url}/${command}` },
        );
        expect(response.statusCode, `${command} while ${status}`).toBe(409);
        expect(response.json(), `${command} while ${status}`).toMatchObject({ reason });
      }
    }
    expect(refusals).toBeGreaterThan(25);
  });
});

describe('an account', () => {
  test('is registered, shown with its use, and changed', async () => {
    const bed = await testbed({ startingBalanceMicros: 700_000 });
    const registered = await bed.as('', {
      method: 'POST',
      url: '/OpenPEX/accounts',
      payload: { username: 'carol', password: 'correct horse', fullName: 'Carol C.', email: 'c@example.org' },
    });
    expect(registered.statusCode).toBe(201);
    expect(registered.json()).toEqual({
      userid: 4,
      username: 'carol',
      fullName: 'Carol C.',
      email: 'c@example.org',
      role: 'user',
      disabled: false,
      balanceMicros: 700_000,
      quota: { reservations: 100, vcpus: 1000, heldCpuHours: 10_000, rolling: [] },
      createdTime: 'Mon, 17 Aug 2009 04:00:00 GMT',
    });
    await bed.as('carol', { method: 'POST', url: '/OpenPEX/reservations', payload: FIGURE_4_1 });
    const shown = await bed.as('carol', { url: '/OpenPEX/account' });
    expect(shown.json()).toMatchObject({ usage: { reservations: 1, vcpus: 4 } });
    const changed = await bed.as('carol', {
      method: 'PATCH',
      url: '/OpenPEX/account',
      payload: { fullName: 'Carol D.' },
    });
    expect(changed.json()).toMatchObject({ fullName: 'Carol D.', email: 'c@example.org' });
  });

  test('cannot make itself an operator', async () => {
    const bed = await testbed();
    const payload = { username: 'mallory', password: 'long enough', fullName: 'M', email: 'm@example.org' };
    const registered = await bed.as('', {
      method: 'POST',
      url: '/OpenPEX/accounts',
      payload: { ...payload, role: 'operator' },
    });
    expect(registered.statusCode).toBe(400);
    const changed = await bed.as('alice', {
      method: 'PATCH',
      url: '/OpenPEX/account',
      payload: { role: 'operator' },
    });
    expect(changed.statusCode).toBe(400);
  });

  test('is not registered where registration is closed, nor under a name that is taken', async () => {
    const payload = { username: 'Alice', password: 'long enough', fullName: 'A', email: 'a@example.org' };
    const post = async (bed: Testbed) =>
      (await bed.as('', { method: 'POST', url: '/OpenPEX/accounts', payload })).json().code;
    expect(await post(await testbed({ registration: 'closed' }))).toBe('PEX_FORBIDDEN');
    expect(await post(await testbed())).toBe('PEX_CONFLICT');
  });

  test('has limits of its own when an operator sets them', async () => {
    const bed = await testbed();
    const response = await bed.as('olga', {
      method: 'PATCH',
      url: '/OpenPEX/accounts/1',
      payload: { quota: { vcpus: 8 }, role: 'operator' },
    });
    expect(response.json()).toMatchObject({ quota: { reservations: 100, vcpus: 8 }, role: 'operator' });
    const accounts = await bed.as('alice', { url: '/OpenPEX/accounts?limit=2' });
    expect(accounts.headers.link).toMatch(/^<\/OpenPEX\/accounts\?limit=2&cursor=[^>]+>; rel="next"$/);
    expect((await bed.as('olga', { url: '/OpenPEX/accounts/99' })).statusCode).toBe(405);
  });
});

describe('the portal', () => {
  let folder: string;
  let bed: Testbed;
  const get = (url: string, accept = 'text/html,*/*') => bed.as('', { url, headers: { accept } });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'openpex-portal-'));
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>OpenPEX</title>');
    const script = Buffer.from('export {};\n'.repeat(200));
    writeFileSync(join(folder, 'assets', 'app-1a2b.js'), script);
    writeFileSync(join(folder, 'assets', 'app-1a2b.js.br'), brotliCompressSync(script));
    writeFileSync(join(folder, 'assets', 'app-1a2b.js.gz'), gzipSync(script));
    writeFileSync(join(folder, 'favicon.svg'), '<svg/>');
    bed = await testbed({ portalDir: folder });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(['/', '/index.html', '/reservations', '/reservations/5D0FA0EB', '/..%2f..%2fetc%2fpasswd'])(
    'is one page, also at %s',
    async (url) => {
      const response = await get(url);
      expect(response.statusCode).toBe(200);
      expect(response.headers['cache-control']).toBe('no-cache');
      expect(response.headers['content-type']).toContain('text/html');
      expect(response.headers['content-security-policy']).toBe(
        "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';" +
          "frame-ancestors 'none';base-uri 'none';form-action 'self'",
      );
      expect(response.body).toContain('<title>OpenPEX</title>');
    },
  );

  test('has files that browsers keep', async () => {
    const asset = await get('/assets/app-1a2b.js');
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(asset.headers['content-type']).toContain('/javascript');
    expect((await get('/favicon.svg')).headers['cache-control']).toBe('no-cache');
  });

  test('sends a file compressed to who takes that, and says that answers differ', async () => {
    const asked = (encoding: string) =>
      bed.as('', { url: '/assets/app-1a2b.js', headers: { 'accept-encoding': encoding } });
    const [plain, gzip, brotli, both] = await Promise.all(
      ['identity', 'gzip', 'br', 'gzip, deflate, br'].map(asked),
    );
    expect(gunzipSync(gzip!.rawPayload).toString()).toBe(plain!.body);
    expect(brotliDecompressSync(brotli!.rawPayload).toString()).toBe(plain!.body);
    expect(both!.headers['content-encoding']).toBe('br');
    expect(plain!.headers['content-encoding']).toBeUndefined();
    const tags = [plain, gzip, brotli].map((answer) => {
      expect(answer!.headers['vary']).toBe('accept-encoding');
      expect(answer!.headers['content-type']).toContain('/javascript');
      return answer!.headers.etag;
    });
    expect(new Set(tags).size).toBe(3);
    const again = await bed.as('', {
      url: '/assets/app-1a2b.js',
      headers: { 'accept-encoding': 'br', 'if-none-match': tags[2]! },
    });
    expect(again.statusCode).toBe(304);
  });

  test.each(['/assets/missing.js', '/assets/app-1a2b.js.br', '/OpenPEX/missing', '/OpenPEX', '/.env'])(
    'has no page at %s',
    async (url) => {
      const response = await get(url);
      expect(response.statusCode).toBe(404);
      expect(response.headers['content-type']).toBe('application/problem+json');
    },
  );

  test('is for browsers: a program that asks for JSON at a wrong address gets 404', async () => {
    expect((await get('/reservations', 'application/json')).statusCode).toBe(404);
  });

  test('does not hide which methods an address of the API knows', async () => {
    const response = await get('/OpenPEX/reservations/1/activate');
    expect(response.statusCode).toBe(405);
    expect(response.headers.allow).toBe('PUT');
  });
});
