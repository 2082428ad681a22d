// The larger workload. What other simulators hold in seconds, as numbers with a rounding error, is whole milliseconds here: in 100,000 requests
// some VMs end at the very instant at which another is to be placed, and have not left by their reckoning.
import { expect, test } from 'vitest';
import { bareChecksum, managedChecksum } from './placement-checksums.ts';

test('a bare scan has the known checksum where it reckons in seconds, and another in milliseconds', () => {
  expect(bareChecksum(10_000, 100, { inSeconds: true })).toBe('f6af38ea');
  expect(bareChecksum(100_000, 1_000, { inSeconds: true })).toBe('9da2a7c1');
  expect(bareChecksum(100_000, 1_000)).toBe('80de78b9');
});

test('the whole manager places 100,000 requests on 1,000 hosts where the bare scan does', async () => {
  expect(await managedChecksum(100_000, 1_000)).toBe('80de78b9');
});
