// How the command line ends after each kind of trouble.
import { describe, expect, test } from 'vitest';
import { reportError } from '../../cli/exit.ts';
import { InvariantError, PolicyError, RestoreError } from '../../engine/index.ts';
import { TROUBLES } from '../../live/troubles.ts';
import { type ErrorCode, InputError } from '../../written/input-error.ts';

async function ended(error: unknown) {
  let text = '';
  const exit = await reportError(error, (part) => {
    text += part;
  });
  return { exit, text };
}

describe('a trouble with a code is told in one line', () => {
  test.each([
    [
      new InputError('PEX_USAGE', 'expected KIND=NAME', { file: '--policy x' }),
      2,
      'openpex: --policy x: expected KIND=NAME [PEX_USAGE]\n',
    ],
    [
      new PolicyError({ kind: 'pricing', name: 'mine', what: 'returned NaN' }),
      1,
      'openpex: pricing policy "mine" returned NaN [PEX_POLICY_BROKE_RULES]\n',
    ],
    [new RestoreError('node "n9" is gone'), 2, 'openpex: node "n9" is gone [PEX_STATE_UNRESTORABLE]\n'],
  ])('%s', async (error, exit, text) => {
    expect(await ended(error)).toEqual({ exit, text });
  });

  test.each(Object.entries(TROUBLES))('%s ends as its row says', async (code, { exit }) => {
    expect(await ended(new InputError(code as ErrorCode, 'Because.'))).toEqual({
      exit,
      text: `openpex: Because. [${code}]\n`,
    });
  });
});

test('anything else is a bug of ours, with its stack', async () => {
  for (const error of [
    new InvariantError('a node is over-committed', {}),
    Object.assign(new Error('x'), { code: 'ENOENT' }),
    new InputError('PEX_MADE_UP', 'a code without a row'),
  ]) {
    const { exit, text } = await ended(error);
    expect(exit).toBe(1);
    expect(text).toMatch(/^openpex: this is a bug in OpenPEX.*\n.*Error: .*\n +at /s);
  }
  expect((await ended('a text')).text).toContain('a bug in OpenPEX');
});
