// What a provider decides does not depend on what carries its VMs: simulated nodes, a Xen pool and plain Xen hosts, request by request.
import { expect, test } from 'vitest';
import { xlAt } from '../../../../live/hypervisors/xl/xl.ts';
import { DESERVED, decidedOn, decidedOnSimulatedNodes, TEMPLATE } from '../small-parity.ts';
import { decidedOnPool } from '../xapi/small-parity-pool.ts';
import { FakeXen } from './fake-xen.ts';
import { SECTION, SHARED } from './hosts-under-test.ts';

test('a workload is decided on simulated nodes as on a pool and on plain hosts', {
  timeout: 240_000,
}, async () => {
  const simulated = await decidedOnSimulatedNodes();
  expect(simulated.map(({ type }) => type)).toEqual(expect.arrayContaining([...DESERVED]));
  expect(await decidedOnPool()).toEqual(simulated);
  const xen = new FakeXen();
  const templates = [{ ...SECTION.templates[0], name: TEMPLATE }];
  const decided = await decidedOn(
    { xl: { ...SECTION, ...SHARED, templates } },
    { hypervisors: [xlAt(xen.pace)] },
  );
  expect(decided).toEqual(simulated);
});
