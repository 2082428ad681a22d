// Every demonstration. A new one is a file here and an entry.
import type { Demo } from './demo.ts';

export const DEMOS: readonly Demo[] = [
  {
    name: 'two-sites',
    summary: 'a service on two sites grows by its rules, outgrows the first site, and is billed',
    tell: async (world) => (await import('./two-sites.ts')).twoSites(world),
  },
];
