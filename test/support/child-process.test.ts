import { expect, test } from 'vitest';
import { Program, runProgram, succeeds } from './child-process.ts';

const FOR_EVER = ['-c', 'echo so far; exec sleep 600'];
const STALLED =
  'sh -c echo so far; exec sleep 600 did not end within 0.5 s and was killed; it had said:\nso far\n';

test('a program that does not end is killed at its limit, and the error says which it was and what it had said', async () => {
  const program = new Program('sh', FOR_EVER);
  await expect(program.finished(500)).rejects.toThrow(STALLED);
  expect(await program.finished()).toMatchObject({ code: null, signal: 'SIGKILL' });
  expect(() => runProgram('sh', FOR_EVER, { limitMs: 500 })).toThrow(STALLED);
});

test('what a program says is waited for, but not longer than until it ends', async () => {
  const [, word] = await new Program('sh', FOR_EVER).says(/so (\w+)\n/);
  expect(word).toBe('far');
  await expect(new Program('sh', ['-c', 'echo other; exit 3']).says(/far/)).rejects.toThrow(
    'ended (3):\nother\n',
  );
  await expect(new Program('sh', FOR_EVER).says(/near/, { limitMs: 500 })).rejects.toThrow(
    'did not say /near/',
  );
});

test('a program that is not there is told by its name', async () => {
  expect(succeeds('no-such-program')).toBe(false);
  expect(() => runProgram('no-such-program', [])).toThrow(
    'no-such-program: spawnSync no-such-program ENOENT',
  );
  await expect(new Program('no-such-program', []).finished()).rejects.toThrow('ENOENT');
});
