import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drawStory } from '../../../live/fuzz/draw-story.ts';
import { fuzzService } from '../../../live/fuzz/fuzz-service.ts';
import { FAULT_KINDS, type ServiceStory } from '../../../live/fuzz/service-story.ts';
import { shrinkStory } from '../../../live/fuzz/shrink-story.ts';
import { Stage } from '../../../live/fuzz/stage.ts';
import { tellStory } from '../../../live/fuzz/tell-story.ts';
import { withCalls } from './planted-faults.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const MINUTE = 60_000;

/** One reservation that is asked for, confirmed and activated in the first minute, and runs for ten. */
const ONE: ServiceStory = {
  nodes: 1,
  users: 1,
  holdMs: 2 * MINUTE,
  operationFailure: 0,
  autoActivate: true,
  errands: [
    {
      kind: 'reserve',
      atMs: 1_000,
      user: 0,
      type: 'SMALL',
      count: 1,
      options: 0,
      startInMs: 0,
      durationMs: 10 * MINUTE,
      deeds: [{ afterMs: 5_000, what: 'confirm' }],
    },
  ],
  faults: [],
};

describe('a story of the service', () => {
  test('goes the same way whenever it is told', async () => {
    for (const number of [1, 2]) {
      const story = drawStory(11, number, { kinds: FAULT_KINDS });
      const [first, second] = [await tellStory(stage, story), await tellStory(stage, story)];
      expect(second.lines).toEqual(first.lines);
      expect(second.digest).toBe(first.digest);
      expect(first.problems).toEqual([]);
    }
  });

  test('has VMs moved by its migration policy, and keeps its promises', async () => {
    const [errand] = ONE.errands;
    const crowded: ServiceStory = {
      ...ONE,
      nodes: 2,
      migration: 'balance',
      errands: [{ ...errand!, count: 3 } as ServiceStory['errands'][number]],
      faults: [{ kind: 'crash', atMs: 95_000, downMs: 20_000 }],
    };
    const { lines, problems } = await tellStory(stage, crowded);
    expect(problems).toEqual([]);
    expect(lines.filter((line) => line.includes('vm-migrated')).length).toBeGreaterThan(0);
    const { migration: _, ...still } = crowded;
    expect((await tellStory(stage, still)).lines.some((line) => line.includes('vm-migrated'))).toBe(false);
    expect((await shrinkStory(crowded, async ({ nodes }) => nodes === 2, 100)).migration).toBeUndefined();
  });

  test('is another with another seed', async () => {
    const [first, second] = [1, 2].map((seed) => drawStory(seed, 1, { kinds: FAULT_KINDS }));
    expect(first).not.toEqual(second);
    expect(drawStory(1, 1, { kinds: FAULT_KINDS })).toEqual(first);
  });

  // The confirmation, until its window opens at once: each statement is the last of the process, before and after the database did it.
  test('keeps its promise wherever the process dies', async () => {
    const ends = new Set<string>();
    for (let skip = 0; skip < 24; skip++) {
      for (const when of ['before', 'after'] as const) {
        const crash = { kind: 'crash-in-commit', atMs: 5_500, skip, when, downMs: 0 } as const;
        const told = await tellStory(stage, { ...ONE, faults: [crash] });
        expect(told.problems, `killed ${when} statement ${skip}`).toEqual([]);
        expect(told.tally['crash-in-commit']).toBe(1);
        ends.add(told.digest);
      }
    }
    // Before the confirmation and after it, and what followed from it.
    expect(ends.size).toBeGreaterThan(3);
  }, 60_000);

  test('goes on by a clock that was wrong, when an operator says that it is right now', async () => {
    const set = (byMs: number) => ({ kind: 'clock-set', atMs: 3 * MINUTE, byMs, forMs: 2 * MINUTE }) as const;
    const ended = async (byMs: number) => {
      const told = await tellStory(stage, { ...ONE, faults: [set(byMs)] });
      return [told.problems, told.lines.find((line) => line.includes('reservation-ended'))?.slice(11, 16)];
    };
    // At 08:10 by the clock that it has then.
    expect(await ended(4 * MINUTE)).toEqual([[], '08:06']);
    expect(await ended(-MINUTE)).toEqual([[], '08:11']);
  }, 60_000);

  test('tells apart a commit that is lost, one whose answer is lost, and one that comes late', async () => {
    const confirmed = async (fault: ServiceStory['faults'][number]) => {
      const { lines, problems } = await tellStory(stage, { ...ONE, faults: [fault] });
      expect(problems).toEqual([]);
      expect(lines.join('\n')).toContain('PUT /reservations');
      return lines.some((line) => line.includes('event') && line.includes('reservation-confirmed'));
    };
    const at = { atMs: 5_500, skip: 0 };
    // Recovered from the database, the event is told to nobody again; the client who looks sees it.
    expect(await confirmed({ kind: 'lost-answer', ...at })).toBe(false);
    expect(await confirmed({ kind: 'late-commit', ms: 10, ...at })).toBe(false);
    expect(await confirmed({ kind: 'slow-commit', ms: 2_000, ...at })).toBe(true);
    expect(await confirmed({ kind: 'lost-reply', ...at })).toBe(true);
  });
});

