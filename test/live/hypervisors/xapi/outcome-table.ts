// The table of outcomes in docs/xen.md, as data.
import { readFileSync } from 'node:fs';
import type { Outcome } from './outcome-stories.ts';

const HEAD = '| what happens | VM | disk | reservation | money |';

export function readOutcomes(): ReadonlyMap<string, Outcome> {
  const page = readFileSync(new URL('../../../../docs/xen.md', import.meta.url), 'utf8');
  const [, table = ''] = page.split(`${HEAD}\n`);
  const rows = table.split('\n\n')[0]?.split('\n').slice(1) ?? [];
  return new Map(
    rows.map((row) => {
      const [, what = '', vm = '', disk = '', reservation = '', money = ''] = row
        .split('|')
        .map((cell) => cell.trim());
      return [what, { vm, disk, reservation, money }];
    }),
  );
}
