import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { Subject } from 'rxjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_API_CONFIG } from '../../../live/api/config.ts';
import { EventFeed } from '../../../live/api/event-feed.ts';
import type { JournalEvent } from '../../../live/records.ts';
import { ask, basic, book, NOW_MS, PASSWORD, type Testbed, testbed } from './testbed.ts';

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
    bed = await testbed({}, { nodes: 10 });
    // The provider and its ten nodes join, then each request is three events.
    for (const username of ['alice', 'bob', 'alice']) await ask(bed, username);
  });

  test('begins now, and tells from where to resume', async () => {
    const { response, reader } = await open('alice');
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    expect(response.headers['cache-control']).toBe('no-store');
    await reader.until('id: 20\n\n');
    const reservationId = await book(bed, 'alice');
    await reader.until('event: reservation-confirmed\n');
    // Not what happened before, nor what Bob does.
    await ask(bed, 'bob');
    expect(reader.seqs).toEqual([21, 22, 23, 24]);
    const data = JSON.parse(/^data: (.*)$/m.exec(reader.text)![1]!);
    expect(data).toMatchObject({
      seq: 21,
      userid: 1,
      reservationId,
      timeMs: NOW_MS,
      event: { type: 'reservation-initiated', reservationId },
    });
    response.stream().destroy();
  });

  test('resumes after the last event that the client has', async () => {
    const { response, reader } = await open('alice', { headers: { 'last-event-id': '13' } });
    await reader.until('id: 20\n');
    // Those of Bob in between are not hers.
    expect(reader.seqs.slice(0, 4)).toEqual([14, 18, 19, 20]);
    response.stream().destroy();
  });

  test("shows everybody's events to operators who ask for them, and to nobody else", async () => {
    const { response, reader } = await open('olga', {
      query: '?all=true',
      headers: { 'last-event-id': '0' },
    });
    await reader.until('id: 20\n');
    expect(reader.seqs.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    response.stream().destroy();
    expect((await open('alice', { query: '?all=true' })).response.statusCode).toBe(403);
  });

  test('has what is refused, too, of a reservation that is alive and of one that has ended', async () => {
    const { response, reader } = await open('alice');
    const reservationId = await book(bed, 'alice');
    const url = `/OpenPEX/reservations/${reservationId}`;
    const confirm = () => bed.as('alice', { method: 'PUT', url, payload: { reply: 'CONFIRM' } });
    const refused = () => [...reader.text.matchAll(/"type":"message-refused".*"reason":"([\w-]+)"/g)];
    await confirm();
    await reader.until('event: message-refused\n');
    await bed.as('alice', { method: 'DELETE', url });
    await confirm();
    await reader.until('"reason":"ended"');
    expect(refused().map(([, reason]) => reason)).toEqual(['illegal-in-state', 'ended']);
    response.stream().destroy();
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
  const settings = { heartbeatMs: 60_000, bufferBytes: 1_048_576 };

  /** What a service commits, as a feed sees it: events one by one, and their journal page by page. */
  class History {
    readonly events$ = new Subject<JournalEvent>();
    readonly #committed: JournalEvent[] = [];
    /** Called when a page has been read, before it is handed out. */
    onPage: () => void = () => {};

    happen(): JournalEvent {
      const entry: JournalEvent = {
        seq: this.#committed.length + 1,
        userId: 1,
        event: {
          type: 'reservation-activated',
          seq: this.#committed.length + 1,
          atMs: NOW_MS,
          provider: 'provider',
          reservationId: '5D0FA0EB',
        },
      };
      this.#committed.push(entry);
      this.events$.next(entry);
      return entry;
    }

    readonly journal = {
      page: async ({ afterSeq = 0, limit }: { readonly afterSeq?: number; readonly limit: number }) => {
        const page = this.#committed.slice(afterSeq, afterSeq + limit);
        this.onPage();
        return page;
      },
      lastSeq: async () => this.#committed.length,
    };
  }

  test('has neither gaps nor repetitions, whatever happens while the journal is read', async () => {
    const history = new History();
    for (let count = 0; count < 1200; count++) history.happen();
    let pages = 0;
    // Between the reading of a page and its arrival more happens: once more than can wait.
    history.onPage = () => {
      pages++;
      if (pages > 4) return;
      for (let count = 0; count < (pages === 2 ? 1500 : 3); count++) history.happen();
    };
    const { stream } = new EventFeed({
      events$: history.events$,
      journal: history.journal,
      userId: undefined,
      afterSeq: 100,
      until$: new Subject(),
      settings,
    });
    const reader = new Reader(stream);
    await reader.until('id: 2709\n');
    const last = history.happen();
    await reader.until(`id: ${last.seq}\n`);
    expect(reader.seqs).toEqual(Array.from({ length: last.seq - 100 }, (_, index) => 101 + index));
    stream.destroy();
    await reader.end();
    expect(history.events$.observed).toBe(false);
  });

  test('drops a reader who does not read', async () => {
    const history = new History();
    const { stream } = new EventFeed({
      events$: history.events$,
      journal: history.journal,
      userId: undefined,
      afterSeq: 0,
      until$: new Subject(),
      settings: { ...settings, bufferBytes: 2000 },
    });
    // Nobody reads: what happens piles up.
    await new Promise(setImmediate);
    let happened = 0;
    while (!stream.destroyed && happened < 100) {
      history.happen();
      happened++;
    }
    expect(stream.destroyed).toBe(true);
    expect(happened).toBeLessThan(20);
    await once(stream, 'close');
    expect(history.events$.observed).toBe(false);
  });

  test('waits for a slow reader while it reads the journal', async () => {
    const history = new History();
    for (let count = 0; count < 5000; count++) history.happen();
    let pages = 0;
    history.onPage = () => {
      pages++;
    };
    const { stream } = new EventFeed({
      events$: history.events$,
      journal: history.journal,
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
