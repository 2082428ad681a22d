// Haizea's lease workloads in both formats.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOUR_MS, START_MS, WorkloadFolder } from './workload-folder.ts';

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

describe('ten columns of text', () => {
  test('a lease with a start is an advance reservation, one with -1 is best effort', async () => {
    const requests = await folder.requests(
      'old.lwf',
      `
# submit start duration real nodes cpus memory disk image size
0 30571 9470 9000 48 1 1024 0 'NONE.img' 600
60 -1 3600 0 2 2 512 5000 web.img 600
`,
    );
    expect(requests).toEqual([
      {
        requestId: 'lease-1',
        userId: 'anonymous',
        kind: 'advance',
        submitMs: START_MS,
        proposal: {
          type: 'custom',
          demand: { milliCpus: 1000, memoryMib: 1024, diskGib: 0 },
          numInstancesFixed: 48,
          numInstancesOption: 0,
          startMs: START_MS + 30_571_000,
          durationMs: 9_470_000,
          template: 'NONE.img',
        },
        latestStartMs: Number.POSITIVE_INFINITY,
        runTimeMs: 9_000_000,
      },
      {
        requestId: 'lease-2',
        userId: 'anonymous',
        kind: 'best-effort',
        submitMs: START_MS + 60_000,
        proposal: {
          type: 'custom',
          demand: { milliCpus: 2000, memoryMib: 512, diskGib: 5 },
          numInstancesFixed: 2,
          numInstancesOption: 0,
          startMs: START_MS + 60_000,
          durationMs: HOUR_MS,
          template: 'web.img',
        },
        latestStartMs: Number.POSITIVE_INFINITY,
        runTimeMs: Number.POSITIVE_INFINITY,
      },
    ]);
  });

  test('mistakes are reported with line and column', async () => {
    const text = `0 1 2 3
0 30 ten 60 1 1 64 0 x 1
0 30 60 60 1.5 1 64 0 x 1
90 30 60 60 1 1 64 0 x 1
`;
    expect(await folder.problem('old.lwf', text)).toMatchInlineSnapshot(`
      "PEX_WORKLOAD_VALUE
      ~/old.lwf: 4 bad rows:
        ~/old.lwf:1: 4 fields; expected the 10 columns of the older lease workload format
        ~/old.lwf:2: column 3 (duration): "ten" is not a number
        ~/old.lwf:3: instances: 1.5 cannot be; expected 1, 2, 3, …
        ~/old.lwf:4: start: 30 s is before the submission at 90 s"
    `);
  });
});

