import { describe, expect, test } from 'vitest';
import { ask, book, FIGURE_4_1, HOUR_MS, NOW_MS, run, TEMPLATE, type Testbed, testbed } from './testbed.ts';

const FIGURE_4_3_ID = 'F07640D4-32BC-DDB6-457E-32B5595BA066';
const FIGURE_4_3_START_MS = Date.UTC(2009, 7, 17, 5, 52, 31);
const NOW = new Date(NOW_MS).toISOString();
const RESERVATION_ID = expect.stringMatching(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);

/** For what is refused and so leaves nothing behind. */
const strictBed = testbed();
/** With room for all tests that do not mind each other. */
const roomyBed = testbed({}, { nodes: 60 });

/** Its node is Bob's until then. */
async function busyBed(untilMs: number): Promise<Testbed> {
  const bed = await testbed();
  await book(bed, 'bob', { startTime: NOW, duration: untilMs - NOW_MS });
  return bed;
}

describe('the figures of the 2009 report', () => {
  test('4.1 is answered with 4.2, field for field, and with what was added since', async () => {
    const bed = await testbed();
    const response = await ask(bed, 'alice');
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
    const { proposal, reply, ...added } = response.json();
    expect(response.headers.location).toBe(`/OpenPEX/reservations/${proposal.id}`);
    const { startTimeMs, ...asPrinted } = proposal;
    expect({ proposal: asPrinted, reply }).toEqual({
      proposal: {
        duration: 3600000,
        id: RESERVATION_ID,
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
      priceMicros: 400_000,
      holdUntil: 'Mon, 17 Aug 2009 04:05:00 GMT',
      holdUntilMs: NOW_MS + 300_000,
    });
  });

  test('4.1 on a busy cluster is answered with 4.3: the same terms at another start', async () => {
    const bed = await busyBed(FIGURE_4_3_START_MS);
    const { proposal, reply } = (await ask(bed, 'alice')).json();
    const { startTimeMs, ...asPrinted } = proposal;
    expect({ proposal: asPrinted, reply }).toEqual({
      proposal: {
        duration: 3600000,
        id: RESERVATION_ID,
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
    const bed = await busyBed(FIGURE_4_3_START_MS - 1);
    const { proposal } = (await ask(bed, 'alice')).json();
    expect(proposal.startTime).toBe('Mon, 17 Aug 2009 05:52:31 GMT');
    expect(proposal.startTimeMs).toBe(FIGURE_4_3_START_MS - 1);
  });
});

describe('the negotiation', () => {
  test('ACCEPT, then CONFIRM, is REQUEST_SUCCESS', async () => {
    const bed = await roomyBed;
    const { proposal } = (await ask(bed, 'alice')).json();
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
    const bed = await busyBed(FIGURE_4_3_START_MS);
    const { proposal } = (await ask(bed, 'alice')).json();
    const put = (reply: string) =>
      bed.as('alice', {
        method: 'PUT',
        url: `/OpenPEX/reservations/${proposal.id}/`,
        payload: { proposal, reply },
      });
    const accepted = (await put('ACCEPT')).json();
    expect(accepted).toMatchObject({ proposal, reply: 'CONFIRM_REQUEST', priceMicros: 400_000 });
    expect((await put('CONFIRM')).json()).toEqual({ proposal, reply: 'REQUEST_SUCCESS' });
  });

  test('the user counters with other terms under the same id', async () => {
    const bed = await busyBed(FIGURE_4_3_START_MS);
    const { proposal } = (await ask(bed, 'alice')).json();
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
    const bed = await roomyBed;
    const response = await ask(bed, 'alice', { numInstancesFixed: 101 });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      reply: 'REJECT',
      reason: 'never-fits',
      proposal: { id: RESERVATION_ID, numInstancesFixed: 101 },
    });
  });

  test('REJECT of the user ends it', async () => {
    const bed = await roomyBed;
    const { proposal } = (await ask(bed, 'alice')).json();
    const response = await bed.as('alice', {
      method: 'PUT',
      url: `/OpenPEX/reservations/${proposal.id}`,
      payload: { reply: 'REJECT', reason: 'found another' },
    });
    expect(response.json()).toEqual({ proposal, reply: 'REQUEST_SUCCESS' });
    const row = (await bed.as('alice', { url: `/OpenPEX/reservations/${proposal.id}` })).json();
    expect(row).toMatchObject({ status: 'REJECTED', endReason: 'declined', outcome: 'declined' });
  });

  test('what is not legal in the state is 409 with REQUEST_FAILED, the reason and the state', async () => {
    const bed = await roomyBed;
    const id = await book(bed, 'alice');
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
    const bed = await roomyBed;
    const own: string = (await ask(bed, 'alice')).json().proposal.id;
    const put = (id: string) =>
      bed.as('alice', {
        method: 'PUT',
        url: `/OpenPEX/reservations/${own.toLowerCase()}`,
        payload: { proposal: { id }, reply: 'CONFIRM' },
      });
    const refused = await put(FIGURE_4_3_ID);
    expect(refused.statusCode).toBe(400);
    expect(refused.json().detail).toContain('proposal.id');
    expect((await put(own.toLowerCase())).json().reply).toBe('REQUEST_SUCCESS');
  });

  test.each([
    ['a reply that is none', { reply: 'MAYBE' }, 'reply'],
    ['what only the provider says', { reply: 'CONFIRM-REQUEST' }, 'reply'],
    ['COUNTER without a proposal', { reply: 'COUNTER' }, 'proposal'],
    ['COUNTER without a duration', { reply: 'COUNTER', proposal: { type: 'SMALL' } }, 'proposal.duration'],
  ])('%s is refused by the name of the field', async (_what, payload, field) => {
    const bed = await roomyBed;
    const { proposal } = (await ask(bed, 'alice')).json();
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
    const bed = await roomyBed;
    const payload = { duration: HOUR_MS, numInstancesFixed: 1, type: 'small' };
    const response = await bed.as('alice', { method: 'POST', url: '/OpenPEX/reservations/', payload });
    expect((await bed.reservations.get(response.json().proposal.id))?.proposal).toEqual({
      type: 'SMALL',
      demand: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
      numInstancesFixed: 1,
      numInstancesOption: 0,
      startMs: NOW_MS,
      durationMs: HOUR_MS,
      template: TEMPLATE,
      startSlides: true,
    });
  });

  test('whose start is chosen does not slide unless its user says so', async () => {
    const bed = await roomyBed;
    const slides = async (terms: object) => {
      const asked = (
        await ask(bed, 'alice', { startTime: new Date(NOW_MS + HOUR_MS).toISOString(), ...terms })
      ).json();
      return (await bed.reservations.get(asked.proposal.id))?.proposal?.startSlides;
    };
    expect([
      await slides({}),
      await slides({ startSlides: true }),
      await slides({ startSlides: false }),
    ]).toEqual([undefined, true, undefined]);
  });

  test('whose start has just passed begins now; one from before stays in the past', async () => {
    const bed = await roomyBed;
    const askAgo = async (ms: number) =>
      (await ask(bed, 'alice', { startTime: new Date(NOW_MS - ms).toISOString() })).json();
    expect(await askAgo(60_000)).toMatchObject({ reply: 'ACCEPT', proposal: { startTimeMs: NOW_MS } });
    expect(await askAgo(60_001)).toMatchObject({
      reply: 'REJECT',
      reason: 'start-in-past',
      proposal: { startTimeMs: NOW_MS - 60_001 },
    });
  });

  test('on a fast clock has as much real time to arrive', async () => {
    const bed = await testbed({}, { speed: 60 });
    const response = await ask(bed, 'alice', { startTime: new Date(NOW_MS - HOUR_MS).toISOString() });
    expect(response.json()).toMatchObject({ reply: 'ACCEPT', proposal: { startTimeMs: NOW_MS } });
  });

  test('may say how early it may start and what it may cost at most', async () => {
    const bed = await roomyBed;
    const response = await ask(bed, 'alice', {
      earliestStartTime: 'Mon, 17 Aug 2009 04:30:00 GMT',
      maxPriceMicros: 500_000,
    });
    const { proposal } = response.json();
    expect(proposal).toMatchObject({
      earliestStartTime: 'Mon, 17 Aug 2009 04:30:00 GMT',
      maxPriceMicros: 500_000,
    });
    expect((await bed.reservations.get(proposal.id))?.proposal).toMatchObject({
      earliestStartMs: NOW_MS + HOUR_MS / 2,
      maxPriceMicros: 500_000,
    });
  });

  test('may carry the fields of an answer, which are ignored', async () => {
    const bed = await roomyBed;
    const { proposal } = (await ask(bed, 'alice', { id: FIGURE_4_3_ID, userid: 99, startTimeMs: 1 })).json();
    expect(proposal).toMatchObject({ id: RESERVATION_ID, userid: 1, startTime: FIGURE_4_1.startTime });
    expect(proposal.id).not.toBe(FIGURE_4_3_ID);
  });

  test('sent again with its Idempotency-Key gets its first answer, whatever the order of its fields', async () => {
    const bed = await roomyBed;
    const send = (payload: object, username = 'alice') =>
      bed.as(username, {
        method: 'POST',
        url: '/OpenPEX/reservations',
        headers: { 'idempotency-key': 'job-17' },
        payload,
      });
    const first = (await send(FIGURE_4_1)).json();
    expect((await send(Object.fromEntries(Object.entries(FIGURE_4_1).reverse()))).json()).toEqual(first);
    const other = await send({ ...FIGURE_4_1, numInstancesFixed: 2 });
    expect(other.statusCode).toBe(422);
    expect(other.json().code).toBe('PEX_IDEMPOTENCY_MISMATCH');
    expect((await send(FIGURE_4_1, 'bob')).json().proposal.id).not.toBe(first.proposal.id);
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
    ['startTime', { startTime: 'Sun, 31 Feb 2010 04:49:03 GMT' }, 'Feb 2010 has 28 days'],
    ['startTime', { startTime: '2010-02-31T04:49:03Z' }, 'Feb 2010 has 28 days'],
    ['startTime', { startTime: 'Mon, 18 Aug 2009 04:49:03 GMT' }, '18 Aug 2009 is a Tue, not a Mon'],
    ['startTime', { startTime: '2009-08-17T04:49:03' }, 'names no zone'],
    ['startTime', { startTime: '2009-08-17' }, 'is a date without a time and a zone'],
    ['startTime', { startTime: '2009-08-17T04:49:03+15:00' }, 'has the zone +15:00, which is none'],
    ['startTime', { startTime: '9999-08-17T04:49:03Z' }, 'is not between the years 2000 and 2200'],
    ['earliestStartTime', { earliestStartTime: '2009-08-17T05:00:00Z' }, 'a date not after startTime'],
    ['maxPriceMicros', { maxPriceMicros: 1e300 }, 'maxPriceMicros must be <= 1000000000000000'],
  ])('with a wrong %s is refused: %j', async (field, fields, sentence) => {
    const bed = await strictBed;
    const response = await ask(bed, 'alice', fields);
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toBe('application/problem+json');
    const problem = response.json();
    expect(problem.code).toBe('PEX_BAD_REQUEST');
    expect(problem.detail).toContain(sentence);
    expect(problem.field ?? problem.errors[0].field).toBe(field);
    expect((await bed.reservations.list({ limit: 1 })).total).toBe(0);
  });

  test('without its required fields names all of them', async () => {
    const bed = await roomyBed;
    const response = await bed.as('alice', { method: 'POST', url: '/OpenPEX/reservations', payload: {} });
    expect(response.json().detail).toBe(
      'duration is missing. numInstancesFixed is missing. type is missing.',
    );
  });
});

describe('a lease within limits', () => {
  const kinds = 'kinds: [advance, deadline, flexible]';
  const limits = {
    kind: 'flexible',
    startTime: '2009-08-17T04:30:00Z',
    latestStartTime: '2009-08-17T05:00:00Z',
    deadline: '2009-08-17T07:00:00Z',
    minDuration: HOUR_MS / 2,
    minInstances: 1,
  };

  test('is answered by the best within them, which the reservation shows', async () => {
    const bed = await testbed({}, { nodes: 2, negotiation: kinds });
    const first = (await ask(bed, 'bob', { startTime: '2009-08-17T04:30:00Z' })).json();
    expect(first.reply).toBe('ACCEPT');
    const answer = (
      await ask(bed, 'alice', { ...limits, numInstancesFixed: 2, duration: 2 * HOUR_MS })
    ).json();
    expect(answer).toMatchObject({
      reply: 'COUNTER',
      proposal: {
        numInstancesFixed: 1,
        duration: 2 * HOUR_MS,
        startTime: 'Mon, 17 Aug 2009 04:30:00 GMT',
        latestStartTime: 'Mon, 17 Aug 2009 05:00:00 GMT',
        deadline: 'Mon, 17 Aug 2009 07:00:00 GMT',
        minDuration: HOUR_MS / 2,
        minInstances: 1,
      },
    });
    const [shown] = (await bed.as('alice', { url: '/OpenPEX/reservations/' })).json();
    expect(shown.leeway).toMatchObject({ deadlineMs: NOW_MS + 3 * HOUR_MS, minInstances: 1 });
  });

  test.each([
    ['deadline', { kind: 'deadline' }, 'a lease of kind deadline says when it has to be done'],
    [
      'deadline',
      { deadline: '2009-08-17T07:00:00Z' },
      'none with kind advance; it belongs to deadline and flexible',
    ],
    ['minDuration', { kind: 'flexible', minDuration: 24 * HOUR_MS }, 'at most the duration'],
    ['minInstances', { kind: 'flexible', minInstances: 3 }, 'at most numInstancesFixed, 1'],
    [
      'minInstances',
      { kind: 'deadline', deadline: '2009-08-18T07:00:00Z', minInstances: 1 },
      'it belongs to flexible',
    ],
    [
      'latestStartTime',
      { kind: 'flexible', latestStartTime: '2009-08-17T03:00:00Z' },
      'a date not before startTime',
    ],
  ])('with a wrong %s is refused: %j', async (field, fields, sentence) => {
    const bed = await testbed({}, { negotiation: kinds });
    const problem = (await ask(bed, 'alice', fields)).json();
    expect(problem).toMatchObject({ code: 'PEX_BAD_REQUEST', field });
    expect(problem.detail).toContain(sentence);
  });
});

describe('the life of a reservation', () => {
  test('a row has the names of 2009 and ours', async () => {
    const bed = await testbed();
    const { id } = (await ask(bed, 'alice')).json().proposal;
    const response = await bed.as('alice', { url: '/OpenPEX/reservations/' });
    expect(response.json()).toEqual([
      {
        name: null,
        note: null,
        activatedInstances: 0,
        endTime: 'Mon, 17 Aug 2009 05:49:03 GMT',
        numInstancesFixed: 1,
        numInstancesOption: 0,
        requestId: id,
        startTime: 'Mon, 17 Aug 2009 04:49:03 GMT',
        status: 'ACCEPTED',
        template: TEMPLATE,
        type: 'XLARGE',
        userid: 1,
        id,
        duration: HOUR_MS,
        startTimeMs: Date.UTC(2009, 7, 17, 4, 49, 3),
        endTimeMs: Date.UTC(2009, 7, 17, 5, 49, 3),
        username: 'alice',
        priceMicros: 400_000,
        maxPriceMicros: null,
        leeway: null,
        startsItself: false,
        requirements: null,
        rank: null,
        startSlides: false,
        earliestStartTime: null,
        kind: 'advance',
        holdUntil: 'Mon, 17 Aug 2009 04:05:00 GMT',
        holdUntilMs: NOW_MS + 300_000,
        lastReply: 'ACCEPT',
        round: 1,
        waitlist: null,
        windowOpen: false,
        optionsClaimed: 0,
        nodes: ['leon'],
        partner: null,
        queue: null,
        cpus: 4,
        memoryMib: 3584,
        diskGib: 60,
        createdTime: 'Mon, 17 Aug 2009 04:00:00 GMT',
        createdTimeMs: NOW_MS,
        confirmedTime: null,
        change: null,
        activatedTime: null,
        endedTime: null,
        endReason: null,
        outcome: null,
        noShow: false,
        refundMicros: 0,
        penaltyMicros: 0,
      },
    ]);
  });

  test.each([
    ['nothing at all', {}],
    ['Content-Length: 0', { headers: { 'content-length': '0' } }],
    ['an odd content type', { headers: { 'content-type': 'text/xml' }, payload: '<activate/>' }],
    ['a content type that is none', { headers: { 'content-type': 'json' }, payload: '' }],
    ['broken JSON', { headers: { 'content-type': 'application/json' }, payload: '{' }],
  ])('is activated by a PUT with %s', async (_what, options) => {
    const bed = await roomyBed;
    const id = await book(bed, 'alice', { startTime: NOW });
    const response = await bed.as('alice', {
      method: 'PUT',
      url: `/OpenPEX/reservations/${id}/activate`,
      ...options,
    });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ requestId: id, status: 'ACTIVATED', activatedInstances: 1 });
  });

  test('cannot be activated before it is confirmed', async () => {
    const bed = await roomyBed;
    const { id } = (await ask(bed, 'alice')).json().proposal;
    const response = await bed.as('alice', { method: 'PUT', url: `/OpenPEX/reservations/${id}/activate/` });
    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ reply: 'REQUEST_FAILED', state: 'ACCEPTED' });
  });

  test('is deleted', async () => {
    const bed = await roomyBed;
    const id = await book(bed, 'alice');
    const response = await bed.as('alice', { method: 'DELETE', url: `/OpenPEX/reservations/${id}` });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      requestId: id,
      status: 'CANCELLED',
      endReason: 'cancelled-by-user',
      outcome: 'cancelled',
      confirmedTime: 'Mon, 17 Aug 2009 04:00:00 GMT',
      endedTime: 'Mon, 17 Aug 2009 04:00:00 GMT',
    });
  });

  test('lends optional instances, as many as there are', async () => {
    const bed = await roomyBed;
    const { reservationId } = await run(bed, 'alice', { numInstancesOption: 2 });
    const response = await bed.as('alice', {
      method: 'POST',
      url: `/OpenPEX/reservations/${reservationId}/claim`,
      payload: { count: 5 },
    });
    expect(response.json()).toMatchObject({
      granted: 2,
      reservation: { requestId: reservationId, optionsClaimed: 2 },
    });
  });

  test('shows its offers and instances', async () => {
    const bed = await roomyBed;
    const { reservationId: id } = await run(bed, 'alice');
    const offers = await bed.as('alice', { url: `/OpenPEX/reservations/${id}/offers` });
    expect(offers.json()).toMatchObject([
      { round: 1, from: 'user', message: 'REQUEST', proposal: { id, userid: 1 }, priceMicros: null },
      { round: 1, from: 'provider', message: 'ACCEPT', proposal: { id, userid: 1 }, priceMicros: 400_000 },
      { round: 1, from: 'user', message: 'CONFIRM', proposal: null },
      { round: 1, from: 'provider', message: 'REQUEST_SUCCESS', priceMicros: 400_000 },
    ]);
    const vms = await bed.as('alice', { url: `/OpenPEX/reservations/${id}/instances` });
    expect(vms.headers['x-total-count']).toBe('1');
    expect(vms.json()).toMatchObject([
      { reservationId: id, number: 1, name: expect.stringMatching(/^alice-\d+$/) },
    ]);
  });
});

