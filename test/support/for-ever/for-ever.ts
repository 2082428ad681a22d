import { test } from 'vitest';

test('turns for ever', () => {
  for (;;);
});
