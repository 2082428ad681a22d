// The life of reservations on two Xen hosts, through `openpex live` as a user starts it and its REST API: the same story for hosts without
// Xen and for real ones.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { caller, PASSWORD, type TestDaemon } from '../../../support/daemon.ts';
import { type LiveCommand, startLive } from '../../../support/live-command.ts';

/** Two hosts that share a store. */
export interface Site {
  /** The `xl` section of the configuration. */
  readonly section: object;
  readonly env: Readonly<Record<string, string>>;
  /** Domains of VMs, whatever they are doing. */
  domains(host: string): Promise<readonly SeenDomain[]>;
  /** A guest ends by itself, or by a fault of its own. */
  endGuest(host: string, uuid: string, reason: 'poweroff' | 'crash'): Promise<void>;
  powerOff(host: string): Promise<void>;
  powerOn(host: string): Promise<void>;
  /** Everything that VMs could have left: files, volumes, devices. */
  leftovers(): Promise<readonly string[]>;
  /** Is shown how long each part took, as it is over. */
  note?(line: string): void;
  /** Longer than any operation takes here. */
  readonly patienceMs: number;
  /** At which a daemon is killed after it was asked for something, once for each: parts of what the operation takes here. */
  readonly killAfterMs: Readonly<Partial<Record<Deed, readonly number[]>>>;
}

/** What a service is killed in the middle of. */
export type Deed = 'create' | 'start' | 'suspend' | 'resume' | 'migrate' | 'stop' | 'destroy';

export interface SeenDomain {
  readonly uuid: string;
  readonly id: number;
}

interface Instance {
  readonly vmID: string;
  readonly status: string;
  readonly node: string;
}

const RULES = {
  negotiation: { shortestDuration: '0s' },
  manager: { autoActivate: true, shutdownLead: '1s', retryDelay: '1s' },
  security: { requestsPerMinute: 1_000_000 },
  accounts: { startingCredits: 1_000_000 },
  instanceTypes: { TINY: { cpus: 1, memoryMib: 112 } },
  cluster: { nodes: [{ group: 'xen', names: ['xen1', 'xen2'], cpus: 4, memoryMib: 340 }] },
};

export class LifeStory {
  readonly #site: Site;
  readonly #folder: string;
  readonly #laps: string[] = [];
  /** Of the reservations so far. */
  #vmIds: string[] = [];
  #live: LiveCommand | undefined;
  #call: TestDaemon['call'] | undefined;

  constructor(site: Site, folder: string) {
    this.#site = site;
    this.#folder = folder;
    // JSON is YAML.
    writeFileSync(join(folder, 'openpex.yaml'), JSON.stringify({ ...RULES, xl: site.section }));
  }

  /** How long each part took. */
  get laps(): readonly string[] {
    return this.#laps;
  }