describe('XML', () => {
  const nodes = (count: number, cpu = 100) =>
    `<nodes><node-set numnodes="${count}"><res type="CPU" amount="${cpu}"/><res type="Memory" amount="1024"/></node-set></nodes>`;
  const document = (...leases: string[]) => `<?xml version="1.0"?>
<lease-workload name="sample">
  <description>Four kinds of lease</description>
  <site><resource-types names="CPU Memory"/>${nodes(4)}</site>
  <lease-requests>
${leases.join('\n')}
  </lease-requests>
</lease-workload>
`;

  test('exact, now, nothing and a deadline are four kinds of request; times may count days', async () => {
    const requests = await folder.requests(
      'new.lwf',
      document(
        `<lease-request arrival="00:00:00">
           <realduration time="00:30:00"/>
           <lease id="ar" preemptible="false">${nodes(1)}
             <start><exact time="00:15:00"/></start><duration time="01:00:00"/>
             <software><disk-image id="web.img" size="1024"/></software>
           </lease>
         </lease-request>`,
        `<lease-request arrival="00:00:30.50"><lease id="im">${nodes(2, 50)}<start><now/></start>
           <duration time="00:10:00"/><software><none/></software></lease></lease-request>`,
        `<lease-request arrival="30:00:00"><lease preemptible="true">${nodes(3)}<start/>
           <duration time="02:00:00:00"/></lease></lease-request>`,
        `<lease-request arrival="02:00:00:00"><lease id="dl">${nodes(1)}<start><exact time="49:00:00"/></start>
           <duration time="01:00:00"/><deadline time="52:00:00"/></lease></lease-request>`,
      ),
    );
    const seconds = (ms: number) => (ms - START_MS) / 1000;
    expect(
      requests.map(({ requestId, kind, submitMs, proposal, latestStartMs, runTimeMs }) => ({
        id: requestId,
        kind,
        submit: seconds(submitMs),
        start: seconds(proposal.startMs),
        duration: proposal.durationMs / 1000,
        cpus: proposal.demand.milliCpus / 1000,
        instances: proposal.numInstancesFixed,
        template: proposal.template,
        latest: seconds(latestStartMs),
        run: runTimeMs / 1000,
      })),
    ).toEqual([
      {
        id: 'ar',
        kind: 'advance',
        submit: 0,
        start: 900,
        duration: 3600,
        cpus: 1,
        instances: 1,
        template: 'web.img',
        latest: Infinity,
        run: 1800,
      },
      {
        id: 'im',
        kind: 'immediate',
        submit: 30.5,
        start: 30.5,
        duration: 600,
        cpus: 0.5,
        instances: 2,
        template: 'debian',
        latest: 30.5,
        run: Infinity,
      },
      {
        id: 'lease-3',
        kind: 'best-effort',
        submit: 108_000,
        start: 108_000,
        duration: 172_800,
        cpus: 1,
        instances: 3,
        template: 'debian',
        latest: Infinity,
        run: Infinity,
      },
      {
        id: 'dl',
        kind: 'deadline',
        submit: 172_800,
        start: 176_400,
        duration: 3600,
        cpus: 1,
        instances: 1,
        template: 'debian',
        latest: 183_600,
        run: Infinity,
      },
    ]);
  });

  test('node sets of one size are one request; of different sizes they are an error that names the lease', async () => {
    const lease = (second: string) =>
      document(
        `<lease-request arrival="00:00:00"><lease id="two">${nodes(2)}${second}<start/><duration time="01:00:00"/></lease></lease-request>`,
      );
    expect(await folder.rows('sets.lwf', lease(nodes(3)))).toMatchObject([{ instances: 5 }]);
    expect(await folder.problem('sets.lwf', lease(nodes(3, 200)))).toMatchInlineSnapshot(`
      "PEX_WORKLOAD_VALUE
      ~/sets.lwf:6: lease "two", <node-set>: the nodes differ in size; expected one size, so split the lease in two"
    `);
  });

  test('mistakes are reported with line, lease and what was expected', async () => {
    const text = document(
      `<lease-request arrival="now"><lease id="a">${nodes(1)}<start/><duration time="01:00:00"/></lease></lease-request>`,
      `<lease-request arrival="00:00:00"><lease id="b">${nodes(1)}<start/></lease></lease-request>`,
      `<lease-request arrival="00:00:00"><lease id="c"><start/><duration time="01:00:00"/></lease></lease-request>`,
      `<lease-request arrival="01:00:00"><lease id="d">${nodes(1)}<start><exact time="00:30:00"/></start><duration time="01:00:00"/></lease></lease-request>`,
      `<lease-request arrival="01:00:00"><lease id="e">${nodes(1).replace('amount="1024"', 'amount="much"')}<start/><duration time="01:00:00"/></lease></lease-request>`,
    );
    expect(await folder.problem('bad.lwf', text)).toMatchInlineSnapshot(`
      "PEX_WORKLOAD_VALUE
      ~/bad.lwf: 5 bad rows:
        ~/bad.lwf:6: lease "a", arrival: "now" is not a time; expected HH:MM:SS or DD:HH:MM:SS
        ~/bad.lwf:7: lease "b", duration: is missing; expected HH:MM:SS or DD:HH:MM:SS
        ~/bad.lwf:8: lease "c", <node-set>: is missing; expected the nodes of the lease
        ~/bad.lwf:9: start: 1800 s is before the submission at 3600 s
        ~/bad.lwf:10: lease "e", Memory: "much" is not a number; expected an amount"
    `);
  });

  test.each([
    ['another document', '<html></html>'],
    ['tags that do not match', '<lease-workload><lease-requests></lease-workload>'],
    ['an end in the middle', '<lease-workload>\n<lease-requests>'],
  ])('%s', async (what, text) => {
    expect(`${what}: ${await folder.problem('broken.xml', text)}`).toMatch(
      /another document: PEX_WORKLOAD_HEADER\n.*:1: the document is a <html>; expected a <lease-workload>|(tags|an end).*: PEX_WORKLOAD_VALUE\n.*:\d+:\d+: not well-formed XML: /,
    );
  });
});
