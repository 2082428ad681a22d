// openpex policies check, in this thread: what is said of policies with a planted bug, and of those that ship.
import { expect, test } from 'vitest';
import { checkPolicies } from '../../../experiments/fuzz/check-policy.ts';
import { THIS_THREAD } from '../../../experiments/fuzz/fuzz-crew.ts';
import { checkText } from '../../../experiments/fuzz/fuzz-text.ts';
import { temporaryFolder } from '../../support/command-line.ts';
import { fileOf, PLANTED_BUGS } from './planted-bugs.ts';

const QUIET = { seed: 1, crew: THIS_THREAD };

test.each(['writing-offer', 'tie-by-dice', 'forgetful-turns'])(
  'of %s it says which rule is broken, and goes on behind the first case',
  async (name) => {
    const bug = PLANTED_BUGS.find((each) => each.name === name)!;
    const policies = { [bug.kind]: { file: fileOf(bug) } };
    const checked = await checkPolicies({ ...QUIET, runs: 10, policies, place: temporaryFolder() });
    expect(checked.cases).toBe(10);
    const broken = checked.verdicts.filter(({ state }) => state === 'broken');
    expect(broken.length).toBeGreaterThan(0);
    for (const { cases, check, first } of broken) {
      expect(bug.checks).toContain(check);
      expect(first!.what).toMatch(bug.says);
      expect(cases).toBeGreaterThan(0);
    }
  },
);

test('what keeps every rule is told so, a rule to a line', async () => {
  const policies = { allocation: { name: 'round-robin' }, 'counter-offer': { name: 'nearest-start' } };
  const checked = await checkPolicies({ ...QUIET, runs: 3, policies, place: temporaryFolder() });
  expect(checkText(checked, [])).toMatchInlineSnapshot(`
    "ok       writes to nothing that it is handed
    ok       looks at no clock and throws no dice of its own
    ok       answers what its kind must, and what can be applied
    ok       answers at once
    ok       decides the same when the run is repeated
    ok       decides the same after a restart
    ok       decides the same after it was asked in vain
    ok       lets every promise be kept
    ok       sends nobody away if it claims so
    ok       lets a run come to rest
    ok       lets the manager go on
    Every rule is kept.
    "
  `);
});

test('what nothing could show is no rule that is kept', async () => {
  const policies = { pricing: { name: 'flat' } };
  const checked = await checkPolicies({ ...QUIET, runs: 1, policies, place: temporaryFolder() });
  const unknown = checkText(
    { ...checked, verdicts: [{ check: 'restart', rule: 'decides the same', state: 'unknown', cases: 0 }] },
    ['compensation() of the pricing policy'],
  );
  expect(unknown).toMatchInlineSnapshot(`
    "unknown  decides the same
    unknown  compensation() of the pricing policy was never asked: nothing is known of it
    No rule was seen broken.
    "
  `);
});
