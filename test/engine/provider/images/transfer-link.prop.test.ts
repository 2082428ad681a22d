// The link of the repository against brute force: whatever order keeps all deadlines, it finds one, and it never promises what it cannot keep.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LinkTransfer, TransferLink } from '../../../../engine/provider/images/transfer-link.ts';

const TRANSFERS = fc.array(
  fc.record({ durationMs: fc.integer({ min: 1, max: 6 }), slackMs: fc.integer({ min: 0, max: 25 }) }),
  { minLength: 1, maxLength: 6 },
);

/** Can they be sent one after the other from then on, in any order? */
function canKeep(transfers: readonly LinkTransfer[], fromMs: number): boolean {
  return (
    transfers.length === 0 ||
    transfers.some(
      ({ deadlineMs, durationMs }, i) =>
        fromMs + durationMs <= deadlineMs && canKeep(transfers.toSpliced(i, 1), fromMs + durationMs),
    )
  );
}

test('one more is promised from the first instant on by which any order can have sent it', () => {
  fc.assert(
    fc.property(TRANSFERS, fc.integer({ min: 1, max: 6 }), (drawn, durationMs) => {
      const link = new TransferLink();
      for (const { durationMs: takesMs, slackMs } of drawn) {
        const deadlineMs = link.readyMs(takesMs, 0) + slackMs;
        link.add({ durationMs: takesMs, deadlineMs }, 0);
      }
      const lastMs = 200;
      const kept = Array.from({ length: lastMs }, (_, deadlineMs) =>
        canKeep([...link.waiting, { durationMs, deadlineMs }], 0),
      );
      const readyMs = link.readyMs(durationMs, 0);
      expect(kept.indexOf(true)).toBe(readyMs);
      expect(kept.slice(readyMs).every(Boolean)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('all are over by their deadlines, never two at a time, and none could begin later', () => {
  fc.assert(
    fc.property(TRANSFERS, (drawn) => {
      const link = new TransferLink();
      let nowMs = 0;
      const sent: { readonly startMs: number; readonly transfer: LinkTransfer }[] = [];
      const goOnTo = (untilMs: number) => {
        for (
          let startMs = link.nextStartMs;
          startMs !== undefined && startMs <= untilMs;
          startMs = link.nextStartMs
        ) {
          // A moment later, and somebody would be late.
          expect(canKeep(link.waiting, startMs)).toBe(true);
          expect(canKeep(link.waiting, startMs + 1)).toBe(false);
          sent.push({ startMs, transfer: link.begin(startMs) });
        }
        nowMs = untilMs;
      };
      for (const { durationMs, slackMs } of drawn) {
        goOnTo(nowMs + slackMs);
        link.add({ durationMs, deadlineMs: link.readyMs(durationMs, nowMs) + slackMs }, nowMs);
      }
      goOnTo(1000);
      expect(sent).toHaveLength(drawn.length);
      for (const [i, { startMs, transfer }] of sent.entries()) {
        const endMs = startMs + transfer.durationMs;
        expect(endMs).toBeLessThanOrEqual(transfer.deadlineMs);
        expect(endMs).toBeLessThanOrEqual(sent[i + 1]?.startMs ?? Number.POSITIVE_INFINITY);
      }
    }),
    { numRuns: 150 },
  );
});
