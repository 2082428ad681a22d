// A generator specification from a YAML or JSON file of its own.
import { WrittenDocument } from '../../written/document.ts';
import { applySetting } from '../../written/setting.ts';
import { complete, findProblems } from '../../written/written-value.ts';
import { findSpecification } from '../shipped.ts';
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
  const document = await WrittenDocument.read(await findSpecification(fileOrName));
  for (const setting of settings) applySetting(document, setting);
  const completed = complete(GeneratorSpec, document.value);
  const problems = findProblems(GeneratorSpec, completed);
  if (problems.length > 0) throw document.error('PEX_GENERATOR_INVALID', problems);
  return completed as GeneratorSpec;
}
