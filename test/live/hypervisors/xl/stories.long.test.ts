// What goes wrong between a daemon and its hosts: connections that break, hosts that are not who they were, disks that are full, programs
// that never end, a second daemon. Nobody loses a VM.
import { expect, test } from 'vitest';
import type { Observation } from '../../../../engine/index.ts';
import { FakeXen } from './fake-xen.ts';
import { done, failure, newNotes, open, SHARED, spec, startHosts } from './hosts-under-test.ts';

const WAIT = { timeout: 30_000, interval: 20 };
const { vmId } = spec(1);

function toldOf(told: readonly Observation[]): string[] {
  return told.flatMap((each) =>
    each.kind === 'vm' ? [`${each.vm.state} ${each.cause}`] : [`${each.kind} ${each.nodeId}`],
  );
}

test('a connection that breaks in the middle of a command does not break what the host is at', async () => {
  const { carrier, xen } = await startHosts();
  const { dispatcher } = carrier;
  await done(dispatcher.create(spec(1)));
  xen.set('xen1', 'slow', '1500');
  const start = done(dispatcher.start(vmId, 'xen1'));
  await expect.poll(() => xen.domains('xen1').length, WAIT).toBe(1);
  xen.cut('xen1');
  // It is waited for over another connection, and not begun a second time.
  expect(await start).toMatchObject({ state: 'RUNNING', nodeId: 'xen1' });
  expect(xen.builds('xen1', vmId)).toBe(1);
  const suspend = done(dispatcher.suspend(vmId));
  await expect.poll(() => xen.files('xen1'), WAIT).toContain(`${vmId}/image.part`);
  xen.cut('xen1');
  expect(await suspend).toMatchObject({ state: 'SUSPENDED' });
  expect(await done(dispatcher.resume(vmId, 'xen1'))).toMatchObject({ state: 'RUNNING' });
});

test('a host whose key has changed is not spoken to, and its VMs are not given up', async () => {
  const { carrier, told, xen } = await startHosts();
  const { dispatcher } = carrier;
  await done(dispatcher.create(spec(1)));
  await done(dispatcher.start(vmId, 'xen1'));
  told.length = 0;
  xen.set('xen1', 'host-key-changed');
  xen.cut('xen1');
  await expect.poll(() => toldOf(told), WAIT).toEqual(['node-down xen1']);
  expect(await failure(dispatcher.start(vmId, 'xen2'))).toBe('NODE_UNREACHABLE');
  expect(await failure(dispatcher.destroy(vmId))).toBe('NODE_UNREACHABLE');
  expect(xen.domains('xen1')).toHaveLength(1);
  xen.clear('xen1', 'host-key-changed');
  await expect.poll(() => toldOf(told), WAIT).toEqual(['node-down xen1', 'node-up xen1', 'RUNNING outside']);
});

test('a service does not start on a host whose key is another one, or that does not let it in', async () => {
  const xen = new FakeXen();
  xen.set('xen2', 'host-key-changed');
  await expect(open(xen)).rejects.toThrow(/xen2.*host key is not the one that is known/s);
  xen.clear('xen2', 'host-key-changed');
  xen.set('xen2', 'denied');
  await expect(open(xen)).rejects.toThrow(/xen2.*authorized_keys/s);
});

test('a suspension for which the disk of the host is too small leaves the guest running, and no half image', async () => {
  const { carrier, xen } = await startHosts();
  const { dispatcher } = carrier;
  await done(dispatcher.create(spec(1)));
  await done(dispatcher.start(vmId, 'xen1'));
  xen.set('xen1', 'full');
  expect(await failure(dispatcher.suspend(vmId))).toBe('REFUSED no-suspend-storage');
  expect(xen.domains('xen1')).toMatchObject([{ uuid: vmId, paused: false }]);
  expect(xen.files('xen1').filter((name) => name.includes('image'))).toEqual([]);
  xen.clear('xen1', 'full');
  expect(await done(dispatcher.suspend(vmId))).toMatchObject({ state: 'SUSPENDED' });
});

test('xl that waits for ever is ended on the host, and what it left half-built is built anew', async () => {
  const { carrier, xen } = await startHosts({ section: { operationTimeout: '3s' } });
  const { dispatcher } = carrier;
  await done(dispatcher.create(spec(1)));
  await done(dispatcher.create(spec(2)));
  await done(dispatcher.start(spec(2).vmId, 'xen1'));
  xen.set('xen1', 'slow', '60000');
  expect(await failure(dispatcher.start(vmId, 'xen1'))).toMatch(/OPERATION_FAILED|NODE_UNREACHABLE/);
  expect(xen.domains('xen1')).toContainEqual(expect.objectContaining({ uuid: vmId, name: '(null)' }));
  xen.clear('xen1', 'slow');
  expect(await done(dispatcher.start(vmId, 'xen1'))).toMatchObject({ state: 'RUNNING' });
  expect(xen.domains('xen1').filter(({ uuid }) => uuid === vmId)).toMatchObject([{ memoryMib: 768 }]);
  // Xen waits for a guest that does not hear: for us no longer than a guest may take.
  xen.set('xen1', 'hang', 'shutdown');
  expect(await done(dispatcher.stop(vmId, 'clean'))).toMatchObject({ state: 'HALTED' });
  expect(xen.domains('xen1').map(({ uuid }) => uuid)).toEqual([spec(2).vmId]);
});

