import { afterEach, expect, test, vi } from 'vitest';
import { Http } from '../../../live/portal/src/api/http.ts';

afterEach(() => void vi.unstubAllGlobals());

/** A service that knows one session, and a browser that has a cookie. Requests wait until the test has them served. */
class Service {
  session = 'old';
  #cookie = 'old';
  readonly #requests: { path: string; cookie: string; answer: (response: Response) => void }[] = [];

  constructor() {
    vi.stubGlobal('fetch', (path: string) => {
      const cookie = this.#cookie;
      return new Promise<Response>((answer) => this.#requests.push({ path, cookie, answer }));
    });
  }

  /** Decides the oldest request for that path, and answers it. */
  async serve(path: string): Promise<void> {
    const found = this.#requests.findIndex((request) => request.path === path);
    const [request] = this.#requests.splice(found, 1);
    if (found < 0 || request === undefined) throw new Error(`nobody asks for ${path}`);
    const isKnown = request.cookie === this.session;
    if (path === '/exchange') {
      this.session = 'new';
      this.#cookie = 'new';
    }
    request.answer(new Response(JSON.stringify({ path }), { status: isKnown ? 200 : 401 }));
    await settled();
  }

  get waiting(): readonly string[] {
    return this.#requests.map(({ path }) => path);
  }
}

/** Whatever can happen without a further answer has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function ask(http: Http, method: string, path: string): Promise<unknown> {
  const response = await http.fetch(path, { method });
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

function loggedIn() {
  const http = new Http();
  http.csrfToken = 'token';
  let lost = 0;
  http.onUnauthorized = () => {
    lost += 1;
  };
  const exchange = () =>
    http.exchangeSession(async () => {
      await ask(http, 'PUT', '/exchange');
      return 'new token';
    });
  return { http, exchange, lost: () => lost };
}

test('what is read while the session is exchanged is asked for under the new one', async () => {
  const service = new Service();
  const { exchange, http, lost } = loggedIn();
  const exchanged = exchange();
  const read = ask(http, 'GET', '/ledger');
  await settled();
  expect(service.waiting).toEqual(['/exchange']);
  await service.serve('/exchange');
  await exchanged;
  await service.serve('/ledger');
  expect(await read).toEqual({ path: '/ledger' });
  expect([http.csrfToken, lost()]).toEqual(['new token', 0]);
});

test('what was under way under the old session, and refused, is asked for again', async () => {
  const service = new Service();
  const { exchange, http, lost } = loggedIn();
  const read = ask(http, 'GET', '/ledger');
  await settled();
  const exchanged = exchange();
  await settled();
  await service.serve('/exchange');
  await exchanged;
  await service.serve('/ledger');
  await service.serve('/ledger');
  expect(await read).toEqual({ path: '/ledger' });
  expect([lost(), service.waiting]).toEqual([0, []]);
});

test('a session that is lost is told once, and not asked for again', async () => {
  const service = new Service();
  const { http, lost } = loggedIn();
  service.session = 'another';
  const read = ask(http, 'GET', '/ledger').catch((error: Error) => error.message);
  await settled();
  await service.serve('/ledger');
  expect(await read).toBe('401');
  expect([lost(), service.waiting]).toEqual([1, []]);
});