describe('the list', () => {
  test('comes page by page, with the way to the next in the Link header', async () => {
    const bed = await roomyBed;
    await bed.register('pager');
    const asked: string[] = [];
    for (let count = 0; count < 5; count++) asked.push((await ask(bed, 'pager')).json().proposal.id);
    const seen: string[] = [];
    let url: string | undefined = '/OpenPEX/reservations?limit=2&state=ACCEPTED';
    const sizes: number[] = [];
    while (url !== undefined) {
      const response = await bed.as('pager', { url });
      expect(response.headers['x-total-count']).toBe('5');
      const rows: { requestId: string }[] = response.json();
      sizes.push(rows.length);
      seen.push(...rows.map(({ requestId }) => requestId));
      url = /^<([^>]+)>; rel="next"$/.exec(String(response.headers.link ?? ''))?.[1];
    }
    expect(sizes).toEqual([2, 2, 1]);
    expect(seen).toEqual(asked.reverse());
  });

  test('can be narrowed to several states', async () => {
    const bed = await roomyBed;
    await bed.register('narrow');
    await ask(bed, 'narrow');
    const id = await book(bed, 'narrow');
    await ask(bed, 'narrow', { numInstancesFixed: 101 });
    const url = '/OpenPEX/reservations?state=CONFIRMED&state=ACTIVATED';
    expect((await bed.as('narrow', { url })).json()).toMatchObject([{ requestId: id }]);
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
    await ask(bed, 'alice');
    expect((await bed.as('bob', { url: '/OpenPEX/reservations?all=true' })).statusCode).toBe(403);
    expect((await bed.as('bob', { url: '/OpenPEX/reservations' })).json()).toEqual([]);
    const all = await bed.as('olga', { url: '/OpenPEX/reservations?all=true' });
    expect(all.json()).toMatchObject([{ username: 'alice' }]);
  });
});

