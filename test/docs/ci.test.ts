// The document about CI says what the code says: the faults of the stories of the service.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { FAULTS } from '../../live/fuzz/service-story.ts';

test('docs/ci.md lists what may go wrong in a story of the service (update it with vitest -u)', async () => {
  const document = await readFile('docs/ci.md', 'utf8');
  const rows = Object.entries(FAULTS).map(([name, what]) => `| \`${name}\` | ${what} |`);
  const table = ['| fault | what happens |', '|---|---|', ...rows].join('\n');
  const part = /(<!-- service faults -->)[\s\S]*?(<!-- \/service faults -->)/;
  expect(document).toMatch(part);
  const updated = document.replace(part, (_, begin: string, end: string) => `${begin}\n\n${table}\n\n${end}`);
  await expect(updated).toMatchFileSnapshot('../../docs/ci.md');
});
