// What was meant by a name that nobody knows.

/** The known name nearest to a mistyped one, when it is near enough to be meant. Optimal string alignment distance. */
export function didYouMean(typed: string, known: readonly string[]): string | undefined {
  // Of a word of two letters, one that differs says nothing.
  const limit = typed.length < 3 ? 0 : Math.max(1, Math.floor(typed.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const name of known) {
    const distance = editDistance(typed.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** A sentence part for messages: ` (did you mean "x"?)`, or the list of what is known. */
export function suggestion(typed: string, known: readonly string[]): string {
  const meant = didYouMean(typed, known);
  return meant === undefined ? ` (known: ${known.join(', ')})` : ` (did you mean "${meant}"?)`;
}

function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforePrevious[j - 2]! + 1);
      }
      current[j] = cost;
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length]!;
}
