// Placement by the whole manager (negotiation, calendar, holds, VMs, events and their digest) against the least that could do it: a loop over all
// hosts that does nothing else, on the same requests.
import { simulate } from '../engine/index.ts';
import { invariant } from '../engine/invariant.ts';
import type { BenchModule, Figure } from './figure.ts';
import { BareScan, placements } from './placement-workload.ts';
import { placementWorld } from './placement-world.ts';
import { type Ratio, ratio } from './ratio.ts';

export const placement: BenchModule = {
  name: 'placement',
  about:
    'Ours: negotiation, calendar, holds, VMs, events and their digest, without reports. The bare scan is a loop over all hosts that places the same requests and ' +
    'does nothing else. Both in one process.',
  figures: [
    manager({ requests: 5_000, hosts: 1_000, atLeast: 0.04, isShort: true }),
    manager({ requests: 10_000, hosts: 10_000, atLeast: 0.2 }),
  ],
};

interface Setting extends Pick<Ratio, 'atLeast' | 'isShort'> {
  readonly requests: number;
  readonly hosts: number;
}

function manager({ hosts, requests, ...target }: Setting): Figure {
  return ratio({
    name: `whole manager against a bare scan, ${hosts} hosts`,
    ...target,
    baseline: () => {
      const rows = [...placements(requests, hosts)];
      return () => {
        const scan = new BareScan(hosts);
        for (const row of rows) invariant(scan.place(row) >= 0, 'there is room', { row });
        return requests;
      };
    },
    subject: () => {
      const rows = [...placements(requests, hosts)];
      return async () => {
        await simulate(placementWorld(requests, hosts, rows));
        return requests;
      };
    },
  });
}
