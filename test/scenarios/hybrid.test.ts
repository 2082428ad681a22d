// The hybrid managers of the papers keep what they promise, whatever the load: what is critical stays at home, nobody waits in vain, and a dearer
// public cloud is never cheaper.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DomainEvent, type EventOf, simulate } from '../../engine/index.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';
import { openpex, temporaryFolder } from '../support/command-line.ts';
import { runs } from '../support/fast-check.ts';

const HOUR = 3_600_000;
const CRITICAL = ['advance', 'immediate'];

async function eventsOf(
  name: string,
  seed: number,
  jobsPerHour: number,
  cpuHour = 0.1,
): Promise<DomainEvent[]> {
  const events: DomainEvent[] = [];
  const set = [
    'workloads[0].generate.until=8h',
    'workloads[0].generate.populations.course.lead={distribution: uniform, min: 5m, max: 6h, step: 5m}',
    `workloads[0].generate.populations.job.arrivals.perHour=${jobsPerHour}`,
    `providers.public.policies.pricing.options.cpuHour=${cpuHour}`,
    'horizon=2d',
  ];
  const scenario = await loadScenario(`papers/${name}`, { env: {}, set, seed });
  await simulate(scenario.world(), { onEvent: (event) => events.push(event) });
  return events;
}

const ofType = <T extends DomainEvent['type']>(events: readonly DomainEvent[], type: T) =>
  events.filter((event): event is EventOf<T> => event.type === type);

function publicBill(events: readonly DomainEvent[]): number {
  return ofType(events, 'reservation-confirmed')
    .filter(({ provider }) => provider === 'public')
    .reduce((sum, { priceMicros }) => sum + priceMicros, 0);
}

const load = { seed: fc.integer({ min: 1, max: 1000 }), jobsPerHour: fc.integer({ min: 5, max: 15 }) };

test.each(['imteyaz', 'algorithm-1'])(
  '%s: what is critical never leaves home, and a job waits for an hour at most',
  async (name) => {
    let displaced = 0;
    let waited = 0;
    await fc.assert(
      fc.asyncProperty(fc.record(load), async ({ jobsPerHour, seed }) => {
        const events = await eventsOf(name, seed, jobsPerHour);
        const kinds = new Map(
          ofType(events, 'reservation-initiated').map(({ origin, reservationId }) => [
            reservationId,
            origin?.kind,
          ]),
        );
        for (const { provider, reservationId } of ofType(events, 'reservation-confirmed'))
          if (provider === 'public') expect(CRITICAL).not.toContain(kinds.get(reservationId));

        // What gives way goes out at once, or has room again; what has not begun does within the hour.
        const since = new Map<string, number>();
        for (const event of events) {
          if (event.provider !== 'private' || !('reservationId' in event)) continue;
          const { reservationId } = event;
          if (kinds.get(reservationId) !== 'preemptible') continue;
          if (event.type === 'reservation-confirmed') since.set(reservationId, event.atMs);
          if (event.type === 'lease-suspended' || event.type === 'lease-requeued') {
            displaced += 1;
            since.set(reservationId, event.atMs - HOUR);
          }
          const isOver = ['window-opened', 'lease-resumed', 'reservation-ended'].includes(event.type);
          const sinceMs = since.get(reservationId);
          if (!isOver || sinceMs === undefined) continue;
          since.delete(reservationId);
          waited += 1;
          expect(event.atMs - sinceMs).toBeLessThanOrEqual(HOUR);
        }
        expect(since.size).toBe(0);
      }),
      { numRuns: runs(4) },
    );
    expect(displaced).toBeGreaterThan(0);
    expect(waited).toBeGreaterThan(0);
  },
);

test('who moves on is counted once, and so is what they agreed on', () => {
  const folder = temporaryFolder();
  openpex(
    ['run', 'papers/algorithm-1', '--seed', '3', '--set', 'horizon=2d', '--quiet', '--out', 'run'],
    folder,
  );
  const directory = join(folder, 'run');
  const { accepted, movedOn, passedOn, requests } = JSON.parse(
    readFileSync(join(directory, 'summary.json'), 'utf8'),
  );
  const rows = readFileSync(join(directory, 'negotiations.csv'), 'utf8').trim().split('\n').slice(1);
  expect(requests - passedOn).toBe(new Set(rows.map((row) => row.split(',')[0])).size);
  expect(movedOn).toBeGreaterThan(0);
  expect(accepted - movedOn).toBeLessThanOrEqual(requests - passedOn);
});

test('the dearer the public cloud, the higher its bill', async () => {
  let spent = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.record(load),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 20 }),
      async ({ jobsPerHour, seed }, cents, more) => {
        const cheap = publicBill(await eventsOf('algorithm-1', seed, jobsPerHour, cents / 100));
        const dear = publicBill(await eventsOf('algorithm-1', seed, jobsPerHour, (cents + more) / 100));
        expect(dear).toBeGreaterThanOrEqual(cheap);
        spent += cheap;
      },
    ),
    { numRuns: runs(2) },
  );
  expect(spent).toBeGreaterThan(0);
});
