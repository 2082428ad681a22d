// Where the story tests get a portal from. The one place that knows what stands behind it.
import { existsSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { MockApi } from './mock-api.ts';
import { MockProvider } from './mock-provider.ts';

export interface PortalServerOptions {
  /** Service time by real time. Default 1. */
  readonly speed?: number;
  /** How long an offer is held, in service time. Default 15 min. */
  readonly holdMs?: number;
  /** Nodes of 4 CPUs each. Default 1. */
  readonly nodes?: number;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface PortalServer {
  /** Of the portal, with a slash at the end. */
  readonly url: string;
  /** An account that may do everything. */
  readonly operator: Credentials;
  /** Takes the service away: requests fail, event streams break. Sessions and reservations stay. */
  interrupt(): Promise<void>;
  restore(): Promise<void>;
  close(): Promise<void>;
}

const PORTAL = fileURLToPath(new URL('../../../dist/portal', import.meta.url));
const OPERATOR = { username: 'rick', password: 'voight-kampff' };

export async function startPortalServer(options: PortalServerOptions = {}): Promise<PortalServer> {
  const { speed = 1, holdMs = 15 * 60_000, nodes = 1 } = options;
  if (!existsSync(`${PORTAL}/index.html`))
    throw new Error('the portal is not built: npx vite build --config live/portal/vite.config.ts');
  const provider = new MockProvider({ startMs: Date.now(), speed, holdMs, nodes, cpusPerNode: 4 });
  provider.addUser({
    ...OPERATOR,
    fullName: 'Rick Deckard',
    email: 'rick@example.org',
    role: 'operator',
    balanceMicros: 1_000_000_000,
  });
  const api = new MockApi(provider, PORTAL);
  await new Promise<void>((ready) => api.server.listen(0, '127.0.0.1', ready));
  const { port } = api.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    operator: OPERATOR,
    async interrupt() {
      api.isOut = true;
      api.server.closeAllConnections();
    },
    async restore() {
      api.isOut = false;
    },
    async close() {
      provider.stop();
      api.server.closeAllConnections();
      await new Promise((closed) => api.server.close(closed));
    },
  };
}
