// Service manifests as requests: what a service manager asks for as metrics go, and what is said about manifests that cannot be followed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOUR_MS, WorkloadFolder } from './workload-folder.ts';

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

const SHOP = `
service: shop
components:
  web: { size: { cpus: 2, memoryMib: 1024, diskGib: 10 }, max: 4, sla: Gold, deploy: [here, there] }
  worker: { size: SMALL, min: 0, template: debian }
rules:
  - Replicas(web) = RequestPerSecond(web) / 500
  - CPU(web) = Users / 1000
  - Replicas(worker) = Replicas(web) - 1
metrics:
  RequestPerSecond(web): { steps: { 0h: 500, 1h: 1400, 2h: 100 } }
  Users: { steps: { 0h: 1000, 90m: 3000 } }
every: 30m
term: 1h
coolDown: 0s
`;

const MINUTE_MS = 60_000;

test('instances are added as leases and given back early, each for a term after the other', async () => {
  const rows = await folder.rows('shop.manifest', SHOP, { manifest: { length: '150m' } });
  const drawn = rows.map(({ cancelMs, durationMs, id, runTimeMs, size, startMs, submitMs }) =>
    [
      id.padEnd(15),
      `asked ${submitMs / MINUTE_MS}`,
      `${startMs! / MINUTE_MS}-${(startMs! + durationMs) / MINUTE_MS}`,
      cancelMs === undefined ? `runs ${runTimeMs! / MINUTE_MS}` : `called off ${cancelMs / MINUTE_MS}`,
      typeof size === 'string' ? size : `${size.milliCpus / 1000} CPU`,
    ].join('  '),
  );
  expect(`\n${drawn.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    shop-web-1-1     asked 0  0-60  runs 60  2 CPU
    shop-web-1-2     asked 30  60-120  runs 60  2 CPU
    shop-web-2-1     asked 60  60-120  runs 60  2 CPU
    shop-web-3-1     asked 60  60-120  runs 60  2 CPU
    shop-worker-1-1  asked 60  60-120  runs 60  SMALL
    shop-worker-2-1  asked 60  60-120  runs 60  SMALL
    shop-web-1-3     asked 90  120-150  runs 30  3 CPU
    shop-web-2-2     asked 90  120-150  runs 0  3 CPU
    shop-web-3-2     asked 90  120-150  runs 0  3 CPU
    shop-worker-1-2  asked 90  120-150  runs 0  SMALL
    shop-worker-2-2  asked 90  120-150  runs 0  SMALL
    "
  `);
  expect(rows[0]).toMatchObject({
    kind: 'advance',
    user: 'shop',
    template: 'shop-gold',
    providers: ['here', 'there'],
    latestStartMs: 5 * MINUTE_MS,
  });
  expect(rows.find(({ id }) => id.startsWith('shop-worker'))).toMatchObject({ template: 'debian' });
  expect(rows.every(({ startMs, durationMs }) => startMs! + durationMs <= 2.5 * HOUR_MS)).toBe(true);
});

test('so many instances at all times, whatever the rules say', async () => {
  const rows = await folder.rows('shop.manifest', SHOP, {
    manifest: { length: '3h', term: '3h', replicas: { web: 2, worker: 0 } },
  });
  expect(rows.map(({ id, durationMs }) => [id, durationMs / HOUR_MS])).toEqual([
    ['shop-web-1-1', 3],
    ['shop-web-2-1', 3],
  ]);
});

test('a manifest that cannot be followed is refused with the place', async () => {
  const problem = async (text: string, settings?: object) =>
    await folder.rows('bad.manifest', text, settings).then(
      () => 'read',
      (error: Error) => error.message.replaceAll(folder.path, '~'),
    );
  const found = [
    await problem(SHOP.replace('max: 4', 'max: 0')),
    await problem(SHOP.replace('- Replicas(worker) = Replicas(web) - 1', '- Replicas(wrker) = 1')),
    await problem(SHOP.replace('/ 500', '/ requests')),
    await problem(SHOP.replace('90m: 3000', 'noon: 3000')),
    await problem(SHOP.replace('term: 1h', 'term: 10m')),
    await problem(SHOP.replace('size: SMALL', 'size: SMAL')),
    await problem(SHOP.replace('service: shop', 'servce: shop')),
    await problem(SHOP, { manifest: { replicas: { wb: 2 } } }),
  ];
  expect(`\n${found.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    ~/bad.manifest:3:64: components.web.max: expected a whole number from 1 to 10000, found 0
    ~/bad.manifest:8:5: rules[2]: "Replicas(wrker) = 1" is of wrker, which is no component (did you mean "worker"?)
    ~/bad.manifest:5:1: rules: " RequestPerSecond.web / requests" names requests, which is none of RequestPerSecond(web), Users, Replicas(web), CPU(web), Replicas(worker)
    ~/bad.manifest:11:31: metrics.Users.steps.noon: is no time; expected a duration with its unit, such as "9h"
    ~/bad.manifest:13:7: term: is shorter than the control period, 30m
    ~/bad.manifest:4:19: components.worker.size: no instance type "SMAL" (did you mean "SMALL"?)
    ~/bad.manifest:1:1: servce: "servce" is not known here (did you mean "service"?)
    ~/bad.manifest: manifest.replicas.wb: there is no component "wb" (known: web, worker)
    "
  `);
});
