// The door of one host: HTTP or HTTPS on its address, open unless something keeps it shut. Shut means refused connections,
// as from a machine on which nothing listens.
import { randomInt } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import type { Door, Reason } from '../door.ts';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
}

export interface ListenerOptions {
  readonly address: string;
  readonly port: number;
  readonly tls: Certificate | undefined;
  readonly serve: (request: IncomingMessage, response: ServerResponse) => void;
}

/** How often, and how long between two times, a port is tried that something else has for a moment. */
const BUSY = { tries: 40, waitMs: 50 };

export class Listener implements Door {
  readonly #options: ListenerOptions;
  readonly #reasons = new Set<Reason>();
  #server: ReturnType<typeof createServer> | undefined;
  /** Opening and shutting, one after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  /** Resolves when connections are taken. */
  open(): Promise<void> {
    return this.#take(() => this.#listen());
  }

  /** Drops every connection at once, and takes none until `unblock`ed. Resolves when the port is free. */
  block(reason: Reason): Promise<void> {
    this.#reasons.add(reason);
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    return this.#take(
      () =>
        new Promise((resolve) => {
          if (server === undefined) resolve();
          else {
            server.close(() => resolve());
            server.closeAllConnections();
          }
        }),
    );
  }

  /** Resolves when connections are taken again, or at once when something else keeps the door shut. */
  unblock(reason: Reason): Promise<void> {
    this.#reasons.delete(reason);
    return this.#take(() => this.#listen());
  }

  #take(turn: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(turn);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #listen(): Promise<void> {
    if (this.#reasons.size > 0 || this.#server !== undefined) return Promise.resolve();
    const { address, port, tls, serve } = this.#options;
    const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
    this.#server = server;
    return new Promise((resolve, reject) => {
      let tries = 1;
      const listen = () => server.listen({ host: address, port });
      const failed = (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE' || tries === BUSY.tries) reject(error);
        else setTimeout(listen, BUSY.waitMs);
        tries += 1;
      };
      server.on('error', failed);
      server.once('listening', () => {
        server.off('error', failed);
        resolve();
      });
      listen();
    });
  }
}

/** Of a server that listens. */
export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Ports that no system hands out by itself: nobody else is given one while a door is shut for a while. */
const PORTS = { from: 12_000, below: 32_000 };

/** A port that is free on all addresses, so that a client redirected from one to another finds it there. */
export async function freePort(addresses: readonly string[]): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = randomInt(PORTS.from, PORTS.below);
    const probes = await Promise.allSettled(addresses.map((address) => listenOnce(address, port)));
    const open = probes.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    await Promise.all(open.map((server) => new Promise((resolve) => server.close(resolve))));
    if (open.length === addresses.length) return port;
  }
  throw new Error(`no port is free on all of ${addresses.join(', ')}`);
}

function listenOnce(address: string, port: number): Promise<Server> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port }, () => resolve(server));
  });
}
