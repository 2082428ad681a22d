// A pool that is fast enough for tests, and a plain JSON-RPC client of it that hides nothing.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import type { XapiValue } from '../../pool-double/data-model.ts';
import { startXapiServer, type XapiServer, type XapiServerOptions } from '../../pool-double/server.ts';
import { isMap, isSet } from '../../pool-double/verbs.ts';

export const MIB = 2 ** 20;
export const NULL_REF = 'OpaqueRef:NULL';
export const DEBIAN = 'PEX Debian Etch 4.0 Template';
export const WINDOWS = 'PEX Windows XP SP2 Template';

/** A pool of two hosts in a hurry, closed when the test ends. */
export async function startPool(options: XapiServerOptions = {}): Promise<XapiServer> {
  const server = await startXapiServer({
    timeScale: 0.05,
    ...options,
    durations: { eventBatch: 2, ...options.durations },
  });
  onTestFinished(() => server.close());
  return server;
}

/** An error of the API, with its parameters. */
export class CallError extends Error {
  readonly code: string;
  readonly params: readonly string[];

  constructor(code: string, params: readonly string[]) {
    super([code, ...params].join(' '));
    this.code = code;
    this.params = params;
  }
}

/** Nobody answered: the connection was refused, or dropped. */
export class ConnectionLost extends Error {}

/** Sends one call as JSON-RPC, on a connection of its own, and returns the whole answer. */
export async function post(url: string, method: string, params: readonly XapiValue[]): Promise<unknown> {
  const sent = request(`${url}/jsonrpc`, { method: 'POST', agent: false });
  sent.end(JSON.stringify({ jsonrpc: '2.0', method, params, id: 1 }));
  try {
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return await json(response);
  } catch (cause) {
    throw new ConnectionLost(String(cause), { cause });
  }
}

export class PoolClient {
  readonly url: string;
  readonly session: string;

  private constructor(url: string, session: string) {
    this.url = url;
    this.session = session;
  }

  static async login(url: string, user = 'root', password = 'xen'): Promise<PoolClient> {
    return new PoolClient(url, String(await send(url, 'session.login_with_password', [user, password])));
  }

  call(method: string, ...args: readonly XapiValue[]): Promise<XapiValue> {
    return send(this.url, method, [this.session, ...args]);
  }

  async text(method: string, ...args: readonly XapiValue[]): Promise<string> {
    return String(await this.call(method, ...args));
  }

  async refs(method: string, ...args: readonly XapiValue[]): Promise<string[]> {
    const value = await this.call(method, ...args);
    return isSet(value) ? value.map(String) : [];
  }

  async record(className: string, ref: string): Promise<Readonly<Record<string, XapiValue>>> {
    const value = await this.call(`${className}.get_record`, ref);
    return isMap(value) ? value : {};
  }

  /** A VM made from a template by its name, provisioned, with as much memory as said. */
  async makeVm(name: string, { template = DEBIAN, memoryMib = 512 } = {}): Promise<string> {
    const [source = ''] = await this.refs('VM.get_by_name_label', template);
    const vm = await this.text('VM.clone', source, name);
    await this.call('VM.provision', vm);
    const bytes = memoryMib * MIB;
    await this.call('VM.set_memory_limits', vm, bytes, bytes, bytes, bytes);
    return vm;
  }

  async hosts(): Promise<string[]> {
    return this.refs('host.get_all');
  }

  async freeMib(host: string): Promise<number> {
    return Number(await this.call('host.compute_free_memory', host)) / MIB;
  }

  /** What the guest told last; empty while it has told nothing. */
  async addresses(vm: string): Promise<Readonly<Record<string, XapiValue>>> {
    const metrics = await this.text('VM.get_guest_metrics', vm);
    if (metrics === NULL_REF) return {};
    const networks = await this.call('VM_guest_metrics.get_networks', metrics);
    return isMap(networks) ? networks : {};
  }
}

async function send(url: string, method: string, params: readonly XapiValue[]): Promise<XapiValue> {
  const answer = await post(url, method, params);
  const { result, error } = answer as {
    result?: XapiValue;
    error?: { message: string; data: string[] } | [string, ...string[]];
  };
  if (Array.isArray(error)) throw new CallError(error[0], error.slice(1));
  if (error !== undefined) throw new CallError(error.message, error.data);
  return result ?? '';
}

/** The code of the error that a call ends with. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  return (await errorOf(call)).code;
}

export async function errorOf(call: Promise<unknown>): Promise<CallError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof CallError) return error;
    throw error;
  }
  throw new Error('expected the call to fail');
}
