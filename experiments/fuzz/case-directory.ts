// The directory of a case that failed: a scenario and its workload, which `openpex run` takes, and beside them what disturbed it and what was found.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { writing } from '../../reports/files/run-directory.ts';
import { InputError } from '../../written/input-error.ts';
import { findProblems, formatPath } from '../../written/written-value.ts';
import { CHECKS, type Check } from './evaluate.ts';
import type { FoundCase } from './fuzz.ts';
import { CASE_SCENARIO, CASE_WORKLOAD, type FuzzCase, scenarioText, workloadText } from './fuzz-case.ts';

const CASE = 'case.json';

const Share = Type.Number({ minimum: 0, maximum: 1 });

const CaseFile = Type.Object({
  /** Of OpenPEX. */
  version: Type.String(),
  check: Type.Enum(Object.keys(CHECKS) as Check[]),
  found: Type.String(),
  disturbance: Type.Object({ seed: Type.Integer(), restarts: Share, quotes: Share }),
});
export type CaseFile = Static<typeof CaseFile>;

/** @throws InputError PEX_FILE_UNWRITABLE, also when something else is there */
export function putCase(path: string, { finding, smallest }: FoundCase, version: string): void {
  const isOther = writing(
    path,
    () => existsSync(path) && readdirSync(path).length > 0 && !existsSync(join(path, CASE)),
  );
  if (isOther) {
    const problem = `holds files, but no case of the fuzzer (no ${CASE}): choose another place with --out`;
    throw new InputError('PEX_FILE_UNWRITABLE', problem, { file: path });
  }
  const caseFile: CaseFile = {
    version,
    check: finding.check,
    found: finding.what,
    disturbance: smallest.disturbance,
  };
  const header = `# Made small by openpex fuzz: ${CHECKS[finding.check]}.\n`;
  writing(path, () => {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, CASE_SCENARIO), scenarioText(fromThere(smallest, path), header));
    writeFileSync(join(path, CASE_WORKLOAD), workloadText(smallest));
    writeFileSync(join(path, CASE), `${JSON.stringify(caseFile, null, 2)}\n`);
  });
}

/** @throws InputError PEX_FUZZ_CASE */
export function readCase(path: string): CaseFile {
  const file = join(path, CASE);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const problem = existsSync(file) ? 'is no JSON' : 'there is no such file';
    throw new InputError('PEX_FUZZ_CASE', problem, { file }, { cause });
  }
  const [problem] = findProblems(CaseFile, value);
  if (problem !== undefined) {
    throw new InputError('PEX_FUZZ_CASE', problem.message, { file, path: formatPath(problem.path) });
  }
  return value as CaseFile;
}

/** Files of policies are named as seen from the scenario. */
function fromThere(fuzzCase: FuzzCase, path: string): FuzzCase {
  const policies = Object.entries(fuzzCase.policies).map(([kind, choice]) => [
    kind,
    'file' in choice ? { file: relative(resolve(path), choice.file) } : choice,
  ]);
  return { ...fuzzCase, policies: Object.fromEntries(policies) };
}
