import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunDirectory } from '../../../reports/files/run-directory.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'openpex-run-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

function fill(run: RunDirectory, text: string): RunDirectory {
  for (const name of ['report.html', 'summary.json']) writeFileSync(run.fileFor(name), text);
  return run;
}

const unwritable = (message: RegExp) =>
  expect.objectContaining({
    name: 'InputError',
    code: 'PEX_FILE_UNWRITABLE',
    message: expect.stringMatching(message),
  });

describe('a run directory', () => {
  test('appears with all its files at once, and its parents with it', () => {
    const path = join(place, 'runs', 'month');
    const run = fill(RunDirectory.prepare(path), 'new');
    expect(existsSync(path)).toBe(false);
    run.publish();
    expect(readdirSync(path).sort()).toEqual(['report.html', 'summary.json']);
    expect(readdirSync(join(place, 'runs'))).toEqual(['month']);
  });

  test('can be read by whoever may read what the user makes', () => {
    const path = join(place, 'month');
    fill(RunDirectory.prepare(path), 'new').publish();
    mkdirSync(join(place, 'other'));
    expect(statSync(path).mode).toBe(statSync(join(place, 'other')).mode);
  });

  test('replaces an earlier run, which stays until then, and leaves other files alone', () => {
    const path = join(place, 'month');
    fill(RunDirectory.prepare(path), 'old').publish();
    writeFileSync(join(path, 'notes.txt'), 'mine');
    const run = fill(RunDirectory.prepare(path), 'new');
    expect(readFileSync(join(path, 'summary.json'), 'utf8')).toBe('old');
    run.publish();
    expect(readFileSync(join(path, 'summary.json'), 'utf8')).toBe('new');
    expect(readdirSync(path).sort()).toEqual(['notes.txt', 'report.html', 'summary.json']);
  });

  test('may exist empty', () => {
    fill(RunDirectory.prepare(place), 'new').publish();
    expect(readdirSync(place).sort()).toEqual(['report.html', 'summary.json']);
  });

  test('is found through a link', () => {
    mkdirSync(join(place, 'disk'));
    symlinkSync(join(place, 'disk'), join(place, 'link'));
    fill(RunDirectory.prepare(join(place, 'link')), 'new').publish();
    expect(readdirSync(join(place, 'disk')).sort()).toEqual(['report.html', 'summary.json']);
  });

  test('is refused where other files are, with advice', () => {
    writeFileSync(join(place, 'thesis.tex'), '');
    expect(() => RunDirectory.prepare(place)).toThrow(unwritable(/no earlier run.*--out/));
    expect(readdirSync(place)).toEqual(['thesis.tex']);
  });

  test('is refused where a file is', () => {
    writeFileSync(join(place, 'month'), '');
    expect(() => RunDirectory.prepare(join(place, 'month'))).toThrow(unwritable(/is a file/));
    expect(() => RunDirectory.prepare(join(place, 'month', 'deep'))).toThrow(unwritable(/cannot be written/));
  });

  // The superuser may write everywhere.
  test.skipIf(process.getuid?.() === 0)('is refused where the user may not write', () => {
    chmodSync(place, 0o500);
    expect(() => RunDirectory.prepare(join(place, 'month'))).toThrow(
      unwritable(/permission denied \(EACCES\)/),
    );
    chmodSync(place, 0o700);
  });

  test('leaves nothing behind when it is discarded', () => {
    const path = join(place, 'a', 'b', 'c');
    const run = fill(RunDirectory.prepare(path), 'new');
    run.discard();
    expect(readdirSync(place)).toEqual([]);
    run.discard();
  });

  test('does not take away what others put beside it meanwhile', () => {
    const first = RunDirectory.prepare(join(place, 'runs', 'one'));
    fill(RunDirectory.prepare(join(place, 'runs', 'two')), 'two').publish();
    first.discard();
    expect(readdirSync(join(place, 'runs'))).toEqual(['two']);
  });

  test('is not discarded after it was published', () => {
    const path = join(place, 'month');
    const run = fill(RunDirectory.prepare(path), 'new');
    run.publish();
    run.discard();
    expect(readdirSync(path)).toHaveLength(2);
  });

  test('is checked again before it is published', () => {
    const path = join(place, 'month');
    const run = fill(RunDirectory.prepare(path), 'new');
    mkdirSync(path);
    writeFileSync(join(path, 'thesis.tex'), '');
    expect(() => run.publish()).toThrow(unwritable(/no earlier run/));
    run.discard();
    expect(readdirSync(place)).toEqual(['month']);
  });
});