describe('the kind of a lease', () => {
  test('is asked for by its name, and shown wherever the terms are', async () => {
    const bed = await testbed();
    const { proposal, reply } = (await ask(bed, 'alice', { kind: 'Immediate', startTime: NOW })).json();
    expect({ reply, kind: proposal.kind }).toEqual({ reply: 'ACCEPT', kind: 'immediate' });
    const { body } = await bed.as('alice', { url: `/OpenPEX/reservations/${proposal.id}` });
    expect(JSON.parse(body).kind).toBe('immediate');
    const offers = await bed.as('alice', { url: `/OpenPEX/reservations/${proposal.id}/offers` });
    expect(offers.json().map((offer: { proposal: { kind: string } }) => offer.proposal.kind)).toEqual([
      'immediate',
      'immediate',
    ]);
    const usual = (await ask(bed, 'bob', { startTime: 'Mon, 17 Aug 2009 09:00:00 GMT' })).json().proposal;
    expect(usual).not.toHaveProperty('kind');
    const shown = await bed.as('bob', { url: `/OpenPEX/reservations/${usual.id}` });
    expect(shown.json().kind).toBe('advance');
  });

  test.each([
    ['immediate', NOW, 'REJECT', 'no-capacity'],
    ['immediate', 'Mon, 17 Aug 2009 05:00:00 GMT', 'REJECT', 'not-immediate'],
    ['advance', NOW, 'COUNTER', undefined],
    [undefined, NOW, 'COUNTER', undefined],
  ])('%s from %s on a busy cluster is answered %s', async (kind, startTime, reply, reason) => {
    const bed = await busyBed(NOW_MS + 2 * HOUR_MS);
    const fields = { startTime, ...(kind === undefined ? {} : { kind }) };
    const payload = { ...FIGURE_4_1, ...fields };
    const quote = await bed.as('alice', { method: 'POST', url: '/OpenPEX/quotes', payload });
    expect(quote.json().reply).toBe(reply);
    expect(quote.json().reason).toBe(reason);
    const answer = (await ask(bed, 'alice', fields)).json();
    expect([answer.reply, answer.reason]).toEqual([reply, reason]);
  });

  test.each(['/OpenPEX/reservations', '/OpenPEX/quotes'])(
    'that nobody knows is refused by %s',
    async (url) => {
      const bed = await strictBed;
      const answer = await bed.as('alice', {
        method: 'POST',
        url,
        payload: { ...FIGURE_4_1, kind: 'imediate' },
      });
      expect(answer.statusCode).toBe(400);
      expect(answer.json()).toMatchObject({
        code: 'PEX_BAD_REQUEST',
        detail: 'kind: "imediate" is not a kind of lease here (did you mean "immediate"?).',
        field: 'kind',
        expected: ['advance', 'immediate', 'best-effort', 'preemptible'],
      });
    },
  );

  test('can be changed by a counter-proposal, whose terms are whole ones', async () => {
    const bed = await busyBed(NOW_MS + 2 * HOUR_MS);
    const { proposal } = (await ask(bed, 'alice', { startTime: NOW })).json();
    const counter = await bed.as('alice', {
      method: 'PUT',
      url: `/OpenPEX/reservations/${proposal.id}`,
      payload: { reply: 'COUNTER', proposal: { ...FIGURE_4_1, startTime: NOW, kind: 'immediate' } },
    });
    expect(counter.json()).toMatchObject({ reply: 'REJECT', reason: 'no-capacity' });
  });

  test('is one of a list', async () => {
    const bed = await strictBed;
    const { body } = await bed.as('alice', { url: '/OpenPEX/kinds' });
    expect(JSON.parse(body)).toMatchObject([
      { name: 'advance', summary: expect.stringContaining('promised exactly') },
      { name: 'immediate', summary: expect.stringContaining('starts now') },
      { name: 'best-effort', summary: expect.stringContaining('queue') },
      { name: 'preemptible', summary: expect.stringContaining('interrupted') },
    ]);
  });
});

