// The directory of a story of the service that ended badly: the story as data, for `openpex fuzz --repeat`, and how it went, for people.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import type { FoundStory } from '../live/fuzz/fuzz-service.ts';
import { ServiceStory } from '../live/fuzz/service-story.ts';
import { writing } from '../reports/files/run-directory.ts';
import { InputError } from '../written/input-error.ts';
import { findProblems, formatPath } from '../written/written-value.ts';
import { VERSION } from './version.ts';

const STORY = 'story.json';
const LINES = 'story.txt';

const StoryFile = Type.Object({
  /** Of OpenPEX. */
  version: Type.String(),
  found: Type.String(),
  story: ServiceStory,
});

export function holdsStory(path: string): boolean {
  return existsSync(join(path, STORY));
}

/** @throws InputError PEX_FILE_UNWRITABLE, also when something else is there */
export function putStory(path: string, { smallest, told }: FoundStory): void {
  const isOther = writing(path, () => existsSync(path) && readdirSync(path).length > 0 && !holdsStory(path));
  if (isOther) {
    const problem = `holds files, but no story of the service (no ${STORY}): choose another place with --out`;
    throw new InputError('PEX_FILE_UNWRITABLE', problem, { file: path });
  }
  const file: Static<typeof StoryFile> = {
    version: VERSION,
    found: told.problems[0] ?? 'it does not end badly any more',
    story: smallest,
  };
  writing(path, () => {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, STORY), `${JSON.stringify(file, null, 2)}\n`);
    writeFileSync(join(path, LINES), told.lines.map((line) => `${line}\n`).join(''));
  });
}

/** @throws InputError PEX_FUZZ_CASE */
export function readStory(path: string): ServiceStory {
  const file = join(path, STORY);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new InputError('PEX_FUZZ_CASE', 'is no JSON', { file }, { cause });
  }
  const [problem] = findProblems(StoryFile, value);
  if (problem !== undefined)
    throw new InputError('PEX_FUZZ_CASE', problem.message, { file, path: formatPath(problem.path) });
  return (value as Static<typeof StoryFile>).story;
}
