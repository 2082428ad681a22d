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
  /** Longer than any operation takes here. */
  readonly patienceMs: number;
  /** At which a daemon is killed after it was asked for something: a part of what the longest operations take. */
  readonly killAfterMs: readonly number[];
}

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
    return vms.map(({ vmID }) => vmID);
  }

  command(vmId: string, verb: string): Promise<unknown> {
    return this.#ask('PUT', `/instances/${vmId}/${verb}`);
  }

  remove(vmId: string): Promise<unknown> {
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
    await this.#lap(`${status}${nodeId === undefined ? '' : ` on ${nodeId}`}`, () =>
      expect
        .poll(() => this.#stateOf(vmId), { timeout: this.#site.patienceMs, interval: 100 })
        .toEqual(stateWanted(status, nodeId)),
    );
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
    return { status, node: status === 'RUNNING' ? node : null, places };
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
      this.#laps.push(`${what.padEnd(24)} ${((performance.now() - begunMs) / 1000).toFixed(1)} s`);
    }
  }
}

function stateWanted(status: string, nodeId: string | undefined): unknown {
  if (status !== 'RUNNING') return { status, node: null, places: [] };
  return nodeId === undefined
    ? expect.toSatisfy(
        ({ node, places, status: found }) => found === 'RUNNING' && places.length === 1 && places[0] === node,
      )
    : { status, node: nodeId, places: [nodeId] };
}

/** From the first request to a store that is as it was. */
export async function liveALife(site: Site, folder: string): Promise<readonly string[]> {
  const before = await site.leftovers();
  const story = new LifeStory(site, folder);
  await story.begin();
  const [first = '', second = ''] = await story.reserve(2);
  await story.becomes(first, 'RUNNING');
  await story.becomes(second, 'RUNNING');

  await story.command(first, 'suspend');
  await story.becomes(first, 'SUSPENDED');
  await story.command(first, 'resume');
  await story.becomes(first, 'RUNNING');

  const numberOf = async (vmId: string) => {
    const { node } = await story.instance(vmId);
    return (await site.domains(node)).find(({ uuid }) => uuid === vmId)?.id;
  };
  const number = await numberOf(second);
  await story.command(second, 'reboot');
  await expect
    .poll(async () => (await numberOf(second)) ?? number, { timeout: site.patienceMs, interval: 200 })
    .not.toBe(number);
  await story.becomes(second, 'RUNNING');
  await story.command(second, 'stop');
  await story.becomes(second, 'HALTED');
  await story.command(second, 'start');
  await story.becomes(second, 'RUNNING');
  await story.remove(second);
  await story.isGone([second]);

  // A node is emptied: its VM goes on elsewhere.
  const { node } = await story.instance(first);
  const other = node === 'xen1' ? 'xen2' : 'xen1';
  await story.drain(node);
  await story.becomes(first, 'RUNNING', other);
  await story.enable(node);

  // A guest that crashes is brought back, one that shuts down keeps its disk.
  const crashed = await numberOf(first);
  await site.endGuest(other, first, 'crash');
  await expect
    .poll(async () => (await numberOf(first)) ?? crashed, { timeout: site.patienceMs, interval: 200 })
    .not.toBe(crashed);
  await story.becomes(first, 'RUNNING');
  await site.endGuest((await story.instance(first)).node, first, 'poweroff');
  await story.becomes(first, 'HALTED');
  expect(await site.leftovers()).toContainEqual(expect.stringContaining(`${first}/disk.img`));

  // Killed at any moment, the service finds its VM again.
  for (const [index, verb] of ['start', 'suspend', 'resume', 'stop'].entries()) {
    await story.command(first, verb);
    await after(site.killAfterMs[index % site.killAfterMs.length]!);
    await story.kill();
    await story.begin();
    await story.becomes(
      first,
      { start: 'RUNNING', suspend: 'SUSPENDED', resume: 'RUNNING', stop: 'HALTED' }[verb]!,
    );
  }

  // A host loses its power. What ran there stands still until the host is back: it could run there yet.
  await story.command(first, 'start');
  await story.becomes(first, 'RUNNING');
  const lost = (await story.instance(first)).node;
  await site.powerOff(lost);
  await site.powerOn(lost);
  await story.becomes(first, 'RUNNING');

  await story.remove(first);
  await after(site.killAfterMs[0]!);
  await story.kill();
  await story.begin();
  await story.isGone([first]);
  await story.end();
  expect(await site.leftovers()).toEqual(before);
  return story.laps;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
