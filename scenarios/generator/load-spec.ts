// A generator specification from a YAML or JSON file of its own.
import { complete, findProblems } from '../../policies/options/written-value.ts';
import { WrittenDocument } from '../load-document.ts';
import { GeneratorSpec } from './spec.ts';

/** @throws InputError PEX_FILE_UNREADABLE, PEX_YAML_SYNTAX, or PEX_GENERATOR_INVALID with the place of each problem */
export async function loadGeneratorSpec(file: string): Promise<GeneratorSpec> {
  const document = await WrittenDocument.read(file);
  const completed = complete(GeneratorSpec, document.value);
  const problems = findProblems(GeneratorSpec, completed);
  if (problems.length > 0) throw document.error('PEX_GENERATOR_INVALID', problems);
  return completed as GeneratorSpec;
}
