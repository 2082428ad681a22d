// Placement by the whole manager (negotiation, calendar, holds, VMs, events and their digest) against the least that could do it: a loop over all
// hosts that does nothing else, on the same requests.
import { simulate } from '../engine/index.ts';
import { invariant } from '../engine/invariant.ts';
import { BareScan, placements } from './placement-workload.ts';
import { placementWorld } from './placement-world.ts';
import type { BenchModule, Ratio } from './ratio.ts';

export const placement: BenchModule = {
  name: 'placement',
  ratios: [
    manager({ requests: 5_000, hosts: 1_000, atLeast: 0.04 }),
    manager({ requests: 10_000, hosts: 10_000, atLeast: 0.2 }),
  ],
};

interface Setting extends Pick<Ratio, 'atLeast'> {
  readonly requests: number;
  readonly hosts: number;
}

function manager({ atLeast, hosts, requests }: Setting): Ratio {
  return {
    name: `whole manager against a bare scan, ${hosts} hosts`,
    atLeast,
    baseline: () => {
      const rows = [...placements(requests, hosts)];
      return () => {
        const scan = new BareScan(hosts);
        for (const row of rows) invariant(scan.place(row) >= 0, 'there is room', { row });
        return requests;
      };
    },
    subject: () => async () => {
      await simulate(placementWorld(requests, hosts));
      return requests;
    },
  };
}
