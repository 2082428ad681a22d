// What is said of a turn on the waitlist.
import { expect, test } from 'vitest';
import { turnWords } from '../../../../live/portal/src/text/turn-words.ts';

const turn = { from: '', until: '', fromMs: Date.UTC(2026, 10, 30, 2), untilMs: Date.UTC(2026, 10, 30, 3) };

test('how likely a turn is, and when it would come', () => {
  expect(turnWords({ ...turn, chance: 0.2 })).toContain(
    'your turn comes with a chance of 20 %; if it does, nearly surely from ',
  );
  expect(turnWords({ ...turn, chance: 0.001 })).toContain('a chance of < 1 %');
});

test('no interval where nobody had a turn', () => {
  expect(turnWords({ ...turn, chance: 0 })).toBe(
    'By what became of those that waited before, a turn is not to be expected.',
  );
});
