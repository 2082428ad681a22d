// The REST API over the mock provider, and the built portal beside it, under the content security policy of the daemon.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import type { ProposalBody } from '../../../live/portal/src/api/wire.ts';
import {
  HORIZON_MS,
  instanceView,
  MAX_ROUNDS,
  type MockProvider,
  type MockUser,
  Refusal,
  reservationView,
  TEMPLATES,
  type Terms,
  TYPES,
  typeOf,
} from './mock-provider.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'";
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface Session {
  readonly user: MockUser;
  readonly csrfToken: string;
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly parts: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}

export class MockApi {
  readonly server: Server;
  /** While it is out, every request gets 503, as from a proxy whose service is away. */
  isOut = false;
  readonly #provider: MockProvider;
  /** By path; read once, so that a new build in the middle of a story does no harm. */
  readonly #files: ReadonlyMap<string, Buffer>;
  readonly #sessions = new Map<string, Session>();
  readonly #replies = new Map<string, unknown>();

  constructor(provider: MockProvider, portalDir: string) {
    this.#provider = provider;
    const files = readdirSync(portalDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    this.#files = new Map(files.map((file) => [file.slice(portalDir.length), readFileSync(file)]));
    this.server = createServer((request, response) => void this.#serve(request, response));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://portal');
    response.setHeader('content-security-policy', POLICY);
    if (!url.pathname.startsWith('/OpenPEX')) {
      this.#file(url.pathname, response);
      return;
    }
    try {
      if (this.isOut) throw new Refusal(503, 'PEX_UNAVAILABLE', 'The service is away.');
      const parts = url.pathname.split('/').filter(Boolean).slice(1);
      const body = await readBody(request);
      const answer = this.#answer({ request, response, query: url.searchParams, parts, body });
      if (response.headersSent) return;
      if (answer === undefined) response.writeHead(204).end();
      else send(response, 200, answer);
    } catch (error) {
      // The browser has gone away.
      if (response.destroyed) return;
      if (!(error instanceof Refusal)) throw error;
      const { status, code, message, reason } = error;
      send(
        response,
        status,
        { status, code, title: code, detail: message, reason },
        'application/problem+json',
      );
    }
  }

  #answer(call: Call): unknown {
    const { request, parts, body } = call;
    const [resource, id, action] = parts;
    const route = `${request.method} ${resource}`;
    const provider = this.#provider;
    if (route === 'POST session') return this.#logIn(call);
    if (route === 'POST accounts' && id === undefined) {
      const { username, password, fullName, email } = texts(body);
      const user = provider.addUser({ username, password, fullName, email, role: 'user', balanceMicros: 0 });
      provider.deposit(user, 100_000_000, 'Welcome');
      return accountView(user);
    }
    const { user, csrfToken } = this.#session(call);
    switch (route) {
      case 'GET session':
        return { account: this.#own(user), csrfToken };
      case 'DELETE session':
        this.#sessions.delete(tokenOf(request));
        return undefined;
      case 'GET account':
        return id === 'ledger'
          ? provider.ledger.filter(({ userid }) => userid === user.userid).reverse()
          : this.#own(user);
      case 'PATCH account':
        Object.assign(user, body);
        return this.#own(user);
      case 'PUT account': {
        const { current, new: password } = texts(body);
        if (current !== user.password)
          throw new Refusal(403, 'PEX_FORBIDDEN', 'The present password is not right.');
        user.password = password;
        return { csrfToken };
      }
      case 'GET service':
        return {
          version: '0.1.0',
          speed: provider.speed,
          timeMs: provider.now(),
          state: 'running',
          settings: {
            holdMs: provider.holdMs,
            maxRounds: MAX_ROUNDS,
            bookingHorizonMs: HORIZON_MS,
            autoActivate: false,
          },
          simulated: true,
          registration: 'open',
        };
      case 'GET types':
        return TYPES;
      case 'GET templates':
        return TEMPLATES;
      case 'GET events':
        return this.#stream(call, user);
      case 'GET availability': {
        const [fromMs, toMs] = [Number(call.query.get('from')), Number(call.query.get('to'))];
        const type = call.query.get('type') ?? '';
        return { type, fromMs, toMs, steps: provider.availability(type, fromMs, toMs) };
      }
      case 'POST quotes': {
        const decision = provider.quote(this.#terms(body));
        if (decision.reply === 'REJECT') return decision;
        return {
          reply: decision.reply,
          proposal: { ...decision.terms, id: '' },
          priceMicros: decision.priceMicros,
        };
      }
      case 'GET reservations':
      case 'POST reservations':
      case 'PUT reservations':
      case 'DELETE reservations':
        return this.#reservations(call, user);
      case 'GET instances':
        return this.#visible(call, user).flatMap((one) =>
          one.vms.filter(({ state }) => state !== 'DELETED').map((vm) => instanceView(one, vm)),
        );
      case 'PUT instances':
      case 'DELETE instances': {
        const found = provider.findVm(id ?? '');
        if (found === undefined) throw new Refusal(404, 'PEX_NOT_FOUND', 'There is no such instance.');
        const command = (['start', 'stop', 'reboot', 'suspend', 'resume'] as const).find(
          (one) => one === action,
        );
        provider.commandVm(found.reservation, found.vm, command ?? 'delete');
        return instanceView(found.reservation, found.vm);
      }
    }
    if (user.role !== 'operator') throw new Refusal(403, 'PEX_FORBIDDEN', 'For operators.');
    return this.#operate(call, route);
  }

  #operate({ response, query, parts, body }: Call, route: string): unknown {
    const provider = this.#provider;
    const [, id, action] = parts;
    switch (route) {
      case 'GET nodes':
        return provider.nodeViews();
      case 'PUT nodes':
        provider.commandNode(id ?? '', action ?? '');
        return {};
      case 'GET calendar':
        return provider.calendar(Number(query.get('from')), Number(query.get('to')));
      case 'GET journal': {
        const type = query.get('type');
        const wanted = provider.journal.filter(({ event }) => type === null || event.type === type);
        return wanted.slice(-Number(query.get('limit') ?? 100)).reverse();
      }
      case 'GET accounts':
        return provider.users.map(accountView);
      case 'GET report':
        response.setHeader('content-type', 'text/html');
        response.end('<!doctype html><title>Report</title><h1>Report</h1>');
        return null;
      case 'PATCH accounts':
      case 'POST accounts': {
        const user = provider.users.find(({ userid }) => userid === Number(id));
        if (user === undefined) throw new Refusal(404, 'PEX_NOT_FOUND', 'There is no such user.');
        if (action === 'deposits') provider.deposit(user, Number(body['amountMicros']), texts(body).note);
        else Object.assign(user, body);
        return accountView(user);
      }
    }
    throw new Refusal(404, 'PEX_NOT_FOUND', 'There is nothing at this address.');
  }

  #reservations(call: Call, user: MockUser): unknown {
    const { request, response, query, parts, body } = call;
    const provider = this.#provider;
    const [, id, action] = parts;
    if (id === undefined && request.method === 'POST') {
      const key = `${user.userid} ${request.headers['idempotency-key']}`;
      const known = this.#replies.get(key);
      if (known !== undefined) return known;
      const { reservation, decision } = provider.open(user, this.#terms(body));
      const { proposal, priceMicros, holdUntilMs } = reservation;
      const answer = {
        reply: decision.reply,
        proposal,
        ...(decision.reply === 'REJECT' ? { reason: decision.reason } : { priceMicros, holdUntilMs }),
      };
      this.#replies.set(key, answer);
      return answer;
    }
    if (id === undefined) {
      const states = query.getAll('state');
      const wanted = this.#visible(call, user)
        .filter(({ state }) => states.length === 0 || states.includes(state))
        .reverse();
      const from = Number(query.get('cursor') ?? 0);
      const limit = Number(query.get('limit') ?? 100);
      response.setHeader('x-total-count', wanted.length);
      if (wanted.length > from + limit) {
        query.set('cursor', String(from + limit));
        response.setHeader('link', `</OpenPEX/reservations?${query}>; rel="next"`);
      }
      return wanted.slice(from, from + limit).map(reservationView);
    }
    const reservation = provider.reservations.find((one) => one.id === id);
    if (reservation === undefined || (reservation.user !== user && user.role !== 'operator'))
      throw new Refusal(404, 'PEX_NOT_FOUND', 'There is no such reservation.');
    switch (`${request.method} ${action ?? ''}`) {
      case 'GET ':
        return reservationView(reservation);
      case 'GET offers':
        return reservation.offers;
      case 'GET instances':
        return reservation.vms
          .filter(({ state }) => state !== 'DELETED')
          .map((vm) => instanceView(reservation, vm));
      case 'PUT activate':
        provider.activate(reservation);
        return reservationView(reservation);
      case 'POST claim':
        return {
          granted: provider.claim(reservation, Number(body['count'])),
          reservation: reservationView(reservation),
        };
      case 'DELETE ':
        provider.cancel(reservation);
        return reservationView(reservation);
    }
    switch (body['reply']) {
      case 'ACCEPT':
        provider.accept(reservation);
        return { reply: 'CONFIRM_REQUEST', proposal: reservation.proposal };
      case 'CONFIRM':
        provider.confirm(reservation);
        return { reply: 'REQUEST_SUCCESS', proposal: reservation.proposal };
      case 'REJECT':
        provider.decline(reservation);
        return { reply: 'REQUEST_SUCCESS', proposal: reservation.proposal };
      default: {
        const decision = provider.counter(reservation, this.#terms(Object(body['proposal'])));
        return { reply: decision.reply, proposal: reservation.proposal };
      }
    }
  }

  #visible({ query }: Call, user: MockUser) {
    const isAll = query.get('all') === 'true' && user.role === 'operator';
    return this.#provider.reservations.filter((one) => isAll || one.user === user);
  }

  #terms(body: Readonly<Record<string, unknown>>): Terms {
    const asked = { ...body } as Partial<ProposalBody>;
    const { type = '', duration = 0, numInstancesFixed = 0, numInstancesOption = 0 } = asked;
    typeOf(type);
    const now = this.#provider.now();
    const startMs = asked.startTime === undefined ? now : Date.parse(asked.startTime);
    return {
      type,
      duration,
      numInstancesFixed,
      numInstancesOption,
      template: asked.template ?? TEMPLATES[0]!.name,
      startTimeMs: startMs < now && startMs > now - 60_000 * this.#provider.speed ? now : startMs,
      ...(asked.maxPriceMicros !== undefined && { maxPriceMicros: asked.maxPriceMicros }),
    };
  }

