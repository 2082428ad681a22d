// Some of a list, drawn without replacement.
import type { Decision } from '../../engine/for-policies.ts';

/** The first `count` of a list that was shuffled. */
export function drawn<T>(list: readonly T[], count: number, rng: Decision['rng']): T[] {
  const left = [...list];
  const taken: T[] = [];
  while (taken.length < count && left.length > 0)
    taken.push(...left.splice(rng.integer(0, left.length - 1), 1));
  return taken;
}
