// Several streams in order of submission become one. Used for the workloads of a scenario and for the populations of a generator.

/**
 * Merges by `submitMs`; at equal instants the earlier stream goes first. Reads one item ahead of each stream and closes them all
 * when the reader stops. O(streams) per item: a scenario has a handful.
 * @param streams each in order of `submitMs`
 */
export async function* mergeWorkloads<T extends { readonly submitMs: number }>(
  streams: readonly (AsyncIterable<T> | Iterable<T>)[],
): AsyncGenerator<T> {
  if (streams.length === 1) {
    yield* streams[0]!;
    return;
  }
  const iterators = streams.map(iteratorOf);
  try {
    const heads = [];
    for (const iterator of iterators) heads.push(await iterator.next());
    for (;;) {
      let first = -1;
      let earliestMs = Number.POSITIVE_INFINITY;
      for (const [index, head] of heads.entries()) {
        if (!head.done && head.value.submitMs < earliestMs) {
          first = index;
          earliestMs = head.value.submitMs;
        }
      }
      const head = heads[first];
      if (head === undefined || head.done) return;
      yield head.value;
      heads[first] = await iterators[first]!.next();
    }
  } finally {
    for (const iterator of iterators) await iterator.return?.();
  }
}

function iteratorOf<T>(stream: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : stream[Symbol.iterator]();
}