  #logIn({ response, body }: Call): unknown {
    const { username, password } = texts(body);
    const user = this.#provider.users.find((one) => one.username === username && one.password === password);
    if (user === undefined || user.disabled)
      throw new Refusal(401, 'PEX_UNAUTHORIZED', 'No valid credentials came with the request.');
    const token = crypto.randomUUID();
    const session = { user, csrfToken: crypto.randomUUID() };
    this.#sessions.set(token, session);
    response.setHeader('set-cookie', `openpex_session=${token}; HttpOnly; SameSite=Strict; Path=/`);
    return { account: this.#own(user), csrfToken: session.csrfToken };
  }

  #session({ request }: Call): Session {
    const session = this.#sessions.get(tokenOf(request));
    if (session === undefined || session.user.disabled)
      throw new Refusal(401, 'PEX_UNAUTHORIZED', 'No valid credentials came with the request.');
    if (request.method !== 'GET' && request.headers['x-openpex-csrf'] !== session.csrfToken)
      throw new Refusal(403, 'PEX_CSRF', 'The token is missing.');
    return session;
  }

  #own(user: MockUser): unknown {
    return { ...accountView(user), usage: this.#provider.usageOf(user) };
  }

  #stream({ request, response, query }: Call, user: MockUser): null {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': hello\n\n');
    const isAll = query.get('all') === 'true' && user.role === 'operator';
    const stop = this.#provider.listen((entry) => {
      if (!isAll && entry.userid !== user.userid) return;
      const { reservationId } = entry.event;
      response.write(
        `id: ${entry.seq}\nevent: ${entry.event.type}\ndata: ${JSON.stringify({ ...entry, reservationId })}\n\n`,
      );
    });
    request.on('close', stop);
    return null;
  }

  #file(path: string, response: ServerResponse): void {
    const found = this.#files.has(path) ? path : '/index.html';
    response.setHeader('content-type', CONTENT_TYPES[extname(found)] ?? 'application/octet-stream');
    response.end(this.#files.get(found));
  }
}

function accountView(user: MockUser) {
  const { password: _, createdMs, ...rest } = user;
  return { ...rest, createdTime: new Date(createdMs).toUTCString() };
}

function send(response: ServerResponse, status: number, body: unknown, type = 'application/json'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(JSON.stringify(body));
}

function tokenOf(request: IncomingMessage): string {
  return request.headers.cookie?.match(/openpex_session=([^;]+)/)?.[1] ?? '';
}

/** The fields of a body as texts; '' for what is missing. */
function texts(body: Readonly<Record<string, unknown>>) {
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : '');
  return {
    username: text('username'),
    password: text('password'),
    fullName: text('fullName'),
    email: text('email'),
    current: text('current'),
    new: text('new'),
    note: text('note'),
  };
}

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const text = Buffer.concat(chunks).toString();
  return text === '' ? {} : Object(JSON.parse(text));
}
