// What docs/validation.md says of machines that are made as variations of others: more to choose from is never slower, and changes nothing that is agreed.
import { expect, test } from 'vitest';
import { studyFigures } from '../support/study-figures.ts';

test('who may copy the machines of others waits hardly longer than with every template at hand', async () => {
  const path = 'hypervisor.customizer';
  for (const seed of [1, 2]) {
    const figuresOf = (library: readonly string[], reuse: boolean) =>
      studyFigures('tenants', { [`${path}.library`]: library, [`${path}.reuse`]: reuse }, seed);
    const plain = await figuresOf(['plain'], false);
    const withShop = await figuresOf(['plain', 'shop'], false);
    const withTenants = await figuresOf(['plain'], true);
    const all = await figuresOf(['plain', 'site', 'forum', 'shop', 'shop-search', 'crm'], false);
    const waits = [plain, withShop, withTenants, all].map(({ delivery }) => delivery.startUpMs);
    expect([...waits].sort((a, b) => b - a)).toEqual(waits);
    expect(withTenants.delivery.startUpMs).toBeLessThan(0.2 * plain.delivery.startUpMs);
    expect(withShop.delivery.startUpMs).toBeLessThan(0.4 * plain.delivery.startUpMs);
  }
}, 600_000);
