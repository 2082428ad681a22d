// Virtual machines as the manager knows them. The words are those of the REST API of the 2009 papers.
import type { Hindrance } from './hindrance.ts';
import type { Resources } from './resources.ts';

/** State of an instance. */
export type VmState = (typeof VM_STATES)[number];

export const VM_STATES = [
  /** Promised, but nothing exists on the hypervisor yet. */
  'NOT_PROVISIONED',
  'HALTED',
  'RUNNING',
  /** In the memory of its node, without CPU time. */
  'PAUSED',
  /** Written to a disk; on no node. */
  'SUSPENDED',
  'UNDER_MIGRATION',
  /** Destroyed; final. */
  'DELETED',
  /** The hypervisor reports something that we do not know. */
  'UNRECOGNIZED',
] as const;

/** What a dispatcher needs to make a VM. The id is ours: operations are tagged with it, so that each can be repeated safely. */
export interface VmSpec {
  readonly vmId: string;
  readonly reservationId: string;
  readonly userId: string;
  readonly nodeId: string;
  readonly demand: Resources;
  readonly template: string;
}

/** What a VM is meant to be. paused: only while it is up; what loses its power meanwhile is to run again. deleted: no trace of it left. */
export type WantedState = (typeof WANTED_STATES)[number];

export const WANTED_STATES = ['running', 'halted', 'paused', 'suspended', 'deleted'] as const;

/** What lies between a VM and what it is to be. */
export interface VmTrouble {
  readonly operation: VmOperation;
  /** waits: it is tried again. refused, failed: it was given up, and the VM goes on as it was. */
  readonly kind: 'waits' | 'refused' | 'failed';
  readonly reason: Hindrance;
  readonly sinceMs: number;
}

/** What can be asked of a hypervisor for a VM. */
export type VmOperation =
  | 'create'
  | 'start'
  | 'stop'
  | 'reboot'
  | 'pause'
  | 'unpause'
  | 'suspend'
  | 'resume'
  | 'migrate'
  | 'destroy';
