// What a provider decides does not depend on what carries its VMs: simulated nodes, the double of a pool and real Xen, request by request.
import { expect, test } from 'vitest';
import { DESERVED, decidedOn, decidedOnSimulatedNodes, TEMPLATE } from '../live/hypervisors/small-parity.ts';
import { decidedOnPool } from '../live/hypervisors/xapi/small-parity-pool.ts';
import { SECTION, WHERE } from './hosts.ts';

test.skipIf(WHERE === undefined)(
  'a workload is decided on real Xen as on simulated nodes and on a pool',
  { timeout: 3_000_000 },
  async () => {
    const simulated = await decidedOnSimulatedNodes();
    expect(simulated.map(({ type }) => type)).toEqual(expect.arrayContaining([...DESERVED]));
    expect(await decidedOnPool()).toEqual(simulated);
    const templates = SECTION.templates.map((template) => ({ ...template, name: TEMPLATE }));
    // A host that is busy is not lost: under emulation it may be a while before it answers.
    const xl = { ...SECTION, templates, lostAfter: '5m' };
    expect(await decidedOn({ xl }, {}, 600_000)).toEqual(simulated);
  },
);
