// Nothing is on that nobody needs.
import { Type } from 'typebox';
import { provisioningPolicy } from '../../engine/for-policies.ts';

export const asNeeded = provisioningPolicy({
  name: 'as-needed',
  summary: 'No node stays on that has no VM.',
  guide: {
    rule: 'A node is switched off when it has been empty for `hypervisor.standby.after`, and boots when a VM is to run on it.',
    origin: 'Beloglazov and Buyya 2012; the usual rule of consolidation.',
    use: 'Where energy is what counts, or everything is known ahead. Whoever comes to a node that is off waits for its boot.',
  },
  options: Type.Object({}),
  create: () => ({}),
});
