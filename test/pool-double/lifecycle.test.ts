// What VMs take when, and how they refuse: the order of checks, conflicts that wait, force that does not.
import { describe, expect, test } from 'vitest';
import {
  CallError,
  codeOf,
  DEBIAN,
  errorOf,
  NULL_REF,
  PoolClient,
  startPool,
  WINDOWS,
} from './pool-client.ts';

async function pool(options: Parameters<typeof startPool>[0] = {}) {
  const server = await startPool(options);
  return { server, client: await PoolClient.login(server.url) };
}

describe('a VM', () => {
  test('cloned from a template is a template until it is provisioned', async () => {
    const { client } = await pool();
    const [template = ''] = await client.refs('VM.get_by_name_label', DEBIAN);
    const vm = await client.text('VM.clone', template, 'a');
    expect(await client.call('VM.get_is_a_template', vm)).toBe(true);
    const refused = await errorOf(client.call('VM.start', vm, false, false));
    expect([refused.code, ...refused.params]).toEqual(['VM_IS_TEMPLATE', vm, 'start']);
    await client.call('VM.provision', vm);
    expect(await client.call('VM.get_is_a_template', vm)).toBe(false);
    expect(await codeOf(client.call('VM.provision', vm))).toBe('ONLY_PROVISION_TEMPLATE');
    await client.call('VM.start', vm, false, false);
    expect(await client.call('VM.get_power_state', vm)).toBe('Running');
  });

  test('has disks and cards of its own after a clone, and shares none with the template', async () => {
    const { client } = await pool();
    const [template = ''] = await client.refs('VM.get_by_name_label', DEBIAN);
    const vm = await client.makeVm('a');
    const disks = async (of: string) => {
      const vbds = await client.refs('VM.get_VBDs', of);
      const vdis = await Promise.all(vbds.map((vbd) => client.text('VBD.get_VDI', vbd)));
      return vdis.filter((vdi) => vdi !== NULL_REF);
    };
    const [own, theirs] = [await disks(vm), await disks(template)];
    expect(own).toHaveLength(1);
    expect(own).not.toEqual(theirs);
    const [vif = ''] = await client.refs('VM.get_VIFs', vm);
    const [theirVif = ''] = await client.refs('VM.get_VIFs', template);
    expect(await client.call('VIF.get_MAC', vif)).not.toBe(await client.call('VIF.get_MAC', theirVif));
  });

  test('leaves its disks behind when it is destroyed', async () => {
    const { server, client } = await pool();
    const before = server.inventory();
    const vm = await client.makeVm('a');
    const [vbd = ''] = await client.refs('VM.get_VBDs', vm);
    const vdi = await client.text('VBD.get_VDI', vbd);
    await client.call('VM.destroy', vm);
    expect(await codeOf(client.call('VM.get_record', vm))).toBe('HANDLE_INVALID');
    expect(server.inventory().counts).toEqual({ ...before.counts, VDI: (before.counts['VDI'] ?? 0) + 1 });
    await client.call('VDI.destroy', vdi);
    expect(server.inventory()).toEqual(before);
  });

  test('tells a wrong power state at once, with what it expected', async () => {
    const { client } = await pool();
    const vm = await client.makeVm('a');
    const refused = await errorOf(client.call('VM.hard_shutdown', vm));
    expect([refused.code, ...refused.params]).toEqual([
      'VM_BAD_POWER_STATE',
      vm,
      'paused, suspended, running',
      'halted',
    ]);
  });

  test('says that an operation is blocked before anything else', async () => {
    const { client } = await pool();
    const vm = await client.makeVm('a');
    await client.call('VM.add_to_blocked_operations', vm, 'clean_shutdown', 'NOT_ON_MONDAYS');
    const refused = await errorOf(client.call('VM.clean_shutdown', vm));
    expect([refused.code, ...refused.params]).toEqual(['OPERATION_BLOCKED', vm, 'NOT_ON_MONDAYS']);
  });

  test('forgets what its guest told when it is started, also of the guest that it was cloned from', async () => {
    const { client } = await pool();
    const first = await client.makeVm('first');
    await client.call('VM.start', first, false, false);
    await expect.poll(() => client.addresses(first)).toHaveProperty('0/ip');
    await client.call('VM.clean_shutdown', first);
    const second = await client.text('VM.clone', first, 'second');
    expect(await client.addresses(second)).toEqual(await client.addresses(first));
    const start = client.call('VM.start', second, false, false);
    await expect.poll(() => client.addresses(second)).toEqual({});
    await start;
    await expect.poll(() => client.addresses(second)).toHaveProperty('0/ip');
    expect(await client.addresses(second)).not.toEqual(await client.addresses(first));
  });

  test('has a link-local address before it has any other', async () => {
    const { client } = await pool({ durations: { guestAddress: 20_000 } });
    const vm = await client.makeVm('a');
    await client.call('VM.start', vm, false, false);
    await expect.poll(() => client.addresses(vm)).not.toEqual({});
    expect(Object.keys(await client.addresses(vm))).toEqual(['0/ipv6/0']);
  });

  test('that needs drivers takes no clean shutdown before they are loaded', async () => {
    const { client } = await pool({ durations: { guestBoot: 2000 } });
    const vm = await client.makeVm('a', { template: WINDOWS });
    await client.call('VM.start', vm, false, false);
    expect(await codeOf(client.call('VM.clean_shutdown', vm))).toBe('VM_LACKS_FEATURE');
    expect(await client.call('VM.get_allowed_operations', vm)).not.toContain('clean_shutdown');
    await expect.poll(() => client.call('VM.get_allowed_operations', vm)).toContain('clean_shutdown');
    await client.call('VM.clean_shutdown', vm);
    expect(await client.call('VM.get_power_state', vm)).toBe('Halted');
  });

  test('keeps its memory on a disk while it is suspended, and nothing of it afterwards', async () => {
    const { server, client } = await pool();
    const vm = await client.makeVm('a');
    const [, second = ''] = await client.hosts();
    await client.call('VM.start', vm, false, false);
    const images = () => server.inventory().vdis.filter(({ type }) => type === 'suspend').length;
    await client.call('VM.suspend', vm);
    expect(await client.record('VM', vm)).toMatchObject({ power_state: 'Suspended', resident_on: NULL_REF });
    expect(images()).toBe(1);
    await client.call('VM.resume_on', vm, second, false, false);
    expect(await client.record('VM', vm)).toMatchObject({ power_state: 'Running', resident_on: second });
    expect(images()).toBe(0);
    await client.call('VM.suspend', vm);
    await client.call('VM.hard_shutdown', vm);
    expect(images()).toBe(0);
  });

  test('cannot be suspended where no storage is set for it', async () => {
    const { client } = await pool();
    const [poolRef = ''] = await client.refs('pool.get_all');
    await client.call('pool.set_suspend_image_SR', poolRef, NULL_REF);
    const vm = await client.makeVm('a');
    await client.call('VM.start', vm, false, false);
    expect(await codeOf(client.call('VM.suspend', vm))).toBe('VM_NO_SUSPEND_SR');
  });
});

