// Troubles with experiments and their results.

/** Every code, with the one-line meaning that docs/errors.md lists. */
export const EXPERIMENT_ERRORS = {
  PEX_EXPERIMENT_INVALID:
    'An experiment does not match its schema, or asks for what its scenario does not have.',
  PEX_SWEEP_CHANGED: 'A sweep that is to go on is not the one that was begun.',
  PEX_BASELINE_INVALID:
    'A baseline does not match its schema, names a figure that the runs do not have, or was recorded of other runs or with another version.',
  PEX_FUZZ_CASE: 'A directory does not hold a case of the fuzzer.',
  PEX_RESULTS_INVALID: 'A directory does not hold the results of a sweep.',
} as const;
