// Histories of people who book, wait and call off, against books that count room instant by instant: nothing is overbooked (the auditor of
// every story sees to that), nobody waits while there is room for them, and who has a turn had it because nobody before them fits.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Commit, Proposal } from '../../../../engine/index.ts';
import { runs } from '../../../support/fast-check.ts';
import { NaiveProvider } from '../../../support/naive-provider.ts';
import { node, policy } from '../../../support/setup.ts';
import { type Story, TYPES, tell } from '../../../support/story.ts';

const NODES = [node('n1', 3), node('n2', 2)];
const NODE_IDS = NODES.map(({ nodeId }) => nodeId);
const SEATS = 12;

const step = fc.record({
  what: fc.constantFrom(
    ...(['book', 'book', 'ask', 'ask', 'ask', 'ask', 'confirm', 'confirm'] as const),
    ...(['cancel', 'cancel', 'reject', 'change'] as const),
  ),
  seat: fc.nat(SEATS - 1),
  type: fc.constantFrom('SMALL', 'SMALL', 'MEDIUM'),
  leadMs: fc.integer({ min: 4, max: 24 }),
  durationMs: fc.integer({ min: 1, max: 16 }),
  instances: fc.constantFrom(1, 1, 2, 3),
  patienceMs: fc.integer({ min: 1, max: 40 }),
  afterMs: fc.constantFrom(0, 0, 1, 2, 5),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** In words of their own, what each policy puts first; who has waited longer comes first among equals. */
const FIRST: Readonly<Record<string, (proposal: Proposal) => number>> = {
  fifo: () => 0,
  'best-fit-first': ({ demand, durationMs, numInstancesFixed }) =>
    -(demand.milliCpus * durationMs * numInstancesFixed),
};

class Witness {
  readonly story: Story;
  readonly #naive: NaiveProvider;
  readonly #rank: (proposal: Proposal) => number;
  readonly #seats: string[] = Array.from({ length: SEATS }, () => '');
  /** As they came to wait. */
  #waiting: { readonly id: string; readonly proposal: Proposal }[] = [];
  #sessions = 0;
  turns = 0;

  constructor(order: string) {
    this.#rank = FIRST[order]!;
    this.story = tell({
      nodes: NODES,
      manager: { holdMs: 7, turnMs: 4, autoActivate: true },
      policies: { waitlist: policy('waitlist', order) },
      onCommit: (commit) => this.#commits.push(commit),
    });
    const { auditor } = this.story;
    this.#naive = new NaiveProvider({ auditor, nodeIds: NODE_IDS, claimRisk: 0, sharesDisk: false });
  }

  readonly #commits: Commit[] = [];

  play({ afterMs, durationMs, instances, leadMs, patienceMs, seat, type, what }: Step): void {
    const { story } = this;
    for (let ms = 0; ms < afterMs; ms++) {
      story.runUntil(story.clock.now() + 1);
      this.check();
    }
    const id = this.#seats[seat]!;
    const user = story.user(id);
    const nowMs = story.clock.now();
    if (what === 'book' || what === 'ask') {
      if (story.provider.reservation(id) !== undefined) return;
      this.#seats[seat] = `s${++this.#sessions}`;
      const asker = story.user(this.#seats[seat]!);
      asker.initiate();
      const waitlist = { untilMs: nowMs + patienceMs, instead: true } as const;
      asker.propose({
        type,
        demand: TYPES[type]!,
        numInstancesFixed: instances,
        numInstancesOption: 0,
        startMs: nowMs + leadMs,
        durationMs,
        template: 'test',
        ...(what === 'ask' && { waitlist }),
      });
      if (what === 'book') asker.confirm();
    } else if (what === 'confirm') user.confirm();
    else if (what === 'cancel') user.cancel();
    else if (what === 'reject') user.reject();
    else {
      user.change({ duration: `${durationMs}ms` });
      user.answerChange('CONFIRM');
    }
    this.check();
    story.runUntil(nowMs);
    this.check();
  }

  check(): void {
    const { clock, provider } = this.story;
    let turns: { readonly id: string; readonly before: readonly string[] }[] = [];
    for (const { events } of this.#commits.splice(0)) {
      turns = [];
      for (const event of events) {
        if (event.type === 'waitlist-joined') {
          const proposal = provider.reservation(event.reservationId)?.terms;
          if (proposal !== undefined) this.#waiting.push({ id: event.reservationId, proposal });
        }
        if (event.type === 'offer-accepted' && event.waitingSinceMs !== undefined) {
          const order = this.#inOrder().map(({ id }) => id);
          turns.push({ id: event.reservationId, before: order.slice(0, order.indexOf(event.reservationId)) });
          this.turns += 1;
        }
        if (event.type === 'offer-accepted' || event.type === 'reservation-ended')
          this.#waiting = this.#waiting.filter(({ id }) => id !== event.reservationId);
      }
    }
    const order = provider.waitlist(clock.now()).map(({ reservationId }) => reservationId);
    expect(order).toEqual(this.#inOrder().map(({ id }) => id));
    for (const { id, proposal } of this.#waiting)
      expect(this.#fits(proposal), `${id} waits, and there is room`).toBe(false);
    // Whoever is before a turn, and goes on waiting, has no room even without it and those that came after it.
    for (const [i, { before, id: turn }] of turns.entries()) {
      const later = turns.slice(i).map(({ id }) => id);
      if (later.some((id) => provider.reservation(id)?.state !== 'ACCEPTED')) continue;
      for (const { id, proposal } of this.#waiting) {
        if (before.includes(id))
          expect(this.#fits(proposal, later), `${turn} has its turn before ${id}`).toBe(false);
      }
    }
  }

  #inOrder() {
    return [...this.#waiting].sort((a, b) => this.#rank(a.proposal) - this.#rank(b.proposal));
  }

  /** What has begun by now is not waited for. */
  #fits(proposal: Proposal, without: readonly string[] = []): boolean {
    const { auditor, clock } = this.story;
    if (proposal.startMs < clock.now()) return false;
    const ask = without.reduce<() => boolean>(
      (inner, id) => () => auditor.without(id, inner),
      () => this.#naive.fits(proposal),
    );
    return ask();
  }
}

test.each(Object.keys(FIRST))(
  'nobody waits while there is room, and turns come in the order of %s',
  (order) => {
    let turns = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 40, maxLength: 100, size: 'max' }), (steps) => {
        const witness = new Witness(order);
        for (const each of steps) witness.play(each);
        witness.story.run();
        turns += witness.turns;
      }),
      { numRuns: runs(150) },
    );
    // The histories are worth something.
    expect(turns).toBeGreaterThan(20);
  },
);
