// Histories of changes against a naive model: what is answered follows from room that is counted instant by instant with the reservation's
// own left out, and the calendar is at every moment the sum of the terms, and of what changes hold beside them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type ChangeAsk,
  changedTerms,
  endOf,
  type Proposal,
  type ProviderReply,
  timesFits,
} from '../../../../engine/index.ts';
import { NaiveProvider } from '../../../support/naive-provider.ts';
import { node } from '../../../support/setup.ts';
import { type Story, TYPES, tell } from '../../../support/story.ts';

const HOLD_MS = 7;
const HORIZON_MS = 60;
const MAX_ROUNDS = 3;
const NODES = [node('n1', 3), node('n2', 2), node('n3', 2, 1600)];
const NODE_IDS = NODES.map(({ nodeId }) => nodeId);
const SEATS = 6;

const step = fc.record({
  what: fc.constantFrom(
    // A change that is asked for is often taken.
    ...(['book', 'book', 'book', 'book', 'change', 'change', 'change and take', 'change and take'] as const),
    ...(['change and take', 'ACCEPT', 'CONFIRM', 'CONFIRM', 'REJECT', 'cancel'] as const),
  ),
  seat: fc.nat(SEATS - 1),
  type: fc.constantFrom('SMALL', 'SMALL', 'MEDIUM'),
  leadMs: fc.integer({ min: 0, max: 16 }),
  durationMs: fc.integer({ min: 2, max: 24 }),
  instances: fc.constantFrom(1, 2, 2, 3, 5),
  /** Which of the terms are to be otherwise. */
  changes: fc.constantFrom<(keyof ChangeAsk)[]>(
    ['durationMs'],
    ['durationMs'],
    ['numInstancesFixed'],
    ['startMs'],
    ['durationMs', 'numInstancesFixed'],
    ['startMs', 'durationMs', 'numInstancesFixed'],
  ),
  afterMs: fc.constantFrom(0, 0, 1, 2, 5),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

class Model {
  readonly #story: Story;
  readonly #naive: NaiveProvider;
  readonly #seats: string[] = Array.from({ length: SEATS }, () => '');
  #sessions = 0;

  constructor(story: Story) {
    this.#story = story;
    const { auditor } = story;
    this.#naive = new NaiveProvider({ auditor, nodeIds: NODE_IDS, claimRisk: 0, sharesDisk: false });
  }

  play(step: Step): void {
    const story = this.#story;
    story.runUntil(story.clock.now() + step.afterMs);
    this.#compare();
    const id = this.#seats[step.seat]!;
    const user = story.user(id);
    if (step.what === 'book') {
      if (story.provider.reservation(id) !== undefined) return;
      const { durationMs, instances: numInstancesFixed, leadMs, type } = step;
      this.#seats[step.seat] = `s${++this.#sessions}`;
      const booked = story.user(this.#seats[step.seat]!);
      booked.initiate();
      const reply = booked.propose({
        type,
        demand: TYPES[type]!,
        numInstancesFixed,
        numInstancesOption: 0,
        startMs: story.clock.now() + leadMs,
        durationMs,
        template: 'test',
      });
      if (reply.reply === 'COUNTER') booked.accept();
      booked.confirm();
    } else if (step.what === 'change') this.#change(id, step);
    else if (step.what === 'change and take') {
      this.#change(id, step);
      if (story.provider.reservation(id)?.change?.reply === 'COUNTER') user.answerChange('ACCEPT');
      user.answerChange('CONFIRM');
    } else if (step.what === 'cancel') user.cancel();
    else user.answerChange(step.what);
    story.runUntil(story.clock.now());
    this.#compare();
  }

  #change(id: string, { changes, durationMs, instances, leadMs }: Step): void {
    const { auditor, clock, provider } = this.#story;
    const reservation = provider.reservation(id);
    const nowMs = clock.now();
    const all: ChangeAsk = { durationMs, numInstancesFixed: instances, startMs: nowMs + leadMs };
    const asked: ChangeAsk = Object.fromEntries(changes.map((what) => [what, all[what]]));
    const expected =
      reservation === undefined
        ? { reply: 'REQUEST_FAILED' }
        : auditor.without(id, () => this.#answerTo(id, changedTerms(reservation.terms, asked)));
    const reply: ProviderReply = this.#story.command({ name: 'change', reservationId: id, asked });
    expect(reply).toMatchObject(expected);
  }

  /** Asked while the auditor's books have nothing of the reservation. */
  #answerTo(id: string, terms: Proposal): object {
    const reservation = this.#story.provider.reservation(id)!;
    const { change, terms: present, windowOpen } = reservation;
    const nowMs = this.#story.clock.now();
    const isSame = (['startMs', 'durationMs', 'numInstancesFixed'] as const).every(
      (what) => terms[what] === present[what],
    );
    if ((change?.round ?? 0) >= MAX_ROUNDS || isSame) return { reply: 'REJECT' };
    if (windowOpen && (terms.startMs !== present.startMs || endOf(terms) <= nowMs))
      return { reply: 'REJECT' };
    const most = NODES.reduce((sum, { capacity }) => sum + timesFits(capacity, terms.demand), 0);
    if (terms.numInstancesFixed > most) return { reply: 'REJECT', reason: 'never-fits' };
    const accept = { reply: 'ACCEPT', proposal: terms };
    if (this.#fits(id, terms)) return accept;
    if (terms.startMs !== present.startMs) {
      const startMs = this.#naive.nearestStart(terms, { nowMs, horizonMs: HORIZON_MS });
      return startMs === undefined
        ? { reply: 'REJECT' }
        : { reply: 'COUNTER', proposal: { ...terms, startMs } };
    }
    const grows = terms.numInstancesFixed > present.numInstancesFixed;
    for (let longer = terms.durationMs - 1; longer > present.durationMs - (grows ? 1 : 0); longer--) {
      const offer = { ...terms, durationMs: longer };
      if (this.#fits(id, offer)) return { reply: 'COUNTER', proposal: offer };
    }
    for (let more = terms.numInstancesFixed - 1; more > present.numInstancesFixed; more--) {
      const offer = { ...terms, numInstancesFixed: more };
      if (this.#fits(id, offer)) return { reply: 'COUNTER', proposal: offer };
    }
    return { reply: 'REJECT' };
  }

  /** Before its window anywhere; in it, what runs stays where it runs, and what is new finds room beside it. */
  #fits(id: string, terms: Proposal): boolean {
    const { auditor, clock, provider } = this.#story;
    const reservation = provider.reservation(id)!;
    const { demand, numInstancesFixed, startMs } = terms;
    const fromMs = Math.max(startMs, clock.now());
    if (!reservation.windowOpen) return this.#naive.fits(terms);
    const staying = reservation.present
      .slice(0, numInstancesFixed)
      .map(({ place }) => NODE_IDS[place.nodeIndex]!);
    let others = 0;
    for (const nodeId of NODE_IDS) {
      const mine = staying.filter((each) => each === nodeId).length;
      let room = Number.POSITIVE_INFINITY;
      for (let atMs = fromMs; atMs < endOf(terms); atMs++) {
        const free = auditor.freeOn(nodeId, atMs);
        const fit = Math.min(
          Math.floor(free.milliCpus / demand.milliCpus),
          Math.floor(free.memoryMib / demand.memoryMib),
          Math.floor(free.diskGib / demand.diskGib),
        );
        room = Math.min(room, fit);
      }
      if (room < mine) return false;
      others += room - mine;
    }
    return others >= numInstancesFixed - staying.length;
  }

  #compare(): void {
    const { auditor, clock, provider } = this.#story;
    for (const [index, nodeId] of NODE_IDS.entries()) {
      for (const atMs of [clock.now(), ...auditor.boundaries()]) {
        if (atMs < clock.now()) continue;
        expect(provider.calendar.minFree(index, atMs, atMs + 1)).toEqual(auditor.freeOn(nodeId, atMs));
      }
    }
  }
}

test('changes are answered as a naive model says, and nothing else is booked than the terms and what is on offer', () => {
  const replies = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }),
      fc.boolean(),
      (steps, autoActivate) => {
        const story = tell({
          nodes: NODES,
          manager: { holdMs: HOLD_MS, maxRounds: MAX_ROUNDS, bookingHorizonMs: HORIZON_MS, autoActivate },
          onCommit: ({ events }) => {
            for (const { type } of events) replies.set(type, (replies.get(type) ?? 0) + 1);
          },
        });
        const model = new Model(story);
        for (const each of steps) model.play(each);
        story.run();
      },
    ),
    { numRuns: 150, seed: 1207 },
  );
  // The histories are worth something: changes were confirmed, countered, refused and given up.
  for (const type of ['reservation-changed', 'change-accepted', 'change-given-up'])
    expect(replies.get(type) ?? 0, type).toBeGreaterThan(20);
});