describe('operations on one VM', () => {
  test('wait for each other instead of failing', async () => {
    const { client } = await pool();
    const vm = await client.makeVm('a');
    const [first, second] = await Promise.allSettled([
      client.call('VM.start', vm, false, false),
      client.call('VM.start', vm, false, false),
    ]);
    expect(first.status).toBe('fulfilled');
    // The second waited until the first was done, and only then saw a VM that runs.
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'VM_BAD_POWER_STATE' } });
  });

  test('queue up in good order when each is possible after the one before', async () => {
    const { client } = await pool({ timeScale: 0.2 });
    const vm = await client.makeVm('a');
    await client.call('VM.start', vm, false, false);
    const suspended = client.call('VM.suspend', vm);
    await expect.poll(() => client.call('VM.get_current_operations', vm)).not.toEqual({});
    expect(await client.call('VM.get_allowed_operations', vm)).toEqual(['hard_shutdown', 'hard_reboot']);
    const migrated = errorOf(client.call('VM.pool_migrate', vm, (await client.hosts())[1] ?? '', {}));
    await suspended;
    expect((await migrated).params).toEqual([vm, 'running', 'suspended']);
    expect(await client.call('VM.get_current_operations', vm)).toEqual({});
  });

  test('fail with what is in the way when waiting takes too long', async () => {
    const { server, client } = await pool({ durations: { conflictWait: 200 } });
    const vm = await client.makeVm('a');
    await server.faults.slow({ method: 'VM.start', factor: 100 });
    const task = await client.text('Async.VM.start', vm, false, false);
    await expect.poll(() => client.call('VM.get_current_operations', vm)).toEqual({ [task]: 'start' });
    const refused = await errorOf(client.call('VM.destroy', vm));
    expect([refused.code, ...refused.params]).toEqual([
      'OTHER_OPERATION_IN_PROGRESS',
      'VM',
      vm,
      'start',
      task,
    ]);
  });

  test('that only read run beside each other', async () => {
    const { client } = await pool();
    const [template = ''] = await client.refs('VM.get_by_name_label', DEBIAN);
    const vms = await Promise.all(['a', 'b', 'c'].map((name) => client.text('VM.clone', template, name)));
    expect(new Set(vms).size).toBe(3);
  });

  test('are cancelled by a hard shutdown', async () => {
    const { server, client } = await pool();
    const vm = await client.makeVm('a');
    await client.call('VM.start', vm, false, false);
    await server.faults.setDeaf({ vm: 'a', deaf: true });
    await server.faults.slow({ method: 'VM.clean_shutdown', factor: 1000 });
    const task = await client.text('Async.VM.clean_shutdown', vm);
    await expect
      .poll(() => client.call('VM.get_current_operations', vm))
      .toEqual({ [task]: 'clean_shutdown' });
    await client.call('VM.hard_shutdown', vm);
    expect(await client.call('VM.get_power_state', vm)).toBe('Halted');
    expect(await client.record('task', task)).toMatchObject({
      status: 'cancelled',
      error_info: ['TASK_CANCELLED', task],
    });
  });

  test('leave room for nothing while force is used', async () => {
    const { server, client } = await pool();
    const vm = await client.makeVm('a');
    await client.call('VM.start', vm, false, false);
    await server.faults.slow({ method: 'VM.hard_shutdown', factor: 200 });
    const task = await client.text('Async.VM.hard_shutdown', vm);
    await expect
      .poll(() => client.call('VM.get_current_operations', vm))
      .toEqual({ [task]: 'hard_shutdown' });
    expect(await client.call('VM.get_allowed_operations', vm)).toEqual([]);
    await expect.poll(() => client.call('VM.get_power_state', vm), { timeout: 10_000 }).toBe('Halted');
  });

  test('end with their task when that is cancelled', async () => {
    const { server, client } = await pool();
    const vm = await client.makeVm('a');
    const free = server.inventory().freeMemory;
    await server.faults.slow({ method: 'VM.start', factor: 1000 });
    const task = await client.text('Async.VM.start', vm, false, false);
    await expect.poll(() => server.inventory().freeMemory).not.toEqual(free);
    await client.call('task.cancel', task);
    await expect.poll(() => client.call('task.get_status', task)).toBe('cancelled');
    expect(await client.record('VM', vm)).toMatchObject({ power_state: 'Halted', current_operations: {} });
    expect(server.inventory().freeMemory).toEqual(free);
  });
});

