// What users may do to a single instance while the window of its reservation is open, and what they are answered.
import type { VmState } from './vm.ts';

export const INSTANCE_COMMANDS = [
  'start',
  'stop',
  'reboot',
  'pause',
  'unpause',
  'suspend',
  'resume',
  'delete',
] as const;
export type InstanceCommand = (typeof INSTANCE_COMMANDS)[number];

/** Why a command to an instance could not be carried out. */
export type InstanceRefusal = (typeof INSTANCE_REFUSALS)[number];

export const INSTANCE_REFUSALS = [
  /** No such VM, or one that is deleted or about to be. */
  'unknown-instance',
  /** The window of its reservation is over. */
  'ended',
  /** Not possible in the state it is in, such as the reboot of a halted VM. */
  'illegal-in-state',
  /** Its node is drained and no other has room: it goes on by itself as soon as one has. */
  'parked',
  /** Its node is out of service and no other has room. */
  'no-node',
] as const;

export type InstanceReply =
  | { readonly reply: 'REQUEST_SUCCESS' }
  | { readonly reply: 'REQUEST_FAILED'; readonly reason: InstanceRefusal; readonly state?: VmState };
