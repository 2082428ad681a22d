// openpex diff as it is called: what it prints, and how it ends.
import { expect, test } from 'vitest';
import { openpexInTurn, temporaryFolder, write } from '../../support/command-line.ts';

test('two runs are compared, with exit code 1 for a difference only when it is asked for', () => {
  const folder = temporaryFolder();
  write(folder, 'day.csv', 'id,submit,start,duration,type\na,0,3600,7200,XLARGE\nb,0,3600,7200,XLARGE\n');
  write(
    folder,
    'day.yaml',
    'cluster:\n  nodes:\n    - { group: n, count: 1, cpus: 4, memoryMib: 8192, diskGib: 500 }\nworkloads:\n  - file: day.csv\n',
  );
  const record = ['run', 'day.yaml', '--record', '--quiet', '--out'];
  const ended = openpexInTurn(
    [
      [...record, 'a'],
      [...record, 'b', '--policy', 'counter-offer=none'],
      ['diff', 'a', 'b'],
      ['diff', 'a', 'b', '--exit-code', '--json'],
      ['diff', 'a', 'a', '--exit-code'],
      ['diff', 'a', 'nowhere'],
      ['diff', 'a', 'b', '--limit', '-1'],
    ].map((args) => ({ args, cwd: folder })),
  );
  expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 1, 0, 2, 2]);
  const [text, json, same, none, limit] = ended.slice(2).map(({ stdout, stderr }) => stdout + stderr);
  expect(text).toContain('in request b:\n  a: ');
  expect(text).toContain('accepted-after-counter, fulfilled (window-over) → rejected (no-capacity)');
  expect(JSON.parse(json!)).toMatchObject({
    isSame: false,
    parting: { requestId: 'b', b: { type: 'reservation-ended' } },
    turns: { b: { a: { type: 'offer-countered' } } },
  });
  expect(same).toContain('their digests are equal');
  expect(none).toContain('nowhere/summary.json: cannot be read; expected the directory of a run');
  expect(limit).toContain('--limit: expected a whole number of at least 0, not -1');
});
