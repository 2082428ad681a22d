import { describe, expect, test } from 'vitest';
import { FIGURE_4_1, HOUR_MS, NOW_MS, TEMPLATE, type Testbed, testbed } from './testbed.ts';

const FIGURE_4_2_ID = '5D0FA0EB-90A8-F4E6-1DFF-61B2CEC6AD91';
const FIGURE_4_3_ID = 'F07640D4-32BC-DDB6-457E-32B5595BA066';
const FIGURE_4_3_START_MS = Date.UTC(2009, 7, 17, 5, 52, 31);

/** For what is refused and so leaves nothing behind. */
const strictBed = testbed();

async function request(bed: Testbed, fields: object = {}) {
  return bed.as('alice', {
    method: 'POST',
    url: '/OpenPEX/reservations',
    payload: { ...FIGURE_4_1, ...fields },
  });
}

async function confirmed(bed: Testbed, fields: object = {}): Promise<string> {
  const { id } = (await request(bed, fields)).json().proposal;
  await bed.as('alice', { method: 'PUT', url: `/OpenPEX/reservations/${id}`, payload: { reply: 'CONFIRM' } });
  return id;
}

describe('the figures of the 2009 report', () => {
  test('4.1 is answered with 4.2, field for field, and with what was added since', async () => {
    const bed = await testbed();
    bed.provider.ids.push(FIGURE_4_2_ID);
    const response = await request(bed);
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(response.headers.location).toBe(`/OpenPEX/reservations/${FIGURE_4_2_ID}`);
    const { proposal, reply, ...added } = response.json();
    const { startTimeMs, ...asPrinted } = proposal;
    expect({ proposal: asPrinted, reply }).toEqual({
      proposal: {
        duration: 3600000,
        id: '5D0FA0EB-90A8-F4E6-1DFF-61B2CEC6AD91',
        numInstancesFixed: 1,
        numInstancesOption: 0,
        startTime: 'Mon, 17 Aug 2009 04:49:03 GMT',
        template: 'PEX Debian Etch 4.0 Template',
        type: 'XLARGE',
        userid: 1,
      },
      reply: 'ACCEPT',
    });
    expect(startTimeMs).toBe(Date.UTC(2009, 7, 17, 4, 49, 3));
    expect(added).toEqual({
      priceMicros: 1000,
      holdUntil: 'Mon, 17 Aug 2009 04:05:00 GMT',
      holdUntilMs: NOW_MS + 300_000,
    });
  });

  test('4.1 on a busy cluster is answered with 4.3: the same terms at another start', async () => {
    const bed = await testbed();
    bed.provider.ids.push(FIGURE_4_3_ID);
    bed.provider.busyUntilMs = FIGURE_4_3_START_MS;
    const { proposal, reply } = (await request(bed)).json();
    const { startTimeMs, ...asPrinted } = proposal;
    expect({ proposal: asPrinted, reply }).toEqual({
      proposal: {
        duration: 3600000,
        id: 'F07640D4-32BC-DDB6-457E-32B5595BA066',
        numInstancesFixed: 1,
        numInstancesOption: 0,
        startTime: 'Mon, 17 Aug 2009 05:52:31 GMT',
        template: 'PEX Debian Etch 4.0 Template',
        type: 'XLARGE',
        userid: 1,
      },
      reply: 'COUNTER',
    });
    expect(startTimeMs).toBe(FIGURE_4_3_START_MS);
  });

  test('an offered start between two seconds is sent as the later one, and exactly beside it', async () => {
    const bed = await testbed();
    bed.provider.busyUntilMs = FIGURE_4_3_START_MS - 1;
    const { proposal } = (await request(bed)).json();
    expect(proposal.startTime).toBe('Mon, 17 Aug 2009 05:52:31 GMT');
    expect(proposal.startTimeMs).toBe(FIGURE_4_3_START_MS - 1);
  });
});