describe('a story on a Xen pool', () => {
  const pooled: ServiceStory = { ...ONE, hypervisor: 'xapi' };

  test('goes the same way whenever it is told, whatever goes wrong with the pool', async () => {
    const faults: ServiceStory['faults'] = [
      { kind: 'slow-pool', atMs: 2_000, forMs: MINUTE, latencyMs: 2_000, factor: 3 },
      { kind: 'lost-pool-answer', atMs: 5_500, skip: 1 },
      { kind: 'guest-crash', atMs: 3 * MINUTE, vm: 0, action: 'restart' },
      { kind: 'toolstack-crash', atMs: 4 * MINUTE, forMs: 30_000, inFlight: 'completed' },
      { kind: 'master-change', atMs: 6 * MINUTE, node: 0 },
      { kind: 'outside-stop', atMs: 7 * MINUTE, vm: 0 },
    ];
    const story = { ...pooled, nodes: 2, faults };
    const [first, second] = [await tellStory(stage, story), await tellStory(stage, story)];
    expect(first.problems).toEqual([]);
    expect(second.lines).toEqual(first.lines);
    for (const { kind } of faults) expect([kind, first.tally[kind]]).toEqual([kind, 1]);
    expect(first.lines.some((line) => line.includes('"guest-crash"'))).toBe(true);
  }, 60_000);

  // From the clone to the start: each call that changes something is the last of the process, before and after the pool took it.
  test('keeps its promise wherever the process dies in its talk with the pool', async () => {
    const ends = new Set<string>();
    for (let skip = 0; skip < 5; skip++) {
      for (const when of ['before', 'after'] as const) {
        const crash = { kind: 'crash-in-call', atMs: 5_500, skip, when, downMs: 20_000 } as const;
        const told = await tellStory(stage, { ...pooled, faults: [crash] });
        expect(told.problems, `killed ${when} call ${skip}`).toEqual([]);
        expect(told.tally['crash-in-call']).toBe(1);
        ends.add(told.digest);
      }
    }
    expect(ends.size).toBeGreaterThan(2);
  }, 60_000);

  test('ends badly when anything of a VM is left in the pool', async () => {
    const careless = withCalls((method, ask) =>
      method.endsWith('VDI.destroy') ? Promise.resolve('') : ask(),
    );
    const { problems } = await tellStory(stage, pooled, careless());
    expect(problems).toEqual([expect.stringMatching(/^disk .* is left$/)]);
  });

  test('is drawn as the others are, and nothing of a pool goes wrong without one', () => {
    const kinds = ['crash-in-call', 'crash'] as const;
    expect(drawStory(1, 1, { kinds, hypervisor: 'xapi' }).hypervisor).toBe('xapi');
    const others = [1, 2, 3].flatMap((number) => drawStory(1, number, { kinds }).faults);
    expect(new Set(others.map(({ kind }) => kind))).toEqual(new Set(['crash']));
  });
});

test('a series of stories says what was told, and begins no more when it is over', async () => {
  let told = 0;
  const { digests, found, stories, tally } = await fuzzService({
    seed: 2,
    runs: 50,
    kinds: ['crash'],
    isOver: () => told === 3,
    onStory: (done) => {
      told = done;
    },
  });
  expect([stories, found, digests.length]).toEqual([3, null, 3]);
  expect(Object.keys(tally)).toContain('crash');
  expect(tally['calls']).toBeGreaterThan(0);
});

test('a story is made small as long as it ends the same way', async () => {
  const story = drawStory(1, 3, { kinds: FAULT_KINDS });
  const fault = story.faults.at(-1);
  const errand = story.errands.find(({ kind }) => kind === 'reserve');
  const fails = async ({ errands, faults }: ServiceStory) =>
    faults.includes(fault!) && errands.some((each) => each.kind === 'reserve' && each.atMs === errand!.atMs);
  const smallest = await shrinkStory(story, fails, 500);
  expect(smallest.faults).toEqual([fault]);
  expect(smallest.errands).toEqual([{ ...errand, deeds: [] }]);
  expect(smallest.nodes).toBe(1);
});

test('a deposit without a key is booked once, whatever becomes of its commit: nobody is told that nothing was changed where it may have been', async () => {
  const deposit = { kind: 'deposit', atMs: 1_000, user: 0, amountMicros: 7, hasKey: false } as const;
  const told = (fault: ServiceStory['faults'][number]) =>
    tellStory(stage, { ...ONE, errands: [deposit], faults: [fault] });
  const answered = ({ lines }: Awaited<ReturnType<typeof told>>) =>
    lines.flatMap((line) => /\/deposits : (.*)$/.exec(line)?.[1]?.trim() ?? []);
  const at = { atMs: 500, skip: 0 };
  for (const [fault, answers] of [
    [{ kind: 'lost-answer', ...at }, ['503 PEX_OUTCOME_UNKNOWN']],
    [{ kind: 'late-commit', ...at, ms: 1_500 }, ['503 PEX_OUTCOME_UNKNOWN']],
    [{ kind: 'torn-commit', ...at }, ['503 PEX_OUTCOME_UNKNOWN']],
    [{ kind: 'slow-commit', ...at, ms: 2_000 }, ['201']],
  ] as const) {
    const story = await told(fault);
    expect([fault.kind, story.problems, answered(story)]).toEqual([fault.kind, [], answers]);
  }
});
