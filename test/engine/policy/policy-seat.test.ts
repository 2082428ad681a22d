// What a seat promises: quotes and restarts change nothing that comes next, what is refused leaves no trace, and memory is plain JSON.
import { describe, expect, test } from 'vitest';
import {
  type Decision,
  type Matter,
  type Named,
  PolicyError,
  type PricingPolicy,
  Seat,
} from '../../../engine/index.ts';
import { proposal } from '../../policies/views.ts';

const view = Object.freeze({
  nowMs: 0,
  clusterCapacity: proposal().demand,
  resources: [],
  bookedShare: () => 0,
});
const about = (subject: string, nowMs = 0): Matter => ({ nowMs, subject, round: 1 });

function pricing<M extends object>(
  price: (decision: Decision<M>) => unknown,
  memory?: () => M,
): Named<PricingPolicy> {
  return {
    name: 'mine',
    policy: {
      price: (_proposal, _view, decision) => price(decision as Decision<M>) as number,
      compensation: () => ({ refundMicros: 0, penaltyMicros: 0 }),
    },
    ...(memory === undefined ? {} : { memory }),
  };
}

const drawing = pricing(({ rng }) => rng.integer(1, 1_000_000));
const counting = pricing<{ count: number }>(
  ({ memory }) => {
    memory.count += 1;
    return memory.count;
  },
  () => ({ count: 0 }),
);

/** Asks once; what is written is kept unless told otherwise. */
function ask(seat: Seat<'pricing'>, matter = about('R1'), keep = true): number {
  const sitting = seat.sitting();
  const price = sitting.ask(matter, 'price', proposal(), view);
  if (keep) sitting.keep();
  return price;
}

describe('chance', () => {
  test('is keyed by the decision: asked in vain, in another order or in another life, it draws the same', () => {
    const one = new Seat('pricing', drawing, 7);
    const first = [ask(one, about('R1')), ask(one, about('R2')), ask(one, about('R2', 5))];
    expect(new Set(first).size).toBe(3);
    const other = new Seat('pricing', drawing, 7);
    ask(other, about('quote'), false);
    expect([ask(other, about('R2', 5)), ask(other, about('R1')), ask(other, about('R2'))]).toEqual([
      first[2],
      first[0],
      first[1],
    ]);
    expect(ask(new Seat('pricing', drawing, 8), about('R1'))).not.toBe(first[0]);
  });

  test('differs from policy to policy, and from instance to instance', () => {
    const one = new Seat('pricing', drawing, 7);
    const named = new Seat('pricing', { ...drawing, name: 'other' }, 7);
    expect(ask(named)).not.toBe(ask(one));
    expect(ask(one, { ...about('R1'), instance: 1 })).not.toBe(ask(one, { ...about('R1'), instance: 2 }));
  });
});

describe('memory', () => {
  test('is kept with the decision that was applied, and forgotten with one that was asked in vain', () => {
    const seat = new Seat('pricing', counting, 1);
    expect([
      ask(seat),
      ask(seat, about('quote'), false),
      ask(seat, about('quote'), false),
      ask(seat),
    ]).toEqual([1, 2, 2, 2]);
  });

  test('is seen by the later decisions of one sitting, and by a fork of it', () => {
    const seat = new Seat('pricing', counting, 1);
    const sitting = seat.sitting();
    const price = (from: typeof sitting) => from.ask(about('R1'), 'price', proposal(), view);
    expect([price(sitting), price(sitting)]).toEqual([1, 2]);
    const lost = sitting.fork();
    expect([price(lost), price(lost)]).toEqual([3, 4]);
    const kept = sitting.fork();
    expect(price(kept)).toBe(3);
    kept.keep();
    expect(price(sitting)).toBe(4);
    expect(seat.memory).toEqual({ count: 0 });
    sitting.keep();
    expect(seat.memory).toEqual({ count: 4 });
  });

  test('goes through a snapshot, as JSON, to a policy of that name', () => {
    const seat = new Seat('pricing', counting, 1);
    ask(seat);
    const stored = JSON.parse(JSON.stringify([seat.snapshot()]));
    const next = new Seat('pricing', counting, 1);
    next.restore(stored);
    expect(ask(next)).toBe(2);
    const other = new Seat('pricing', { ...counting, name: 'other' }, 1);
    other.restore(stored);
    expect(ask(other)).toBe(1);
    expect(new Seat('pricing', drawing, 1).snapshot()).toBeUndefined();
  });

  test('is not shared with the policy: what it holds on to is a copy', () => {
    const held: { count: number }[] = [];
    const seat = new Seat(
      'pricing',
      pricing<{ count: number }>(
        ({ memory }) => {
          held.push(memory);
          return memory.count;
        },
        () => ({ count: 3 }),
      ),
      1,
    );
    ask(seat);
    held[0]!.count = 99;
    expect(ask(seat)).toBe(3);
  });

  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  test.each([
    ['NaN', Number.NaN, 'memory.last is NaN'],
    ['a function', () => 1, 'memory.last is a function'],
    ['a cycle', cycle, 'memory.last.self contains itself'],
    ['a class instance', new Map(), 'memory.last is a Map'],
    ['undefined in a list', [undefined], 'memory.last[0] is undefined'],
  ])('that is no plain JSON is the policy’s error: %s', (_, value, problem) => {
    const seat = new Seat(
      'pricing',
      pricing<{ last: unknown }>(
        ({ memory }) => {
          memory.last = value;
          return 0;
        },
        () => ({ last: 1 }),
      ),
      1,
    );
    expect(() => ask(seat)).toThrow(
      `pricing policy "mine" left a memory that is no plain JSON in price(): ${problem}, asked about R1, round 1, at 1970-01-01T00:00:00Z`,
    );
    expect(seat.memory).toEqual({ last: 1 });
  });

  test('must be declared, as plain JSON', () => {
    expect(() =>
      ask(
        new Seat(
          'pricing',
          pricing<{ n: number }>(({ memory }) => memory.n),
          1,
        ),
      ),
    ).toThrow('this policy declares no memory; add `memory: () => ({…})` to its definition');
    const bad = (memory: () => object) => () =>
      new Seat(
        'pricing',
        pricing(() => 0, memory),
        1,
      );
    expect(bad(() => ({ a: new Date(0) }))).toThrow('declares what is no plain JSON: memory.a is a Date');
    expect(bad(() => 7 as never)).toThrow('declares 7 as its memory; expected a group of values or a list');
  });
});

test('a decision that fails leaves nothing behind', () => {
  let fails = true;
  const seat = new Seat(
    'pricing',
    pricing<{ count: number }>(
      ({ memory }) => {
        memory.count += 1;
        if (fails) throw new Error('boom');
        return memory.count;
      },
      () => ({ count: 0 }),
    ),
    1,
  );
  const sitting = seat.sitting();
  expect(() => sitting.ask(about('R1'), 'price', proposal(), view)).toThrow(PolicyError);
  fails = false;
  expect(sitting.ask(about('R1'), 'price', proposal(), view)).toBe(1);
});

test('a promise is no answer, and its own trouble is nobody’s', async () => {
  const seat = new Seat(
    'pricing',
    pricing(async () => Promise.reject(new Error('later'))),
    1,
  );
  expect(() => ask(seat)).toThrow(
    'pricing policy "mine" returned a promise from price(); policies answer at once: expected whole micro-credits',
  );
});
