// Known facts about the real logs, where OPENPEX_DATA names the folder that holds them; with OPENPEX_REQUIRE_DATA=true in CI they may not be
// skipped. docs/workloads.md says where the logs are and how the folder is laid out.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOpenbNodes } from '../../../scenarios/formats/openb.ts';
import type { WorkloadRow } from '../../../scenarios/formats/row.ts';
import { WorkloadFolder } from './workload-folder.ts';

const data = process.env['OPENPEX_DATA'];
const isRequired = process.env['CI'] === 'true' && process.env['OPENPEX_REQUIRE_DATA'] === 'true';

test('the logs are there where they are required', () => {
  expect(isRequired && data === undefined).toBe(false);
});

describe.skipIf(data === undefined)(
  `with OPENPEX_DATA${data === undefined ? ' (not set: skipped)' : ''}`,
  () => {
    let folder: WorkloadFolder;
    beforeAll(async () => {
      folder = await WorkloadFolder.make();
    });
    afterAll(() => folder.remove());

    const read = (file: string, settings: object = {}) =>
      folder.rowsOf({ file: join(data ?? '', file), ...settings });
    /** Share of 144 nodes from the first submission to the last. */
    const shareOf144 = (rows: readonly WorkloadRow[], msOf: (row: WorkloadRow) => number) =>
      rows.reduce((sum, row) => sum + row.instances * msOf(row), 0) / (144 * BLUE_SPAN_MS);
    const BLUE_SPAN_MS = 2_590_930_000;

    test('SDSC Blue: 5,545 jobs, 437 of them cancelled in the queue, 3,699 of an hour or less, 3,391 of four nodes or fewer', async () => {
      const rows = await read('sdsc-blue-ar/30days.swf');
      expect(rows).toHaveLength(5545);
      expect(rows.filter(({ cancelMs }) => cancelMs !== undefined)).toHaveLength(437);
      expect(rows.filter(({ durationMs }) => durationMs <= 3_600_000)).toHaveLength(3699);
      expect(rows.filter(({ instances }) => instances <= 4)).toHaveLength(3391);
      expect(rows.at(-1)?.submitMs).toBe(BLUE_SPAN_MS);
      expect(shareOf144(rows, ({ runTimeMs }) => runTimeMs ?? 0)).toBeCloseTo(0.7041, 3);
      expect(await read('sdsc-blue-ar/30days.swf', { swf: { cancelled: 'skip' } })).toHaveLength(5108);
    });

    test('Haizea: 94 reservations of about 3 hours on 25 to 48 nodes take 9.98 % of the machine, a day ahead', async () => {
      const rows = await read('sdsc-blue-ar/work_10-dur_3h-size_2medium.lwf');
      expect(rows).toHaveLength(94);
      expect(shareOf144(rows, ({ durationMs }) => durationMs)).toBeCloseTo(0.099763, 6);
      expect(
        rows.every(({ kind, instances }) => kind === 'advance' && instances >= 25 && instances <= 48),
      ).toBe(true);
      const notices = rows
        .filter(({ submitMs }) => submitMs > 0)
        .map((row) => (row.startMs ?? 0) - row.submitMs);
      expect(new Set(notices)).toEqual(new Set([86_400_000]));
    });

    test('Alibaba openb: 8,152 pods, 897 never scheduled; 1,523 nodes, 310 of them without GPUs', async () => {
      const pods = await read('alibaba-openb/openb_pod_list_default.csv');
      expect(pods).toHaveLength(8152);
      expect(pods.filter(({ cancelMs }) => cancelMs !== undefined)).toHaveLength(897);
      const nodes = await readOpenbNodes(join(data ?? '', 'alibaba-openb/openb_node_list_all_node.csv'));
      expect(nodes).toHaveLength(1523);
      expect(nodes.filter(({ group }) => group.startsWith('cpu-'))).toHaveLength(310);
      expect(nodes.reduce((sum, { capacity }) => sum + capacity.milliCpus, 0)).toBe(125_514_000);
    });
  },
);
