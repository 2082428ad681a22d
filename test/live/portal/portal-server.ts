// Where the story tests get a portal from. The one place that knows what stands behind it.
import { fileURLToPath } from 'node:url';
import { PASSWORD, type StoppedTime, startTestDaemon } from '../../support/daemon.ts';

export interface PortalServerOptions {
  /** Service time by real time. Default 1. */
  readonly speed?: number;
  /** How long an offer is held, in service time. Default 15 min. */
  readonly holdMs?: number;
  /** Nodes of 4 CPUs each. Default 1. */
  readonly nodes?: number;
  /** Its time moves only when the story moves it. Default: that of the machine. */
  readonly host?: StoppedTime;
  /** Where e-mails go. Default: there are none. */
  readonly smtp?: string;
  /** Only operators open accounts. */
  readonly closed?: boolean;
  /** CPU-hours that a user may have in any day. Default: as many as there are. */
  readonly hoursADay?: number;
  /** How long the image of a lease is sent to its nodes, in service time: whole seconds. Default: it is there. */
  readonly imageMs?: number;
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
  /** Lets time pass that stands still otherwise. */
  pass(ms: number): Promise<void>;
  /** Takes the service away: requests fail, event streams break. Sessions and reservations stay. */
  interrupt(): Promise<void>;
  restore(): Promise<void>;
  close(): Promise<void>;
}

const PORTAL = fileURLToPath(new URL('../../../dist/portal', import.meta.url));

/** A daemon of its own, as an operator would configure it for people who are in a hurry. */
export async function startPortalServer(options: PortalServerOptions = {}): Promise<PortalServer> {
  const { speed = 1, holdMs = 15 * 60_000, nodes = 1, counterOffer = 'earliest-start' } = options;
  const { closed = false, host, hoursADay, imageMs, smtp } = options;
  const images =
    imageMs === undefined ? '' : `, images: { linkRate: 1, sizeMib: ${imageMs / 1000}, cacheMib: 10000 }`;
  const quota = hoursADay === undefined ? '' : `, quota: { rolling: [{ hours: ${hoursADay}, per: 1d }] }`;
  const time = host === undefined ? {} : { host };
  const yaml = `
cluster:
  nodes: [{ group: node, count: ${nodes}, cpus: 4, memoryMib: 16384, diskGib: 1000 }]
negotiation: { hold: ${holdMs}ms, shortestDuration: 0s, kinds: [advance, immediate, best-effort, deadline, flexible] }
manager: { noShowGrace: 15m${images} }
hypervisor: { create: 1s, start: 2s, stop: 1s, reboot: 1s, suspend: 1s, resume: 1s, destroy: 1s, nodeDetection: 1s }
policies: { counterOffer: ${counterOffer} }
accounts: { startingCredits: 100, registration: ${closed ? 'closed' : 'open'}${quota} }
${smtp === undefined ? '' : `notifications: { email: { smtp: "${smtp}", from: "OpenPEX <pex@example.org>" } }`}
`;
  let daemon = await startTestDaemon({ yaml, speed, portalDir: PORTAL, ...time });
  const { folder, url } = daemon;
  return {
    url: `${url}/`,
    operator: { username: 'operator', password: PASSWORD },
    async pass(ms) {
      if (host === undefined) throw new Error('the time of this service passes by itself');
      await host.moveTo(host.now() + ms, async () => {
        // What is asked after the other commands is answered after them.
        await daemon.service.commandInstance('none', 'stop');
        await daemon.told();
      });
    },
    interrupt: () => daemon.pause(),
    async restore() {
      daemon = await startTestDaemon({
        yaml,
        speed,
        portalDir: PORTAL,
        ...time,
        folder,
        port: Number(new URL(url).port),
      });
    },
    close: () => daemon.stop(),
  };
}
