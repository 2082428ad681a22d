import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runProgram } from './child-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test('a test that holds up its thread for ever ends the run, which says where', () => {
  const { code, stderr } = runProgram(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/support/for-ever/vitest.config.ts'],
    { cwd: ROOT, env: { OPENPEX_TEST_GRACE_MS: '300' } },
  );
  expect(stderr).toMatch(
    /^STALLED test\/support\/for-ever\/for-ever\.ts, in "turns for ever": for \d s its thread has done nothing else; its limit is 0\.2 s\.$/m,
  );
  expect(code).toBe(1);
});
