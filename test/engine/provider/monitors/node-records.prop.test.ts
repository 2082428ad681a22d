// How often a node was lost and how long it served, against what a notebook of every minute says, with a provider that restarts after each input.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Input, Provider, type ProviderSetup } from '../../../../engine/index.ts';
import { runs } from '../../../support/fast-check.ts';
import { restarting } from '../../../support/restarting.ts';
import { MINUTE, node, provider } from '../../../support/setup.ts';

const NODES = ['n1', 'n2'];
const setup: ProviderSetup = provider({ cluster: { nodes: NODES.map((nodeId) => node(nodeId)) } });

interface Word {
  readonly nodeId: string;
  readonly minute: number;
  readonly isUp: boolean;
}

const words: fc.Arbitrary<Word[]> = fc
  .array(fc.record({ nodeId: fc.constantFrom(...NODES), minute: fc.nat({ max: 60 }), isUp: fc.boolean() }), {
    maxLength: 12,
  })
  .map((drawn) => drawn.sort((a, b) => a.minute - b.minute));

/** Each minute is looked at: nothing is computed. */
function notebook(heard: readonly Word[], nodeId: string, untilMinute: number) {
  let isUp = true;
  let losses = 0;
  let servedMs = 0;
  for (let minute = 0; minute <= untilMinute; minute++) {
    for (const word of heard.filter((each) => each.nodeId === nodeId && each.minute === minute)) {
      if (isUp && !word.isUp) losses += 1;
      isUp = word.isUp;
    }
    if (isUp && minute < untilMinute) servedMs += MINUTE;
  }
  return { losses, servedMs };
}

const begin: Input = { kind: 'command', command: { name: 'begin' } };

function told(of: Provider, heard: readonly Word[], untilMinute: number) {
  of.handle(begin, 0);
  for (const { isUp, minute, nodeId } of heard)
    of.handle({ kind: 'report', report: { kind: isUp ? 'node-up' : 'node-down', nodeId } }, minute * MINUTE);
  of.handle({ kind: 'report', report: { kind: 'node-up', nodeId: 'nobody' } }, untilMinute * MINUTE);
  return of.nodeConditions().map(({ history }) => history);
}

test('losses and time served are those of a notebook, whatever restarts between', () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 60, max: 90 }), (heard, untilMinute) => {
      const noted = NODES.map((nodeId) => notebook(heard, nodeId, untilMinute));
      expect(told(new Provider(setup), heard, untilMinute)).toEqual(noted);
      expect(told(restarting(setup), heard, untilMinute)).toEqual(noted);
    }),
    { numRuns: runs(100) },
  );
});

test('a loss counts from the last sign of life, and the records of a provider that kept none begin when it is made', () => {
  const first = new Provider(setup);
  first.handle(begin, 0);
  const report = { kind: 'node-down', nodeId: 'n1', silentSinceMs: 9 * MINUTE } as const;
  first.handle({ kind: 'report', report }, 10 * MINUTE);
  const history = (of: Provider) => of.nodeConditions().map((condition) => condition.history);
  expect(history(first)).toEqual([
    { losses: 1, servedMs: 9 * MINUTE },
    { losses: 0, servedMs: 10 * MINUTE },
  ]);
  const { nodeRecords: _, ...old } = first.snapshot();
  const second = new Provider(setup, { snapshot: old });
  const back = { kind: 'node-up', nodeId: 'n1' } as const;
  second.handle({ kind: 'report', report: back }, 15 * MINUTE);
  second.handle({ kind: 'report', report: { ...back, nodeId: 'n2' } }, 20 * MINUTE);
  expect(history(second)).toEqual([
    { losses: 1, servedMs: 5 * MINUTE },
    { losses: 0, servedMs: 10 * MINUTE },
  ]);
});

test('of a node that has left nothing is kept', () => {
  const first = new Provider(setup);
  first.handle(begin, 0);
  first.handle({ kind: 'report', report: { kind: 'node-down', nodeId: 'n2' } }, MINUTE);
  const one = provider({ cluster: { nodes: [node('n1')] } });
  const without = new Provider(one, { snapshot: first.snapshot() });
  without.handle(begin, 2 * MINUTE);
  expect(without.snapshot().nodeRecords?.map(({ nodeId }) => nodeId)).toEqual(['n1']);
});
