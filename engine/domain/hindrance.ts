// Why an operation on a VM is refused, has to wait, or was given up: what users and operators are told.

/** Why an operation is not done. */
export type Hindrance = (typeof HINDRANCES)[number];

export const HINDRANCES = [
  // Refusals: the same will be answered until somebody changes something.
  'no-guest-tools',
  'device-attached',
  'no-suspend-storage',
  'cpu-mismatch',
  'storage-not-there',
  'network-not-there',
  'operation-blocked',
  'not-supported',
  'is-template',
  /** It is paused, and cannot leave its node so. */
  'paused',
  /** Several VMs of the hypervisor could be the one, and none proves that it is. */
  'identity-unclear',
  // What passes by itself
  'disk-in-use',
  'other-operation',
  'node-not-ready',
  'memory-short',
  /** What a suspended VM goes on from lies where it cannot be read at present. */
  'image-out-of-reach',
  'cancelled-outside',
  /** It was tried several times, and failed each time. */
  'failed',
  'unknown',
] as const;
