// Whatever clients do in whatever order, and whatever goes wrong meanwhile, the database stays in one piece.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CLASS_NAMES,
  ENUMS,
  fieldsOf,
  type VmOperation,
  type XapiValue,
} from '../../pool-double/data-model.ts';
import { startXapiServer } from '../../pool-double/server.ts';
import { runs } from '../support/fast-check.ts';
import { CallError, ConnectionLost, DEBIAN, MIB, NULL_REF, PoolClient, WINDOWS } from './pool-client.ts';

type Record_ = Readonly<Record<string, XapiValue>>;

/** A message to one of the VMs there are, by number; hosts by number, too. */
const STEPS = fc.oneof(
  fc.record({ kind: fc.constant('make'), template: fc.constantFrom(DEBIAN, WINDOWS) }),
  fc.record({
    kind: fc.constant('send'),
    vm: fc.nat(5),
    host: fc.nat(1),
    method: fc.constantFrom(
      'start',
      'start_on',
      'suspend',
      'resume',
      'resume_on',
      'pause',
      'unpause',
      'pool_migrate',
      'clean_shutdown',
      'clean_reboot',
      'hard_shutdown',
      'hard_reboot',
      'clone',
      'provision',
      'destroy',
      'power_state_reset',
    ),
    /** Sent without waiting for the answer. */
    hasty: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('host'),
    host: fc.nat(1),
    method: fc.constantFrom('enable', 'disable', 'evacuate'),
  }),
  fc.record({
    kind: fc.constant('fault'),
    vm: fc.nat(5),
    fault: fc.constantFrom('crash', 'inside', 'master', 'host'),
  }),
);

test('references lead somewhere, memory adds up, and what a VM says it takes it takes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEPS, { minLength: 5, maxLength: 20 }), async (steps) => {
      const server = await startXapiServer({
        timeScale: 0.002,
        durations: { eventBatch: 0 },
        pool: { cpus: 2, networks: ['only'] },
      });
      try {
        let client = await PoolClient.login(server.url);
        const hosts = await client.hosts();
        await client.call('VM.start', await client.makeVm('first'), false, false);
        await client.makeVm('second', { template: WINDOWS });
        const pending: Promise<unknown>[] = [];
        for (const [index, step] of steps.entries()) {
          const vms = (await own(client)).map(([ref]) => ref);
          const vm = 'vm' in step ? (vms[step.vm % Math.max(1, vms.length)] ?? NULL_REF) : NULL_REF;
          if (step.kind === 'make')
            pending.push(refused(client.makeVm(`vm ${index}`, { template: step.template })));
          else if (step.kind === 'send') {
            const sent = refused(
              client.call(`VM.${step.method}`, vm, ...argumentsOf(step.method, hosts[step.host] ?? '')),
            );
            pending.push(sent);
            if (!step.hasty) await sent;
          } else if (step.kind === 'host') {
            await refused(client.call(`host.${step.method}`, hosts[step.host] ?? ''));
          } else if (step.fault === 'master') {
            await server.faults.crashMaster();
            await server.faults.restartMaster();
            client = await PoolClient.login(server.url);
          } else if (step.fault === 'host') {
            await server.faults.crashHost({ host: 'xen2' });
            await server.faults.returnHost({ host: 'xen2' });
          } else {
            await (step.fault === 'crash'
              ? server.faults.crashGuest({ vm, action: 'destroy' })
              : server.faults.shutDownInside({ vm })
            ).catch(() => undefined);
          }
          await checkDatabase(client);
        }
        await Promise.all(pending);
        await checkDatabase(client);
        await checkPromises(client, hosts);
      } finally {
        await server.close();
      }
    }),
    { numRuns: runs(12) },
  );
});

/** Calls of these steps may be refused or cut off; what may not happen is an error of the server's own. */
async function refused(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ConnectionLost) return;
    expect(error).toBeInstanceOf(CallError);
    expect(error).not.toHaveProperty('code', 'INTERNAL_ERROR');
  }
}

function argumentsOf(method: string, host: string): XapiValue[] {
  switch (method) {
    case 'start':
    case 'resume':
      return [false, false];
    case 'start_on':
    case 'resume_on':
      return [host, false, false];
    case 'pool_migrate':
      return [host, { live: 'true' }];
    case 'clone':
      return ['a clone'];
    default:
      return [];
  }
}

async function records(client: PoolClient, className: string): Promise<[string, Record_][]> {
  return Object.entries(
    (await client.call(`${className}.get_all_records`)) as Readonly<Record<string, Record_>>,
  );
}

async function own(client: PoolClient): Promise<[string, Record_][]> {
  return (await records(client, 'VM')).filter(
    ([, vm]) =>
      vm['is_control_domain'] === false &&
      !String(vm['name_label']).startsWith('PEX') &&
      vm['is_default_template'] === false,
  );
}

