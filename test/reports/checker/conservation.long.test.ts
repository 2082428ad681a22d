// What is asked for, agreed and delivered, over random worlds: nothing is counted twice, and nothing vanishes.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HOUR } from '../../support/setup.ts';
import { eventsOf, type Row, type ToldRun, toldRun } from './told-run.ts';
import { checkedWorlds } from './worlds.ts';

const anyWorld = fc.record({
  seed: fc.integer({ min: 2, max: 1_000_000 }),
  which: fc.nat(checkedWorlds().length - 1),
  warmUpMs: fc.integer({ min: 0, max: 8 * HOUR }),
  endMs: fc.option(fc.integer({ min: 10 * HOUR, max: 60 * HOUR }), { nil: Number.POSITIVE_INFINITY }),
});

const number = (row: Row, column: string) => Number(row[column]);
/** Instance-time that a reservation owes as agreed, and what came of it. */
const guaranteedS = (row: Row) =>
  (number(row, 'instances') - number(row, 'claimed_instances')) * number(row, 'duration_s');
const agreedS = (row: Row) => guaranteedS(row) + number(row, 'claimed_s');
/** Beside that, a lease that gives way has its nodes while it is suspended and resumed: by reservation, of each instance. */
function givingWayS({ events }: ToldRun): (row: Row) => number {
  const spans = [
    ...eventsOf(events, 'lease-suspended').map(({ atMs, fromMs, reservationId }) => ({
      reservationId,
      forMs: atMs - fromMs,
    })),
    ...eventsOf(events, 'lease-resumed').map(({ atMs, reservationId, untilMs }) => ({
      reservationId,
      forMs: untilMs - atMs,
    })),
  ];
  return (row) =>
    (number(row, 'instances') / 1000) *
    spans
      .filter(({ reservationId }) => reservationId === row['reservation_id'])
      .reduce((sum, { forMs }) => sum + forMs, 0);
}
const cameToS = (row: Row) =>
  ['delivered_s', 'downtime_s', 'suspended_s', 'start_up_s'].reduce(
    (sum, column) => sum + number(row, column),
    0,
  );

test('outcomes add up to requests, and no instance-time is more than was agreed', async () => {
  await fc.assert(
    fc.asyncProperty(anyWorld, async ({ endMs, seed, warmUpMs, which }) => {
      const { name, world } = checkedWorlds(seed)[which]!;
      const { summary, told } = await toldRun({ ...world, endMs }, warmUpMs);
      const { accepted, requests } = summary;
      expect(
        accepted +
          summary.rejected +
          summary.declined +
          summary.expired +
          summary.withdrawn +
          summary.capacityLost +
          summary.open,
      ).toBe(requests);
      expect(summary.acceptedFirstOffer + summary.counterAccepted).toBe(accepted);
      expect(
        summary.fulfilled + summary.noShows + summary.cancelled + summary.failed + summary.unfinished,
      ).toBe(accepted);

      const { reservations } = told.tables!;
      const givesWayS = givingWayS(told);
      const oweS = (row: Row) => agreedS(row) + givesWayS(row);
      const overfull = reservations.filter((row) => cameToS(row) > oweS(row) + 1e-6);
      expect(overfull.map((row) => [row['reservation_id'], cameToS(row), oweS(row)])).toEqual([]);
      const givingWayHours = reservations.reduce(
        (sum, row) => sum + (givesWayS(row) * number(row, 'vcpus_per_instance')) / 3600,
        0,
      );

      // Each of the four is rounded to six decimals.
      expect(summary.cpuHoursDelivered + summary.cpuHoursUndelivered).toBeLessThanOrEqual(
        summary.cpuHoursAgreed + summary.cpuHoursClaimed + givingWayHours + 2e-6,
      );
      expect(summary.cpuHoursUsed).toBeLessThanOrEqual(summary.cpuHoursDelivered + 1e-6);
      // Only an offer of more, taken by a user who takes anything, makes more of a request than was asked.
      if (!name.includes('of more'))
        expect(summary.cpuHoursAgreed).toBeLessThanOrEqual(summary.cpuHoursAsked);
    }),
    { numRuns: 60 },
  );
});
