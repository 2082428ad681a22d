// openpex plan-workflow as it is called: planners side by side, what one of them plans as requests, and what it says of bad input.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openpexInTurn, temporaryFolder, write } from '../../support/command-line.ts';

test('what a planner says it costs is what the provider takes for its leases', () => {
  const folder = temporaryFolder();
  copyFileSync('scenarios/montage.dax', join(folder, 'montage.dax'));
  const [table, json, convert, run] = openpexInTurn(
    [
      ['plan-workflow', 'montage.dax', '--set', 'slack=2'],
      ['plan-workflow', 'montage.dax', '--set', 'slack=2', '--json'],
      ['convert', 'montage.dax', '-', '--set', 'workflow.slack=2'],
      ['run', 'workflow-montage', '--json'],
    ].map((args) => ({ args, cwd: folder })),
  );
  expect(table!.stdout).toMatchInlineSnapshot(`
    "montage: 25 tasks, 51 edges, 4h 15m of work at speed 1
    longest chain 29m on the fastest machine, deadline 59m

    planner           credits  done after  in time  leases  of which
    ic-pcp            3.00     57m         yes      13      9 MEDIUM, 4 LARGE
    pso               0.80     58m         yes      5       4 SMALL, 1 XLARGE
    pso-after-ic-pcp  1.70     55m         yes      9       4 SMALL, 1 LARGE, 3 MEDIUM, 1 XLARGE
    one-each          10.00    30m         yes      25      25 XLARGE
    one-for-all       0.80     1h 5m       no       1       1 XLARGE
    "
  `);
  const { deadlineMs, plans } = JSON.parse(json!.stdout);
  const [{ costMicros, leases, makespanMs }] = plans;
  expect(makespanMs).toBeLessThanOrEqual(deadlineMs);
  // Under a header.
  expect(convert!.stdout.trim().split('\n')).toHaveLength(leases.length + 1);
  const summary = JSON.parse(run!.stdout);
  expect(summary.requests).toBe(leases.length);
  expect(summary.revenue * 1_000_000).toBe(costMicros);
});

test('what takes seconds is told in seconds', () => {
  const folder = temporaryFolder();
  write(
    folder,
    'a.dax',
    '<adag><job id="A" name="x" runtime="4.2"/><job id="B" name="y" runtime="5"/></adag>',
  );
  const [table] = openpexInTurn([
    { args: ['plan-workflow', 'a.dax', '--set', 'boot=10s', '--set', 'deadline=15s'], cwd: folder },
  ]);
  expect(table!.stdout).toContain(
    'a workflow: 2 tasks, 0 edges, 9s of work at speed 1\nlongest chain 11s on the fastest machine, deadline 15s\n',
  );
});

test('what is no workflow, and a deadline that cannot be met, are refused', () => {
  const folder = temporaryFolder();
  write(folder, 'a.json', '{"workflow": {"tasks": []}}');
  copyFileSync('scenarios/montage.dax', join(folder, 'montage.dax'));
  const [empty, early, unknown] = openpexInTurn(
    [
      ['plan-workflow', 'a.json'],
      ['plan-workflow', 'montage.dax', '--set', 'deadline=10m'],
      ['plan-workflow', 'montage.dax', '--set', 'slak=3'],
    ].map((args) => ({ args, cwd: folder })),
  );
  expect([empty!.code, early!.code, unknown!.code]).toEqual([2, 2, 2]);
  expect(empty!.stderr).toContain('a.json: no tasks; expected at least one');
  expect(early!.stderr).toMatch(/montage\.dax: workflow\.deadline: 10m cannot be met: the longest chain/);
  expect(unknown!.stderr).toContain('"slak" is not known here (did you mean "slack"?)');
});