describe('a lease that waits in the queue', () => {
  const job = { startTime: NOW, kind: 'best-effort', duration: HOUR_MS };

  test('shows its place and its expected start, and begins by itself, also in another life of the service', async () => {
    const bed = await busyBed(NOW_MS + 2 * HOUR_MS);
    const [first, second] = [await book(bed, 'alice', job), await book(bed, 'alice', job)];
    const shown = async (id: string) =>
      (await bed.as('alice', { url: `/OpenPEX/reservations/${id}` })).json();
    expect(await shown(first)).toMatchObject({ status: 'CONFIRMED', nodes: [], queue: { position: 1 } });
    const waiting = {
      position: 2,
      expectedStartTime: 'Mon, 17 Aug 2009 07:00:00 GMT',
      expectedStartTimeMs: NOW_MS + 3 * HOUR_MS,
      likelyStart: null,
    };
    expect((await shown(second)).queue).toEqual(waiting);
    const goOn = await bed.loseDatabase();
    await goOn();
    expect((await shown(second)).queue).toEqual(waiting);
    await bed.moveTo(NOW_MS + 2 * HOUR_MS + 1);
    expect(await shown(first)).toMatchObject({
      status: 'ACTIVATED',
      windowOpen: true,
      startTimeMs: NOW_MS + 2 * HOUR_MS,
      nodes: ['leon'],
      queue: null,
    });
    expect((await shown(second)).queue).toMatchObject({ position: 1 });
    const all = await bed.as('alice', { url: '/OpenPEX/reservations' });
    expect(all.json().map(({ queue }: { queue: unknown }) => queue !== null)).toEqual([true, false]);
    await bed.moveTo(NOW_MS + 4 * HOUR_MS + 1);
    expect(await shown(second)).toMatchObject({ outcome: 'fulfilled', queue: null });
  });

  test('counts in the quota until it is over, however long it waits', async () => {
    const bed = await busyBed(NOW_MS + 48 * HOUR_MS);
    await book(bed, 'alice', job);
    await bed.moveTo(NOW_MS + 24 * HOUR_MS);
    const account = await bed.as('alice', { url: '/OpenPEX/account' });
    expect(account.json().usage).toMatchObject({ reservations: 1, vcpus: 4 });
  });
});

