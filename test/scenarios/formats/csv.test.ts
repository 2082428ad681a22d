// The project's own workload CSV: what its columns mean, what is forgiven, and what is said about mistakes.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RequestIds } from '../../../scenarios/formats/request-ids.ts';
import { HOUR_MS, START_MS, WorkloadFolder } from './workload-folder.ts';

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

describe('what a row means', () => {
  test('three columns and a type are enough: as soon as possible, one instance, any start, until it is stopped', async () => {
    const [request] = await folder.requests('a.csv', 'id,submit,duration,type\nr1,60,3600,SMALL\n');
    expect(request).toEqual({
      requestId: 'r1',
      userId: 'anonymous',
      kind: 'advance',
      submitMs: START_MS + 60_000,
      proposal: {
        type: 'SMALL',
        demand: { milliCpus: 1000, memoryMib: 768, diskGib: 10 },
        numInstancesFixed: 1,
        numInstancesOption: 0,
        startMs: START_MS + 60_000,
        durationMs: HOUR_MS,
        template: 'debian',
      },
      latestStartMs: Number.POSITIVE_INFINITY,
      runTimeMs: Number.POSITIVE_INFINITY,
    });
  });

  test('a row that comes again stands for requests that are asked for at once, at the same time of the clock', async () => {
    const text = `
id,submit,start,duration,type,latest_start,cancel,repeat_every,repeat_times,repeat_zone
r1,2026-03-20,2026-03-22T10:00:00+01:00,3600,SMALL,2026-03-22T11:00:00+01:00,2026-03-21,P7D,3,Europe/Berlin
r2,2026-03-20,2026-03-22T10:00:00+01:00,3600,SMALL,,,604800,2,
r3,2026-03-20,2026-03-22T10:00:00+01:00,3600,SMALL,,,,,
`;
    const requests = await folder.requests('repeated.csv', text);
    const at = (instant: string) => Date.parse(instant);
    expect(requests.map(({ proposal, requestId }) => [requestId, proposal.startMs])).toEqual([
      ['r1.1', at('2026-03-22T09:00Z')],
      ['r1.2', at('2026-03-29T08:00Z')],
      ['r1.3', at('2026-04-05T08:00Z')],
      ['r2.1', at('2026-03-22T09:00Z')],
      ['r2.2', at('2026-03-29T09:00Z')],
      ['r3', at('2026-03-22T09:00Z')],
    ]);
    for (const { cancelAtMs, latestStartMs, proposal, submitMs } of requests.slice(0, 3)) {
      expect([submitMs, cancelAtMs]).toEqual([at('2026-03-20'), at('2026-03-21')]);
      expect(latestStartMs - proposal.startMs).toBe(HOUR_MS);
    }
  });

  test('other starts are read in their order, as seconds or instants, and come again with the row', async () => {
    const rows = await folder.rows(
      'other.csv',
      'id,submit,start,duration,type,or_start,repeat_every,repeat_times\n' +
        'r1,0,60,60,SMALL,90 2009-08-17T00:02:00Z 75.5,,\nr2,0,60,60,SMALL,90,P1D,2\n',
    );
    expect(rows.map(({ id, orStartsMs }) => [id, orStartsMs])).toEqual([
      ['r1', [90_000, 120_000, 75_500]],
      ['r2.1', [90_000]],
      ['r2.2', [86_490_000]],
    ]);
  });

  test.each([
    ['advance,soon', /or_start.*"soon" is not a time/],
    ['advance,9', /or_start.*9 s is before the submission at 10 s/],
    ['advance,20 60', /or_start.*60 s is the start that is asked for first/],
    ['advance,1 2 3 4 5 6 7 8 9 10 11', /or_start.*11 starts are too many; expected at most 10/],
    ['advance,1e15', /or_start.*beyond all time/],
    ['best-effort,90', /or_start.*leave it empty, or use kind advance, deadline or flexible/],
  ])('other starts that cannot be are refused: %s', async (values, problem) => {
    const [kind, others] = values.split(',');
    const text = `id,submit,start,duration,type,kind,or_start\nr1,10,60,60,SMALL,${kind},${others}\n`;
    await expect(folder.rows('wrong.csv', text)).rejects.toThrow(problem);
  });

  test.each([
    ['PT90M,2,', /repeat_every.* PT90M cannot be; expected whole days/],
    ['P1D,,', /repeat_times/],
    [',2,', /repeat_every/],
    ['P1D,0,', /repeat_times/],
    ['P1D,10001,', /repeat_times.*at most 10000/],
    ['P1D,2,Mars', /repeat_zone.*no time zone "Mars"/],
    ['P3000000D,9,', /repeat_times/],
  ])('what comes again as %s is a bad row', async (cells, said) => {
    const header = 'id,submit,duration,type,repeat_every,repeat_times,repeat_zone\n';
    await expect(folder.requests('bad.csv', `${header}r1,0,60,SMALL,${cells}\n`)).rejects.toThrow(said);
  });

  test('every column, in another order, with amounts instead of a type', async () => {
    const [request] = await folder.requests(
      'b.csv',
      `
buyer,kind,user,template,disk,memory,cpus,optional,instances,duration,start,submit,id,latest_start,deadline,max_price,run_time,cancel,min_duration,min_instances
patient,flexible,alice,etch,20,512,1.005,2,5,90.5,120,60,r1,240,600,12.345678,30,100,45,3
`,
    );
    expect(request).toEqual({
      requestId: 'r1',
      userId: 'alice',
      kind: 'flexible',
      submitMs: START_MS + 60_000,
      proposal: {
        type: 'custom',
        demand: { milliCpus: 1005, memoryMib: 512, diskGib: 20 },
        numInstancesFixed: 5,
        numInstancesOption: 2,
        startMs: START_MS + 120_000,
        durationMs: 90_500,
        template: 'etch',
        maxPriceMicros: 12_345_678,
      },
      leeway: {
        latestStartMs: START_MS + 240_000,
        deadlineMs: START_MS + 600_000,
        minDurationMs: 45_000,
        minInstances: 3,
      },
      latestStartMs: START_MS + 240_000,
      runTimeMs: 30_000,
      cancelAtMs: START_MS + 100_000,
      buyer: 'patient',
    });
  });

  test('the latest start follows from the kind, the latest start and the deadline, whichever is earlier', async () => {
    const requests = await folder.requests(
      'kinds.csv',
      `
id,submit,start,duration,type,kind,latest_start,deadline
given,0,3600,600,SMALL,advance,,
limited,0,3600,600,SMALL,advance,4000,
both,0,3600,600,SMALL,flexible,9000,6600
now,0,,600,SMALL,immediate,,
by,0,,600,SMALL,deadline,,6600
any,0,,600,SMALL,best-effort,,
`,
    );
    const latest = requests.map(({ requestId, latestStartMs }) => [
      requestId,
      (latestStartMs - START_MS) / 1000,
    ]);
    expect(Object.fromEntries(latest)).toEqual({
      given: Number.POSITIVE_INFINITY,
      limited: 4000,
      both: 6000,
      now: 0,
      by: 6000,
      any: Number.POSITIVE_INFINITY,
    });
  });

  test('times may be instants; they are reckoned from the start of the scenario', async () => {
    const [row] = await folder.rows(
      'iso.csv',
      'id,submit,start,duration,type\nr,2009-08-17T00:01:00Z,2009-08-17T03:00:00+02:00,60,SMALL\n',
    );
    expect(row).toMatchObject({ submitMs: 60_000, startMs: HOUR_MS });
  });

  test('defaults of the workload fill what rows leave open, and nothing else', async () => {
    const requests = await folder.requests(
      'defaults.csv',
      'id,submit,start,duration,type,kind,latest_start,buyer\na,0,60,60,SMALL,,,\nb,0,60,60,SMALL,advance,90,own\nc,0,,60,SMALL,immediate,,\n',
      { defaults: { kind: 'flexible', maxDisplacement: '1h', buyer: 'patient', template: 'etch' } },
    );
    expect(
      requests.map(({ kind, latestStartMs, buyer }) => [kind, (latestStartMs - START_MS) / 1000, buyer]),
    ).toEqual([
      ['flexible', 3660, 'patient'],
      ['advance', 90, 'own'],
      ['immediate', 0, 'patient'],
    ]);
    expect(requests.every(({ proposal }) => proposal.template === 'etch')).toBe(true);
  });
});