describe('the negotiation', () => {
  test('ACCEPT, then CONFIRM, is REQUEST_SUCCESS', async () => {
    const bed = await testbed();
    const { proposal } = (await request(bed)).json();
    const response = await bed.as('alice', {
      method: 'PUT',
      url: `/OpenPEX/reservations/${proposal.id}`,
      // The clients of 2009 send back the whole answer with another reply.
      payload: { proposal, reply: 'CONFIRM', priceMicros: 1000, holdUntil: null, holdUntilMs: null },
    });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual({ proposal, reply: 'REQUEST_SUCCESS' });
  });

  test('a counter-offer is taken with ACCEPT, CONFIRM_REQUEST, CONFIRM, REQUEST_SUCCESS', async () => {
    const bed = await testbed();
    bed.provider.busyUntilMs = FIGURE_4_3_START_MS;
    const { proposal } = (await request(bed)).json();
    const put = (reply: string) =>
      bed.as('alice', {
        method: 'PUT',
        url: `/OpenPEX/reservations/${proposal.id}/`,
        payload: { proposal, reply },
      });
    const accepted = (await put('ACCEPT')).json();
    expect(accepted).toMatchObject({ proposal, reply: 'CONFIRM_REQUEST', priceMicros: 1000 });
    expect((await put('CONFIRM')).json()).toEqual({ proposal, reply: 'REQUEST_SUCCESS' });
  });

  test('the user counters with other terms under the same id', async () => {
    const bed = await testbed();
    bed.provider.busyUntilMs = FIGURE_4_3_START_MS;
    const { proposal } = (await request(bed)).json();
    const response = await bed.as('alice', {
      method: 'PUT',
      url: `/OpenPEX/reservations/${proposal.id}`,
      payload: { proposal: { ...proposal, startTime: '2009-08-17T06:00:00.250Z' }, reply: 'counter' },
    });
    expect(response.json()).toMatchObject({
      reply: 'ACCEPT',
      proposal: { id: proposal.id, startTimeMs: Date.UTC(2009, 7, 17, 6, 0, 0, 250) },
    });
    expect(response.json().proposal.startTime).toBe('Mon, 17 Aug 2009 06:00:01 GMT');
  });

  test('a rejected request says why and keeps its id', async () => {
    const bed = await testbed();
    bed.provider.ids.push(FIGURE_4_2_ID);
    const response = await request(bed, { numInstancesFixed: 101 });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      reply: 'REJECT',
      reason: 'never-fits',
      proposal: { id: FIGURE_4_2_ID, numInstancesFixed: 101 },
    });
  });

  test('REJECT of the user ends it', async () => {
    const bed = await testbed();
    const { proposal } = (await request(bed)).json();
    const response = await bed.as('alice', {
      method: 'PUT',
      url: `/OpenPEX/reservations/${proposal.id}`,
      payload: { reply: 'REJECT', reason: 'found another' },
    });
    expect(response.json()).toEqual({ proposal, reply: 'REQUEST_SUCCESS' });
    expect(bed.provider.records.get(proposal.id)?.state).toBe('REJECTED');
  });

  test('what is not legal in the state is 409 with REQUEST_FAILED, the reason and the state', async () => {
    const bed = await testbed();
    const id = await confirmed(bed);
    const response = await bed.as('alice', {
      method: 'PUT',
      url: `/OpenPEX/reservations/${id}`,
      payload: { reply: 'CONFIRM' },
    });
    expect(response.statusCode).toBe(409);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toMatchObject({
      code: 'PEX_REQUEST_FAILED',
      status: 409,
      reply: 'REQUEST_FAILED',
      reason: 'illegal-in-state',
      state: 'CONFIRMED',
    });
  });

  test('the id in the proposal must be that of the URL, in either case', async () => {
    const bed = await testbed();
    bed.provider.ids.push(FIGURE_4_2_ID);
    await request(bed);
    const put = (id: string) =>
      bed.as('alice', {
        method: 'PUT',
        url: `/OpenPEX/reservations/${FIGURE_4_2_ID.toLowerCase()}`,
        payload: { proposal: { id }, reply: 'CONFIRM' },
      });
    const refused = await put(FIGURE_4_3_ID);
    expect(refused.statusCode).toBe(400);
    expect(refused.json().detail).toContain('proposal.id');
    expect((await put(FIGURE_4_2_ID.toLowerCase())).json().reply).toBe('REQUEST_SUCCESS');
  });

  test.each([
    ['a reply that is none', { reply: 'MAYBE' }, 'reply'],
    ['what only the provider says', { reply: 'CONFIRM-REQUEST' }, 'reply'],
    ['COUNTER without a proposal', { reply: 'COUNTER' }, 'proposal'],
    ['COUNTER without a duration', { reply: 'COUNTER', proposal: { type: 'SMALL' } }, 'proposal.duration'],
  ])('%s is refused by the name of the field', async (_what, payload, field) => {
    const bed = await testbed();
    const { proposal } = (await request(bed)).json();
    const response = await bed.as('alice', {
      method: 'PUT',
      url: `/OpenPEX/reservations/${proposal.id}`,
      payload,
    });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'PEX_BAD_REQUEST', field });
  });
});

