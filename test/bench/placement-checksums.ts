// Where the comparison workload of placement goes: by a bare scan over all hosts, and by the whole manager.
import { BareScan, Checksum, placements } from '../../bench/placement-workload.ts';
import { placementWorld } from '../../bench/placement-world.ts';
import { type DomainEvent, simulate } from '../../engine/index.ts';

/** @param inSeconds instead of milliseconds */
export function bareChecksum(
  count: number,
  hosts: number,
  { inSeconds = false }: { readonly inSeconds?: boolean } = {},
): string {
  const scan = new BareScan(hosts);
  const checksum = new Checksum();
  for (const { atMs, durationMs, ...amounts } of placements(count, hosts)) {
    const unit = inSeconds ? 1000 : 1;
    checksum.add(scan.place({ ...amounts, atMs: atMs / unit, durationMs: durationMs / unit }));
  }
  return checksum.toString();
}

export async function managedChecksum(count: number, hosts: number): Promise<string> {
  const checksum = new Checksum();
  const onEvent = (event: DomainEvent) => {
    if (event.type === 'offer-accepted') checksum.add(Number(event.pieces[0]!.nodeId.slice(1)));
    if (event.type === 'reservation-ended' && event.state === 'REJECTED') checksum.add(-1);
  };
  await simulate(placementWorld(count, hosts), { onEvent });
  return checksum.toString();
}
