// Machines that fail by known laws: a calibration finds these in what a provider recorded, within what so many failures can tell.
import { expect, test } from 'vitest';
import { Phase, Rng, scheduleNodeFaults } from '../../../engine/index.ts';
import { fitTimes } from '../../../experiments/calibration/fit-times.ts';
import { RecordedTimes } from '../../../experiments/calibration/recorded-times.ts';
import { timesText } from '../../../experiments/calibration/times-text.ts';
import { DAY, HOUR, node } from '../../support/setup.ts';
import { tell } from '../../support/story.ts';

const NODES = 8;
const MEANS_MS = { nodeMtbf: 60 * HOUR, guestCrashMtbf: 9 * HOUR, guestHangMtbf: 14 * HOUR };
const REPAIR_MS = 5 * HOUR;
const SHARES = { operationFailure: 0.1, bootFailure: 0.2 };

/** Forty days of VMs that crash, hang, and are rebooted twice a day. */
function recordMonth(): RecordedTimes {
  const recorded = new RecordedTimes();
  const nodes = Array.from({ length: NODES }, (_, i) => node(`n${i}`));
  const story = tell({
    seed: 11,
    nodes,
    faults: { ...SHARES, guestCrashMtbfMs: MEANS_MS.guestCrashMtbf, guestHangMtbfMs: MEANS_MS.guestHangMtbf },
    manager: { maxAttempts: 1_000 },
    onCommit: (commit) => recorded.hear(commit),
  });
  scheduleNodeFaults({
    clock: story.clock,
    rng: Rng.fromSeed(5),
    faults: { nodeMtbfMs: MEANS_MS.nodeMtbf, nodeMttrMs: REPAIR_MS },
    nodes: nodes.map(({ nodeId }) => ({ nodeId, group: 'all' })),
    target: story.hypervisor,
  });
  for (let user = 0; user < NODES; user += 1) {
    story.user(`u${user}`).book({ start: story.clock.now(), duration: '936h' });
    story.user(`u${user}`).activate();
    for (let hour = 6; hour < 39 * 24; hour += 12)
      story.clock.at(hour * HOUR, Phase.Arrival, () =>
        story.command({ name: 'instance', vmId: `u${user}/1`, command: 'reboot' }),
      );
  }
  story.runUntil(40 * DAY);
  return recorded;
}

test('a month of failures tells how often nodes, guests, starts and operations fail', () => {
  const fit = fitTimes(recordMonth(), 40 * DAY);
  for (const [name, meanMs] of Object.entries(MEANS_MS)) {
    const { fitted } = fit.mtbfs.find(({ setting }) => setting === `faults.${name}`)!;
    const [fromMs, toMs] = fitted.intervalMs;
    expect(fitted.failures).toBeGreaterThan(50);
    expect(fromMs).toBeLessThan(meanMs);
    expect(toMs).toBeGreaterThan(meanMs);
  }
  const repair = fit.times.find(({ setting }) => setting === 'faults.nodeMttr')!;
  // Exponential times: the relative standard deviation of a mean of n is 1/sqrt(n).
  const offBy = Math.abs(repair.fitted.meanMs / REPAIR_MS - 1);
  expect(offBy).toBeLessThan(3 / Math.sqrt(repair.fitted.count));
  const [operations, starts] = ['operationFailure', 'bootFailure'].map(
    (name) => fit.shares.find(({ setting }) => setting === `faults.${name}`)!,
  );
  expect(operations!.fitted.interval[0]).toBeLessThan(SHARES.operationFailure);
  expect(operations!.fitted.interval[1]).toBeGreaterThan(SHARES.operationFailure);
  // Of starts all failures are counted, those of any operation too.
  const ofStarts = 1 - (1 - SHARES.operationFailure) * (1 - SHARES.bootFailure);
  expect(starts!.fitted.interval[0]).toBeLessThan(ofStarts);
  expect(starts!.fitted.interval[1]).toBeGreaterThan(ofStarts);
  expect(Math.abs(starts!.value - SHARES.bootFailure)).toBeLessThan(0.05);
});

test('what came after the fit is told beside it, and what never failed is not fitted', () => {
  const fit = fitTimes(recordMonth(), 20 * DAY);
  const nodes = fit.mtbfs.find(({ setting }) => setting === 'faults.nodeMtbf')!;
  const { failures, livedMs } = nodes.unseen!;
  expect(nodes.fitted.failures).toBeGreaterThan(20);
  expect(failures).toBeGreaterThan(20);
  expect(nodes.fitted.livedMs + livedMs).toBeLessThan(NODES * 40 * DAY);
  expect(timesText(fit, 'x')).toContain(
    `# faults.nodeMtbf: ${nodes.fitted.failures} in ${hours(nodes.fitted.livedMs)} h (one in `,
  );
  const { mtbfs } = fitTimes(new RecordedTimes(), DAY);
  expect(mtbfs).toEqual([]);
});

function hours(ms: number): number {
  return Number((ms / HOUR).toPrecision(3));
}