describe('what is forgiven', () => {
  test.each([
    ['a byte order mark', '\uFEFFid,submit,duration,type\nr,1,2,SMALL\n'],
    ['Windows line ends', 'id,submit,duration,type\r\nr,1,2,SMALL\r\n'],
    ['empty lines', '\n\nid,submit,duration,type\n\nr,1,2,SMALL\n\n'],
    ['a comma at the end of each line', 'id,submit,duration,type,\nr,1,2,SMALL,\n'],
    ['a comma at the end of the header only', 'id,submit,duration,type,\nr,1,2,SMALL\n'],
    ['blanks around values', ' id , submit,duration,type\n r , 1 ,2, SMALL\n'],
    ['quotes', '"id","submit","duration","type"\n"r","1","2","SMALL"\n'],
    ['a header that ends as on Windows, and rows as on Unix', 'id,submit,duration,type\r\nr,1,2,SMALL\n'],
    ['the line ends of old Macs', 'id,submit,duration,type\rr,1,2,SMALL\r'],
    ['lines of blanks', 'id,submit,duration,type\n  \nr,1,2,SMALL\n\t\n'],
    ['surplus values that are empty', 'id,submit,duration,type\nr,1,2,SMALL,,,\n'],
    ['durations as ISO 8601 writes them', 'id,submit,duration,type\nr,1,PT2S,SMALL\n'],
    ['no line end at the end', 'id,submit,duration,type\nr,1,2,SMALL'],
  ])('%s', async (_what, text) => {
    expect(await folder.rows('odd.csv', text)).toMatchObject([
      { id: 'r', submitMs: 1000, durationMs: 2000, size: 'SMALL' },
    ]);
  });

  test('compression', async () => {
    const file = join(folder.path, 'day.csv.gz');
    await writeFile(file, gzipSync('id,submit,duration,type\nr,1,2,SMALL\n'));
    expect(await folder.rowsOf({ file })).toHaveLength(1);
  });
});

