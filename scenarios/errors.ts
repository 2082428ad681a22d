// Troubles with scenarios, workloads and generators.

/** Every code, with the one-line meaning that docs/errors.md lists. */
export const SCENARIO_ERRORS = {
  PEX_SCENARIO_INVALID: 'A scenario does not match its schema.',
  PEX_SCENARIO_INCONSISTENT: 'A scenario matches its schema, but its parts contradict each other.',
  PEX_WORKLOAD_HEADER:
    'The header row of a workload, or of a table of measured migrations, lacks a column or has an unknown one.',
  PEX_WORKLOAD_VALUE:
    'A value in a workload, or in a table of measured migrations, is not what its column holds.',
  PEX_WORKLOAD_ORDER: 'The rows of a workload are not in order of submission.',
  PEX_GENERATOR_INVALID: 'A generator specification does not match its schema.',
  PEX_MANIFEST_INVALID: 'A service manifest does not match its schema, or its rules cannot be followed.',
} as const;