  async begin(): Promise<void> {
    const args = ['openpex.yaml', '--port', '0', '--db', 'sqlite:openpex.db'];
    const env = { ...this.#site.env, OPENPEX_OPERATOR_PASSWORD: PASSWORD };
    this.#live = await this.#lap('the service starts', () => startLive(args, this.#folder, env));
    this.#call = caller(this.#live.url);
  }

  async end(): Promise<void> {
    const { code, stderr } = await this.#live!.stop();
    expect(code, stderr).toBe(0);
  }

  async kill(): Promise<void> {
    await this.#live!.stop('SIGKILL');
  }

  /** @returns the ids of its VMs, which run */
  async reserve(instances: number): Promise<string[]> {
    const offer = await this.#ask('POST', '/reservations', {
      duration: 3_600_000,
      numInstancesFixed: instances,
      type: 'TINY',
      template: 'Counting',
    });
    expect(offer.reply, JSON.stringify(offer)).toBe('ACCEPT');
    const { id } = offer.proposal;
    const confirmed = await this.#ask('PUT', `/reservations/${id}`, { reply: 'CONFIRM' });
    expect(confirmed.reply).toBe('REQUEST_SUCCESS');
    const vms: Instance[] = await this.#ask('GET', `/reservations/${id}/instances`);
    const vmIds = vms.map(({ vmID }) => vmID);
    this.#vmIds.push(...vmIds);
    return vmIds;
  }

  heading(name: string): void {
    this.#note(`-- ${name}`);
  }

  /** A VM that runs: the last one, or a new one. */
  async running(): Promise<string> {
    const vmId = this.#vmIds.at(-1) ?? (await this.reserve(1))[0]!;
    const { status } = await this.instance(vmId);
    if (status === 'SUSPENDED') await this.command(vmId, 'resume');
    if (status === 'HALTED') await this.command(vmId, 'start');
    await this.becomes(vmId, 'RUNNING');
    return vmId;
  }

  async removeAll(): Promise<void> {
    const vmIds = [...this.#vmIds];
    for (const vmId of vmIds) await this.remove(vmId);
    await this.isGone(vmIds);
  }

  /** Asks for something, kills the service in the middle of it, and sees it come to its end under the next one. */
  async killedDuring(deed: Deed, afterMs: number): Promise<void> {
    const vmId = deed === 'create' ? (await this.reserve(1))[0]! : await this.running();
    const { node } = await this.instance(vmId);
    switch (deed) {
      case 'start':
        await this.command(vmId, 'stop');
        await this.becomes(vmId, 'HALTED');
        await this.command(vmId, 'start');
        break;
      case 'resume':
        await this.command(vmId, 'suspend');
        await this.becomes(vmId, 'SUSPENDED');
        await this.command(vmId, 'resume');
        break;
      case 'migrate':
        await this.drain(node);
        break;
      case 'destroy':
        await this.remove(vmId);
        break;
      case 'create':
        break;
      default:
        await this.command(vmId, deed);
    }
    await after(afterMs);
    await this.kill();
    await this.begin();
    if (deed === 'destroy') return this.isGone([vmId]);
    const status = { suspend: 'SUSPENDED', stop: 'HALTED' }[deed as string] ?? 'RUNNING';
    await this.becomes(vmId, status, deed === 'migrate' ? otherThan(node) : undefined);
    if (deed === 'migrate') await this.enable(node);
    // One VM is enough for what comes after.
    if (deed === 'create') {
      await this.remove(vmId);
      await this.isGone([vmId]);
    }
  }

  /** Something gives a running VM another domain, which runs. */
  async becomesAnother(vmId: string, what: string, deed: () => Promise<unknown>): Promise<void> {
    const number = async () => {
      const { node } = await this.instance(vmId);
      return (await this.#site.domains(node)).find(({ uuid }) => uuid === vmId)?.id;
    };
    const before = await number();
    await deed();
    await this.#lap(what, () =>
      expect
        .poll(async () => (await number()) ?? before, { timeout: this.#site.patienceMs, interval: 200 })
        .not.toBe(before),
    );
    await this.becomes(vmId, 'RUNNING');
  }

  command(vmId: string, verb: string): Promise<unknown> {
    return this.#ask('PUT', `/instances/${vmId}/${verb}`);
  }

  remove(vmId: string): Promise<unknown> {
    this.#vmIds = this.#vmIds.filter((each) => each !== vmId);
    return this.#ask('DELETE', `/instances/${vmId}`);
  }

  drain(nodeId: string): Promise<unknown> {
    return this.#ask('PUT', `/nodes/${nodeId}/drain`);
  }

  enable(nodeId: string): Promise<unknown> {
    return this.#ask('PUT', `/nodes/${nodeId}/enable`);
  }

  async instance(vmId: string): Promise<Instance> {
    return this.#ask('GET', `/instances/${vmId}`);
  }

  /** Waits until the service and the hosts say so, and agree. */
  async becomes(vmId: string, status: string, nodeId?: string): Promise<void> {
    await this.#lap(`${status}${nodeId === undefined ? '' : ` on ${nodeId}`}`, async () => {
      const terms = { timeout: this.#site.patienceMs, interval: 100 };
      // A host that is slow is not asked before there is a reason to.
      await expect.poll(async () => (await this.instance(vmId)).status, terms).toBe(status);
      await expect.poll(() => this.#stateOf(vmId), terms).toEqual(stateWanted(status, nodeId));
    });
  }

  async isGone(vmIds: readonly string[]): Promise<void> {
    await this.#lap('gone', () =>
      expect
        .poll(
          async () => {
            const left = await this.#site.leftovers();
            const domains = [
              ...(await this.#site.domains('xen1')),
              ...(await this.#site.domains('xen2')),
            ].map(({ uuid }) => uuid);
            return [...left, ...domains].filter((each) => vmIds.some((vmId) => each.includes(vmId)));
          },
          { timeout: this.#site.patienceMs, interval: 200 },
        )
        .toEqual([]),
    );
  }

  /** What the service says of a VM, and where its one domain is. */
  async #stateOf(vmId: string) {
    const { node, status } = await this.instance(vmId);
    const places: string[] = [];
    for (const host of ['xen1', 'xen2'])
      for (const { uuid } of await this.#site.domains(host).catch(() => []))
        if (uuid === vmId) places.push(host);
    return { status, node: ON_A_HOST.includes(status) ? node : null, places };
  }

  // biome-ignore lint/suspicious/noExplicitAny: what the API answers is what the story is about
  async #ask(method: string, path: string, body?: unknown): Promise<any> {
    const answer = await this.#call!('operator', method, path, body);
    expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(400);
    return answer.body;
  }

  async #lap<R>(what: string, work: () => Promise<R>): Promise<R> {
    const begunMs = performance.now();
    try {
      return await work();
    } catch (error) {
      const { stderr = '', stdout = '' } = this.#live?.output() ?? {};
      throw new Error(`${what}: ${String(error)}\n${[...this.#laps, stdout, stderr].join('\n')}`, {
        cause: error,
      });
    } finally {
      this.#note(`${what.padEnd(24)} ${((performance.now() - begunMs) / 1000).toFixed(1)} s`);
    }
  }

  #note(line: string): void {
    this.#laps.push(line);
    this.#site.note?.(line);
  }
}

/** States in which a VM is in the memory of a host. */
const ON_A_HOST: readonly string[] = ['RUNNING', 'PAUSED'];

function stateWanted(status: string, nodeId: string | undefined): unknown {
  if (!ON_A_HOST.includes(status)) return { status, node: null, places: [] };
  return nodeId === undefined
    ? expect.toSatisfy(
        ({ node, places, status: found }) => found === status && places.length === 1 && places[0] === node,
      )
    : { status, node: nodeId, places: [nodeId] };
}

export interface Chapter {
  readonly name: string;
  tell(story: LifeStory, site: Site): Promise<void>;
}

/** Each begins with a service that is up and leaves it so, and may be told without the others. */
export const CHAPTERS: readonly Chapter[] = [
  {
    name: 'two VMs of a reservation come up, and one goes',
    tell: async (story) => {
      const [first = '', second = ''] = await story.reserve(2);
      await story.becomes(first, 'RUNNING');
      await story.becomes(second, 'RUNNING');
      await story.remove(second);
      await story.isGone([second]);
    },
  },
  {
    name: 'a VM is suspended, and goes on',
    tell: async (story) => {
      const vmId = await story.running();
      await story.command(vmId, 'suspend');
      await story.becomes(vmId, 'SUSPENDED');
      await story.command(vmId, 'resume');
      await story.becomes(vmId, 'RUNNING');
    },
  },
  {
    name: 'a VM is paused and goes on',
    tell: async (story) => {
      const vmId = await story.running();
      await story.command(vmId, 'pause');
      await story.becomes(vmId, 'PAUSED');
      await story.command(vmId, 'unpause');
      await story.becomes(vmId, 'RUNNING');
    },
  },
  {
    name: 'a VM is rebooted, stopped and started',
    tell: async (story) => {
      const vmId = await story.running();
      await story.becomesAnother(vmId, 'rebooted', () => story.command(vmId, 'reboot'));
      await story.command(vmId, 'stop');
      await story.becomes(vmId, 'HALTED');
      await story.command(vmId, 'start');
      await story.becomes(vmId, 'RUNNING');
    },
  },
  {
    name: 'a node is emptied, and its VM goes on elsewhere',
    tell: async (story) => {
      const vmId = await story.running();
      const { node } = await story.instance(vmId);
      await story.drain(node);
      await story.becomes(vmId, 'RUNNING', otherThan(node));
      await story.enable(node);
    },
  },
  {
    name: 'a guest that crashes is brought back, one that shuts down keeps its disk',
    tell: async (story, site) => {
      const vmId = await story.running();
      const { node } = await story.instance(vmId);
      await story.becomesAnother(vmId, 'crashed', () => site.endGuest(node, vmId, 'crash'));
      await site.endGuest((await story.instance(vmId)).node, vmId, 'poweroff');
      await story.becomes(vmId, 'HALTED');
      expect(await site.leftovers()).toContainEqual(expect.stringContaining(`${vmId}/disk.img`));
    },
  },
  ...(['create', 'start', 'suspend', 'resume', 'migrate', 'stop', 'destroy'] as const).map(
    (what): Chapter => ({
      name: `the service is killed in the middle of: ${what}`,
      tell: async (story, site) => {
        for (const afterMs of site.killAfterMs[what] ?? []) await story.killedDuring(what, afterMs);
      },
    }),
  ),
  {
    // What ran there stands still until the host is back: it could run there yet.
    name: 'a host loses its power, and comes back',
    tell: async (story, site) => {
      const vmId = await story.running();
      const { node } = await story.instance(vmId);
      await site.powerOff(node);
      await site.powerOn(node);
      await story.becomes(vmId, 'RUNNING');
    },
  },
];

function otherThan(node: string): string {
  return node === 'xen1' ? 'xen2' : 'xen1';
}

/**
 * From the first request to a store that is as it was. What was left out is in the list, too.
 * @param told whether the chapter that would begin now is told: all are, unless one is being looked into or time is short
 */
export async function liveALife(
  site: Site,
  folder: string,
  told: (name: string) => boolean = () => true,
): Promise<readonly string[]> {
  const before = await site.leftovers();
  const story = new LifeStory(site, folder);
  await story.begin();
  for (const { name, tell } of CHAPTERS) {
    if (!told(name)) {
      story.heading(`left out: ${name}`);
      continue;
    }
    story.heading(name);
    await tell(story, site);
  }
  story.heading('nothing is left');
  await story.removeAll();
  await story.end();
  expect(await site.leftovers()).toEqual(before);
  return story.laps;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