describe('second choices', () => {
  const later = (hours: number) => new Date(NOW_MS + hours * HOUR_MS).toISOString();

  test('are offered in their order, as asked but for what they change, and said back to who asked for them', async () => {
    const bed = await busyBed(NOW_MS + 4 * HOUR_MS);
    const otherwise = [
      { startTime: later(2), duration: HOUR_MS / 2 },
      { startTime: later(9) },
      { startTime: later(6), type: 'SMALL', maxPriceMicros: 900_000_000 },
    ];
    const terms = { startTime: later(1), duration: HOUR_MS, otherwise };
    const { alternatives, proposal, reply } = (await ask(bed, 'alice', terms)).json();
    expect(reply).toBe('COUNTER');
    expect(proposal).toMatchObject({ startTimeMs: NOW_MS + 9 * HOUR_MS, duration: HOUR_MS, type: 'XLARGE' });
    expect(proposal).not.toHaveProperty('otherwise');
    expect(alternatives[0].proposal).toMatchObject({ startTimeMs: NOW_MS + 6 * HOUR_MS, type: 'SMALL' });

    const free = (await ask(bed, 'alice', { ...terms, startTime: later(20) })).json();
    expect(free.reply).toBe('ACCEPT');
    expect(free.proposal.otherwise).toEqual([
      { startTime: new Date(NOW_MS + 2 * HOUR_MS).toUTCString(), duration: HOUR_MS / 2 },
      { startTime: new Date(NOW_MS + 9 * HOUR_MS).toUTCString() },
      { startTime: new Date(NOW_MS + 6 * HOUR_MS).toUTCString(), type: 'SMALL', maxPriceMicros: 900_000_000 },
    ]);
  });

  test.each([
    [[{}], /otherwise/],
    [[{ type: 'SMAL' }], /otherwise\[0\]\.type/],
    [[{ duration: HOUR_MS }, { startTime: 'soon' }], /otherwise\[1\]\.startTime/],
    [[{ maxPriceMicros: -1 }], /otherwise/],
    [[{ priceMicros: 1 }], /otherwise/],
    [[], /otherwise/],
  ])('%o is refused with the field that is wrong', async (otherwise, field) => {
    const response = await ask(await strictBed, 'alice', { otherwise });
    expect(response.statusCode).toBe(400);
    expect(JSON.stringify(response.json())).toMatch(field);
  });
});

