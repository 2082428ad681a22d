// The client of the REST API, for programs, the command line and the portal alike: every operation by its name in the OpenAPI document, with
// its types; lists page by page; and a negotiation from the first message to the last. It needs nothing but `fetch`.
import { OPERATIONS, type Operations } from './operations.ts';
import { nextPage, type Page } from './page.ts';
import { OpenPexProblem, problemOf } from './problem.ts';

type Send = (url: string, init: RequestInit) => Promise<Response>;

export interface OpenPexClientOptions {
  /** Of the service, without path: "https://pex.example.org". Absent: of the page that it runs in. */
  readonly url?: string;
  /** Who asks: a token; or name and password. Absent: nobody, or what `fetch` adds. */
  readonly token?: string;
  readonly user?: { readonly name: string; readonly password: string };
  /** Sends a request; default: the global `fetch`. */
  readonly fetch?: Send;
}

/** Operations whose answer is a list of T. */
export type ListOperation = {
  [N in keyof Operations]: Operations[N]['result'] extends unknown[] ? N : never;
}[keyof Operations];

export type Item<N extends ListOperation> = Operations[N]['result'] extends (infer T)[] ? T : never;

export type Input<N extends keyof Operations> = Operations[N]['input'] & { readonly signal?: AbortSignal };

/** What has to be said to an operation: nothing, if nothing is needed. */
type Said<N extends keyof Operations> =
  Record<never, never> extends Operations[N]['input'] ? [input?: Input<N>] : [input: Input<N>];

interface AnyInput {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export class OpenPexClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #send: Send;

  constructor({
    fetch: send = (url, init) => fetch(url, init),
    token,
    url = '',
    user,
  }: OpenPexClientOptions = {}) {
    this.#url = url.replace(/\/+$/, '');
    this.#headers = {
      Accept: 'application/json',
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(user !== undefined && { Authorization: `Basic ${base64(`${user.name}:${user.password}`)}` }),
    };
    this.#send = send;
  }

  /** Carries out an operation. @throws OpenPexProblem */
  async call<N extends keyof Operations>(name: N, ...said: Said<N>): Promise<Operations[N]['result']> {
    const [method, path] = OPERATIONS[name];
    const input: AnyInput = said[0] ?? {};
    const response = await this.#ask(method, addressOf(path, input), input);
    const type = response.headers.get('content-type') ?? '';
    const isEmpty = response.status === 204 || type === '';
    const result: unknown = isEmpty
      ? undefined
      : await (type.includes('json') ? response.json() : response.text());
    return result as Operations[N]['result'];
  }

  /** The first page of a list, with the number of all. @throws OpenPexProblem */
  async page<N extends ListOperation>(name: N, ...said: Said<N>): Promise<Page<Item<N>>> {
    const [method, path] = OPERATIONS[name];
    const input: AnyInput = said[0] ?? {};
    return pageOf(await this.#ask(method, addressOf(path, input), input));
  }

  /** @param path `next` of the page before. @throws OpenPexProblem */
  async nextPage<T>(path: string, signal?: AbortSignal): Promise<Page<T>> {
    return pageOf(await this.#ask('GET', path, signal === undefined ? {} : { signal }));
  }

  /** All of a list, page by page as they are needed. @throws OpenPexProblem */
  async *all<N extends ListOperation>(name: N, ...said: Said<N>): AsyncGenerator<Item<N>> {
    let page: Page<Item<N>> = await this.page(name, ...said);
    for (;;) {
      yield* page.items;
      if (page.next === null) return;
      page = await this.nextPage(page.next);
    }
  }

  async #ask(method: string, path: string, { body, header = {}, signal }: AnyInput): Promise<Response> {
    const init: RequestInit = {
      method,
      headers: {
        ...this.#headers,
        ...Object.fromEntries(Object.entries(header).map(([name, value]) => [name, String(value)])),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    };
    const response = await this.#send(this.#url + path, init).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      throw new OpenPexProblem(
        0,
        'PEX_UNREACHABLE',
        'The service cannot be reached. Nothing may have been changed.',
      );
    });
    if (response.ok) return response;
    throw await problemOf(response);
  }
}

async function pageOf<T>(response: Response): Promise<Page<T>> {
  const items = (await response.json()) as T[];
  const total = Number(response.headers.get('x-total-count') ?? items.length);
  return { items, total, next: nextPage(response.headers.get('link')) };
}

/** Each value of a list of the query is a parameter of its own. */
function addressOf(path: string, { path: places = {}, query = {} }: AnyInput): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat()) if (one !== undefined) params.append(name, String(one));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(places[name])));
  return params.size === 0 ? filled : `${filled}?${params}`;
}

/** Of the bytes of a text in UTF-8. */
function base64(text: string): string {
  return btoa(String.fromCodePoint(...new TextEncoder().encode(text)));
}
