// One small workload for two nodes, and what a provider decides about it, request by request: the same whatever carries its VMs. Small
// enough for hosts on which every operation takes long.
import { expect } from 'vitest';
import type { DomainEvent } from '../../../engine/index.ts';
import {
  StoppedTime,
  startTestDaemon,
  type TestDaemon,
  type TestDaemonOptions,
} from '../../support/daemon.ts';
import { decisions } from '../parity-story.ts';

const MINUTE = 60_000;
const START = Date.parse('2026-03-28T20:00:00Z');
/** What VMs are made from, everywhere. */
export const TEMPLATE = 'PEX Counting';
const RULES = {
  negotiation: { shortestDuration: '0s' },
  manager: { autoActivate: true, shutdownLead: '1m', retryDelay: '1s' },
  policies: { pricing: { name: 'flat', options: { cpuHour: 0.5 } } },
  accounts: { startingCredits: 1_000_000 },
  security: { requestsPerMinute: 1_000_000 },
  instanceTypes: { TINY: { cpus: 1, memoryMib: 112 } },
  // Two of them fit on a node.
  cluster: { nodes: [{ group: 'xen', names: ['xen1', 'xen2'], cpus: 4, memoryMib: 230 }] },
};
const AT_ONCE = Object.fromEntries(
  ['create', 'start', 'stop', 'migrate', 'suspend', 'resume', 'reboot', 'destroy']
    .concat('migrateDowntime', 'nodeDetection')
    .map((name) => [name, '0s']),
);

const reserve = (numInstancesFixed: number, minutes: number) => async (call: TestDaemon['call']) => {
  const wish = { duration: minutes * MINUTE, numInstancesFixed, type: 'TINY', template: TEMPLATE };
  const { body: offer } = await call('operator', 'POST', '/reservations', wish);
  if (offer.reply === 'REJECT') return;
  const answer = (reply: string) =>
    call('operator', 'PUT', `/reservations/${offer.proposal.id}`, { proposal: offer.proposal, reply });
  if (offer.reply === 'COUNTER') await answer('ACCEPT');
  expect((await answer('CONFIRM')).body.reply).toBe('REQUEST_SUCCESS');
};
const node = (path: string) => (call: TestDaemon['call']) => call('operator', 'PUT', `/nodes/${path}`);

/** A node fills, a request is put off, another one is too large, and a node is emptied by suspensions, since no other has room. */
const HAPPENINGS: readonly (readonly [
  minute: number,
  act: (call: TestDaemon['call']) => Promise<unknown>,
])[] = [
  [1, reserve(1, 60)],
  [5, reserve(2, 30)],
  [6, reserve(3, 20)],
  [7, reserve(5, 20)],
  [40, node('xen2/drain')],
  [50, node('xen2/enable')],
];

/** What a workload must have led to, to be worth its name. */
export const DESERVED: readonly DomainEvent['type'][] = [
  'offer-accepted',
  'offer-countered',
  'node-drained',
  'reservation-ended',
];

export function decidedOnSimulatedNodes(): Promise<readonly DomainEvent[]> {
  return decidedOn({ hypervisor: AT_ONCE, templates: [{ name: TEMPLATE, description: '' }] });
}

/**
 * @param carrier the section of a hypervisor, and what it needs beside
 * @param patienceMs longer than everything takes there that is done at one instant
 */
export async function decidedOn(
  carrier: object,
  options: Pick<TestDaemonOptions, 'hypervisors'> = {},
  patienceMs = 30_000,
): Promise<readonly DomainEvent[]> {
  const host = new StoppedTime(START);
  // JSON is YAML.
  const daemon = await startTestDaemon({ ...options, host, yaml: JSON.stringify({ ...RULES, ...carrier }) });
  try {
    const events: DomainEvent[] = [];
    daemon.service.events$.subscribe(({ event }) => events.push(event));
    // What operations bring about takes real time on hosts, during which the service's stands still.
    /** What has failed for a moment is tried again a second later, so a second goes by now and then: far fewer than to the next decision. */
    const settle = async () => {
      for (let second = 0; second < 20; second += 1) {
        const terms = { timeout: patienceMs / 20, interval: 50 };
        const isAtRest = await expect
          .poll(() => isQuiet(daemon), terms)
          .toBe(true)
          .then(
            () => true,
            () => false,
          );
        if (isAtRest) return;
        await host.moveTo(host.now() + 1000, async () => undefined);
      }
      const { body } = await daemon.call('operator', 'GET', '/instances?deleted=true');
      const told = [...body, ...events.slice(-20)].map((each: object) => JSON.stringify(each));
      throw new Error(`nothing comes to rest:\n${told.join('\n')}`);
    };
    for (const [minute, act] of HAPPENINGS) {
      await host.moveTo(START + minute * MINUTE, settle);
      await act(daemon.call);
    }
    await host.moveTo(START + 180 * MINUTE, settle);
    return decisions(events);
  } finally {
    await daemon.stop();
  }
}

const SETTLED: Readonly<Record<string, string>> = {
  running: 'RUNNING',
  halted: 'HALTED',
  suspended: 'SUSPENDED',
  deleted: 'DELETED',
};

/** Every VM is what it is to be, twice in a row: what one operation brings about is decided when it is over. */
async function isQuiet({ call, service }: TestDaemon): Promise<boolean> {
  for (let time = 0; time < 2; time += 1) {
    await service.commandInstance('none', 'stop');
    const { body } = await call('operator', 'GET', '/instances?deleted=true');
    const instances: readonly { status: string; wanted: string }[] = body;
    if (!instances.every(({ status, wanted }) => SETTLED[wanted] === status)) return false;
  }
  return true;
}
