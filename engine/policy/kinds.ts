// Everything there is to know of a kind of policy, beside its port. A new kind is a port (ports.ts), an entry here, and a list in the
// catalogue; how it is loaded, checked, listed and written in a scenario follows.
import type { PolicyKind, PolicyPorts } from './ports.ts';
import { isDraftOffer, isMoney, isWellFormed } from './terms.ts';
import type { Move } from './views.ts';

/** What a function of a policy must return. */
interface Answer {
  /** A policy may go without it. */
  readonly optional?: true;
  /** Continues "expected …". */
  readonly expected: string;
  /** Whether a value is such an answer at all. Whether it can be applied is found when it is. */
  accepts(value: unknown): boolean;
}

interface KindEntry<K extends PolicyKind> {
  /** What is decided, as a question. */
  readonly question: string;
  /** The kind in camel case: its key in a scenario, and the beginning of its helper's name. */
  readonly key: string;
  /** The functions that such a policy has. */
  readonly functions: { readonly [F in keyof PolicyPorts[K] & string]-?: Answer };
}

type Written = Readonly<Record<string, unknown>>;

const MOVES = 'a list of moves, each {vmId, toNodeId}';

function isMoves(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((move: Partial<Move> | null | undefined) => {
      const { toNodeId, vmId } = move ?? {};
      return typeof vmId === 'string' && typeof toNodeId === 'string';
    })
  );
}

function isAward(value: unknown): boolean {
  const { index, priceMicros } = (value ?? {}) as Written;
  return Number.isSafeInteger(index) && isMoney(priceMicros);
}

/** One of several that a policy was handed: each knows its position. */
function isView(value: unknown): boolean {
  return typeof (value as { index?: unknown } | null | undefined)?.index === 'number';
}

function isDeviceChoice(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((places) => Array.isArray(places) && places.every(Number.isSafeInteger))
  );
}

function isListOfViews(value: unknown): boolean {
  return Array.isArray(value) && value.every(isView);
}

function isDraftChange(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { durationMs = 1, numInstancesFixed = 1, startMs = 0, ...others } = value as Written;
  const isWhole = [durationMs, numInstancesFixed, startMs].every(Number.isSafeInteger);
  return (
    isWhole && Number(durationMs) >= 1 && Number(numInstancesFixed) >= 1 && Object.keys(others).length === 0
  );
}

/** Of a function that a policy may go without, and that answers with a word. */
function oneOf(...words: readonly string[]) {
  return {
    optional: true,
    expected: words.map((word) => `"${word}"`).join(' or '),
    accepts: (value: unknown) => words.includes(value as string),
  } as const;
}

