// openpex sweep on a cluster: its tasks one by one, and a real Slurm. Where that is not installed, it says so.
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { runProgram } from '../../support/child-process.ts';
import { MAIN, openpex, temporaryFolder, write } from '../../support/command-line.ts';
import { hasSlurm, startPrivateSlurm } from '../../support/private-slurm.ts';

const SMALL = `scenario: openpex-2009
set: { horizon: 3h }
factors: { counter-offer: [none, earliest-start] }
seeds: 2
`;

test('the tasks of a cluster, run one by one, come to the table of a sweep on one machine', () => {
  const folder = temporaryFolder();
  write(folder, 'study.yaml', SMALL);
  const table = (name: string) => readFileSync(join(folder, name, 'results.csv'), 'utf8');
  expect(openpex(['sweep', 'study.yaml', '--jobs', '1', '--out', 'local', '--quiet'], folder).code).toBe(0);
  const emitted = openpex(
    ['sweep', 'study.yaml', '--emit', 'slurm', '--tasks', '3', '--out', 'a sweep'],
    folder,
  );
  expect(emitted).toMatchObject({
    code: 0,
    stdout: `${join(realpathSync(folder), 'a sweep', 'slurm', 'submit.sh')}\n`,
  });
  const task = (script: string, env = {}) =>
    runProgram('bash', [join(folder, 'a sweep', 'slurm', script)], { cwd: folder, env });
  for (const id of ['2', '0']) expect(task('run.sh', { SLURM_ARRAY_TASK_ID: id }).code).toBe(0);
  const early = task('collect.sh');
  expect(early.code).toBe(1);
  expect(early.stderr).toMatch(/^1 of 4 runs are not done; submit them again/);
  // Submitted again, tasks go on with what is left.
  for (const id of ['0', '1', '2']) expect(task('run.sh', { SLURM_ARRAY_TASK_ID: id }).code).toBe(0);
  expect(task('collect.sh').code).toBe(0);
  expect(table('a sweep')).toBe(table('local'));

  expect(
    openpex(['sweep', 'study.yaml', '--emit', 'kubernetes', '--tasks', '2', '--out', 'k8s'], folder).code,
  ).toBe(0);
  const manifest = (name: string) => parse(readFileSync(join(folder, 'k8s', 'kubernetes', name), 'utf8'));
  const inContainer = (name: string, env = {}) => {
    const [shell, flag, line] = manifest(name).spec.template.spec.containers[0].command;
    const here = line
      .replace('openpex', `${process.execPath} ${MAIN}`)
      .replace('/sweep', join(folder, 'k8s'));
    return runProgram(shell, [flag, here], { cwd: folder, env });
  };
  for (const index of ['0', '1'])
    expect(inContainer('run.yaml', { JOB_COMPLETION_INDEX: index }).code).toBe(0);
  expect(inContainer('collect.yaml').code).toBe(0);
  expect(table('k8s')).toBe(table('local'));
}, 300_000);

test.runIf(hasSlurm())(
  'Slurm, whose jobs are cancelled half-way and submitted again, comes to the table of a sweep on one machine',
  async () => {
    const folder = temporaryFolder();
    write(folder, 'study.yaml', SMALL.replace('seeds: 2', 'seeds: 8'));
    const table = (name: string) => readFileSync(join(folder, name, 'results.csv'), 'utf8');
    expect(openpex(['sweep', 'study.yaml', '--out', 'local', '--quiet'], folder).code).toBe(0);
    const args = ['sweep', 'study.yaml', '--emit', 'slurm', '--tasks', '4', '--out', 'shared'];
    const submit = openpex(args, folder).stdout.trim();
    const slurm = await startPrivateSlurm();
    const cells = `${join(folder, 'shared', 'cells')}/*/summary.json`;

    const [, array] = /^array (\d+), collected by \d+/.exec(slurm.bash(submit)) ?? [];
    slurm.bash(`until ls ${cells} > /dev/null 2>&1; do sleep 0.05; done; scancel ${array}`);
    const isOver = 'until [ -z "$(squeue --noheader)" ]; do sleep 0.2; done';
    slurm.bash(isOver);
    expect(Number(slurm.bash(`ls ${cells} | wc -l`))).toBeLessThan(16);
    expect(slurm.bash(`cat ${join(folder, 'shared', 'slurm')}/collect-*.log`)).toMatch(
      /\d+ of 16 runs are not done; submit them again/,
    );

    slurm.bash(submit);
    slurm.bash(isOver);
    expect(table('shared')).toBe(table('local'));
  },
  300_000,
);