test('a second daemon is refused as long as the first one is there, and another service as long as VMs are', async () => {
  const notes = newNotes();
  const { carrier, hypervisor, xen } = await startHosts({ notes });
  await expect(open(xen, { notes })).rejects.toThrow(
    /another daemon uses \S+openpex on this host: .*process \d+ of/,
  );
  await expect(open(xen)).rejects.toThrow(/another daemon/);
  await done(carrier.dispatcher.create(spec(1)));
  carrier.end();
  await hypervisor.close();
  await expect(open(xen)).rejects.toThrow(/has VMs of another service/);
  // The same service goes on with its VMs.
  const again = await startHosts({ xen, notes });
  await done(again.carrier.dispatcher.start(vmId, 'xen1'));
  await done(again.carrier.dispatcher.stop(vmId, 'hard'));
  await done(again.carrier.dispatcher.destroy(vmId));
  again.carrier.end();
  await again.hypervisor.close();
  const other = await open(xen);
  await other.close();
});

test('a daemon that connects anew is not kept out by its own old connection', async () => {
  const { carrier, xen } = await startHosts();
  await done(carrier.dispatcher.create(spec(1)));
  for (let time = 0; time < 3; time += 1) {
    xen.cut('xen1');
    expect(await done(carrier.dispatcher.start(vmId, 'xen1'))).toMatchObject({ state: 'RUNNING' });
  }
});

test('a store that is not there is no store without VMs', async () => {
  const notes = newNotes();
  const { carrier, hypervisor, told, xen } = await startHosts({ section: SHARED, notes });
  const { dispatcher } = carrier;
  await done(dispatcher.create(spec(1)));
  await done(dispatcher.start(vmId, 'xen1'));
  told.length = 0;
  xen.hideStore();
  await expect.poll(() => toldOf(told).sort(), WAIT).toEqual(['node-down xen1', 'node-down xen2']);
  expect(await failure(dispatcher.create(spec(1)))).toBe('NODE_UNREACHABLE');
  expect(await failure(dispatcher.destroy(vmId))).toBe('NODE_UNREACHABLE');
  carrier.end();
  await hypervisor.close();
  await expect(open(xen, { section: SHARED, notes })).rejects.toThrow(/is not there; is it mounted/);
  xen.showStore();
  const again = await startHosts({ xen, section: SHARED, notes });
  expect(await done(again.carrier.dispatcher.start(vmId, 'xen1'))).toMatchObject({ state: 'RUNNING' });
  expect(xen.builds('xen1', vmId)).toBe(1);
});

test('a VM of a host that lost its power is started elsewhere only when the host is back, or was said to be off', async () => {
  const { carrier, told, xen } = await startHosts({ section: SHARED });
  const { dispatcher } = carrier;
  await done(dispatcher.create(spec(1)));
  await done(dispatcher.start(vmId, 'xen1'));
  told.length = 0;
  xen.powerOff('xen1');
  await expect.poll(() => toldOf(told), WAIT).toEqual(['node-down xen1']);
  expect(await failure(dispatcher.start(vmId, 'xen2'))).toBe('NODE_UNREACHABLE');
  xen.clear('xen1', 'off');
  await expect.poll(() => toldOf(told), WAIT).toEqual(['node-down xen1', 'node-up xen1']);
  expect(await done(dispatcher.start(vmId, 'xen2'))).toMatchObject({ state: 'RUNNING', nodeId: 'xen2' });

  const fenced = await startHosts({ section: { ...SHARED, resetLostVms: true } });
  await done(fenced.carrier.dispatcher.create(spec(1)));
  await done(fenced.carrier.dispatcher.start(vmId, 'xen1'));
  fenced.xen.powerOff('xen1');
  await expect.poll(() => toldOf(fenced.told), WAIT).toContain('node-down xen1');
  expect(await done(fenced.carrier.dispatcher.start(vmId, 'xen2'))).toMatchObject({ nodeId: 'xen2' });
});

test('a resume that was interrupted goes on from the image, which is there until the guest runs', async () => {
  const { carrier, xen } = await startHosts();
  const { dispatcher } = carrier;
  await done(dispatcher.create(spec(1)));
  await done(dispatcher.start(vmId, 'xen1'));
  await done(dispatcher.suspend(vmId));
  xen.set('xen1', 'slow', '60000');
  const resume = failure(dispatcher.resume(vmId, 'xen1'));
  await expect.poll(() => xen.isAt('xen1', 'restore'), WAIT).toBe(true);
  xen.powerOff('xen1');
  expect(await resume).toBe('NODE_UNREACHABLE');
  xen.clear('xen1', 'slow');
  xen.clear('xen1', 'off');
  expect(xen.files('xen1')).toContain(`${vmId}/image.save`);
  expect(await done(dispatcher.resume(vmId, 'xen1'))).toMatchObject({ state: 'RUNNING' });
  expect(xen.domains('xen1')).toHaveLength(1);
});
