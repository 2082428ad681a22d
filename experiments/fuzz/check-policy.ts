// Holds policies to the rules, each by itself: all cases are tried, also behind one that fails, so that an author reads at once which rules are kept
// and which are not. What fails can be made small by the fuzzer: the same seed draws the same cases.
import type { PolicyKind } from '../../engine/index.ts';
import { type Check, sumOf, type Tally } from './evaluate.ts';
import { type FuzzOptions, tryCases } from './fuzz.ts';

export interface Verdict {
  readonly check: Check;
  /** What is asked of a policy. Continues a sentence that begins with it. */
  readonly rule: string;
  /** unknown: nothing happened that would have shown it. */
  readonly state: 'kept' | 'broken' | 'unknown';
  /** In how many cases it was broken. */
  readonly cases: number;
  /** The first of them, and what happened in it. */
  readonly first?: { readonly number: number; readonly what: string };
}

export interface PolicyCheck {
  /** Cases that were tried: fewer than were asked for when a policy does not answer, as each such case takes its whole time. */
  readonly cases: number;
  readonly tally: Tally;
  /** One for each rule, in the order in which they are explained. */
  readonly verdicts: readonly Verdict[];
}

interface Rule {
  readonly rule: string;
  /** Name in the tally of what shows it; absent: every case does. */
  readonly shownBy?: string;
  /** Absent: for policies of every kind. */
  readonly kind?: PolicyKind;
}

const RULES: { readonly [C in Check]: Rule } = {
  mutation: { rule: 'writes to nothing that it is handed' },
  outside: { rule: 'looks at no clock and throws no dice of its own' },
  policy: { rule: 'answers what its kind must, and what can be applied' },
  answer: { rule: 'answers at once' },
  repetition: { rule: 'decides the same when the run is repeated', shownBy: 'repetitions' },
  restart: { rule: 'decides the same after a restart', shownBy: 'restarts' },
  quote: { rule: 'decides the same after it was asked in vain', shownBy: 'quotes' },
  promise: { rule: 'lets every promise be kept' },
  starvation: { rule: 'sends nobody away if it claims so', kind: 'counter-offer' },
  rest: { rule: 'lets a run come to rest' },
  manager: { rule: 'lets the manager go on' },
};

/** @throws InputError of a policy's file */
export async function checkPolicies(options: FuzzOptions): Promise<PolicyCheck> {
  const tried = await tryCases(options, ({ check }) => check === 'answer');
  const tally = sumOf([...tried.values()].map((each) => each.tally));
  const verdicts = Object.entries(RULES).flatMap(([name, { kind, rule, shownBy }]): Verdict[] => {
    const check = name as Check;
    const broken = [...tried].filter(([, { finding }]) => finding?.check === check);
    const [first] = broken;
    if (first !== undefined) {
      const [number, { finding }] = first;
      return [{ check, rule, state: 'broken', cases: broken.length, first: { number, what: finding!.what } }];
    }
    if (kind !== undefined && options.policies[kind] === undefined) return [];
    const isShown = shownBy === undefined || (tally[shownBy] ?? 0) > 0;
    return [{ check, rule, state: isShown ? 'kept' : 'unknown', cases: 0 }];
  });
  return { cases: tried.size, tally, verdicts };
}
