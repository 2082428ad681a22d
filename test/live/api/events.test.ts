import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Subject } from 'rxjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventFeed } from '../../../live/api/event-feed.ts';
import { DEFAULT_API_CONFIG } from '../../../live/api/parts.ts';
import type { JournalEvent } from '../../../live/records.ts';
import { basic, FakeJournal, FakeProvider, FIGURE_4_1, PASSWORD, type Testbed, testbed } from './testbed.ts';

/** Reads a stream of server-sent events piece by piece. */
class Reader {
  text = '';
  readonly #stream: Readable;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      this.text += chunk;
    });
    stream.on('error', () => {});
  }

  async until(text: string): Promise<void> {
    while (!this.text.includes(text)) await once(this.#stream, 'data');
  }

  async end(): Promise<void> {
    if (!this.#stream.closed) await once(this.#stream, 'close');
  }

  /** Numbers of the events that came with data. */
  get seqs(): number[] {
    return [...this.text.matchAll(/^id: (\d+)\nevent: /gm)].map(([, seq]) => Number(seq));
  }
}

describe('the stream', () => {
  let bed: Testbed;
  const open = async (username: string, { query = '', headers = {} } = {}) => {
    const response = await bed.as(username, {
      url: `/OpenPEX/events${query}`,
      headers,
      payloadAsStream: true,
    });
    return { response, reader: new Reader(response.stream()) };
  };

  beforeAll(async () => {
    bed = await testbed();
    for (const username of ['alice', 'bob', 'alice']) {
      await bed.as(username, { method: 'POST', url: '/OpenPEX/reservations', payload: FIGURE_4_1 });
    }
  });
  afterAll(() => bed.app.close());

  test('begins now, and tells from where to resume', async () => {
    const { response, reader } = await open('alice');
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(response.headers['cache-control']).toBe('no-store');
    await reader.until(`id: ${bed.provider.history.length}\n\n`);
    const [reservationId] = bed.provider.records.keys();
    const { seq } = bed.provider.emit({ type: 'reservation-activated', reservationId: reservationId! });
    await reader.until(`id: ${seq}\nevent: reservation-activated\n`);
    expect(reader.seqs).toEqual([seq]);
    const data = JSON.parse(/^data: (.*)$/m.exec(reader.text)![1]!);
    expect(data).toMatchObject({
      seq,
      userid: 1,
      reservationId,
      timeMs: bed.provider.nowMs,
      event: { type: 'reservation-activated', reservationId },
    });
    response.stream().destroy();
  });

  test('resumes after the last event that the client has', async () => {
    const { response, reader } = await open('alice', { headers: { 'last-event-id': '1' } });
    await reader.until('id: 3\n');
    expect(reader.seqs[0]).toBe(3);
    response.stream().destroy();
  });

  test("shows everybody's events to operators who ask for them, and to nobody else", async () => {
    const { response, reader } = await open('olga', {
      query: '?all=true',
      headers: { 'last-event-id': '0' },
    });
    await reader.until('id: 3\n');
    expect(reader.seqs.slice(0, 3)).toEqual([1, 2, 3]);
    response.stream().destroy();
    expect((await open('alice', { query: '?all=true' })).response.statusCode).toBe(403);
  });

  test.each(['x', '-1', '1'.repeat(16)])('is refused after the event "%s"', async (id) => {
    const response = await bed.as('alice', { url: '/OpenPEX/events', headers: { 'last-event-id': id } });
    expect(response.statusCode).toBe(400);
  });
});

describe('on a socket, the stream', () => {
  async function connected(bed: Testbed, headers: Record<string, string>) {
    const base = await bed.app.listen({ host: '127.0.0.1', port: 0 });
    const response = await fetch(`${base}/OpenPEX/events`, { headers });
    const reader = response.body!.getReader();
    const first = await reader.read();
    expect(Buffer.from(first.value!).toString()).toContain('retry: ');
    return {
      rest: async () => {
        let text = '';
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
          text += Buffer.from(part.value).toString();
        }
        return text;
      },
    };
  }

  test('ends when the service stops, so that it can', async () => {
    const bed = await testbed();
    const { rest } = await connected(bed, basic('alice'));
    await bed.app.close();
    await rest();
  });

  test('ends with the session it belongs to', async () => {
    const bed = await testbed();
    const login = await bed.app.inject({
      method: 'POST',
      url: '/OpenPEX/session',
      payload: { username: 'alice', password: PASSWORD },
    });
    const cookie = `openpex_session=${login.cookies[0]?.value}`;
    const { rest } = await connected(bed, { cookie });
    const headers = { cookie, 'x-openpex-csrf': String(login.json().csrfToken) };
    await bed.app.inject({ method: 'DELETE', url: '/OpenPEX/session', headers });
    await rest();
    await bed.app.close();
  });

  test('ends when the account is disabled', async () => {
    const bed = await testbed();
    const { rest } = await connected(bed, basic('alice'));
    await bed.as('olga', { method: 'PATCH', url: '/OpenPEX/accounts/1', payload: { disabled: true } });
    await rest();
    await bed.app.close();
  });

  test('is refused when the account has too many, until one is closed', async () => {
    const bed = await testbed({ eventFeed: { ...DEFAULT_API_CONFIG.eventFeed, connectionsPerUser: 2 } });
    const base = await bed.app.listen({ host: '127.0.0.1', port: 0 });
    const open = (signal?: AbortSignal) =>
      fetch(`${base}/OpenPEX/events`, { headers: basic('bob'), signal: signal ?? null });
    const client = new AbortController();
    await open(client.signal);
    await open();
    expect((await open()).status).toBe(429);
    client.abort();
    // The service notices in its own time.
    let status = 429;
    while (status === 429) ({ status } = await open());
    expect(status).toBe(200);
    await bed.app.close();
  });

  test('shows signs of life', async () => {
    const bed = await testbed({
      eventFeed: { ...DEFAULT_API_CONFIG.eventFeed, heartbeatMs: 5, maxAgeMs: 100 },
    });
    const { rest } = await connected(bed, basic('alice'));
    expect(await rest()).toContain(':\n\n');
    await bed.app.close();
  });
});

