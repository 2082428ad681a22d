// Tells one story of the service after the other until one ends badly, and makes that one small.
import { drawStory } from './draw-story.ts';
import type { Replaced } from './service-process.ts';
import type { FaultKind, ServiceStory, StoryHypervisor } from './service-story.ts';
import { shrinkStory } from './shrink-story.ts';
import { Stage } from './stage.ts';
import { type Told, tellStory } from './tell-story.ts';

export interface ServiceFuzzOptions {
  readonly seed: number;
  readonly runs: number;
  /** What may go wrong. */
  readonly kinds: readonly FaultKind[];
  /** What carries the VMs. Default: simulated. */
  readonly hypervisor?: StoryHypervisor;
  /** Asked before each story: begin no more. */
  readonly isOver?: () => boolean;
  readonly onStory?: (done: number) => void;
  readonly onFinding?: (number: number, story: ServiceStory) => void;
  /** How tests put a fault back: made anew for each story. */
  readonly replaced?: () => Replaced;
}

export interface FoundStory {
  /** Of the stories that were told, counted from 1. */
  readonly number: number;
  readonly drawn: ServiceStory;
  readonly smallest: ServiceStory;
  /** How the smallest went. */
  readonly told: Told;
}

export interface ServiceFuzzOutcome {
  readonly stories: number;
  readonly tally: Readonly<Record<string, number>>;
  /** Over all stories: the same for the same seed. */
  readonly digests: readonly string[];
  readonly found: FoundStory | null;
}

/** So many smaller stories are tried. */
const SHRINK_TRIES = 200;

export async function fuzzService(options: ServiceFuzzOptions): Promise<ServiceFuzzOutcome> {
  const {
    hypervisor = 'simulated',
    isOver = () => false,
    kinds,
    onFinding,
    onStory,
    replaced,
    runs,
    seed,
  } = options;
  const stage = await Stage.open();
  const tell = (story: ServiceStory) => tellStory(stage, story, replaced?.());
  const tally: Record<string, number> = {};
  const digests: string[] = [];
  try {
    for (let number = 1; number <= runs && !isOver(); number++) {
      const drawn = drawStory(seed, number, { kinds, hypervisor });
      const told = await tell(drawn);
      for (const [what, count] of Object.entries(told.tally)) tally[what] = (tally[what] ?? 0) + count;
      digests.push(told.digest);
      onStory?.(number);
      if (told.problems.length === 0) continue;
      onFinding?.(number, drawn);
      const way = wayOf(told);
      const fails = async (smaller: ServiceStory) => !isOver() && wayOf(await tell(smaller)) === way;
      const smallest = await shrinkStory(drawn, fails, SHRINK_TRIES);
      return {
        stories: number,
        tally,
        digests,
        found: { number, drawn, smallest, told: await tell(smallest) },
      };
    }
    return { stories: digests.length, tally, digests, found: null };
  } finally {
    await stage.close();
  }
}

/** Tells a story that was left once more. */
export async function repeatStory(story: ServiceStory): Promise<Told> {
  const stage = await Stage.open();
  try {
    return await tellStory(stage, story);
  } finally {
    await stage.close();
  }
}

/** How a story ended, without the ids and numbers of this telling. */
function wayOf({ problems }: Told): string {
  return (problems[0] ?? '').replace(/[0-9A-F]{8}-[0-9A-F-]{27}/gi, '#').replace(/\d+/g, '#');
}
