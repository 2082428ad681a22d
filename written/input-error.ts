// Errors about input, as people meet them: coded, with the place, what was found and what was expected. Outcomes of a negotiation
// are values, never errors; our own bugs are InvariantError.

/** Where in the input the trouble is. Lines and columns count from 1. */
export interface ErrorPlace {
  readonly file?: string;
  readonly line?: number;
  /** Character position in the line. */
  readonly column?: number;
  /** Field, CSV column or path in a document, e.g. `cluster.nodes[0].cpus`. */
  readonly path?: string;
}

/** Each floor declares the codes that it throws, with their meaning, in a file errors.ts; a test sees to it that none is made up. */
export type ErrorCode = `PEX_${string}`;

/**
 * Bad input. The message reads `file:line:column: path: what is wrong`, each part only where it is known, and says what was expected.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code: ErrorCode;
  readonly place: ErrorPlace;
  /** What is wrong, without the place. */
  readonly problem: string;

  constructor(code: ErrorCode, problem: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    super(`${formatPlace(place)}${problem}`, options);
    this.code = code;
    this.place = place;
    this.problem = problem;
  }
}

function formatPlace({ file, line, column, path }: ErrorPlace): string {
  let spot = file ?? '';
  if (line !== undefined) spot += spot === '' ? `line ${line}` : `:${line}`;
  if (line !== undefined && column !== undefined) spot += `:${column}`;
  return [spot, path ?? '']
    .filter((part) => part !== '')
    .map((part) => `${part}: `)
    .join('');
}