describe('the limits of a VM', () => {
  test('keep their order', async () => {
    const { client } = await pool();
    const vm = await client.makeVm('a');
    const set = (...limits: number[]) => client.call('VM.set_memory_limits', vm, ...limits);
    expect(await codeOf(set(2, 4, 1, 4))).toBe('MEMORY_CONSTRAINT_VIOLATION_ORDER');
    expect(await codeOf(set(1, 4, 2, 5))).toBe('MEMORY_CONSTRAINT_VIOLATION_ORDER');
    await set(1, 4, 2, 3);
    expect(await client.record('VM', vm)).toMatchObject({
      memory_static_min: 1,
      memory_dynamic_min: 2,
      memory_dynamic_max: 3,
      memory_static_max: 4,
      memory_target: 2,
    });
  });

  test('are one where memory may not be a range', async () => {
    const { client } = await pool({ pool: { dynamicMemory: false } });
    const vm = await client.makeVm('a');
    expect(await codeOf(client.call('VM.set_memory_limits', vm, 1, 4, 2, 4))).toBe(
      'MEMORY_CONSTRAINT_VIOLATION_MAXPIN',
    );
    await client.call('VM.set_memory', vm, 4);
    expect(await client.call('VM.get_memory_dynamic_min', vm)).toBe(4);
  });

  test('allow more processors only after the maximum is raised', async () => {
    const { client } = await pool();
    const vm = await client.makeVm('a');
    const refused = await errorOf(client.call('VM.set_VCPUs_at_startup', vm, 2));
    expect([refused.code, ...refused.params]).toEqual(['INVALID_VALUE', 'VCPUs_at_startup', '2']);
    await client.call('VM.set_VCPUs_max', vm, 2);
    await client.call('VM.set_VCPUs_at_startup', vm, 2);
    expect(await codeOf(client.call('VM.set_VCPUs_max', vm, 1))).toBe('INVALID_VALUE');
  });
});

test('a default template can be neither started nor destroyed, only copied', async () => {
  const { client } = await pool();
  const [template = ''] = await client.refs('VM.get_by_name_label', 'Other install media');
  expect(await codeOf(client.call('VM.destroy', template))).toBe('VM_IS_TEMPLATE');
  const vm = await client.text('VM.clone', template, 'a');
  await client.call('VM.provision', vm);
  expect(await client.refs('VM.get_VBDs', vm)).toHaveLength(1);
  expect(await client.call('VM.get_other_config', vm)).not.toHaveProperty('disks');
});

test('the control domain of a host takes no operations', async () => {
  const { client } = await pool();
  const [host = ''] = await client.hosts();
  const domain = await client.text('host.get_control_domain', host);
  await expect(client.call('VM.hard_shutdown', domain)).rejects.toThrow(CallError);
  expect(await codeOf(client.call('VM.hard_shutdown', domain))).toBe('OPERATION_NOT_ALLOWED');
  expect(await client.call('VM.get_allowed_operations', domain)).toEqual([]);
});
