// What a comparison comes to, in sentences: which choice is for sure better than the baseline and in what, and what cannot be told apart.
import type { Combination } from '../definition/factors.ts';
import type { Direction } from '../results/usual-direction.ts';
import type { Comparison, Difference } from './comparison.ts';
import { changedLevels, isSure } from './comparison-tables.ts';

/** `higher` and `lower` where a figure has no better side; `open`: it cannot be told apart. */
export type Reading = 'better' | 'worse' | 'higher' | 'lower' | 'same' | 'open';

/** @param better which way its figure is */
export function readingOf(difference: Difference, better: Direction): Reading {
  if (!isSure(difference)) return difference.mean === 0 && difference.deviation === 0 ? 'same' : 'open';
  const side = difference.mean > 0 ? 'higher' : 'lower';
  if (better === 'same') return side;
  return side === better ? 'better' : 'worse';
}

/** As people call it: of one factor its level alone. */
export function choiceName(choice: Combination): string {
  const levels = Object.values(choice);
  return levels.length === 1 ? levels[0]! : changedLevels({}, choice);
}

/** @returns none where there is nothing to compare with */
export function conclusionsOf({ better: sides, overall }: Pick<Comparison, 'better' | 'overall'>): string[] {
  const [first] = overall;
  if (first === undefined) return [];
  const baseline = choiceName(first.against);
  if (overall.every(({ n }) => n < 2)) return ['One seed tells nothing: run more of them.'];
  const figures = [...new Set(overall.map(({ figure }) => figure))];
  const choices = [...new Set(overall.map(({ combination }) => choiceName(combination)))];
  const read = (figure: string, reading: Reading) =>
    overall
      .filter(
        (difference) => difference.figure === figure && readingOf(difference, sides[figure]!) === reading,
      )
      .map(({ combination }) => choiceName(combination));
  const better = choices.flatMap((choice) => {
    const gains = figures.filter((figure) => read(figure, 'better').includes(choice));
    const isSafe = figures.every((figure) => !read(figure, 'worse').includes(choice));
    return gains.length > 0 && isSafe ? [`${choice} (${gains.join(', ')})`] : [];
  });
  const different = figures.filter((figure) =>
    (['better', 'worse', 'higher', 'lower'] as const).some((reading) => read(figure, reading).length > 0),
  );
  const alike = figures.filter((figure) => !different.includes(figure));
  if (different.length === 0)
    return [`Nothing can be told apart from ${baseline}: all differences may be chance.`];
  return [
    better.length > 0
      ? `For sure better than ${baseline} in something, and for sure worse in nothing: ${better.join('; ')}.`
      : `Nothing is for sure better than ${baseline} in something without being worse in something else.`,
    ...different.map((figure) => {
      const parts = (['better', 'higher', 'lower', 'worse', 'same', 'open'] as const).flatMap((reading) => {
        const found = read(figure, reading);
        return found.length === 0 ? [] : [`${WORDS[reading]}: ${found.join(', ')}`];
      });
      return `${figure} – ${parts.join('; ')}.`;
    }),
    ...(alike.length > 0 ? [`In ${alike.join(', ')} nothing can be told apart from ${baseline}.`] : []),
  ];
}

const WORDS: Readonly<Record<Reading, string>> = {
  better: 'better',
  higher: 'higher',
  lower: 'lower',
  worse: 'worse',
  same: 'the same',
  open: 'cannot be told apart',
};
