// The id of a VM: unique for ever, and the same whenever it is asked for, so that a replay makes the same VMs.
import { createHash } from 'node:crypto';

/** A UUID (RFC 9562, version 8) made from the reservation's id and the number of the instance. */
export function vmIdOf(reservationId: string, instance: number): string {
  const bytes = createHash('sha256').update(`${reservationId}/${instance}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
