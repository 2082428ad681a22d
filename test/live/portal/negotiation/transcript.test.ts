import { describe, expect, test } from 'vitest';
import { differences, differenceText } from '../../../../live/portal/src/negotiation/difference.ts';
import { lastAsked, transcript } from '../../../../live/portal/src/negotiation/transcript.ts';
import type { Offer, Proposal } from '../../../../live/wire/negotiation.ts';

const HOUR = 3_600_000;
const START = Date.parse('2026-11-23T13:30:00Z');
const ASKED: Proposal = {
  id: 'A',
  type: 'SMALL',
  duration: 2 * HOUR,
  numInstancesFixed: 2,
  numInstancesOption: 0,
  template: 'PEX Debian 12',
  startTime: new Date(START).toUTCString(),
  startTimeMs: START,
  userid: 2,
};
const LATER = { ...ASKED, startTimeMs: START + 2 * HOUR };

function offer(from: Offer['from'], message: string, fields: Partial<Offer> = {}): Offer {
  const blank = {
    round: 1,
    time: new Date(START).toUTCString(),
    timeMs: START,
    proposal: null,
    priceMicros: null,
    holdUntil: null,
    holdUntilMs: null,
    reason: null,
  };
  return { ...blank, from, message, ...fields };
}

test('other starts that will do as well are told with what was asked', () => {
  const otherwise = [26, 50].map((hours) => ({
    startTime: new Date(START + hours * HOUR).toUTCString(),
  }));
  const [line] = transcript([offer('user', 'REQUEST', { proposal: { ...ASKED, otherwise } })], 'UTC');
  expect(line?.content).toBe(
    '2 × SMALL for 2 h from Mon 23 Nov, 13:30, or from Tue 24 Nov, 15:30, or from Wed 25 Nov, 15:30',
  );
});

describe('the differences of an offer', () => {
  test('are none when it is as asked', () => {
    expect(differences(ASKED, ASKED)).toEqual([]);
    expect(differenceText([])).toBe('as asked');
  });

  test('are told term by term, in words', () => {
    const offered = {
      ...LATER,
      duration: HOUR,
      numInstancesFixed: 1,
      type: 'MEDIUM',
      template: 'PEX Compute',
    };
    expect(differences(ASKED, offered, 'UTC').map(({ term, change }) => `${term}: ${change}`)).toEqual([
      'start: 2 h later',
      'duration: 1 h shorter',
      'type: instead of SMALL',
      'fixed: 1 fewer',
      'template: instead of PEX Debian 12',
    ]);
    expect(differences(ASKED, offered, 'UTC')[0]?.asked).toBe('Mon 23 Nov, 13:30');
    expect(differenceText(differences(ASKED, { ...ASKED, startTimeMs: START - HOUR }))).toBe(
      'start 1 h earlier',
    );
  });
});

describe('a negotiation', () => {
  const NEGOTIATION = [
    offer('user', 'REQUEST', { proposal: ASKED }),
    offer('provider', 'COUNTER', { proposal: LATER, priceMicros: 200_000, holdUntilMs: START }),
    offer('user', 'COUNTER', { round: 2, proposal: { ...LATER, maxPriceMicros: 1_000_000 } }),
    offer('provider', 'COUNTER', {
      round: 2,
      proposal: { ...LATER, startTimeMs: START + 3 * HOUR },
      priceMicros: 200_000,
    }),
    offer('user', 'ACCEPT', { round: 2 }),
    offer('provider', 'CONFIRM_REQUEST', { round: 2 }),
    offer('user', 'CONFIRM', { round: 2 }),
    offer('provider', 'REQUEST_SUCCESS', { round: 2, proposal: LATER, priceMicros: 200_000 }),
  ];

  test('reads as a dialogue', () => {
    expect(
      transcript(NEGOTIATION, 'UTC').map(({ saying, content }) =>
        content === null ? saying : `${saying}: ${content}`,
      ),
    ).toEqual([
      'You asked for: 2 × SMALL for 2 h from Mon 23 Nov, 13:30',
      'OpenPEX offers instead: 2 × SMALL for 2 h from Mon 23 Nov, 15:30, for 0.20 credits',
      'You asked instead for: 2 × SMALL for 2 h from Mon 23 Nov, 15:30, for at most 1.00 credit',
      'OpenPEX offers instead: 2 × SMALL for 2 h from Mon 23 Nov, 16:30, for 0.20 credits',
      'You accepted the offer',
      'OpenPEX asks you to confirm: It is offered to you, but not booked yet.',
      'You confirmed',
      'OpenPEX has booked it: For 0.20 credits.',
    ]);
  });

  test('measures each offer by what was asked last', () => {
    expect(transcript(NEGOTIATION).map(({ differences: found }) => differenceText(found))).toEqual([
      'as asked',
      'start 2 h later',
      'as asked',
      'start 1 h later',
      'as asked',
      'as asked',
      'as asked',
      'as asked',
    ]);
    expect(lastAsked(NEGOTIATION)?.maxPriceMicros).toBe(1_000_000);
    expect(lastAsked([])).toBeNull();
  });

  test('that is refused says why and what to do', () => {
    const [, answer] = transcript([
      offer('user', 'REQUEST', { proposal: ASKED }),
      offer('provider', 'REJECT', { reason: 'never-fits' }),
    ]);
    expect(answer?.content).toBe(
      'This is more than the cluster has. Ask for fewer instances or a smaller type.',
    );
  });

  test('that waits for room says until when', () => {
    const [, answer] = transcript(
      [
        offer('user', 'REQUEST', { proposal: ASKED }),
        offer('provider', 'WAITLISTED', { reason: 'no-capacity', holdUntilMs: START }),
      ],
      'UTC',
    );
    expect(answer).toMatchObject({ saying: 'OpenPEX has put you on the waitlist', holdUntilMs: null });
    expect(answer?.content).toMatch(/^You wait until .*\d\d:\d\d\.$/);
  });
});
