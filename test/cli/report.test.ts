import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RecordedService, recordStory } from '../live/replay/recorded-service.ts';
import { openpex, openpexInTurn, temporaryFolder, write } from '../support/command-line.ts';

let service: RecordedService;

beforeAll(async () => {
  service = await recordStory({ seed: 11, requests: 25, settings: 'name: Lab 7\n', keep: true });
});
afterAll(() => service.remove());

describe('openpex report', () => {
  test('leaves a run directory of what a service recorded, and prints the figures', () => {
    const folder = temporaryFolder();
    const { code, stdout, stderr } = openpex(['report', service.database, '--out', 'out'], folder);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Lab 7 · OpenPEX \S+\n.* · 4 nodes · a live service, up to here\n/);
    expect(stdout).toMatch(/^ {2}Requests +25 /m);
    expect(stderr).toBe('Report: out/report.html\n');
    expect(readdirSync(join(folder, 'out'))).toEqual(
      expect.arrayContaining(['report.html', 'summary.json', 'negotiations.csv', 'reservations.csv']),
    );
  });

  test('calls it a service, not a run that was interrupted, and names no seed', () => {
    const folder = temporaryFolder();
    openpex(['report', service.database], folder);
    const page = readFileSync(join(folder, 'runs', 'Lab_7', 'report.html'), 'utf8');
    expect(page).toContain('<title>Lab 7 – OpenPEX</title>');
    expect(page).toContain('What a live service recorded until');
    expect(page).toContain(`npx openpex report ${service.database}`);
    for (const word of ['interrupted', 'seed', 'Seed', 'Repeat this run']) {
      expect(page.replace(/<details>[\s\S]*<\/details>/, '')).not.toContain(word);
    }
  });

  test('prints the summary of a run directory again', () => {
    const folder = temporaryFolder();
    const first = openpex(['report', service.database, '--out', 'out', '--json'], folder);
    const again = openpex(['report', 'out', '--json'], folder);
    expect(again.code).toBe(0);
    expect(again.stdout).toBe(first.stdout);
    expect(JSON.parse(again.stdout)).toMatchObject({ requests: 25, end: 'ongoing' });
    expect(openpex(['report', 'out'], folder).stdout).toMatch(/^Lab 7 · OpenPEX /);
  });

  test('says what is wrong with its argument', () => {
    const folder = temporaryFolder();
    write(folder, 'notes.txt', 'these are notes, and many more of them\n'.repeat(100));
    const problems = [
      ['nothing.db', 'database nothing.db: there is no such file [PEX_DATABASE]'],
      ['notes.txt', 'database notes.txt: the file is not a SQLite database; was another file meant?'],
      [
        'postgres://pex:secret@127.0.0.1:1/pex',
        'database postgres://pex@127.0.0.1:1/pex: nothing answers there',
      ],
      ['.', 'summary.json: cannot be read; expected the directory of a run, or a database'],
    ] as const;
    const ends = openpexInTurn(problems.map(([source]) => ({ args: ['report', source], cwd: folder })));
    for (const [i, [source, problem]] of problems.entries()) {
      const { code, stderr } = ends[i]!;
      expect.soft(code, source).toBe(2);
      expect.soft(stderr, source).toContain(problem);
      expect.soft(stderr, source).not.toContain('secret');
      expect.soft(stderr.trim().split('\n'), source).toHaveLength(1);
    }
  });
});
