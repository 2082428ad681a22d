// Requests to the REST API: the session's CSRF token is added and problem documents become errors here and nowhere else.
import { nextPage } from './link-header.ts';
import type { Page } from './page.ts';

/** The service, or the way to it, said no. `status` is 0 when no answer came at all. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  /** Of a refused message of the protocol: why. */
  readonly reason: string | null;

  constructor(status: number, code: string, detail: string, reason: string | null = null) {
    super(detail);
    this.status = status;
    this.code = code;
    this.reason = reason;
  }

  /** The service cannot be reached or cannot decide now: trying again later may help. */
  get isOutage(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export class Http {
  /** Proves to the service that a change was asked for by this page; comes with the session. */
  csrfToken: string | null = null;
  /** Called when the service no longer knows the session. */
  onUnauthorized: () => void = () => {};
  /** How often this page has exchanged its session for another. */
  #exchanges = 0;
  /** Settles, and never rejects, when the last exchange is over. */
  #exchange: Promise<unknown> = Promise.resolve();

  /**
   * Does what ends the session and begins another. Reading that is refused meanwhile was asked for in the name of the old one, and is asked
   * again in that of the new.
   * @param begin gives the token of the new session; null: there is none
   */
  async exchangeSession(begin: () => Promise<string | null>): Promise<void> {
    this.#exchanges += 1;
    const exchange = begin().then((csrfToken) => {
      if (csrfToken !== null) this.csrfToken = csrfToken;
    });
    this.#exchange = exchange.catch(() => undefined);
    await exchange;
  }

  async json<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.#send(method, path, options);
    return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
  }

  /** A list with its `Link` and `X-Total-Count` headers. */
  async page<T>(path: string, signal?: AbortSignal): Promise<Page<T>> {
    const response = await this.#send('GET', path, signal === undefined ? {} : { signal });
    const items = (await response.json()) as T[];
    const total = Number(response.headers.get('x-total-count') ?? items.length);
    return { items, total, next: nextPage(response.headers.get('link')) };
  }

  async #send(method: string, path: string, options: RequestOptions): Promise<Response> {
    // Reading waits for the new session.
    if (method === 'GET') await this.#exchange;
    const before = this.#exchanges;
    const response = await this.#fetch(method, path, options);
    if (response.ok) return response;
    // A wrong password at the log-in is no lost session.
    if (response.status === 401 && this.csrfToken !== null) {
      if (method === 'GET' && this.#exchanges > before) return this.#send(method, path, options);
      this.onUnauthorized();
    }
    throw await problemOf(response);
  }

  async #fetch(method: string, path: string, { body, headers, signal }: RequestOptions): Promise<Response> {
    const init: RequestInit = {
      method,
      credentials: 'same-origin',
      headers: {
        Accept: 'application/json',
        // Keeps browsers from asking for a password of their own when a session has ended.
        'X-Requested-With': 'openpex-portal',
        ...(method !== 'GET' && this.csrfToken !== null && { 'X-OpenPEX-CSRF': this.csrfToken }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    };
    try {
      return await fetch(path, init);
    } catch (error) {
      if (signal?.aborted) throw error;
      throw new ApiProblem(
        0,
        'PEX_UNREACHABLE',
        'The service cannot be reached. Nothing may have been changed.',
      );
    }
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const document: unknown = await response.json().catch(() => null);
  const text = (field: string) => {
    if (typeof document !== 'object' || document === null) return null;
    const value: unknown = Reflect.get(document, field);
    return typeof value === 'string' ? value : null;
  };
  const detail = text('detail') ?? text('title') ?? `The service answered ${response.status}.`;
  return new ApiProblem(response.status, text('code') ?? '', detail, text('reason'));
}