describe('a feed', () => {
  const RESERVATION = '5D0FA0EB-90A8-F4E6-1DFF-61B2CEC6AD91';
  const settings = { heartbeatMs: 60_000, bufferBytes: 1_048_576 };

  const happen = (fake: FakeProvider): JournalEvent =>
    fake.emit({ type: 'reservation-activated', reservationId: RESERVATION });

  test('has neither gaps nor repetitions, whatever happens while the journal is read', async () => {
    const fake = new FakeProvider();
    for (let count = 0; count < 1200; count++) happen(fake);
    const journal = new FakeJournal(fake);
    let pages = 0;
    // Between the reading of a page and its arrival more happens: once more than can wait.
    journal.onPage = () => {
      pages++;
      if (pages > 4) return;
      for (let count = 0; count < (pages === 2 ? 1500 : 3); count++) happen(fake);
    };
    const { stream } = new EventFeed({
      events$: fake.events$,
      journal,
      userId: undefined,
      afterSeq: 100,
      until$: new Subject(),
      settings,
    });
    const reader = new Reader(stream);
    await reader.until('id: 2709\n');
    const last = happen(fake);
    await reader.until(`id: ${last.seq}\n`);
    expect(reader.seqs).toEqual(Array.from({ length: last.seq - 100 }, (_, index) => 101 + index));
    stream.destroy();
    await reader.end();
    expect(fake.events$.observed).toBe(false);
  });

  test('drops a reader who does not read', async () => {
    const fake = new FakeProvider();
    const { stream } = new EventFeed({
      events$: fake.events$,
      journal: new FakeJournal(fake),
      userId: undefined,
      afterSeq: 0,
      until$: new Subject(),
      settings: { ...settings, bufferBytes: 2000 },
    });
    // Nobody reads: what happens piles up.
    await new Promise(setImmediate);
    let happened = 0;
    while (!stream.destroyed && happened < 100) {
      happen(fake);
      happened++;
    }
    expect(stream.destroyed).toBe(true);
    expect(happened).toBeLessThan(20);
    await once(stream, 'close');
    expect(fake.events$.observed).toBe(false);
  });

  test('waits for a slow reader while it reads the journal', async () => {
    const fake = new FakeProvider();
    for (let count = 0; count < 5000; count++) happen(fake);
    const journal = new FakeJournal(fake);
    let pages = 0;
    journal.onPage = () => {
      pages++;
    };
    const { stream } = new EventFeed({
      events$: fake.events$,
      journal,
      userId: undefined,
      afterSeq: 0,
      until$: new Subject(),
      settings,
    });
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(pages).toBe(1);
    const reader = new Reader(stream);
    await reader.until('id: 5000\n');
    expect(reader.seqs).toHaveLength(5000);
    stream.destroy();
  });
});
