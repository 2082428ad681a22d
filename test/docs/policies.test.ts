// docs/policies.md is what the code says. After a change: vitest run test/docs/policies.test.ts -u.
import { expect, test } from 'vitest';
import { policiesPage } from '../../policies/guide.ts';

test('the page of policies is that of the code', async () => {
  await expect(policiesPage()).toMatchFileSnapshot('../../docs/policies.md');
});
