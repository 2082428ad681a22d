// Decisions depend on the snapshot and nothing beside it: neither a quote nor a restart changes what comes next, for policies that remember
// and policies that draw.
import { expect, test } from 'vitest';
import { VirtualClock } from '../../../engine/clock/virtual-clock.ts';
import {
  type ManagerPolicies,
  type ManagerSnapshot,
  type Named,
  OpenPexManager,
  type PricingPolicy,
  type Proposal,
  type ProviderReply,
  Rng,
  SimulatedHypervisor,
} from '../../../engine/index.ts';
import { HOUR, node, policy, request, setup } from '../../support/setup.ts';

const QUIET = setup();
const NODES = ['n1', 'n2', 'n3'].map((nodeId) => node(nodeId));

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
  readonly #manager: OpenPexManager;
  #id = '';

  constructor(policies: Partial<ManagerPolicies>, snapshot?: ManagerSnapshot) {
    const clock = new VirtualClock(0);
    this.#manager = new OpenPexManager({
      clock,
      cluster: { nodes: NODES },
      settings: QUIET.manager,
      policies: { ...QUIET.policies, ...policies },
      dispatcher: new SimulatedHypervisor({
        clock,
        nodes: NODES,
        settings: QUIET.hypervisor,
        faults: QUIET.faults,
        rng: Rng.fromSeed(1),
        guestOf: () => ({ runTimeMs: Number.POSITIVE_INFINITY }),
      }),
      persistence: {
        commit: (events, onCommitted) => {
          for (const event of events) {
            if (event.type === 'offer-accepted')
              this.placed.push(...event.pieces.map(({ nodeId }) => nodeId));
          }
          onCommitted();
        },
      },
      nextReservationId: () => this.#id,
    });
    if (snapshot === undefined) this.#manager.begin();
    else this.#manager.restore(snapshot, []);
  }

  ask(id: string, proposal: Proposal = request({ startMs: HOUR }).proposal): ProviderReply | undefined {
    let heard: ProviderReply | undefined;
    this.#id = id;
    this.#manager.openReservation({ userId: 'u', origin: null, proposal }, ({ reply }) => {
      heard = reply;
    });
    return heard;
  }

  quote(): void {
    this.#manager.quote(request({ startMs: HOUR }).proposal);
  }

  /** The next life, from what this one leaves behind. */
  next(policies: Partial<ManagerPolicies>): Life {
    return new Life(policies, JSON.parse(JSON.stringify(this.#manager.snapshot())));
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
  const second = first.next(policies);
  second.ask('b');
  expect([...first.placed, ...second.placed]).toEqual(['n1', 'n2']);
});

test('a price that is drawn is the same after quotes and restarts', () => {
  const policies = { pricing: drawn };
  const undisturbed = new Life(policies);
  const answers = ['a', 'b'].map((id) => undisturbed.ask(id));
  expect(
    new Set(answers.map((answer) => answer !== undefined && 'priceMicros' in answer && answer.priceMicros))
      .size,
  ).toBe(2);

  const quoted = new Life(policies);
  quoted.quote();
  const a = quoted.ask('a');
  quoted.quote();
  const b = quoted.next(policies).ask('b');
  expect([a, b]).toEqual(answers);
});
