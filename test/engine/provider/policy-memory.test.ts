// Decisions depend on the snapshot and nothing beside it: neither a quote nor a restart changes what comes next, for policies that remember
// and policies that draw.
import { expect, test } from 'vitest';
import {
  type Named,
  type PricingPolicy,
  type Proposal,
  Provider,
  type ProviderPolicies,
  type ProviderReply,
  type ProviderSnapshot,
} from '../../../engine/index.ts';
import { HOUR, node, policy, provider, request } from '../../support/setup.ts';

const drawn: Named<PricingPolicy> = {
  name: 'drawn',
  policy: {
    price: (_proposal, _view, { rng }) => rng.integer(1, 1_000_000),
    compensation: () => ({ refundMicros: 0, penaltyMicros: 0 }),
  },
};

/** One life of a provider. */
class Life {
  readonly placed: string[] = [];
  readonly #provider: Provider;
  readonly #policies: Partial<ProviderPolicies>;

  constructor(policies: Partial<ProviderPolicies>, snapshot?: ProviderSnapshot) {
    this.#policies = policies;
    const quiet = provider({ cluster: { nodes: ['n1', 'n2', 'n3'].map((nodeId) => node(nodeId)) } });
    const setup = { ...quiet, policies: { ...quiet.policies, ...policies } };
    this.#provider = new Provider(setup, snapshot === undefined ? {} : { snapshot });
    if (snapshot === undefined) this.#provider.handle({ kind: 'command', command: { name: 'begin' } }, 0);
  }

  ask(reservationId: string, proposal: Proposal = request({ startMs: HOUR }).proposal): ProviderReply {
    const command = { name: 'open', reservationId, userId: 'u', origin: null, proposal } as const;
    const { events, reply } = this.#provider.handle({ kind: 'command', command }, 0);
    for (const event of events) {
      if (event.type === 'offer-accepted') this.placed.push(...event.pieces.map(({ nodeId }) => nodeId));
    }
    return reply as ProviderReply;
  }

  quote(): void {
    this.#provider.quote(request({ startMs: HOUR }).proposal, 0);
  }

  /** The next life, from what this one leaves behind. */
  next(): Life {
    return new Life(this.#policies, JSON.parse(JSON.stringify(this.#provider.snapshot())));
  }
}

test('round-robin goes on after a restart where it was', () => {
  const policies = { allocation: policy('allocation', 'round-robin') };
  const one = new Life(policies);
  one.ask('a');
  one.ask('b');
  expect(one.placed).toEqual(['n1', 'n2']);

  const first = new Life(policies);
  first.ask('a');
  const second = first.next();
  second.ask('b');
  expect([...first.placed, ...second.placed]).toEqual(['n1', 'n2']);
});

test('what is quoted is not remembered', () => {
  const life = new Life({ allocation: policy('allocation', 'round-robin') });
  life.ask('a');
  life.quote();
  life.quote();
  life.ask('b');
  expect(life.placed).toEqual(['n1', 'n2']);
});

test('a price that is drawn is the same after quotes and restarts', () => {
  const policies = { pricing: drawn };
  const undisturbed = new Life(policies);
  const answers = ['a', 'b'].map((id) => undisturbed.ask(id));
  const prices = answers.map((answer) => 'priceMicros' in answer && answer.priceMicros);
  expect(new Set(prices).size).toBe(2);

  const quoted = new Life(policies);
  quoted.quote();
  const a = quoted.ask('a');
  quoted.quote();
  const b = quoted.next().ask('b');
  expect([a, b]).toEqual(answers);
});