async function checkDatabase(client: PoolClient): Promise<void> {
  // All classes in one answer, so that nothing changes between them.
  const batch = (await client.call('event.from', ['*'], '', 0)) as {
    readonly events: readonly { readonly class: string; readonly ref: string; readonly snapshot: Record_ }[];
  };
  const byRef = new Map(batch.events.map((event) => [event.ref, event]));
  const dangling = batch.events.flatMap(({ class: name, ref, snapshot }) =>
    relationsOf(name).flatMap(({ field, target, backBy }) =>
      [snapshot[field] ?? NULL_REF]
        .flat()
        .filter((value) => value !== NULL_REF)
        .filter((value) => {
          const there = byRef.get(String(value));
          return there?.class !== target || (backBy !== undefined && there.snapshot[backBy] !== ref);
        })
        .map((value) => `${name}.${field}: ${value}`),
    ),
  );
  expect(dangling).toEqual([]);
  const vms = batch.events.filter((event) => event.class === 'vm').map(({ snapshot }) => snapshot);
  for (const { ref: host, snapshot } of batch.events.filter((event) => event.class === 'host')) {
    const total = Number(byRef.get(String(snapshot['metrics']))?.snapshot['memory_total']);
    const promised = vms
      .filter((vm) => vm['resident_on'] === host || vm['scheduled_to_be_resident_on'] === host)
      .reduce((sum, vm) => sum + Number(vm['memory_dynamic_min']) + Number(vm['memory_overhead']), 0);
    expect(promised + Number(snapshot['memory_overhead']), 'memory promised').toBeLessThanOrEqual(total);
  }
  for (const vm of vms) {
    const isUp = vm['power_state'] === 'Running' || vm['power_state'] === 'Paused';
    expect(vm['resident_on'] !== NULL_REF, 'a VM is on a host when it is up').toBe(isUp);
    expect(vm['suspend_VDI'] !== NULL_REF, 'and on a disk when it is suspended').toBe(
      vm['power_state'] === 'Suspended',
    );
  }
}

/** The fields of a class that refer to objects served here, and the field by which those refer back. */
function relationsOf(lowerCase: string): { field: string; target: string; backBy: string | undefined }[] {
  const className = CLASS_NAMES.find((known) => known.toLowerCase() === lowerCase);
  if (className === undefined) throw new Error(`an event of ${lowerCase}`);
  return Object.entries(fieldsOf(className)).flatMap(([field, { type, mirrors }]) => {
    const [, target = ''] = /^(?:set )?ref (\w+)$/.exec(type) ?? [];
    const served = CLASS_NAMES.some((known) => known === target);
    return served ? [{ field, target: target.toLowerCase(), backBy: mirrors?.[1] }] : [];
  });
}

/** Nothing is under way: memory is free as it adds up, and each VM takes what it says, and refuses the rest. */
async function checkPromises(client: PoolClient, hosts: readonly string[]): Promise<void> {
  for (const host of hosts) await client.call('host.enable', host);
  const vms = await records(client, 'VM');
  for (const host of hosts) {
    const { metrics, memory_overhead: overhead } = await client.record('host', host);
    const { memory_total: total } = await client.record('host_metrics', String(metrics));
    const taken = vms
      .filter(([, vm]) => vm['resident_on'] === host)
      .reduce((sum, [, vm]) => sum + Number(vm['memory_dynamic_min']) + Number(vm['memory_overhead']), 0);
    expect(await client.freeMib(host)).toBe((Number(total) - Number(overhead) - taken) / MIB);
  }
  for (const [ref, vm] of vms) {
    expect(vm['scheduled_to_be_resident_on']).toBe(NULL_REF);
    expect(vm['current_operations']).toEqual({});
    if (vm['is_control_domain'] === true || String(vm['name_label']).startsWith('PEX')) continue;
    const listed = [vm['allowed_operations'] ?? []].flat();
    const unlisted = SENT.filter((method) => !listed.includes(method));
    await Promise.all(
      unlisted.map((method) =>
        expect(
          client.call(`VM.${method}`, ref, ...argumentsOf(method, hosts[0] ?? '')),
          `${method} of a VM that is ${vm['power_state']}`,
        ).rejects.toThrow(CallError),
      ),
    );
    const [next] = SENT.filter((name) => listed.includes(name));
    if (next !== undefined) await client.call(`VM.${next}`, ref, ...argumentsOf(next, hosts[0] ?? ''));
  }
}

/** The operations that the steps send. */
const SENT: readonly VmOperation[] = ENUMS.vm_operations.filter((operation) =>
  [
    'start',
    'suspend',
    'resume',
    'pause',
    'unpause',
    'pool_migrate',
    'clean_shutdown',
    'hard_shutdown',
    'hard_reboot',
    'clean_reboot',
    'clone',
    'provision',
    'destroy',
  ].includes(operation),
);
