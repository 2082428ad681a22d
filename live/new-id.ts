// The ids of what a service makes: unique for ever.
import { randomUUID } from 'node:crypto';

/**
 * A UUID whose first three digits are of the second, and whose others are by chance. What is made in one second lies together wherever it is kept by
 * its id: a transaction that stores many then writes few pages of an index, not one for each.
 */
export function newId(nowMs: number): string {
  const second = Math.floor(nowMs / 1000) % 0x1000;
  return second.toString(16).padStart(3, '0') + randomUUID().slice(3);
}
