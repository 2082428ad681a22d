// A node takes as many VMs as it was discovered to have room for, whatever Xen needs beside each.
import { expect, test } from 'vitest';
import { USUAL_POOL } from '../../../../pool-double/pool-description.ts';
import { done, spec, startPool } from './pool-under-test.ts';

const [DEBIAN] = USUAL_POOL.templates;

test.each(['pv', 'hvm', 'pv_in_pvh'] as const)(
  'with %s guests of one CPU each, all CPUs are used',
  async (domainType) => {
    const template = { ...DEBIAN!, domainType };
    const cpus = 6;
    const { carrier, cluster } = await startPool({
      server: { pool: { hosts: 1, cpus, memoryMib: 8000, templates: [template] } },
    });
    const memoryMib = Math.floor((cluster.nodes[0]?.capacity.memoryMib ?? 0) / cpus);
    expect(memoryMib).toBeGreaterThan(1000);
    for (let number = 1; number <= cpus; number += 1) {
      const vm = spec(number, {
        demand: { milliCpus: 1000, memoryMib, diskGib: 8 },
        template: template.name,
      });
      await done(carrier.dispatcher.create(vm));
      expect(await done(carrier.dispatcher.start(vm.vmId, 'xen1'))).toMatchObject({ state: 'RUNNING' });
    }
  },
);
