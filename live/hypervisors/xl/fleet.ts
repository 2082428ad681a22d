// All hosts of a service, and what a look at them together shows of a VM.
import type { Domain, Home, HostLook } from './look.ts';
import type { VmRecord } from './vm-record.ts';
import { HostRefused, HostUnreachable } from './xl-error.ts';
import { XlHost, type XlHostParts } from './xl-host.ts';
import type { XlSettings } from './xl-settings.ts';

export interface FleetParts extends Pick<XlHostParts, 'settings' | 'daemon'> {
  /** Marks what this service made. */
  readonly owner: string;
  /**
   * Makes the store of a host ours, before the first look at it. Undefined: hands off; a host without a store has no VMs of ours.
   * @returns what there is against it
   */
  readonly claim: ((host: XlHost) => Promise<string | undefined>) | undefined;
}

export class Fleet {
  readonly owner: string;
  readonly settings: XlSettings;
  readonly hosts: readonly XlHost[];
  readonly #claim: FleetParts['claim'];
  readonly #claimed = new Set<string>();
  #running: Promise<Picture> | undefined;
  #next: Promise<Picture> | undefined;

  constructor({ claim, daemon, owner, settings }: FleetParts) {
    this.owner = owner;
    this.#claim = claim;
    this.settings = settings;
    this.hosts = settings.hosts.map((host) => new XlHost({ host, settings, daemon }));
  }

  host(nodeId: string): XlHost | undefined {
    return this.hosts.find((host) => host.nodeId === nodeId);
  }

  /** A look that begins after this was asked for. Whoever asks while one is under way shares the next. */
  look(): Promise<Picture> {
    if (this.#running === undefined) {
      this.#running = this.#lookAtAll();
      return this.#running;
    }
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      this.#running = this.#lookAtAll();
      return this.#running;
    });
    return this.#next;
  }

  async close(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.close()));
  }

  async #lookAtAll(): Promise<Picture> {
    const looks = new Map<string, HostLook>();
    const silent = new Map<string, Error>();
    await Promise.all(
      this.hosts.map(async (host) => {
        try {
          looks.set(host.nodeId, await this.#lookAt(host));
        } catch (error) {
          silent.set(host.nodeId, error instanceof Error ? error : new Error(String(error)));
        }
      }),
    );
    this.#running = undefined;
    return new Picture(this, looks, silent);
  }

  /** @throws HostUnreachable, HostRefused, also when its store is not there, or not ours: then nothing is known of our VMs */
  async #lookAt(host: XlHost): Promise<HostLook> {
    const { nodeId } = host;
    if (this.#claim !== undefined && !this.#claimed.has(nodeId)) {
      const refusal = await this.#claim(host);
      if (refusal !== undefined) throw new HostRefused('store', refusal);
      this.#claimed.add(nodeId);
    }
    const look = await host.look();
    if (look.storeOwner === this.owner || this.#claim === undefined) return look;
    throw new HostUnreachable(
      look.storeOwner === undefined
        ? `the store of ${nodeId} is not there; is it mounted?`
        : `the store of ${nodeId} is of another service now (${look.storeOwner})`,
    );
  }
}

export interface PlacedDomain {
  readonly nodeId: string;
  readonly domain: Domain;
}

/** What a VM is doing, as far as one look at all hosts tells. */
export type Sighting =
  /** Nobody has it. */
  | { readonly kind: 'absent' }
  /** It may be on a host that does not answer. */
  | { readonly kind: 'unknown'; readonly why: string; readonly lostNodeId: string }
  /** A host is at work with it, or it is just on its way. Leftovers: of a move of ours that has come to no good end. */
  | { readonly kind: 'busy'; readonly leftovers: readonly PlacedDomain[] }
  | { readonly kind: 'twice'; readonly nodeIds: readonly string[] }
  | SeenVm;

export interface SeenVm {
  readonly kind: 'seen';
  readonly vmId: string;
  readonly record: VmRecord;
  /**
   * ended: its guest is down, and its domain is there yet, to say why. half: a start or a resume was interrupted; the guest has not run.
   */
  readonly state: 'running' | 'paused' | 'suspended' | 'halted' | 'ended' | 'half';
  /** Where its folder lies; with shared storage one of those that see it. */
  readonly homeNodeId: string;
  readonly home: Home;
  /** Where its domain is; undefined when it has none. */
  readonly nodeId: string | undefined;
  readonly domain: Domain | undefined;
}

/** A shut-down domain that has not been destroyed is one of these while xl moves or saves it. */
const ON_ITS_WAY = /--(incoming|migratedaway)$/;
const INCOMING = /--incoming$/;

