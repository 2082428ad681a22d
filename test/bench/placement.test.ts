// Placement against the checksum that other simulators of clouds have for the same workload; the larger one is in placement.long.test.ts.
import { expect, test } from 'vitest';
import { bareChecksum, managedChecksum } from './placement-checksums.ts';

test('the whole manager places 10,000 requests on 100 hosts where a bare scan does', async () => {
  expect(bareChecksum(10_000, 100)).toBe('f6af38ea');
  expect(await managedChecksum(10_000, 100)).toBe('f6af38ea');
});
