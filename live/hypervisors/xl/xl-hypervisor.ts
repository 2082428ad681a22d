// Xen hosts as the hypervisor of a service: one connection to each for all lives, a dispatcher for each life.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { lostNodesOf } from '../../../engine/index.ts';
import { InputError } from '../../../written/input-error.ts';
import { consoleOf } from '../console.ts';
import type { HypervisorLog, Logins, Notes, OpenParts } from '../definition.ts';
import type { Carrier, Hypervisor, LifeWorld } from '../hypervisor.ts';
import { Turns } from '../turns.ts';
import { Fleet, type Picture } from './fleet.ts';
import { surveyHost } from './host-survey.ts';
import { type HostCapabilities, XlDispatcher } from './xl-dispatcher.ts';
import { HostRefused, HostUnreachable } from './xl-error.ts';
import type { XlHost } from './xl-host.ts';
import type { XlSettings } from './xl-settings.ts';
import { XlWatch } from './xl-watch.ts';

const OWNER_KEY = 'xl-owner';
/** Nodes whose store this service has claimed. */
const STORES_KEY = 'xl-stores';

export class XlHypervisor implements Hypervisor {
  readonly #fleet: Fleet;
  readonly #log: HypervisorLog;
  readonly #logins: Logins;
  readonly #isHandsOff: boolean;
  readonly #vmTurns = new Turns(1);
  readonly #nodeTurns: Turns;
  readonly #buildTurns = new Turns(1);
  readonly #capabilities = new Map<string, HostCapabilities>();
  #picture: Picture | undefined;

  private constructor(fleet: Fleet, { isHandsOff, log, logins }: OpenParts) {
    this.#fleet = fleet;
    this.#log = log;
    this.#logins = logins;
    this.#isHandsOff = isHandsOff;
    this.#nodeTurns = new Turns(fleet.settings.perHostConcurrency);
  }

  /** @throws InputError PEX_CONFIG_INVALID when a host may not be used, or none answers */
  static async open(settings: XlSettings, parts: OpenParts): Promise<XlHypervisor> {
    const { isHandsOff, notes } = parts;
    const owner = await ownerIn(notes);
    const id = randomBytes(8).toString('hex');
    const label = `${owner}, process ${process.pid} of ${hostname()}, since ${new Date().toISOString()}`;
    const fleet = new Fleet({
      settings,
      owner,
      daemon: isHandsOff ? undefined : { id, label },
      claim: isHandsOff ? undefined : claimWith(notes, owner),
    });
    const hypervisor = new XlHypervisor(fleet, parts);
    try {
      await hypervisor.#begin();
      return hypervisor;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  /** Reads which VMs there are. @throws HostUnreachable when no host answers */
  async ready(): Promise<void> {
    const picture = await this.#fleet.look();
    const [first] = picture.silent.values();
    if (picture.looks.size === 0) throw first ?? new HostUnreachable('there is no host');
    this.#picture = picture;
    for (const nodeId of picture.looks.keys()) {
      const host = this.#fleet.host(nodeId);
      if (host === undefined || this.#capabilities.has(nodeId)) continue;
      const { capabilities } = await surveyHost(host, this.#fleet.settings);
      this.#capabilities.set(nodeId, capabilities);
    }
  }

  carry({ snapshot }: Pick<LifeWorld, 'snapshot'>): Carrier {
    const fleet = this.#fleet;
    const log = this.#log;
    const watch = new XlWatch({
      fleet,
      log,
      vmTurns: this.#vmTurns,
      picture: this.#picture!,
      snapshot,
      lostNodeIds: snapshot === undefined ? [] : lostNodesOf(snapshot),
      isHandsOff: this.#isHandsOff,
    });
    const dispatcher = new XlDispatcher({
      fleet,
      watch,
      logins: this.#logins,
      log,
      vmTurns: this.#vmTurns,
      nodeTurns: this.#nodeTurns,
      buildTurns: this.#buildTurns,
      capabilities: this.#capabilities,
    });
    return {
      dispatcher,
      // A domain has the id of its VM as its uuid.
      consoleOf: (vmId) =>
        consoleOf(fleet.settings.console, { vmId, vmUuid: vmId, node: watch.nodeOf(vmId) }),
      end: () => dispatcher.end(),
    };
  }

  close(): Promise<void> {
    return this.#fleet.close();
  }

  async #begin(): Promise<void> {
    const { looks, silent } = await this.#fleet.look();
    for (const [index, { nodeId }] of this.#fleet.hosts.entries()) {
      const reason = silent.get(nodeId);
      // Until somebody does something it cannot be used, or not safely.
      if (reason instanceof HostRefused) throw configError(reason, index);
      if (reason !== undefined)
        this.#log.warn({ nodeId, reason: reason.message }, 'a host does not answer: begun without it');
    }
    const [first] = silent.values();
    if (looks.size === 0 && first !== undefined) throw configError(first, 0);
  }
}

function configError(reason: Error, index: number): InputError {
  return new InputError(
    reason instanceof HostUnreachable ? 'PEX_HYPERVISOR_AWAY' : 'PEX_CONFIG_INVALID',
    reason.message,
    { path: `xl.hosts[${index}]` },
    { cause: reason },
  );
}

/** A store that was ours has to be there again: an empty one in its place hides VMs. */
function claimWith(notes: Notes, owner: string): (host: XlHost) => Promise<string | undefined> {
  // One after another: they share a note.
  let last: Promise<unknown> = Promise.resolve();
  const claim = async (host: XlHost) => {
    const noted = await notes.get(STORES_KEY);
    const known = Array.isArray(noted) ? noted.filter((each) => typeof each === 'string') : [];
    const refusal = await host.claim(owner, known.includes(host.nodeId));
    if (refusal === undefined && !known.includes(host.nodeId))
      await notes.set(STORES_KEY, [...known, host.nodeId]);
    return refusal;
  };
  return (host) => {
    const mine = last.then(() => claim(host));
    last = mine.catch(() => undefined);
    return mine;
  };
}

/** Made up once for each database. */
async function ownerIn(notes: Notes): Promise<string> {
  const known = await notes.get(OWNER_KEY);
  if (typeof known === 'string') return known;
  const owner = randomBytes(4).toString('hex');
  await notes.set(OWNER_KEY, owner);
  return owner;
}
