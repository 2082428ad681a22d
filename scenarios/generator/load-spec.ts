// A generator specification from a YAML or JSON file of its own.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WrittenDocument } from '../../written/document.ts';
import { InputError } from '../../written/input-error.ts';
import { suggestion } from '../../written/suggestion.ts';
import { complete, findProblems } from '../../written/written-value.ts';
import { applySetting } from '../load/settings.ts';
import { GeneratorSpec } from './spec.ts';

/**
 * @param fileOrName a .yaml, .yml or .json file, or the name of a specification that ships, such as "campus-month"
 * @param settings `path=value` of what is to differ from the file, e.g. `until=7d`
 * @throws InputError PEX_FILE_UNREADABLE, PEX_YAML_SYNTAX, PEX_USAGE for a setting, or PEX_GENERATOR_INVALID with the place of each
 *   problem
 */
export async function loadGeneratorSpec(
  fileOrName: string,
  settings: readonly string[] = [],
): Promise<GeneratorSpec> {
  const document = await WrittenDocument.read(await findSpec(fileOrName));
  for (const setting of settings) applySetting(document, setting);
  const completed = complete(GeneratorSpec, document.value);
  const problems = findProblems(GeneratorSpec, completed);
  if (problems.length > 0) throw document.error('PEX_GENERATOR_INVALID', problems);
  return completed as GeneratorSpec;
}

/** Above this folder in the sources; the compiled file is in dist/scenarios/generator, the specifications are not. */
const SHIPPED = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '..' : '../../../scenarios/', import.meta.url),
);
const SPEC_ENDING = '.workload.yaml';

async function findSpec(fileOrName: string): Promise<string> {
  if (/[/\\]|\.(ya?ml|json)$/.test(fileOrName)) return fileOrName;
  const names = (await readdir(SHIPPED))
    .filter((name) => name.endsWith(SPEC_ENDING))
    .map((name) => name.slice(0, -SPEC_ENDING.length))
    .sort();
  if (names.includes(fileOrName)) return join(SHIPPED, fileOrName + SPEC_ENDING);
  const problem = `there is no specification "${fileOrName}"${suggestion(fileOrName, names)}; a file of your own ends in .yaml or .json`;
  throw new InputError('PEX_FILE_UNREADABLE', problem);
}
