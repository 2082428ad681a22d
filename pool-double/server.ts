// A pool in memory (pool.ts), served as real ones are: over HTTP or HTTPS, each host on an address of its own.
import type { Faults } from './faults.ts';
import type { Inventory } from './inventory.ts';
import { addressesOf, buildPool, type PoolOptions } from './pool.ts';
import { openControl } from './wire/control.ts';
import { serveNode } from './wire/front.ts';
import { type Certificate, freePort, Listener } from './wire/listener.ts';

/** Its sockets are real, whatever machine it lives on. */
export interface XapiServerOptions extends PoolOptions {
  /** One for all hosts; 0 takes a free one. Default 0. */
  readonly port?: number;
  /** HTTPS with this certificate; plain HTTP without. */
  readonly tls?: Certificate;
  /** Opens the switches to other processes, on 127.0.0.1. */
  readonly control?: { readonly port: number; readonly token?: string };
}

export interface XapiServer {
  /** Of the first host, the master at the start. */
  readonly url: string;
  /** Of the hosts, in order. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Where the switches are for other processes. */
  readonly controlUrl: string | undefined;
  readonly faults: Faults;
  inventory(): Inventory;
  /** How often clients have called a method, `Async.` or not. */
  calls(method: string): number;
  /** Drops every connection; resolves when all ports are free. */
  close(): Promise<void>;
}

/** @throws Error when an address or the port cannot be taken */
export async function startXapiServer(options: XapiServerOptions = {}): Promise<XapiServer> {
  const { tls, control } = options;
  const port = options.port || (await freePort(addressesOf(options)));
  const listeners = new Map<string, Listener>();
  const pool = buildPool(options, listeners);
  const { addresses, dispatcher, faults, injections, inventory, toolstack } = pool;
  const front = { toolstack, dispatcher, injections, pace: toolstack.pace };
  for (const node of toolstack.nodes.all()) {
    const serve = serveNode(front, node);
    listeners.set(node.address, new Listener({ address: node.address, port, tls, serve }));
  }
  const closeListeners = () =>
    Promise.all([...listeners.values()].map((listener) => listener.block('closed')));
  try {
    await Promise.all([...listeners.values()].map((listener) => listener.open()));
    const switches =
      control === undefined
        ? undefined
        : await openControl({ port: control.port, token: control.token, faults, inventory });
    return {
      url: `${tls === undefined ? 'http' : 'https'}://${addresses[0]}:${port}`,
      addresses,
      port,
      controlUrl: switches?.url,
      faults,
      inventory,
      calls: (method) => dispatcher.calls(method),
      close: async () => {
        toolstack.pace.stop();
        await Promise.all([closeListeners(), switches?.close()]);
        pool.stop();
      },
    };
  } catch (error) {
    await closeListeners();
    throw error;
  }
}
