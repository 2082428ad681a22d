// The reports of the simulator on what a service has in its database, while it runs and afterwards.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { JournalReports } from '../../../live/report/journal-reports.ts';
import { type Answer, StoppedTime, startTestDaemon } from '../../support/daemon.ts';
import { openForTest, temporaryDirectory } from '../../support/databases.ts';
import { HOUR, MINUTE } from '../../support/setup.ts';

const START = Date.parse('2026-03-02T08:00:00Z');
const YAML = 'name: Lab\nseed: 5\ncluster: { preset: openpex-2009 }\nmanager: { autoActivate: true }\n';

test('a report goes up to now while the service runs, and up to the last event without it', async () => {
  const host = new StoppedTime(START);
  const daemon = await startTestDaemon({ yaml: YAML, host });
  try {
    const settle = async () => {
      await daemon.service.commandInstance('none', 'stop');
    };
    const asked = { duration: HOUR, numInstancesFixed: 5, type: 'XLARGE' };
    const { body }: Answer = await daemon.call('operator', 'POST', '/reservations', asked);
    await daemon.call('operator', 'PUT', `/reservations/${body.proposal.id}`, { reply: 'CONFIRM' });
    await host.moveTo(START + 30 * MINUTE, settle);
    const { body: summary } = await daemon.call('operator', 'GET', '/report/summary.json');
    expect(summary).toMatchObject({
      scenario: 'Lab',
      seed: 5,
      end: 'ongoing',
      requests: 1,
      accepted: 1,
      unfinished: 1,
      virtualMs: 30 * MINUTE,
    });
    // All nodes are full from its start on.
    expect(summary.utilisation.cpu.reserved).toBe(1);
    const { body: page } = await daemon.call('operator', 'GET', '/report');
    expect(page).toContain('until 2 Mar 2026, 08:30 UTC, when 1 reservation was not over');

    await host.moveTo(START + 2 * HOUR, settle);
    const database = await openForTest(join(daemon.folder, 'openpex.db'), 'read');
    const reports = new JournalReports({ database, version: 'test' });
    const directory = join(temporaryDirectory(), 'report');
    const written = await reports.writeTo(directory);
    expect(written).toMatchObject({ end: 'ongoing', fulfilled: 1, unfinished: 0 });
    // The VMs are gone a little after the end of the window, and nothing happened since.
    expect(written.virtualMs).toBeGreaterThanOrEqual(HOUR);
    expect(written.virtualMs).toBeLessThan(HOUR + MINUTE);
    expect(JSON.parse(readFileSync(join(directory, 'summary.json'), 'utf8'))).toEqual(written);
    expect(await reports.summary()).toEqual(written);

    // By the definitions of the report, over any time; what is outside it counts for nothing but where things stand.
    const spanned = { fromMs: START + 15 * MINUTE, toMs: START + 3 * HOUR };
    const { keptFromMs, steps } = await reports.load(spanned);
    expect(keptFromMs).toBe(START);
    expect(steps[0]).toEqual({
      startMs: spanned.fromMs,
      endMs: spanned.fromMs + MINUTE,
      onlineMilliCpus: 20_000,
      reservedMilliCpus: 20_000,
      allocatedMilliCpus: 20_000,
      busyMilliCpus: expect.any(Number),
      onlineMemoryMib: 5 * 3584,
      reservedMemoryMib: 5 * 3584,
      allocatedMemoryMib: 5 * 3584,
    });
    expect(steps.at(-1)).toMatchObject({ endMs: START + written.virtualMs });
    const whole = await reports.load({ fromMs: 0, toMs: START + 3 * HOUR });
    const sum = (channel: 'allocatedMilliCpus' | 'busyMilliCpus' | 'onlineMilliCpus' | 'reservedMilliCpus') =>
      whole.steps.reduce((total, step) => total + step[channel] * (step.endMs - step.startMs), 0);
    const shares = written.utilisation.cpu;
    expect(sum('reservedMilliCpus') / sum('onlineMilliCpus')).toBeCloseTo(shares.reserved!, 5);
    expect(sum('allocatedMilliCpus') / sum('onlineMilliCpus')).toBeCloseTo(shares.allocated!, 5);
    expect(sum('busyMilliCpus') / sum('onlineMilliCpus')).toBeCloseTo(shares.busy!, 5);
    const { steps: ofOne } = await reports.load({ ...spanned, nodeId: 'leon' });
    expect(ofOne[0]).toMatchObject({ onlineMilliCpus: 4000, reservedMilliCpus: 4000 });
    expect(readFileSync(join(directory, 'reservations.csv'), 'utf8')).toContain(body.proposal.id);
    await database.close();
  } finally {
    await daemon.stop();
  }
});

test('a database in which nothing was recorded has no report', async () => {
  const database = await openForTest(join(temporaryDirectory(), 'new.db'));
  const reports = new JournalReports({ database, version: 'test' });
  await expect(reports.writeTo('never')).rejects.toMatchObject({ code: 'PEX_DATABASE' });
  await expect(reports.summary()).rejects.toMatchObject({ code: 'PEX_DATABASE' });
});
