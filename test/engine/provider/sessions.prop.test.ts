// Many sessions, random commands, and time that goes on: the manager against a naive model of what each user was promised. The model
// knows states, holds and windows; what fits is found out from the auditor's books, instant by instant.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Proposal, ProviderReply, ReservationState } from '../../../engine/index.ts';
import { endOf, isFinal } from '../../../engine/index.ts';
import { runs } from '../../support/fast-check.ts';
import { NaiveProvider } from '../../support/naive-provider.ts';
import { node } from '../../support/setup.ts';
import { type Story, TYPES, tell } from '../../support/story.ts';

const HOLD_MS = 7;
const MAX_ROUNDS = 3;
const HORIZON_MS = 60;
const CLAIM_RISK = 0.5;
const NODES = [node('n1', 3), node('n2', 2), node('n3', 2, 1600)];
const NODE_IDS = NODES.map(({ nodeId }) => nodeId);
/** Sessions that can be open at a time. */
const SEATS = 5;

interface Command {
  readonly what:
    | 'initiate'
    | 'propose'
    | 'counter'
    | 'accept'
    | 'confirm'
    | 'reject'
    | 'activate'
    | 'cancel'
    | 'claim';
  readonly seat: number;
  readonly ask: {
    readonly type: string;
    readonly instances: number;
    readonly options: number;
    readonly leadMs: number;
    readonly durationMs: number;
  };
  /** Time that passes before it. */
  readonly afterMs: number;
}

const command: fc.Arbitrary<Command> = fc.record({
  // What makes a session go on is more frequent than what ends it.
  what: fc.constantFrom<Command['what'][]>(
    ...([
      'initiate',
      'propose',
      'propose',
      'propose',
      'counter',
      'accept',
      'accept',
      'confirm',
      'confirm',
    ] as const),
    ...(['confirm', 'reject', 'activate', 'activate', 'cancel', 'claim', 'claim'] as const),
  ),
  seat: fc.nat(SEATS - 1),
  ask: fc.record({
    type: fc.constantFrom('SMALL', 'SMALL', 'MEDIUM'),
    instances: fc.constantFrom(1, 1, 2, 4),
    options: fc.constantFrom(0, 0, 1, 3),
    leadMs: fc.integer({ min: -1, max: 12 }),
    durationMs: fc.integer({ min: 1, max: 12 }),
  }),
  afterMs: fc.constantFrom(0, 0, 0, 1, 2, 5),
});

/** What a user was promised, as far as the model knows. */
interface Promised {
  readonly id: string;
  state: ReservationState;
  round: number;
  terms: Proposal | undefined;
  holdUntilMs: number;
  claimed: number;
}

class Model {
  readonly #story: Story;
  readonly #naive: NaiveProvider;
  readonly #seats: (Promised | undefined)[] = Array.from({ length: SEATS }, () => undefined);
  #sessions = 0;

  constructor(story: Story) {
    this.#story = story;
    const { auditor } = story;
    this.#naive = new NaiveProvider({ auditor, nodeIds: NODE_IDS, claimRisk: CLAIM_RISK, sharesDisk: false });
  }