export const KINDS = {
  allocation: {
    question: 'Which node takes the next instance?',
    key: 'allocation',
    functions: {
      choose: {
        expected: 'one of the candidates',
        accepts: isView,
      },
      devices: {
        optional: true,
        expected: 'places of devices by the name of their resource, such as {gpu: [0]}',
        accepts: isDeviceChoice,
      },
      suits: {
        optional: true,
        expected: 'true or false',
        accepts: (value) => typeof value === 'boolean',
      },
    },
  },
  'counter-offer': {
    question: 'What is offered when a request is not accepted as it is?',
    key: 'counterOffer',
    functions: {
      respond: {
        expected:
          'a list of offers, each as what it changes (startMs, durationMs, numInstancesFixed, numInstancesOption, type, demand, priceMicros), all whole numbers',
        accepts: (value) => Array.isArray(value) && value.every(isDraftOffer),
      },
    },
  },
  pricing: {
    question: 'What does a reservation cost?',
    key: 'pricing',
    functions: {
      price: { expected: 'whole micro-credits of at least 0', accepts: isMoney },
      compensation: {
        expected: '{refundMicros, penaltyMicros}, whole micro-credits of at least 0',
        accepts: (value) => {
          const { refundMicros, penaltyMicros } = (value ?? {}) as Written;
          return isMoney(refundMicros) && isMoney(penaltyMicros);
        },
      },
      cancellation: {
        optional: true,
        expected: 'whole micro-credits from 0 to the price',
        accepts: isMoney,
      },
      shortfall: {
        optional: true,
        expected: 'whole micro-credits of at least 0',
        accepts: isMoney,
      },
      slaClass: {
        optional: true,
        expected: 'the name of a class',
        accepts: (value) => typeof value === 'string' && value !== '' && value.length <= 100,
      },
    },
  },
  preemption: {
    question: 'Which leases give way to a request that has no room?',
    key: 'preemption',
    functions: {
      order: { expected: 'a list of some of the leases that it was given', accepts: isListOfViews },
    },
  },
  migration: {
    question: 'Which running VMs change their nodes?',
    key: 'migration',
    functions: {
      makeRoom: { optional: true, expected: MOVES, accepts: isMoves },
      rebalance: { optional: true, expected: MOVES, accepts: isMoves },
    },
  },
  waitlist: {
    question: 'Whose turn comes first when room comes free for requests that wait?',
    key: 'waitlist',
    functions: {
      rank: {
        expected: 'a finite number, the lower the sooner',
        accepts: (value) => Number.isFinite(value),
      },
      clear: {
        optional: true,
        expected: 'a list of awards, each {index, priceMicros}, in whole micro-credits of at least 0',
        accepts: (value) => Array.isArray(value) && value.every(isAward),
      },
    },
  },
  buyer: {
    question: 'What do users do about an offer?',
    key: 'buyer',
    functions: {
      open: {
        optional: true,
        expected: 'a proposal',
        accepts: (value) => isWellFormed(value as never),
      },
      respond: {
        expected: '{reply: ACCEPT}, or REJECT with a reason, or COUNTER with a proposal',
        accepts: (value) => {
          const { reply, reason, proposal } = (value ?? {}) as Written;
          if (reply === 'ACCEPT') return true;
          if (reply === 'REJECT') return reason === undefined || typeof reason === 'string';
          return reply === 'COUNTER' && isWellFormed(proposal as never);
        },
      },
    },
  },
  broker: {
    question: 'Which providers is a user led to, and in which order?',
    key: 'broker',
    functions: {
      order: { expected: 'a list of some of the providers that it was given', accepts: isListOfViews },
    },
  },
  recovery: {
    question: 'What becomes of VMs and reservations whose nodes are out?',
    key: 'recovery',
    functions: {
      move: oneOf('migrate', 'restart'),
      begin: oneOf('anew', 'checkpoint'),
      stranded: oneOf('wait', 'fail'),
      offer: {
        optional: true,
        expected:
          'a list of changes, each {startMs, durationMs, numInstancesFixed} or some of these, in whole numbers',
        accepts: (value) => Array.isArray(value) && value.every(isDraftChange),
      },
    },
  },
  provisioning: {
    question: 'Which nodes stay on although no VM is on them?',
    key: 'provisioning',
    functions: {
      keepOn: {
        optional: true,
        expected: 'a list of some of the nodes that it was given',
        accepts: isListOfViews,
      },
    },
  },
} as const satisfies { readonly [K in PolicyKind]: KindEntry<K> };

export const POLICY_KINDS: readonly PolicyKind[] = Object.keys(KINDS) as PolicyKind[];

/** The key under `policies` of a scenario that chooses a policy of the kind. */
export type PolicyKey<K extends PolicyKind = PolicyKind> = (typeof KINDS)[K]['key'];

/** Name of a function that policies of the kind have. */
export type FunctionOf<K extends PolicyKind> = keyof PolicyPorts[K] & string;

/** The functions of a kind and what each returns. */
export function functionsOf(kind: PolicyKind): Readonly<Record<string, Answer>> {
  return KINDS[kind].functions;
}

/** The helper that a user's file makes its default export with. */
export function helperOf(kind: PolicyKind): string {
  return `${KINDS[kind].key}Policy`;
}