describe('what is said about mistakes', () => {
  const header = 'id,submit,start,duration,type,cpus,memory,instances,optional,kind,deadline,latest_start';

  test('one bad row of each sort, all in one message with line, column, value and what was expected', async () => {
    const problem = await folder.problem(
      'bad.csv',
      `
${header}
a,x,,60,SMALL,,,1,,,,
b,,,60,SMALL,,,1,,,,
c,0,,-60,SMALL,,,1,,,,
d,0,,0,SMALL,,,1,,,,
e,0,,60,SMALL,,,0,,,,
f,60,30,60,SMALL,,,1,,,,
g,0,,60,SMAL,,,1,,,,
h,0,,60,SMALL,2,,1,,,,
i,0,,60,,,,1,,,,
j,0,,60,,2,,1,,,,
`,
    );
    expect(problem).toMatchInlineSnapshot(`
      "PEX_WORKLOAD_VALUE
      ~/bad.csv: 10 bad rows:
        ~/bad.csv:2: submit: "x" is not a time; expected seconds from the start of the scenario, or an instant such as 2009-08-21T10:00:00Z
        ~/bad.csv:3: submit: is missing; expected the time of submission
        ~/bad.csv:4: duration: -60 s is no duration; expected more than 0 s
        ~/bad.csv:5: duration: 0 s is no duration; expected more than 0 s
        ~/bad.csv:6: instances: 0 cannot be; expected a whole number, 1 or more
        ~/bad.csv:7: start: 30 s is before the submission at 60 s
        ~/bad.csv:8: type: no instance type "SMAL" (did you mean "SMALL"?)
        ~/bad.csv:9: cpus: is given beside the type "SMALL"; expected either a type or amounts
        ~/bad.csv:10: type: is missing; expected an instance type, or cpus and memory
        ~/bad.csv:11: memory: is missing; expected MiB"
    `);
  });

  test('each other mistake in a row', async () => {
    const mistakes = {
      'an unknown kind': 'a,0,,60,SMALL,,,1,,asap,,',
      'an unknown type': 'a,0,,60,HUGE,,,1,,,,',
      'half an instance': 'a,0,,60,SMALL,,,1.5,,,,',
      'negative optional instances': 'a,0,,60,SMALL,,,1,-1,,,',
      'CPUs that are too fine': 'a,0,,60,,0.0005,64,1,,,,',
      'no CPUs': 'a,0,,60,,0,64,1,,,,',
      'an immediate request for later': 'a,0,30,60,SMALL,,,1,,immediate,,',
      'a deadline that is missing': 'a,0,,60,SMALL,,,1,,deadline,,',
      'a deadline that cannot be met': 'a,0,30,60,SMALL,,,1,,deadline,80,',
      'a latest start before the start': 'a,0,30,60,SMALL,,,1,,,,20',
      'a date without a zone': 'a,2009-08-17 10:00,,60,SMALL,,,1,,,,',
      'a row before the start of the scenario': 'a,2009-08-16,,60,SMALL,,,1,,,,',
      'no id': ',0,,60,SMALL,,,1,,,,',
    };
    expect(
      await said(mistakes, (row) => folder.problem('bad.csv', `${header}\n${row}\n`)),
    ).toMatchInlineSnapshot(`
      "an unknown kind: PEX_WORKLOAD_VALUE ~/bad.csv:2: kind: "asap" is unknown (known: advance, immediate, best-effort, deadline, flexible, preemptible)
      an unknown type: PEX_WORKLOAD_VALUE ~/bad.csv:2: type: no instance type "HUGE" (known: SMALL, MEDIUM, LARGE, XLARGE)
      half an instance: PEX_WORKLOAD_VALUE ~/bad.csv:2: instances: 1.5 cannot be; expected a whole number, 1 or more
      negative optional instances: PEX_WORKLOAD_VALUE ~/bad.csv:2: optional: -1 cannot be; expected a whole number, 0 or more
      CPUs that are too fine: PEX_WORKLOAD_VALUE ~/bad.csv:2: cpus: 0.0005 cannot be; expected 0.001 or more, in steps of 0.001
      no CPUs: PEX_WORKLOAD_VALUE ~/bad.csv:2: cpus: 0 cannot be; expected 0.001 or more, in steps of 0.001
      an immediate request for later: PEX_WORKLOAD_VALUE ~/bad.csv:2: start: an immediate request starts at its submission; leave the start empty, or use kind advance
      a deadline that is missing: PEX_WORKLOAD_VALUE ~/bad.csv:2: deadline: is missing; a request of kind deadline must say when it has to be done
      a deadline that cannot be met: PEX_WORKLOAD_VALUE ~/bad.csv:2: deadline: 80 s is too early: the start at 30 s and the duration of 1m end at 90 s
      a latest start before the start: PEX_WORKLOAD_VALUE ~/bad.csv:2: latest_start: 20 s is before the asked start at 30 s
      a date without a zone: PEX_WORKLOAD_VALUE ~/bad.csv:2: submit: "2009-08-17 10:00" is not a time; expected seconds from the start of the scenario, or an instant such as 2009-08-21T10:00:00Z
      a row before the start of the scenario: PEX_WORKLOAD_VALUE ~/bad.csv:2: submit: is 1d before the start of the scenario; leave such rows out with "from", or move them with "timeShift"
      no id: PEX_WORKLOAD_VALUE ~/bad.csv:2: id: is missing; expected a name that is unique in the file"
    `);
  });

  test('a row has as many values as the header has columns', async () => {
    const text = `id,submit,duration,type,user
a,0,60,SMALL,u1,extra
b,10,60,SMALL,Doe, Jane
c,20,60
d,30,60,SMALL,"Doe, Jane"
`;
    expect(await folder.problem('extra.csv', text)).toMatchInlineSnapshot(`
      "PEX_WORKLOAD_VALUE
      ~/extra.csv: 3 bad rows:
        ~/extra.csv:2: 6 values for 5 columns; a value with a comma in it stands in quotes
        ~/extra.csv:3: 6 values for 5 columns; a value with a comma in it stands in quotes
        ~/extra.csv:4: 3 values for 5 columns"
    `);
    const rows = await folder.rows('extra.csv', text, { lenient: true });
    expect(rows.map(({ id, user }) => [id, user])).toEqual([['d', 'Doe, Jane']]);
  });

  test('four rows whose lines end in different ways are four requests', async () => {
    const text =
      'id,submit,start,duration,type,instances,user\r\na,0,3600,7200,SMALL,1,u1\nb,10,3600,7200,SMALL,1,u2\nc,20,3600,7200,SMALL,1,u2\r\nd,30,3600,7200,SMALL,1,u2\r\n';
    const rows = await folder.rows('mix.csv', text);
    expect(rows.map(({ id, user, line }) => [id, user, line])).toEqual([
      ['a', 'u1', 2],
      ['b', 'u2', 3],
      ['c', 'u2', 4],
      ['d', 'u2', 5],
    ]);
  });

  test('dates that do not exist, and times of a clock', async () => {
    const mistakes = {
      'a day too much': 'a,2018-02-29,,60,SMALL,,,1,,,,',
      'another day too much': 'a,0,2018-04-31T10:00:00Z,60,SMALL,,,1,,,,',
      'no such zone': 'a,0,2018-04-30T10:00:00+15:00,60,SMALL,,,1,,,,',
      'no zone': 'a,0,2018-04-30T10:00:00,60,SMALL,,,1,,,,',
      'a duration of a clock': 'a,0,,01:00:00,SMALL,,,1,,,,',
      'a start of a clock': 'a,0,10:30,60,SMALL,,,1,,,,',
      'a month, which has no fixed length': 'a,0,,P1M,SMALL,,,1,,,,',
    };
    expect(
      await said(mistakes, (row) => folder.problem('bad.csv', `${header}\n${row}\n`)),
    ).toMatchInlineSnapshot(`
      "a day too much: PEX_WORKLOAD_VALUE ~/bad.csv:2: submit: "2018-02-29" is not a date of the calendar: Feb 2018 has 28 days
      another day too much: PEX_WORKLOAD_VALUE ~/bad.csv:2: start: "2018-04-31T10:00:00Z" is not a date of the calendar: Apr 2018 has 30 days
      no such zone: PEX_WORKLOAD_VALUE ~/bad.csv:2: start: "2018-04-30T10:00:00+15:00" has the zone +15:00, which is none; expected one from -14:00 to +14:00
      no zone: PEX_WORKLOAD_VALUE ~/bad.csv:2: start: "2018-04-30T10:00:00" names no zone; expected one, such as 2018-04-30T10:00Z
      a duration of a clock: PEX_WORKLOAD_VALUE ~/bad.csv:2: duration: "01:00:00" is the time of a clock; expected seconds (3600)
      a start of a clock: PEX_WORKLOAD_VALUE ~/bad.csv:2: start: "10:30" is the time of a clock; expected seconds from the start of the scenario (37800), or an instant with its date
      a month, which has no fixed length: PEX_WORKLOAD_VALUE ~/bad.csv:2: duration: "P1M" is not a number; expected seconds, or an ISO 8601 duration such as PT1H"
    `);
  });

  test('each column has its bounds', async () => {
    const mistakes = {
      instances: 'a,0,,60,SMALL,,,100000000,,,,',
      optional: 'a,0,,60,SMALL,,,1,1e8,,,',
      start: 'a,0,1e15,60,SMALL,,,1,,,,',
      latest_start: 'a,0,,60,SMALL,,,1,,,,1e20',
      deadline: 'a,0,,60,SMALL,,,1,,,1e20,',
      submit: 'a,99999999999999,,60,SMALL,,,1,,,,',
      'submit before all time': 'a,-1e300,,60,SMALL,,,1,,,,',
      duration: 'a,0,,1e12,SMALL,,,1,,,,',
      'no end': 'a,0,,1e999,SMALL,,,1,,,,',
      cpus: 'a,0,,60,,1e7,1,1,,,,',
      memory: 'a,0,,60,,1,1e10,1,,,,',
    };
    expect(
      await said(mistakes, (row) => folder.problem('bad.csv', `${header}\n${row}\n`)),
    ).toMatchInlineSnapshot(`
      "instances: PEX_WORKLOAD_VALUE ~/bad.csv:2: instances: 100000000 is too much; expected at most 1000000
      optional: PEX_WORKLOAD_VALUE ~/bad.csv:2: optional: 100000000 is too much; expected at most 1000000
      start: PEX_WORKLOAD_VALUE ~/bad.csv:2: start: 1000000000000000 s is beyond all time; expected at most 315360000000 s (10,000 years)
      latest_start: PEX_WORKLOAD_VALUE ~/bad.csv:2: latest_start: 99999999999999980000 s is beyond all time; expected at most 315360000000 s (10,000 years)
      deadline: PEX_WORKLOAD_VALUE ~/bad.csv:2: deadline: 99999999999999980000 s is beyond all time; expected at most 315360000000 s (10,000 years)
      submit: PEX_WORKLOAD_VALUE ~/bad.csv:2: submit: 99999999999999.02 s is beyond all time; expected at most 315360000000 s (10,000 years)
      submit before all time: PEX_WORKLOAD_VALUE ~/bad.csv:2: submit: -1e+300 s is beyond all time; expected at most 315360000000 s (10,000 years)
      duration: PEX_WORKLOAD_VALUE ~/bad.csv:2: duration: 1000000000000 s is beyond all time; expected at most 315360000000 s (10,000 years)
      no end: PEX_WORKLOAD_VALUE ~/bad.csv:2: duration: "1e999" is not a number; expected seconds, or an ISO 8601 duration such as PT1H
      cpus: PEX_WORKLOAD_VALUE ~/bad.csv:2: cpus: 10000000 is too much; expected at most 1000000
      memory: PEX_WORKLOAD_VALUE ~/bad.csv:2: memory: 10000000000 MiB is too much; expected at most 2147483647 MiB"
    `);
  });

  test('an id that comes twice, however far below, and over several workloads', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `r${index},${index},60,SMALL\n`).join('');
    expect(
      await folder.problem('ids.csv', `id,submit,duration,type\n${many}r17,99999,60,SMALL\n`),
    ).toMatchInlineSnapshot(`
      "PEX_WORKLOAD_VALUE
      ~/ids.csv:20002: id: "r17" is the id of line 19 too; expected another"
    `);
    const ids = new RequestIds();
    const entry = async (name: string, settings: object) => ({
      file: await folder.write(name, 'id,submit,duration,type\nx,0,60,SMALL\n'),
      ...settings,
    });
    await folder.rowsOf(await entry('one.csv', {}), ids);
    await folder.rowsOf(await entry('two.csv', { idPrefix: 'two-' }), ids);
    expect(await folder.problemOf(await entry('two.csv', {}), ids)).toMatchInlineSnapshot(`
      "PEX_WORKLOAD_VALUE
      ~/two.csv:2: id: "x" is the id of a request of ~/one.csv:2 too; give one of the two workloads an "idPrefix""
    `);
  });

  test('a file of another kind is called what it is', async () => {
    const mistakes = {
      semicolons: 'id;submit;duration;type\na;0;60;SMALL\n',
      tabs: 'id\tsubmit\tduration\ttype\na\t0\t60\tSMALL\n',
      bars: 'JobIDRaw|User|Submit\n901|ann|2024-03-01T08:00:00\n',
      'no header': 'a,0,3600,7200,SMALL,1\nb,10,3600,7200,SMALL,1\n',
      'no header, but dates': 'a,2024-03-01,x\n',
    };
    expect(await said(mistakes, (text) => folder.problem('other.csv', text))).toMatchInlineSnapshot(`
      "semicolons: PEX_WORKLOAD_HEADER ~/other.csv:1: the columns are separated by semicolons; expected commas
      tabs: PEX_WORKLOAD_HEADER ~/other.csv:1: the columns are separated by tabs; expected commas
      bars: PEX_WORKLOAD_HEADER ~/other.csv:1: the columns are separated by vertical bars (|); expected commas
      no header: PEX_WORKLOAD_HEADER ~/other.csv:1: the first line looks like a row ("a", "0", "3600", "7200", "SMALL", …); expected a header row with id, submit, duration
      no header, but dates: PEX_WORKLOAD_HEADER ~/other.csv:1: the first line looks like a row ("a", "2024-03-01", "x"); expected a header row with id, submit, duration"
    `);
  });

  test('bytes that are no UTF-8 are named, where they matter', async () => {
    const file = join(folder.path, 'latin.csv');
    await writeFile(file, Buffer.from('id,submit,duration,type,user\na,0,60,SMALL,J\xf6rg\n', 'latin1'));
    expect(await folder.problemOf({ file })).toMatchInlineSnapshot(`
      "PEX_WORKLOAD_VALUE
      ~/latin.csv:2: user: "J�rg" is not UTF-8"
    `);
  });

  test('lenient covers rows before the start and ids that come twice', async () => {
    const text = 'id,submit,duration,type\na,50,3600,SMALL\nb,10,3600,SMALL\nd,-5,5,SMALL\na,60,3600,SMALL\n';
    const rows = await folder.rows('lenient.csv', text, { lenient: true, sort: true });
    expect(rows.map(({ id, submitMs }) => [id, submitMs])).toEqual([
      ['b', 10_000],
      ['a', 50_000],
    ]);
    expect(folder.skipped).toMatchInlineSnapshot(`
      [
        "~/lenient.csv:4: submit: is 5s before the start of the scenario; leave such rows out with "from", or move them with "timeShift"",
        "~/lenient.csv:5: id: "a" is the id of line 2 too; expected another",
      ]
    `);
  });

  test('dates that are years away from the start of the scenario get the start that they want', async () => {
    await folder.rows('dates.csv', 'id,submit,duration,type\na,2018-01-01,60,SMALL\n');
    expect(folder.hints).toMatchInlineSnapshot(`
      [
        "~/dates.csv: the first request comes 3059d after the start of the scenario; if its dates are meant as they are, set start: 2018-01-01",
      ]
    `);
  });

  test('of very many bad rows the first ten are shown and all are counted', async () => {
    const rows = Array.from({ length: 25 }, (_, index) => `r${index},${index},oops,SMALL`).join('\n');
    const problem = await folder.problem('many.csv', `id,submit,duration,type\n${rows}\n`);
    expect(problem.split('\n')[1]).toBe('~/many.csv: 25 bad rows; the first 10:');
    expect(problem.split('\n')).toHaveLength(12);
  });

  test('lenient leaves bad rows out and tells of each', async () => {
    const text = 'id,submit,duration,type\na,0,60,SMALL\nb,0,oops,SMALL\nc,1,60,SMALL\nd,2,60,TINY\n';
    const rows = await folder.rows('lenient.csv', text, { lenient: true });
    expect(rows.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(folder.skipped).toMatchInlineSnapshot(`
      [
        "~/lenient.csv:3: duration: "oops" is not a number; expected seconds, or an ISO 8601 duration such as PT1H",
        "~/lenient.csv:5: type: no instance type "TINY" (known: SMALL, MEDIUM, LARGE, XLARGE)",
      ]
    `);
  });

  test('each mistake in the header', async () => {
    const mistakes = {
      'an unknown column': 'id,submit,strat,duration,type\n',
      'a column that is there twice': 'id,submit,submit,duration,type\n',
      'columns that are missing': 'id,start,type\n',
      'an empty file': '',
    };
    expect(await said(mistakes, (text) => folder.problem('header.csv', text))).toMatchInlineSnapshot(`
      "an unknown column: PEX_WORKLOAD_HEADER ~/header.csv:1: unknown column "strat" (did you mean "start"?)
      a column that is there twice: PEX_WORKLOAD_HEADER ~/header.csv:1: the column "submit" is there twice
      columns that are missing: PEX_WORKLOAD_HEADER ~/header.csv:1: lacks the columns "submit", "duration"; found id, start, type
      an empty file: PEX_WORKLOAD_HEADER ~/header.csv: the file is empty; expected a header row with id, submit, duration"
    `);
  });

  test('quotes that are never closed', async () => {
    const problem = await folder.problem('quotes.csv', 'id,submit,duration,type\n"r,1,2,SMALL\n');
    expect(problem).toMatchInlineSnapshot(`
      "PEX_WORKLOAD_VALUE
      ~/quotes.csv:2: the row that begins here opens quotes that never close; a value with quotes in it stands in quotes, and each of its own is written twice"
    `);
  });

  test('rows that are not in order of submission, with both lines', async () => {
    const text = 'id,submit,duration,type\na,60,60,SMALL\n\nb,30,60,SMALL\n';
    expect(await folder.problem('order.csv', text)).toMatchInlineSnapshot(`
      "PEX_WORKLOAD_ORDER
      ~/order.csv:4: submit: 30 s is before line 2 (60 s); expected rows in order of submission, or the option "sort""
    `);
    const sorted = await folder.rows('order.csv', text, { sort: true });
    expect(sorted.map(({ id }) => id)).toEqual(['b', 'a']);
  });

  test('files that cannot be read', async () => {
    await folder.write('workload.txt', 'x');
    await folder.write('folder.csv/x', 'x');
    const mistakes = {
      'not there': 'missing.csv',
      'a folder': 'folder.csv',
      'a name that tells no format': 'workload.txt',
    };
    expect(
      await said(mistakes, (name) => folder.problemOf({ file: join(folder.path, name) })),
    ).toMatchInlineSnapshot(`
      "not there: PEX_FILE_UNREADABLE ~/missing.csv: no such file
      a folder: PEX_FILE_UNREADABLE ~/folder.csv: is a directory; expected a file
      a name that tells no format: PEX_USAGE ~/workload.txt: its format cannot be told from its name; say which: csv, swf, lwf, openb, opennebula, workflow, manifest, or map its columns with \`columns\`"
    `);
  });

  test('a .gz that is none', async () => {
    expect(await folder.problem('plain.csv.gz', 'id\n')).toMatchInlineSnapshot(`
      "PEX_FILE_UNREADABLE
      ~/plain.csv.gz: is not a whole gzip file, although its name ends in .gz"
    `);
  });
});

/** A page of messages, each under the mistake that it is about. */
async function said(
  mistakes: Readonly<Record<string, string>>,
  problemOf: (mistake: string) => Promise<string>,
): Promise<string> {
  const lines: string[] = [];
  for (const [what, mistake] of Object.entries(mistakes)) {
    lines.push(`${what}: ${(await problemOf(mistake)).replace('\n', ' ')}`);
  }
  return lines.join('\n');
}
