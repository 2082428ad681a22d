// Makes a story that ends badly smaller while it ends the same way: without halves of what happens in it, then quarters, down to single things
// (delta debugging, Zeller and Hildebrandt 2002), then plainer.
import type { ServiceStory } from './service-story.ts';

/** @param fails whether a smaller story still ends the same way; asked `tries` times at most */
export async function shrinkStory(
  found: ServiceStory,
  fails: (smaller: ServiceStory) => Promise<boolean>,
  tries: number,
): Promise<ServiceStory> {
  let left = tries;
  // A story goes the same way whenever it is told, and the last round tries again what the one before it has tried.
  const wellEnded = new Set<string>();
  const firstOf = async (story: ServiceStory, smaller: Iterable<ServiceStory>) => {
    for (const each of smaller) {
      const told = JSON.stringify(each);
      if (wellEnded.has(told)) continue;
      if (left <= 0) return story;
      left -= 1;
      if (await fails(each)) return each;
      wellEnded.add(told);
    }
    return story;
  };
  let smallest = found;
  for (;;) {
    const before = smallest;
    for (const list of ['faults', 'errands'] as const) {
      for (
        let size = Math.ceil(smallest[list].length / 2);
        size >= 1;
        size = size === 1 ? 0 : Math.ceil(size / 2)
      ) {
        for (let shorter = await firstOf(smallest, without(smallest, list, size)); shorter !== smallest; ) {
          smallest = shorter;
          shorter = await firstOf(smallest, without(smallest, list, size));
        }
      }
    }
    smallest = await firstOf(smallest, plainer(smallest));
    for (let shorter = await firstOf(smallest, fewerDeeds(smallest)); shorter !== smallest; ) {
      smallest = shorter;
      shorter = await firstOf(smallest, fewerDeeds(smallest));
    }
    if (smallest === before || left <= 0) return smallest;
  }
}

function* without(story: ServiceStory, list: 'errands' | 'faults', size: number): Generator<ServiceStory> {
  for (let from = 0; from < story[list].length; from += size)
    yield { ...story, [list]: story[list].toSpliced(from, size) };
}

function* plainer(story: ServiceStory): Generator<ServiceStory> {
  if (story.hypervisor !== undefined) {
    const { hypervisor: _, ...simulated } = story;
    yield simulated;
  }
  if (story.operationFailure > 0) yield { ...story, operationFailure: 0 };
  if (story.migration !== undefined) {
    const { migration: _, ...still } = story;
    yield still;
  }
  if (story.images !== undefined) {
    const { images: _, ...there } = story;
    yield there;
  }
  if (!story.autoActivate) yield { ...story, autoActivate: true };
  if (story.nodes > 1) yield { ...story, nodes: 1 };
}

function* fewerDeeds(story: ServiceStory): Generator<ServiceStory> {
  for (const [number, errand] of story.errands.entries()) {
    if (errand.kind !== 'reserve') continue;
    const { deeds } = errand;
    for (let from = deeds.length - 1; from >= 0; from--)
      yield { ...story, errands: story.errands.with(number, { ...errand, deeds: deeds.toSpliced(from, 1) }) };
  }
}
