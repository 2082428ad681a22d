// The capacity calendar against its oracle for as many operations as one likes: some thousand in CI, a million in a night (CONTRIBUTING.md).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareWithNaive } from './comparison.ts';
import { histories, type Step } from './history.ts';

const wanted = Number(process.env['OPENPEX_TEST_OPERATIONS'] ?? 3_000);
/** Small times and few nodes: what goes wrong, goes wrong there too. */
const SCALE = {
  nodesMax: 5,
  capacityMax: 6,
  demandMax: 4,
  horizonMs: 40,
  lengthMsMax: 12,
  countMax: 6,
  stepsMax: 100,
  namedMax: 3,
};
const HISTORIES_AT_ONCE = 50;
/** A hundred times as long as it takes on a machine with nothing else to do. */
const LIMIT_MS = 170_000 + wanted * 20;

test('the calendar and its oracle agree on every answer, however many there are', {
  timeout: LIMIT_MS,
}, () => {
  let seed = Number(fc.readConfigureGlobal()?.seed ?? Math.floor(Math.random() * 2 ** 31));
  let operations = 0;
  const property = fc.property(histories(SCALE), (history) => {
    compareWithNaive(history);
    operations += countOf(history.steps);
  });
  // One call of many histories keeps them all; what is found is told with its seed either way.
  for (; operations < wanted; seed++) fc.assert(property, { seed, numRuns: HISTORIES_AT_ONCE });
  expect(operations).toBeGreaterThanOrEqual(wanted);
  console.log(`${operations.toLocaleString('en')} operations, the same answers`);
});

/** Edits, questions and the rest, those of drafts too. */
function countOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => {
    if (step.act === 'fork') return sum + countOf(step.steps);
    return sum + (step.act === 'plan' ? step.edits.length : 1);
  }, 0);
}