test('what is overbooked is not asked for, and said by whom it was offered to', async () => {
  const bed = await testbed(
    {},
    {
      negotiation: 'overbooking: { noShowChance: 0.5, risk: 0.5 }',
      more: 'manager: { noShowGrace: 15m }',
    },
  );
  const startTime = new Date(NOW_MS + HOUR_MS).toISOString();
  await book(bed, 'bob', { startTime });
  const kinds = (await bed.as('alice', { url: '/OpenPEX/kinds' })).json();
  expect(kinds.map(({ name }: { name: string }) => name)).not.toContain('overbooked');
  const refused = await ask(bed, 'alice', { startTime, kind: 'overbooked' });
  expect(refused.json()).toMatchObject({ code: 'PEX_BAD_REQUEST', field: 'kind' });
  expect(refused.json().message ?? refused.json().detail).not.toContain('best-effort, overbooked');
  const offer = (await ask(bed, 'alice', { startTime })).json();
  expect(offer).toMatchObject({ reply: 'COUNTER', proposal: { kind: 'overbooked' } });
  const url = `/OpenPEX/reservations/${offer.proposal.id}`;
  const { duration, kind, numInstancesFixed, template, type } = offer.proposal;
  const proposal = { duration, kind, numInstancesFixed, startTime, template, type };
  const repeated = await bed.as('alice', { method: 'PUT', url, payload: { reply: 'COUNTER', proposal } });
  expect(repeated.json()).toMatchObject({ reply: 'ACCEPT', proposal: { kind: 'overbooked' } });
});
