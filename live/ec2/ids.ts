// Ids as clients of EC2 expect them: a prefix and 17 hexadecimal digits. Those of instances and images follow from ours, so that they
// are the same whenever they are asked for.
import { createHash, randomBytes, randomUUID } from 'node:crypto';

const DIGITS = 17;

export function newId(prefix: 'r' | 'cr' | 'cb' | 'key'): string {
  return `${prefix}-${randomBytes(9).toString('hex').slice(0, DIGITS)}`;
}

export function instanceIdOf(vmId: string): string {
  return `i-${vmId.replaceAll('-', '').slice(0, DIGITS)}`;
}

/** Of a reservation that was not made here. */
export function launchIdOf(reservationId: string): string {
  return `r-${reservationId.toLowerCase().replaceAll('-', '').slice(0, DIGITS)}`;
}

export function imageIdOf(template: string): string {
  return `ami-${createHash('sha256').update(template).digest('hex').slice(0, DIGITS)}`;
}

/** Of reserved instances EC2 has ids of another form: five groups of hexadecimal digits. */
export function newReservedInstancesId(): string {
  return randomUUID();
}

/** On offer as long as the type is: it may be bought after a restart. */
export function reservedOfferingIdOf(type: string, termMs: number): string {
  const digits = createHash('sha256').update(`${type} for ${termMs} ms`).digest('hex');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}