describe('a request', () => {
  test('without a start, template or options begins now, from the first template, with none', async () => {
    const bed = await testbed();
    const payload = { duration: 1, numInstancesFixed: 1, type: 'small' };
    await bed.as('alice', { method: 'POST', url: '/OpenPEX/reservations/', payload });
    expect(bed.provider.opened[0]?.proposal).toEqual({
      type: 'SMALL',
      demand: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
      numInstancesFixed: 1,
      numInstancesOption: 0,
      startMs: NOW_MS,
      durationMs: 1,
      template: TEMPLATE,
    });
  });

  test('whose start has just passed begins now; one from before stays in the past', async () => {
    const bed = await testbed();
    for (const agoMs of [60_000, 60_001]) {
      await request(bed, { startTime: new Date(NOW_MS - agoMs).toISOString() });
    }
    expect(bed.provider.opened.map(({ proposal }) => proposal.startMs)).toEqual([NOW_MS, NOW_MS - 60_001]);
  });

  test('on a fast clock has as much real time to arrive', async () => {
    const bed = await testbed();
    bed.provider.speed = 60;
    await request(bed, { startTime: new Date(NOW_MS - HOUR_MS).toISOString() });
    expect(bed.provider.opened[0]?.proposal.startMs).toBe(NOW_MS);
  });

  test('may say how early it may start and what it may cost at most', async () => {
    const bed = await testbed();
    const response = await request(bed, {
      earliestStartTime: 'Mon, 17 Aug 2009 04:30:00 GMT',
      maxPriceMicros: 5000,
    });
    expect(response.json().proposal).toMatchObject({
      earliestStartTime: 'Mon, 17 Aug 2009 04:30:00 GMT',
      maxPriceMicros: 5000,
    });
    expect(bed.provider.opened[0]?.proposal).toMatchObject({
      earliestStartMs: NOW_MS + HOUR_MS / 2,
      maxPriceMicros: 5000,
    });
  });

  test('may carry the fields of an answer, which are ignored', async () => {
    const bed = await testbed();
    bed.provider.ids.push(FIGURE_4_2_ID);
    const { proposal } = (await request(bed, { id: FIGURE_4_3_ID, userid: 99, startTimeMs: 1 })).json();
    expect(proposal).toMatchObject({ id: FIGURE_4_2_ID, userid: 1, startTime: FIGURE_4_1.startTime });
  });

  test('hands its Idempotency-Key on, with a fingerprint that the order of fields does not change', async () => {
    const bed = await testbed();
    const send = (payload: object) =>
      bed.as('alice', {
        method: 'POST',
        url: '/OpenPEX/reservations',
        headers: { 'idempotency-key': 'job-17' },
        payload,
      });
    await send(FIGURE_4_1);
    await send(Object.fromEntries(Object.entries(FIGURE_4_1).reverse()));
    await send({ ...FIGURE_4_1, numInstancesFixed: 2 });
    const [first, reordered, other] = bed.provider.opened.map(({ idempotency }) => idempotency);
    expect(first?.key).toBe('job-17');
    expect(reordered).toEqual(first);
    expect(other?.fingerprint).not.toBe(first?.fingerprint);
  });

  test.each([
    ['duration', { duration: 0 }, 'duration must be >= 1, not 0.'],
    ['duration', { duration: 1.5 }, 'duration must be integer, not 1.5.'],
    ['duration', { duration: '3600000' }, 'duration must be integer, not "3600000".'],
    ['duration', { duration: 315_576_000_001 }, 'duration must be <= 315576000000, not 315576000001.'],
    ['numInstancesFixed', { numInstancesFixed: 10_001 }, 'numInstancesFixed must be <= 10000, not 10001.'],
    ['numInstancesOption', { numInstancesOption: -1 }, 'numInstancesOption must be >= 0, not -1.'],
    ['numInstancesFixd', { numInstancesFixd: 1 }, '(did you mean "numInstancesFixed"?)'],
    ['type', { type: 'XLRGE' }, 'type: "XLRGE" is not an instance type here (did you mean "XLARGE"?).'],
    ['template', { template: 'Plan 9' }, 'template: "Plan 9" is not a template here (known: PEX Debian'],
    ['startTime', { startTime: 'tomorrow' }, 'startTime: "tomorrow" is not a date like "Mon, 17 Aug 2009'],
    ['startTime', { startTime: 'Sun, 31 Feb 2010 04:49:03 GMT' }, 'is not a date like'],
    ['startTime', { startTime: '2009-08-17T04:49:03' }, 'is not a date like'],
    ['startTime', { startTime: '9999-08-17T04:49:03Z' }, 'is not a date like'],
    ['earliestStartTime', { earliestStartTime: '2009-08-17T05:00:00Z' }, 'a date not after startTime'],
    ['maxPriceMicros', { maxPriceMicros: 1e300 }, 'maxPriceMicros must be <= 1000000000000000'],
  ])('with a wrong %s is refused: %j', async (field, fields, sentence) => {
    const bed = await strictBed;
    const response = await request(bed, fields);
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toBe('application/problem+json');
    const problem = response.json();
    expect(problem.code).toBe('PEX_BAD_REQUEST');
    expect(problem.detail).toContain(sentence);
    expect(problem.field ?? problem.errors[0].field).toBe(field);
    expect(bed.provider.records.size).toBe(0);
  });

  test('without its required fields names all of them', async () => {
    const bed = await testbed();
    const response = await bed.as('alice', { method: 'POST', url: '/OpenPEX/reservations', payload: {} });
    expect(response.json().detail).toBe(
      'duration is missing. numInstancesFixed is missing. type is missing.',
    );
  });
});

