// What went wrong in a recording by itself, and what guests did: for a simulated hypervisor on which the same is to happen again.
import type { StoredInput } from '../database/history.ts';

export interface RecordedFaults {
  /** When the Node Monitor, or the VM Monitor, learned of it. In order. */
  readonly incidents: readonly RecordedFault[];
  /** How long the guest of a VM ran until it shut down by itself, by VM; absent: it did not. */
  readonly runTimesMs: ReadonlyMap<string, number>;
}

export type RecordedFault = { readonly knownMs: number } & (
  | { readonly kind: 'node-down' | 'node-up'; readonly nodeId: string }
  | { readonly kind: 'guest-crash' | 'guest-hang'; readonly vmId: string }
);

interface Running {
  ranMs: number;
  sinceMs: number | undefined;
}

/** Memory grows with the number of faults, and of VMs. */
export async function readFaults(inputs: AsyncIterable<StoredInput>): Promise<RecordedFaults> {
  const incidents: RecordedFault[] = [];
  const runTimesMs = new Map<string, number>();
  const running = new Map<string, Running>();
  for await (const { atMs, input } of inputs) {
    if (input.kind !== 'report') continue;
    const { report } = input;
    if (report.kind === 'node-down' || report.kind === 'node-up')
      incidents.push({ knownMs: atMs, kind: report.kind, nodeId: report.nodeId });
    else if (report.kind === 'vm') {
      const { cause, vm } = report;
      const { vmId } = vm;
      if (cause === 'guest-crash' || cause === 'guest-hang')
        incidents.push({ knownMs: atMs, kind: cause, vmId });
      const guest = running.get(vmId);
      if (cause === 'guest-shutdown' && guest !== undefined && !runTimesMs.has(vmId))
        runTimesMs.set(vmId, Math.max(1, ranMs(guest, atMs)));
    } else if (report.kind === 'done') {
      const { operation, vmId } = report;
      const guest = running.get(vmId);
      if (operation === 'start' || operation === 'reboot') running.set(vmId, { ranMs: 0, sinceMs: atMs });
      else if ((operation === 'resume' || operation === 'unpause') && guest !== undefined)
        guest.sinceMs = atMs;
      else if ((operation === 'suspend' || operation === 'pause') && guest !== undefined)
        running.set(vmId, { ranMs: ranMs(guest, atMs), sinceMs: undefined });
      else if (operation === 'destroy') running.delete(vmId);
    }
  }
  return { incidents, runTimesMs };
}

function ranMs({ ranMs: before, sinceMs }: Running, atMs: number): number {
  return before + (sinceMs === undefined ? 0 : atMs - sinceMs);
}
