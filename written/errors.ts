// Troubles with what people write, wherever it is read or asked for.

/** Every code, with the one-line meaning that docs/errors.md lists. */
export const WRITTEN_ERRORS = {
  PEX_FILE_UNREADABLE: 'A file cannot be read: it is missing, or permission is denied.',
  PEX_FILE_UNWRITABLE: 'A file or directory cannot be written.',
  PEX_USAGE: 'A command line argument is missing, unknown or makes no sense.',
  PEX_YAML_SYNTAX: 'A YAML or JSON file is not well-formed.',
  PEX_ENVIRONMENT: 'An environment variable that a file refers to is not set.',
} as const;