describe('the life of a reservation', () => {
  test('a row has the names of 2009 and ours', async () => {
    const bed = await testbed();
    bed.provider.ids.push(FIGURE_4_2_ID);
    await request(bed);
    const response = await bed.as('alice', { url: '/OpenPEX/reservations/' });
    expect(response.json()).toEqual([
      {
        activatedInstances: 0,
        endTime: 'Mon, 17 Aug 2009 05:49:03 GMT',
        numInstancesFixed: 1,
        numInstancesOption: 0,
        requestId: FIGURE_4_2_ID,
        startTime: 'Mon, 17 Aug 2009 04:49:03 GMT',
        status: 'ACCEPTED',
        template: TEMPLATE,
        type: 'XLARGE',
        userid: 1,
        id: FIGURE_4_2_ID,
        duration: HOUR_MS,
        startTimeMs: Date.UTC(2009, 7, 17, 4, 49, 3),
        endTimeMs: Date.UTC(2009, 7, 17, 5, 49, 3),
        username: 'alice',
        priceMicros: 1000,
        maxPriceMicros: null,
        earliestStartTime: null,
        holdUntil: 'Mon, 17 Aug 2009 04:05:00 GMT',
        holdUntilMs: NOW_MS + 300_000,
        lastReply: 'ACCEPT',
        round: 1,
        windowOpen: false,
        optionsClaimed: 0,
        nodes: ['leon'],
        cpus: 4,
        memoryMib: 3584,
        diskGib: 60,
        createdTime: 'Mon, 17 Aug 2009 04:00:00 GMT',
        createdTimeMs: NOW_MS,
        activatedTime: null,
        endedTime: null,
        endReason: null,
        noShow: false,
        refundMicros: 0,
        penaltyMicros: 0,
      },
    ]);
  });

  test('a session that never got a proposal has nulls for its terms', async () => {
    const bed = await testbed();
    const { id } = (await request(bed)).json().proposal;
    const record = bed.provider.records.get(id)!;
    record.proposal = null;
    record.state = 'INITIATED';
    const row = (await bed.as('alice', { url: `/OpenPEX/reservations/${id}` })).json();
    expect(row).toMatchObject({
      status: 'INITIATED',
      startTime: null,
      endTime: null,
      type: null,
      cpus: null,
    });
  });

  test.each([
    ['nothing at all', {}],
    ['Content-Length: 0', { headers: { 'content-length': '0' } }],
    ['an odd content type', { headers: { 'content-type': 'text/xml' }, payload: '<activate/>' }],
    ['a content type that is none', { headers: { 'content-type': 'json' }, payload: '' }],
    ['broken JSON', { headers: { 'content-type': 'application/json' }, payload: '{' }],
  ])('is activated by a PUT with %s', async (_what, options) => {
    const bed = await testbed();
    const id = await confirmed(bed);
    const response = await bed.as('alice', {
      method: 'PUT',
      url: `/OpenPEX/reservations/${id}/activate`,
      ...options,
    });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ requestId: id, status: 'ACTIVATED', activatedInstances: 1 });
  });

  test('cannot be activated before it is confirmed', async () => {
    const bed = await testbed();
    const { id } = (await request(bed)).json().proposal;
    const response = await bed.as('alice', { method: 'PUT', url: `/OpenPEX/reservations/${id}/activate/` });
    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ reply: 'REQUEST_FAILED', state: 'ACCEPTED' });
  });

  test('is deleted', async () => {
    const bed = await testbed();
    const id = await confirmed(bed);
    const response = await bed.as('alice', { method: 'DELETE', url: `/OpenPEX/reservations/${id}` });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      requestId: id,
      status: 'CANCELLED',
      endReason: 'cancelled-by-user',
      endedTime: 'Mon, 17 Aug 2009 04:00:00 GMT',
    });
  });

  test('lends optional instances, as many as there are', async () => {
    const bed = await testbed();
    const id = await confirmed(bed, { numInstancesOption: 2 });
    const response = await bed.as('alice', {
      method: 'POST',
      url: `/OpenPEX/reservations/${id}/claim`,
      payload: { count: 5 },
    });
    expect(response.json()).toMatchObject({ granted: 2, reservation: { requestId: id, optionsClaimed: 2 } });
  });

  test('shows its offers and instances', async () => {
    const bed = await testbed();
    const id = await confirmed(bed);
    await bed.as('alice', { method: 'PUT', url: `/OpenPEX/reservations/${id}/activate` });
    const offers = await bed.as('alice', { url: `/OpenPEX/reservations/${id}/offers` });
    expect(offers.json()).toMatchObject([
      { round: 1, from: 'provider', message: 'ACCEPT', proposal: { id, userid: 1 }, priceMicros: 1000 },
    ]);
    const vms = await bed.as('alice', { url: `/OpenPEX/reservations/${id}/instances` });
    expect(vms.headers['x-total-count']).toBe('1');
    expect(vms.json()).toMatchObject([{ reservationId: id, name: 'alice-1' }]);
  });
});

