// What nodes draw, as scenarios write it: two figures, a list, or a row of a table.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { wattsAt } from '../../reports/metrics/node-meters.ts';
import { loadScenario } from '../../scenarios/load/scenario.ts';

const HEADER = 'server,cpu,p0_W,p10_W,p20_W,p30_W,p40_W,p50_W,p60_W,p70_W,p80_W,p90_W,p100_W,spec_result';

async function load(power: string, table = '') {
  const folder = mkdtempSync(join(tmpdir(), 'power-'));
  writeFileSync(join(folder, 'power.csv'), `${HEADER}\n${table}`);
  writeFileSync(join(folder, 'requests.csv'), 'submit_s,user,start_s,duration_s,type,fixed\n');
  writeFileSync(
    join(folder, 'day.yaml'),
    `cluster: { nodes: [{ group: rack, count: 2, cpus: 4, memoryMib: 4096, power: ${power} }] }\nworkloads: [{ generate: { until: 1h, populations: {} } }]\n`,
  );
  return loadScenario(join(folder, 'day.yaml'), {});
}

const ROW = 'G4,Xeon,86,89.4,92.6,96,99.5,102,106,108,112,114,117,power-1';

test('a row of a table of measurements is a model with straight lines between its steps', async () => {
  const scenario = await load('{ file: power.csv, server: G4 }', `G3,,1,2,3,4,5,6,7,8,9,10,11,\n${ROW}\n`);
  const { power } = scenario.world().providers[0]!.cluster.nodes[1]!;
  expect([0, 0.05, 0.1, 0.55, 1].map((share) => wattsAt(power!, share))).toEqual([86, 87.7, 89.4, 104, 117]);
  // The resolved scenario needs no table.
  expect(JSON.stringify(scenario.resolved)).toContain('"power":{"watts":[86,89.4,');
});

test('a list of watts, and two figures, say as much as they say', async () => {
  const watts = (await load('{ watts: [50, 90, 100] }')).world().providers[0]!.cluster.nodes[0]!.power!;
  expect([0, 0.25, 0.5, 0.75, 1].map((share) => wattsAt(watts, share))).toEqual([50, 70, 90, 95, 100]);
  const line = (await load('{ idleW: 50, peakW: 100 }')).world().providers[0]!.cluster.nodes[0]!.power!;
  expect([0, 0.25, 1].map((share) => wattsAt(line, share))).toEqual([50, 62.5, 100]);
});

test('what is no such table is told with its place', async () => {
  await expect(load('{ file: power.csv, server: G44 }', `${ROW}\n`)).rejects.toThrow(
    /day\.yaml:1:\d+: cluster\.nodes\[0\]\.power\.server: .*has no server "G44" \(did you mean "G4"\?\)/,
  );
  await expect(load('{ file: power.csv, server: G4 }', ROW.replace('96', 'many'))).rejects.toThrow(
    /power\.csv:2: p30_W: is missing; expected watts/,
  );
  await expect(load('{ idleW: 50 }')).rejects.toThrow(/power\.peakW: is missing; expected a number/);
});
