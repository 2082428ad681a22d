// The schedulers that a sweep can be put to.

export const CLUSTERS = ['slurm', 'kubernetes'] as const;
export type Cluster = (typeof CLUSTERS)[number];
