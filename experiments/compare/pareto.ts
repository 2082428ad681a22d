// Which of several choices are worth a thought when two figures count: those that no other beats in both (V. Pareto 1906).
import type { Direction } from '../results/usual-direction.ts';

export interface Choice {
  readonly x: number;
  readonly y: number;
}

interface Directions {
  readonly x: Exclude<Direction, 'same'>;
  readonly y: Exclude<Direction, 'same'>;
}

/** Those than which no other is at least as good in both figures and better in one, in their order. */
export function paretoFront<Each extends Choice>(choices: readonly Each[], better: Directions): Each[] {
  const gain = (value: number, direction: 'higher' | 'lower') => (direction === 'higher' ? value : -value);
  return choices.filter((one) => {
    const x = gain(one.x, better.x);
    const y = gain(one.y, better.y);
    return !choices.some((other) => {
      const dx = gain(other.x, better.x) - x;
      const dy = gain(other.y, better.y) - y;
      return dx >= 0 && dy >= 0 && (dx > 0 || dy > 0);
    });
  });
}
