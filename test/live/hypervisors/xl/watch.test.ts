// What happens on hosts unasked, and what the manager is told of it: a guest's own end is told apart from everything that only looks like it.
import { expect, test } from 'vitest';
import type { Observation, ProviderSnapshot } from '../../../../engine/index.ts';
import type { FakeDomain } from './fake-xen.ts';
import { done, type HostsOptions, newNotes, SHARED, spec, startHosts } from './hosts-under-test.ts';

const WAIT = { timeout: 30_000, interval: 20 };
const { vmId } = spec(1);

async function running(options: HostsOptions = {}) {
  const hosts = await startHosts(options);
  await done(hosts.carrier.dispatcher.create(spec(1)));
  await done(hosts.carrier.dispatcher.start(vmId, 'xen1'));
  hosts.told.length = 0;
  return hosts;
}

function toldOf(told: readonly Observation[]): string[] {
  return told.flatMap((each) =>
    each.kind === 'vm' ? [`${each.vm.state} ${each.vm.nodeId} ${each.cause}`] : [each.kind],
  );
}

test('a guest that shuts down by itself is told as that, and its disk and nothing else stays', async () => {
  const { told, xen } = await running();
  xen.end('xen1', vmId, 'poweroff');
  await expect.poll(() => toldOf(told), WAIT).toEqual(['HALTED null guest-shutdown']);
  await expect.poll(() => xen.domains('xen1'), WAIT).toEqual([]);
  expect(xen.files('xen1')).toContain(`${vmId}/disk.img`);
});

test('a guest that crashes is told as that', async () => {
  const { told, xen } = await running();
  xen.end('xen1', vmId, 'crash');
  await expect.poll(() => toldOf(told), WAIT).toEqual(['HALTED null guest-crash']);
});

test('a domain that is gone says nothing of its guest', async () => {
  const { told, xen } = await running();
  xen.change('xen1', () => []);
  await expect.poll(() => toldOf(told), WAIT).toEqual(['HALTED null outside']);
});

test('a guest that we have asked to shut down did not choose it, even when nobody saw how it ended', async () => {
  const notes = newNotes();
  const { carrier, hypervisor, xen } = await running({ notes });
  xen.set('xen1', 'hang', 'destroy');
  const stop = carrier.dispatcher.stop(vmId, 'clean').subscribe({ error: () => undefined });
  await expect.poll(() => xen.domains('xen1')[0]?.reason, WAIT).toBe('poweroff');
  await expect.poll(() => xen.isAt('xen1', 'destroy'), WAIT).toBe(true);
  stop.unsubscribe();
  carrier.end();
  await hypervisor.close();
  // The host was cut off in the middle of it.
  xen.endJobs('xen1');
  xen.clear('xen1', 'hang');
  const again = await startHosts({ xen, notes, snapshot: snapshotOf('RUNNING', 'xen1') });
  const inventory = again.carrier.dispatcher.inventory();
  expect(await done(inventory as never)).toMatchObject([{ vmId, state: 'HALTED' }]);
  await expect.poll(() => xen.domains('xen1'), WAIT).toEqual([]);
  expect(toldOf(again.told)).toEqual([]);
});

test('what its guest has done while no daemon was there is told to the next one', async () => {
  const notes = newNotes();
  const { carrier, hypervisor, xen } = await running({ notes });
  carrier.end();
  await hypervisor.close();
  xen.end('xen1', vmId, 'poweroff');
  const again = await startHosts({ xen, notes, snapshot: snapshotOf('RUNNING', 'xen1') });
  await expect.poll(() => toldOf(again.told), WAIT).toEqual(['HALTED null guest-shutdown']);
});

test('a VM that somebody pauses, wakes, moves or removes is told as it is', async () => {
  const { told, xen } = await running({ section: SHARED });
  const pause = (paused: boolean) =>
    xen.change('xen1', (domains) => domains.map((domain) => ({ ...domain, paused })));
  pause(true);
  await expect.poll(() => toldOf(told).at(-1), WAIT).toBe('PAUSED xen1 outside');
  pause(false);
  await expect.poll(() => toldOf(told).at(-1), WAIT).toBe('RUNNING xen1 outside');
  const [moving] = xen.domains('xen1') as FakeDomain[];
  // On its way it is on both, under other names: no end, and no second VM.
  xen.change('xen2', () => [{ ...moving!, id: 9, name: `${moving!.name}--incoming`, paused: true }]);
  xen.change('xen1', () => []);
  xen.change('xen2', () => [{ ...moving!, id: 9 }]);
  await expect.poll(() => toldOf(told).at(-1), WAIT).toBe('RUNNING xen2 outside');
  expect(toldOf(told).filter((each) => each.startsWith('HALTED'))).toEqual([]);
  xen.removeHome('shared', vmId);
  await expect.poll(() => toldOf(told).at(-1), WAIT).toBe('NOT_PROVISIONED null outside');
});

test('domains of others are not looked at, whatever they are called', async () => {
  const { told, xen } = await running();
  const other = {
    name: 'a guest of mine  7',
    uuid: '99999999-0000-4000-8000-000000000000',
    memoryMib: 64,
    paused: false,
  };
  xen.change('xen1', (domains) => [
    ...domains,
    { ...other, id: 70 },
    { ...other, id: 71, name: 'openpex-other' },
  ]);
  xen.end('xen1', vmId, 'crash');
  await expect.poll(() => toldOf(told), WAIT).toEqual(['HALTED null guest-crash']);
  await expect.poll(() => xen.domains('xen1').map(({ id }) => id), WAIT).toEqual([70, 71]);
});

test('without hands nothing is changed, not even by looking', async () => {
  const { carrier, xen } = await startHosts({ isHandsOff: true });
  expect(await done(carrier.dispatcher.inventory() as never)).toEqual([]);
  expect(xen.files('xen1')).toEqual([]);
  expect(xen.hasDirectory('xen1')).toBe(false);
});

/** Of a daemon that ended when its VM was like that. */
function snapshotOf(state: string, nodeId: string): ProviderSnapshot {
  const vm = { vmId, state, nodeId, loadPermille: 0, ipAddress: null };
  return { outages: [], reservations: [{ instances: [{ vm }] }] } as unknown as ProviderSnapshot;
}
