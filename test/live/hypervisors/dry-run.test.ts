// A rehearsal is the same on every hypervisor: users are answered as if, the log says what would be done, and nothing is.
import { pino } from 'pino';
import { firstValueFrom, of, Subject } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import type { Observation, VmObservation } from '../../../engine/index.ts';
import { HYPERVISORS } from '../../../live/hypervisors/catalogue.ts';
import { rehearsalOn } from '../../../live/hypervisors/dry-run.ts';
import type { Hypervisor, LifeWorld } from '../../../live/hypervisors/hypervisor.ts';
import { inMemory } from '../../extensions/hypervisor/in-memory.ts';
import { StoppedTime, startTestDaemon } from '../../support/daemon.ts';
import { HOUR, SECOND } from '../../support/setup.ts';

const START = Date.parse('2026-03-02T08:00:00Z');

test.each(['', 'in-memory: {}\n'])('a dry run goes through the life of a VM, with %j', async (section) => {
  const lines: { operation?: string; msg: string }[] = [];
  const host = new StoppedTime(START);
  const { call, register, service, stop } = await startTestDaemon({
    yaml: `cluster: { preset: openpex-2009 }\n${section}`,
    host,
    hypervisors: [...HYPERVISORS, inMemory],
    dryRun: true,
    log: pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) }),
  });
  onTestFinished(stop);
  const settle = async () => void (await service.commandInstance('none', 'stop'));
  await register('alice');
  const terms = { type: 'SMALL', duration: HOUR, numInstancesFixed: 1 };
  const { id } = (await call('alice', 'POST', '/reservations', terms)).body.proposal;
  await call('alice', 'PUT', `/reservations/${id}`, { reply: 'CONFIRM' });
  await call('alice', 'PUT', `/reservations/${id}/activate`);
  const status = async () => (await call('alice', 'GET', '/instances?deleted=true')).body[0]?.status;
  await expect.poll(status).toBe('RUNNING');
  const [{ vmID }] = (await call('alice', 'GET', '/instances')).body;
  await call('alice', 'DELETE', `/instances/${vmID}`);
  await host.moveTo(START + SECOND, settle);
  await expect.poll(status).toBe('DELETED');
  const would = lines.filter(({ msg }) => msg.startsWith('dry run: would'));
  expect(would.map(({ operation }) => operation)).toEqual(['create', 'start', 'stop', 'destroy']);
  expect(would[0]).toMatchObject({ vmId: vmID, template: 'PEX Debian Etch 4.0 Template' });
});

test('a dry run observes nodes for real and begins with the VMs that there are, of which it asks nothing', async () => {
  const observed = new Subject<Observation>();
  const refuse = (): never => {
    throw new Error('asked for an operation');
  };
  const found: VmObservation = { vmId: 'a', state: 'RUNNING', nodeId: 'n1', loadPermille: 0 };
  const carrier = {
    dispatcher: {
      ...{ create: refuse, start: refuse, stop: refuse, reboot: refuse, suspend: refuse, resume: refuse },
      ...{ pause: refuse, unpause: refuse, migrate: refuse, destroy: refuse },
      inventory: () => of([found]),
      observations$: observed,
    },
    end: () => undefined,
  };
  const real: Hypervisor = {
    ready: async () => undefined,
    carry: () => carrier,
    close: async () => undefined,
  };
  const log = { info: () => undefined, warn: () => undefined };
  const { dispatcher, faults } = rehearsalOn(real, log).carry({} as LifeWorld);
  expect(faults).toBeUndefined();
  const told: Observation[] = [];
  dispatcher.observations$.subscribe((observation) => told.push(observation));
  observed.next({ kind: 'vm', vm: { ...found, state: 'HALTED', nodeId: null }, cause: 'guest-shutdown' });
  observed.next({ kind: 'node-down', nodeId: 'n1' });
  expect(told).toEqual([{ kind: 'node-down', nodeId: 'n1' }]);

  expect(await firstValueFrom(dispatcher.migrate('a', 'n2'))).toEqual({ ...found, nodeId: 'n2' });
  await expect(firstValueFrom(dispatcher.start('b', 'n1'))).rejects.toThrow('there is no VM b');
  expect(await firstValueFrom(dispatcher.inventory())).toEqual([{ ...found, nodeId: 'n2' }]);
});
