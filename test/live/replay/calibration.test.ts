// A service on machines of odd known times: a calibration finds these times in its journal and nothing else, and with them what was ordered is
// delivered once more exactly as it was.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fitTimes, settingsOf } from '../../../experiments/calibration/fit-times.ts';
import { RecordedTimes } from '../../../experiments/calibration/recorded-times.ts';
import { timesText } from '../../../experiments/calibration/times-text.ts';
import { compareDelivery } from '../../../live/replay/compare-delivery.ts';
import { repeat } from '../../../live/replay/replay.ts';
import { caller, StoppedTime, startTestDaemon } from '../../support/daemon.ts';
import { openForTest } from '../../support/databases.ts';
import { MINUTE, SECOND } from '../../support/setup.ts';

const START = Date.parse('2026-03-02T08:00:00Z');

const MACHINES = {
  create: '7s',
  start: '41s',
  stop: '13s',
  reboot: '37s',
  suspend: '17s',
  resume: '19s',
  migrate: '43s',
  migrateDowntime: '210ms',
  destroy: '3s',
  nodeDetection: '23s',
};
const THINK_MS = 71 * SECOND;
const LATE_MS = 3 * MINUTE;
const OPTIONS = { version: 'test', env: {}, command: '' };

/** A day in which all of that happens. @returns the folder of its database */
async function recordDay(): Promise<string> {
  const host = new StoppedTime(START);
  const yaml = `
cluster: { sharedDiskGib: 900, nodes: [{ group: blade, count: 3, cpus: 4, memoryMib: 4096 }] }
hypervisor: ${JSON.stringify(MACHINES)}
accounts: { startingCredits: 1000000 }
`;
  const daemon = await startTestDaemon({ yaml, host });
  await daemon.register('ada');
  const call = caller(daemon.url);
  const wait = (ms: number) =>
    host.moveTo(host.now() + ms, async () => {
      await daemon.service.commandInstance('none', 'stop');
      await daemon.service.archived();
    });
  const reserve = async ({ comes = true, options = 0 } = {}) => {
    const { body } = await call('ada', 'POST', '/reservations', {
      duration: 60 * MINUTE,
      numInstancesFixed: 2,
      numInstancesOption: options,
      startTime: new Date(host.now() + 5 * MINUTE).toUTCString(),
      type: 'SMALL',
    });
    const { id } = body.proposal;
    await wait(THINK_MS);
    await call('ada', 'PUT', `/reservations/${id}`, { reply: 'CONFIRM' });
    await wait(5 * MINUTE - THINK_MS + LATE_MS);
    if (comes) await call('ada', 'PUT', `/reservations/${id}/activate`);
    return id;
  };
  const vms = async () => (await call('ada', 'GET', '/instances')).body;
  try {
    for (let round = 0; round < 2; round += 1) {
      const id = await reserve({ options: 2 });
      await call('ada', 'POST', `/reservations/${id}/claim`, { count: 1 });
      await wait(2 * MINUTE);
      const [one, two] = await vms();
      for (const command of ['suspend', 'resume', 'reboot']) {
        await call('ada', 'PUT', `/instances/${one.vmID}/${command}`);
        await wait(MINUTE);
      }
      await call('operator', 'PUT', `/nodes/${two.node}/drain`);
      await wait(MINUTE);
      await call('operator', 'PUT', `/nodes/${two.node}/enable`);
      await wait(70 * MINUTE);
    }
    await reserve({ comes: false });
    await wait(70 * MINUTE);
    // A node is lost while VMs boot on it.
    await reserve();
    await wait(20 * SECOND);
    const [{ node }] = await vms();
    await call('operator', 'PUT', `/nodes/${node}/fail`);
    await wait(5 * MINUTE);
    await call('operator', 'PUT', `/nodes/${node}/return`);
    await wait(80 * MINUTE);
  } finally {
    await daemon.pause();
  }
  return daemon.folder;
}

describe('what a service recorded', () => {
  let folder: string;
  let file: string;
  beforeAll(async () => {
    folder = await recordDay();
    file = join(folder, 'openpex.db');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const recordedTimes = async () => {
    const recorded = new RecordedTimes();
    const database = await openForTest(file, 'read');
    await repeat({ ...OPTIONS, database, onCommit: (commit) => recorded.hear(commit) });
    return recorded;
  };

  test('says how long its machines take, and how its users are', async () => {
    const fit = fitTimes(await recordedTimes(), START + 24 * 60 * MINUTE);
    expect(settingsOf(fit)).toEqual({
      hypervisor: { ...MACHINES, migration: { model: 'fixed' } },
      users: { thinkTime: '1m 11s', lateness: '3m', noShow: 0.25, claim: 0.5 },
      // Three nodes for five hours and a quarter, of which one was lost for five minutes.
      faults: { operationFailure: 0, bootFailure: 0, nodeMtbf: '15h 28m', nodeMttr: '5m' },
    });
    expect(parse(timesText(fit, 'openpex.db'))).toEqual(settingsOf(fit));
  });

  test('is predicted from a part of it', async () => {
    const recorded = await recordedTimes();
    const fit = fitTimes(recorded, START + 80 * MINUTE);
    const start = fit.times.find(({ setting }) => setting === 'hypervisor.start');
    expect(start).toMatchObject({
      value: '41s',
      fitted: { count: 3, medianMs: 41_000, meanMs: 41_000 },
      error: { ofMedian: 0, ofMean: 0, ofMeanFrom: 0, ofMeanTo: 0 },
    });
    expect(start?.unseen?.count).toBe(recorded.operations.get('start')!.length - 3);
    // The loss comes later.
    expect(fit.times.map(({ setting }) => setting)).not.toContain('hypervisor.nodeDetection');
  });

  test('is delivered once more by the machines that were found, exactly as it was', async () => {
    const fit = fitTimes(await recordedTimes(), START + 24 * 60 * MINUTE);
    const calibrated = join(folder, 'calibrated.yaml');
    writeFileSync(calibrated, timesText(fit, 'openpex.db'));
    const database = await openForTest(file, 'read');
    const { predicted, recorded } = await compareDelivery({ ...OPTIONS, database, calibrated, runs: 1 });
    expect(predicted).toEqual([recorded]);
    expect(recorded).toMatchObject({
      starts: 8,
      startDelayMedianMs: 48_000,
      migrations: 6,
      migrationMeanMs: 43_000,
    });
    expect(recorded.vmHours).toBeGreaterThan(5);
  });

  test('is delivered otherwise by other machines', async () => {
    const calibrated = join(folder, 'slow.yaml');
    writeFileSync(calibrated, JSON.stringify({ hypervisor: { ...MACHINES, start: '10m' } }));
    const database = await openForTest(file, 'read');
    const { predicted, recorded } = await compareDelivery({ ...OPTIONS, database, calibrated, runs: 1 });
    expect(predicted[0]?.startDelayMedianMs).toBe(607_000);
    expect(predicted[0]?.vmHours).toBeLessThan(recorded.vmHours - 0.9);
  });
});
