// Other people's logs by a mapping of columns: each example of docs/workloads.md gives the rows that it shows, and what is wrong is named.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Rng } from '../../../engine/index.ts';
import { formatCsvHeader, formatCsvRow } from '../../../scenarios/formats/csv.ts';
import { readRows } from '../../../scenarios/formats/read-workload.ts';
import { WorkloadFolder, workload } from './workload-folder.ts';

let folder: WorkloadFolder;
beforeAll(async () => {
  folder = await WorkloadFolder.make();
});
afterAll(() => folder.remove());

const page = await readFile('docs/workloads.md', 'utf8');
const [, section = ''] = /\n## Other people's logs\n(.*?)\n## /s.exec(page) ?? [];
const examples = section.split(/^### /m).slice(1);

describe('docs/workloads.md', () => {
  test('has an example for each log that people bring', () => {
    expect(examples.map((text) => text.split('\n')[0])).toEqual([
      'Azure Traces for Packing 2020',
      'Azure VM trace V2 (2019)',
      'Huawei East 1',
      'UCSB Eucalyptus',
      'Alibaba 2017 batch_task',
      'Alibaba 2018 batch_task',
      'Google 2011 task_events',
      'Slurm: sacct',
      'Grid Engine accounting',
      'PBS and Torque accounting',
      'Hotel bookings',
    ]);
  });

  test.each(examples.map((text) => [text.split('\n')[0], text]))('%s', async (_title, text) => {
    const block = (language: string) => new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(text)![1]!;
    const [, options = ''] = /`openpex convert \S+ - --columns columns\.yaml(.*?)`/.exec(text)!;
    const [, start = '2009-08-17'] = /--start (\S+)/.exec(options) ?? [];
    const source = workload({
      file: await folder.write('log', block('text')),
      columns: parse(block('yaml')),
      sort: options.includes('--sort'),
    });
    let csv = formatCsvHeader();
    for await (const row of readRows(source, { startMs: Date.parse(start), rng: Rng.fromSeed(1) })) {
      csv += formatCsvRow(row);
    }
    expect(csv).toBe(block('csv'));
  });
});

const COLUMNS = { id: 'name', submit: 'at', duration: 'for', cpus: 'cores', memory: { value: 512 } };
const LOG = 'name,at,for,cores\na,0,60,1\n';

describe('what is wrong', () => {
  test('a column that is not there is named, with the one that was meant', async () => {
    expect(await folder.problem('log', LOG, { columns: { ...COLUMNS, id: 'nmae' } })).toBe(
      'PEX_WORKLOAD_HEADER\n~/log:1: columns.id: there is no column "nmae" (did you mean "name"?)',
    );
    expect(await folder.problem('log', LOG, { columns: { ...COLUMNS, user: 9 } })).toBe(
      'PEX_WORKLOAD_HEADER\n~/log:1: columns.user: there is no column 9: there are 4',
    );
  });

  test('a value that cannot be read is named by line, field and column', async () => {
    const problem = await folder.problem('log', `${LOG}b,soon,60,1\nc,5,long,1\nd,6,60\n`, {
      columns: COLUMNS,
    });
    expect(problem).toBe(
      `PEX_WORKLOAD_VALUE\n~/log: 3 bad rows:
  ~/log:3: submit (at): "soon" is not an instant; expected one such as 2009-08-21T10:00:00Z
  ~/log:4: duration (for): "long" is no duration; expected a number, [DAYS-]HH:MM:SS, or PT1H
  ~/log:5: 3 values for 4 columns`,
    );
  });

  test('a date without a zone is not guessed, and one that does not exist is refused', async () => {
    expect(
      await folder.problem('log', 'name,at,for,cores\na,2024-03-01T08:00:00,60,1\n', { columns: COLUMNS }),
    ).toContain('names no zone; say which with columns.time.zone');
    const columns = { ...COLUMNS, time: { zone: 'Z' } };
    expect(
      await folder.problem('log', 'name,at,for,cores\na,2024-02-30 08:00:00,60,1\n', { columns }),
    ).toContain('is not a date of the calendar: Feb 2024 has 29 days');
  });

  test('a mapping that says too little or too much', async () => {
    const { duration: _, ...open } = COLUMNS;
    expect(await folder.problem('log', LOG, { columns: open })).toContain('columns.duration: is missing');
    expect(await folder.problem('log', LOG, { columns: { ...COLUMNS, type: 'name' } })).toContain(
      'columns.type: is given beside amounts',
    );
    expect(() => workload({ file: 'log', columns: { ...COLUMNS, submt: 'at' } })).toThrow('submt');
    expect(() =>
      workload({ file: 'log', columns: { ...COLUMNS, user: { column: 'name', pattern: '(' } } }),
    ).toThrow('is no regular expression');
  });
});

describe('events', () => {
  test('that do not go together are counted, and none is lost without a word', async () => {
    const columns = {
      header: false,
      id: 1,
      cpus: { value: 1 },
      memory: { value: 1 },
      events: { column: 2, begin: '^B$', end: '^E$', time: 3 },
    };
    const rows = await folder.rows(
      'log',
      'a,B,0\nb,E,1\na,B,2\na,E,5\na,E,6\nc,B,7\nd,X,8\nd,B,9\nd,E,20\n',
      { columns },
    );
    expect(rows.map(({ id, submitMs, durationMs }) => [id, submitMs, durationMs])).toEqual([
      ['a', 0, 5000],
      ['c', 7000, 13_000],
      ['d', 9000, 11_000],
    ]);
    expect(folder.odd).toEqual({
      'are events of what never began, and are left out': 1,
      'begin what has begun before, and are left out': 1,
      'end what has ended before, and are left out': 1,
      'never end; they last until the last event of the file': 1,
    });
  });
});

test('zones of the world are reckoned with, in summer and in winter', async () => {
  const columns = { ...COLUMNS, time: { zone: 'America/New_York' } };
  const log =
    'name,at,for,cores\na,2024-03-10 01:59:59,60,1\nb,2024-03-10 03:00:00,60,1\nc,2024-11-03 00:59:59,60,1\nd,2024-11-03 02:00:00,60,1\n';
  const rows = await folder.rows('log', log, { columns, timeShift: '0s' });
  const gaps = rows.slice(1).map(({ submitMs }, index) => submitMs - rows[index]!.submitMs);
  // The night in spring has no hour from two to three, that in autumn has the one from one to two twice.
  expect([gaps[0], gaps[2]]).toEqual([1000, 7_201_000]);
});
