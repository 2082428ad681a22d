import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { putStory, readStory } from '../../../cli/service-case.ts';
import { drawStory } from '../../../live/fuzz/draw-story.ts';
import { FAULT_KINDS } from '../../../live/fuzz/service-story.ts';
import { openpex as openpexIn, temporaryFolder } from '../../support/command-line.ts';

const openpex = (args: readonly string[]) => openpexIn(args, temporaryFolder());

const STORY = drawStory(1, 1, { kinds: FAULT_KINDS });
const FOUND = {
  number: 1,
  drawn: STORY,
  smallest: { ...STORY, errands: STORY.errands.slice(0, 1) },
  told: { problems: ['a promise is broken'], digest: '', tally: {}, lines: ['one', 'two'] },
};

describe('openpex fuzz --service', () => {
  test('says what was told, the same for the same seed', () => {
    const args = ['fuzz', '--service', '--runs', '2', '--seed', '4', '--faults', 'crash,lost-answer'];
    const { code, stdout } = openpex(args);
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^Told 2 stories of the service \(seed 4\):\n/),
    ]);
    expect(stdout).toContain('Nothing was found.');
    expect(openpex(args).stdout).toBe(stdout);
  });

  test.each([
    [['--faults', 'crush'], 'there is no fault "crush": did you mean crash?'],
    [['--faults', 'x'], 'there is no fault "x": known are crash, crash-in-commit,'],
    [['--faults', 'guest-crash'], '"guest-crash" goes with --hypervisor xapi'],
    [['--hypervisor', 'xl'], 'expected simulated or xapi, not "xl"'],
    [['--jobs', '2'], 'stories of the service are told one after the other'],
    [['--policy', 'allocation=first-fit'], 'the service is tried with the policies that ship'],
    [['--runs', '0'], 'expected a whole number of at least 1'],
  ])('%j is refused', (args, message) => {
    const { code, stderr } = openpex(['fuzz', '--service', ...args]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test('--faults goes with --service only', () => {
    const { code, stderr } = openpex(['fuzz', '--faults', 'crash']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--faults: goes with --service')]);
  });

  test('tells a story that was left once more, and refuses what is none', () => {
    const folder = join(temporaryFolder(), 'case');
    putStory(folder, FOUND);
    expect(readStory(folder)).toEqual(FOUND.smallest);
    expect(readFileSync(join(folder, 'story.txt'), 'utf8')).toBe('one\ntwo\n');
    expect(openpex(['fuzz', '--repeat', folder])).toMatchObject({
      code: 0,
      stdout: 'It does not end badly any more.\n',
    });
    const text = readFileSync(join(folder, 'story.json'), 'utf8');
    writeFileSync(join(folder, 'story.json'), text.replace('"kind": "', '"kind": "x'));
    const { code, stderr } = openpex(['fuzz', '--repeat', folder]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/story\.json.*story\./)]);
    writeFileSync(join(folder, 'story.json'), '{');
    expect(openpex(['fuzz', '--repeat', folder]).stderr).toContain('is no JSON');
  });

  test('leaves no story among files of others', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'mine.txt'), '');
    expect(() => putStory(folder, FOUND)).toThrow('holds files, but no story of the service');
  });
});
