import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PAGES, ROOT, read } from './pages.ts';

test.each(PAGES)('%s has no dead link to a file of the project', (page) => {
  const targets = Array.from(read(page).matchAll(/\]\(([^)#:]+?)(?:#[^)]*)?\)/g), ([, target]) => target!);
  for (const target of targets) expect(() => readFileSync(join(ROOT, page, '..', target))).not.toThrow();
});