  play({ afterMs, ask, seat, what }: Command): void {
    const story = this.#story;
    story.runUntil(story.clock.now() + afterMs);
    this.#timePasses();
    this.#compare();
    const promised = this.#seats[seat];
    if (promised === undefined || (isFinal(promised.state) && what === 'initiate')) {
      this.#initiate(seat);
      return;
    }
    const user = story.user(promised.id);
    const terms = this.#terms(ask);
    switch (what) {
      case 'initiate':
        break;
      case 'propose':
        this.#propose(promised, terms, () => user.propose(terms), ['INITIATED', 'COUNTERED']);
        break;
      case 'counter':
        this.#propose(promised, terms, () => user.counter(terms), ['COUNTERED']);
        break;
      case 'accept':
        this.#move(promised, user.accept(), { COUNTERED: 'ACCEPTED' });
        break;
      case 'confirm':
        this.#move(promised, user.confirm(), { ACCEPTED: 'CONFIRMED' });
        break;
      case 'reject':
        this.#move(promised, user.reject(), { ACCEPTED: 'REJECTED', COUNTERED: 'REJECTED' });
        break;
      case 'activate':
        this.#move(promised, user.activate(), { CONFIRMED: 'ACTIVATED' });
        break;
      case 'cancel':
        this.#move(promised, user.cancel(), {
          INITIATED: 'CANCELLED',
          ACCEPTED: 'CANCELLED',
          COUNTERED: 'CANCELLED',
          CONFIRMED: 'CANCELLED',
        });
        break;
      case 'claim':
        this.#claim(promised, ask.instances);
        break;
    }
    // A window that begins now opens before anything else happens.
    story.runUntil(story.clock.now());
    this.#compare();
  }

  #initiate(seat: number): void {
    const id = `s${++this.#sessions}`;
    this.#story.user(id).initiate();
    const holdUntilMs = this.#story.clock.now() + HOLD_MS;
    this.#seats[seat] = { id, state: 'INITIATED', round: 0, terms: undefined, holdUntilMs, claimed: 0 };
  }

  #terms({ durationMs, instances, leadMs, options, type }: Command['ask']): Proposal {
    return {
      type,
      demand: TYPES[type]!,
      numInstancesFixed: instances,
      numInstancesOption: options,
      startMs: this.#story.clock.now() + leadMs,
      durationMs,
      template: 'test',
    };
  }

  #propose(
    promised: Promised,
    terms: Proposal,
    send: () => ProviderReply,
    legalIn: readonly ReservationState[],
  ): void {
    const nowMs = this.#story.clock.now();
    if (!legalIn.includes(promised.state)) {
      expect(send().reply).toBe('REQUEST_FAILED');
      return;
    }
    promised.round += 1;
    // The naive books still have the hold of the round before: it must not stand in its own way.
    const expected = this.#story.auditor.without(promised.id, () => this.#answerTo(promised, terms, nowMs));
    const reply = send();
    expect(reply).toMatchObject(expected);
    if (reply.reply === 'ACCEPT' || reply.reply === 'COUNTER') {
      promised.state = reply.reply === 'ACCEPT' ? 'ACCEPTED' : 'COUNTERED';
      promised.terms = reply.proposal;
      promised.holdUntilMs = Math.min(nowMs + HOLD_MS, endOf(reply.proposal));
      expect(reply.holdUntilMs).toBe(promised.holdUntilMs);
    } else {
      promised.state = 'REJECTED';
    }
  }

  #answerTo({ round }: Promised, terms: Proposal, nowMs: number): object {
    if (round > MAX_ROUNDS) return { reply: 'REJECT', reason: 'too-many-rounds' };
    if (terms.startMs < nowMs) return { reply: 'REJECT', reason: 'start-in-past' };
    if (this.#naive.fits(terms)) return { reply: 'ACCEPT', proposal: terms };
    const startMs = this.#naive.nearestStart(terms, { nowMs, horizonMs: HORIZON_MS });
    return startMs === undefined
      ? { reply: 'REJECT' }
      : { reply: 'COUNTER', proposal: { ...terms, startMs } };
  }

  #move(
    promised: Promised,
    { reply }: ProviderReply,
    legal: Partial<Record<ReservationState, ReservationState>>,
  ): void {
    const next = legal[promised.state];
    expect(reply === 'REQUEST_FAILED', `${promised.id}: ${reply}`).toBe(next === undefined);
    promised.state = next ?? promised.state;
  }

  #claim(promised: Promised, asked: number): void {
    const { id, state, terms } = promised;
    const nowMs = this.#story.clock.now();
    let expected = 0;
    if (state === 'ACTIVATED' && terms!.startMs <= nowMs) {
      const room = this.#naive.roomFor(terms!.demand, nowMs, endOf(terms!));
      expected = Math.min(asked, terms!.numInstancesOption - promised.claimed, room);
    }
    expect(this.#story.user(id).claim(asked)).toBe(expected);
    promised.claimed += expected;
  }

  /** Holds and windows that are over by now. */
  #timePasses(): void {
    const nowMs = this.#story.clock.now();
    for (const promised of this.#seats) {
      if (promised === undefined || isFinal(promised.state)) continue;
      const isOver =
        promised.state === 'CONFIRMED' || promised.state === 'ACTIVATED'
          ? endOf(promised.terms!) <= nowMs
          : promised.holdUntilMs <= nowMs;
      if (isOver) promised.state = 'EXPIRED';
    }
  }

  #compare(): void {
    const { auditor, clock, provider } = this.#story;
    const alive = this.#seats.filter((promised) => promised !== undefined && !isFinal(promised.state));
    const expected = Object.fromEntries(alive.map((promised) => [promised!.id, promised!.state]));
    const actual = Object.fromEntries([...provider.reservations()].map(({ id, state }) => [id, state]));
    expect(actual).toEqual(expected);
    for (const [index, nodeId] of NODE_IDS.entries()) {
      for (const atMs of [clock.now(), ...auditor.boundaries()]) {
        if (atMs < clock.now()) continue;
        expect(provider.calendar.minFree(index, atMs, atMs + 1)).toEqual(auditor.freeOn(nodeId, atMs));
      }
    }
  }
}

test('the manager keeps every promise that a naive model makes, and no other', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60, size: 'max' }), (commands) => {
      const story = tell({
        nodes: NODES,
        manager: {
          holdMs: HOLD_MS,
          maxRounds: MAX_ROUNDS,
          bookingHorizonMs: HORIZON_MS,
          claimRisk: CLAIM_RISK,
        },
      });
      const model = new Model(story);
      for (const each of commands) model.play(each);
      story.run();
    }),
    { numRuns: runs(150), seed: 3012 },
  );
});
