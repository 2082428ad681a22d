import { expect, test } from 'vitest';
import { reservationView } from '../../../live/api/views.ts';

test('a session that never got a proposal has nulls for its terms', () => {
  const view = reservationView(
    {
      reservationId: '5D0FA0EB-90A8-F4E6-1DFF-61B2CEC6AD91',
      userId: 1,
      username: 'alice',
      state: 'INITIATED',
      round: 0,
      proposal: null,
      priceMicros: 0,
      holdUntilMs: null,
      windowOpen: false,
      optionsClaimed: 0,
      activatedInstances: 0,
      nodeIds: [],
      createdMs: 0,
      activatedMs: null,
      endedMs: null,
      endReason: null,
      noShow: false,
      refundMicros: 0,
      penaltyMicros: 0,
    },
    [],
  );
  expect(view).toMatchObject({
    status: 'INITIATED',
    startTime: null,
    startTimeMs: null,
    endTime: null,
    type: null,
    cpus: null,
    holdUntil: null,
  });
});