describe('the list', () => {
  test('comes page by page, with the way to the next in the Link header', async () => {
    const bed = await testbed();
    for (let count = 0; count < 5; count++) await request(bed);
    const seen: string[] = [];
    let url: string | undefined = '/OpenPEX/reservations?limit=2&state=ACCEPTED';
    const sizes: number[] = [];
    while (url !== undefined) {
      const response = await bed.as('alice', { url });
      expect(response.headers['x-total-count']).toBe('5');
      const rows: { requestId: string }[] = response.json();
      sizes.push(rows.length);
      seen.push(...rows.map(({ requestId }) => requestId));
      url = /^<([^>]+)>; rel="next"$/.exec(String(response.headers.link ?? ''))?.[1];
    }
    expect(sizes).toEqual([2, 2, 1]);
    expect(seen).toEqual([...bed.provider.records.keys()].reverse());
  });

  test('can be narrowed to several states', async () => {
    const bed = await testbed();
    await request(bed);
    const id = await confirmed(bed);
    await request(bed, { numInstancesFixed: 101 });
    const url = '/OpenPEX/reservations?state=CONFIRMED&state=ACTIVATED';
    expect((await bed.as('alice', { url })).json()).toMatchObject([{ requestId: id }]);
  });

  test.each(['limit=0', 'limit=501', 'limit=ten', 'state=SLEEPING', 'order=asc', 'all=yes'])(
    'refuses %s',
    async (query) => {
      const bed = await strictBed;
      const response = await bed.as('alice', { url: `/OpenPEX/reservations?${query}` });
      expect(response.statusCode).toBe(400);
      expect(response.json().errors[0].field.split('.')[0]).toBe(query.split('=')[0]);
    },
  );

  test('of everybody is for operators', async () => {
    const bed = await testbed();
    await request(bed);
    expect((await bed.as('bob', { url: '/OpenPEX/reservations?all=true' })).statusCode).toBe(403);
    expect((await bed.as('bob', { url: '/OpenPEX/reservations' })).json()).toEqual([]);
    const all = await bed.as('olga', { url: '/OpenPEX/reservations?all=true' });
    expect(all.json()).toMatchObject([{ username: 'alice' }]);
  });
});