export class Picture {
  readonly looks: ReadonlyMap<string, HostLook>;
  /** Hosts that gave no answer, and why. */
  readonly silent: ReadonlyMap<string, Error>;
  readonly #fleet: Fleet;

  constructor(fleet: Fleet, looks: ReadonlyMap<string, HostLook>, silent: ReadonlyMap<string, Error>) {
    this.#fleet = fleet;
    this.looks = looks;
    this.silent = silent;
  }

  /** VMs of ours that some host has. */
  vmIds(): Set<string> {
    const ids = new Set<string>();
    for (const { homes } of this.looks.values())
      for (const [vmId, { record }] of homes) if (record.owner === this.#fleet.owner) ids.add(vmId);
    return ids;
  }

  /** Domains of a VM, whatever they are, with their nodes. */
  domainsOf(vmId: string): PlacedDomain[] {
    return [...this.looks].flatMap(([nodeId, { domains }]) =>
      domains.filter(({ uuid }) => uuid === vmId).map((domain) => ({ nodeId, domain })),
    );
  }

  sightingOf(vmId: string): Sighting {
    for (const { jobs } of this.looks.values()) if (jobs.has(vmId)) return { kind: 'busy', leftovers: [] };
    const place = this.#homeOf(vmId);
    if (place === undefined) return this.#withoutHome();
    const all = this.domainsOf(vmId);
    // While one host hands it to another both have something of it, and neither shows how it ends.
    const isOnItsWay = all.some(
      ({ domain }) =>
        ON_ITS_WAY.test(domain.name) ||
        domain.isDying ||
        (domain.isShutdown && domain.reason === 'suspend' && !place.home.isBuilding),
    );
    if (isOnItsWay) {
      const isStay = place.home.at.length > 1 && all.some(({ domain }) => !ON_ITS_WAY.test(domain.name));
      return {
        kind: 'busy',
        leftovers: isStay ? all.filter(({ domain }) => INCOMING.test(domain.name)) : [],
      };
    }
    const alive = all.filter(({ domain }) => !domain.isShutdown);
    if (alive.length > 1) return { kind: 'twice', nodeIds: alive.map(({ nodeId }) => nodeId) };
    const [found] = alive.length > 0 ? alive : all;
    if (found === undefined) {
      const lostNodeId = place.home.at.find((nodeId) => this.silent.has(nodeId));
      if (lostNodeId !== undefined && !this.#fleet.settings.resetLostVms)
        return {
          kind: 'unknown',
          lostNodeId,
          why: `it was last seen on ${lostNodeId}, which does not answer`,
        };
    }
    return {
      kind: 'seen',
      vmId,
      record: place.home.record,
      state: stateOf(place.home, found?.domain),
      homeNodeId: place.nodeId,
      home: place.home,
      nodeId: found?.nodeId,
      domain: found?.domain,
    };
  }

  addressOf({ domain, nodeId, record }: SeenVm): string | undefined {
    if (domain === undefined || nodeId === undefined) return undefined;
    const told = this.looks.get(nodeId)?.addresses.byDomain.get(domain.id);
    if (told !== undefined || record.mac === null) return told;
    // A neighbour of any host: its own does not talk to it, perhaps.
    for (const { addresses } of this.looks.values()) {
      const ip = addresses.byMac.get(record.mac);
      if (ip !== undefined) return ip;
    }
    return undefined;
  }

  #homeOf(vmId: string): { readonly nodeId: string; readonly home: Home } | undefined {
    const places = [...this.looks].flatMap(([nodeId, { homes }]) => {
      const home = homes.get(vmId);
      return home === undefined || home.record.owner !== this.#fleet.owner ? [] : [{ nodeId, home }];
    });
    const domains = this.domainsOf(vmId);
    return places.find(({ nodeId }) => domains.some((each) => each.nodeId === nodeId)) ?? places[0];
  }

  #withoutHome(): Sighting {
    // A store that all see shows all there is.
    const isAllSeen = this.#fleet.settings.storage.kind === 'shared' && this.looks.size > 0;
    const [lost] = this.silent;
    if (lost === undefined || isAllSeen) return { kind: 'absent' };
    const [lostNodeId, { message }] = lost;
    return { kind: 'unknown', lostNodeId, why: `${lostNodeId} may have it and does not answer: ${message}` };
  }
}

function stateOf(home: Home, domain: Domain | undefined): SeenVm['state'] {
  if (domain === undefined) return home.hasImage ? 'suspended' : 'halted';
  if (home.isBuilding || (domain.isPaused && home.hasImage) || domain.memoryMib === 0) return 'half';
  if (domain.isShutdown) return 'ended';
  return domain.isPaused ? 'paused' : 'running';
}
