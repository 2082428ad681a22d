// What carries the VMs of a story: it outlives the processes of the service, and its VMs run on while nobody looks.
import type { HostTimers, VmObservation } from '../../engine/index.ts';
import type { Hypervisor } from '../hypervisors/hypervisor.ts';
import type { PoolTransport } from '../hypervisors/xapi/pool-transport.ts';

export interface StoryHosts {
  /** Nobody can be told at present which VMs there are. */
  isBlind: boolean;
  /** All VMs of the service that exist, as they are. */
  look(): readonly VmObservation[];
  /** It is not, or was not just now, what the service may believe: something is being done to it, or was so shortly ago that nobody need know. */
  isBusy(vmId: string): boolean;
  reservationOf(vmId: string): string | undefined;
  /** Beside VMs: what is left of some. */
  leftovers(): readonly string[];
  /** Somebody at the console of a node stops one of the VMs that run, of which nothing else is done. @returns whether there was one */
  stopFromOutside(number: number): boolean;
  failNode(nodeId: string): void;
  returnNode(nodeId: string): void;
  /** As a process has it. */
  forProcess(process: HostedProcess): Hypervisor;
  /** The story is over. */
  close(): void;
}

export interface HostedProcess {
  /** Whatever of it still runs is heard no more. */
  isDead(): boolean;
  /** Of its machine. */
  readonly host: HostTimers;
  /** How a pool is reached, or what tests put in its place. */
  readonly replaced: (transport: PoolTransport) => PoolTransport;
}
