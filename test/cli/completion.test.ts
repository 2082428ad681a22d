// What the shells are told, and what reaches stdout beside the data.
import { describe, expect, test } from 'vitest';
import { runProgram } from '../support/child-process.ts';
import { openpex, temporaryFolder, write } from '../support/command-line.ts';

describe('openpex completion', () => {
  test('prints a script that bash can read, and nothing beside it', () => {
    const { code, stderr, stdout } = openpex(['completion'], temporaryFolder(), { SHELL: '/bin/bash' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('complete -o bashdefault -o default -F _openpex_yargs_completions openpex');
    expect(runProgram('bash', ['-n', '-c', stdout])).toMatchObject({ code: 0, stderr: '' });
  });

  test('prints another one for zsh', () => {
    const shell = { SHELL: '/bin/zsh', ZSH_NAME: 'zsh' };
    const { code, stderr, stdout } = openpex(['completion'], temporaryFolder(), shell);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^#compdef openpex\n/);
    expect(stdout).toContain('compdef _openpex_yargs_completions openpex');
  });

  test('the script learns commands and options', () => {
    const complete = (...words: readonly string[]) =>
      openpex(['--get-yargs-completions', 'openpex', ...words], temporaryFolder(), { SHELL: '/bin/bash' });
    expect(complete('r').stdout.split('\n')).toEqual(expect.arrayContaining(['run', 'report', 'replay']));
    const { code, stderr, stdout } = complete('run', '--');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual(expect.arrayContaining(['--policy', '--set', '--json']));
  });
});

test('what a policy logs goes to stderr, so that --json is one document', () => {
  const folder = temporaryFolder();
  write(
    folder,
    'talkative.mjs',
    `import { allocationPolicy } from 'openpex';
import { Type } from 'typebox';
console.log('loaded');
export default allocationPolicy({
  name: 'talkative',
  summary: 'The first candidate, with a comment.',
  options: Type.Object({}),
  create: () => ({
    choose(_request, candidates) {
      console.log('chosen', [...candidates][0].nodeId);
      console.info('among %d', [...candidates].length);
      return [...candidates][0];
    },
  }),
});
`,
  );
  const { code, stderr, stdout } = openpex(
    ['run', 'openpex-2009-example', '--json', '--quiet', '--policy', 'allocation=./talkative.mjs'],
    folder,
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout).requests).toBe(2);
  expect(stderr).toContain('loaded\n');
  expect(stderr).toContain('chosen leon\n');
  expect(stderr).toMatch(/^among \d$/m);
});
