// Where the story tests get a portal from. The one place that knows what stands behind it.
import { fileURLToPath } from 'node:url';
import { PASSWORD, startTestDaemon } from '../../support/daemon.ts';

export interface PortalServerOptions {
  /** Service time by real time. Default 1. */
  readonly speed?: number;
  /** How long an offer is held, in service time. Default 15 min. */
  readonly holdMs?: number;
  /** Nodes of 4 CPUs each. Default 1. */
  readonly nodes?: number;
  /** The counter-offer policy. Default: that of OpenPEX. */
  readonly counterOffer?: string;
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

/** A daemon of its own, as an operator would configure it for people who are in a hurry. */
export async function startPortalServer(options: PortalServerOptions = {}): Promise<PortalServer> {
  const { speed = 1, holdMs = 15 * 60_000, nodes = 1, counterOffer = 'earliest-start' } = options;
  const yaml = `
cluster:
  nodes: [{ group: node, count: ${nodes}, cpus: 4, memoryMib: 16384, diskGib: 1000 }]
negotiation: { hold: ${holdMs}ms, shortestDuration: 0s, kinds: [advance, immediate, best-effort, deadline, flexible] }
manager: { noShowGrace: 15m }
hypervisor: { create: 1s, start: 2s, stop: 1s, reboot: 1s, suspend: 1s, resume: 1s, destroy: 1s, nodeDetection: 1s }
policies: { counterOffer: ${counterOffer} }
accounts: { startingCredits: 100 }
`;
  let daemon = await startTestDaemon({ yaml, speed, portalDir: PORTAL });
  const { folder, url } = daemon;
  return {
    url: `${url}/`,
    operator: { username: 'operator', password: PASSWORD },
    interrupt: () => daemon.pause(),
    async restore() {
      daemon = await startTestDaemon({
        yaml,
        speed,
        portalDir: PORTAL,
        folder,
        port: Number(new URL(url).port),
      });
    },
    close: () => daemon.stop(),
  };
}
