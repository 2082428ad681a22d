// How the command line ends: exit codes, and errors as a person should see them.

export const EXIT = {
  done: 0,
  /** The run or the check failed. */
  failed: 1,
  badInput: 2,
  /** 128 + SIGINT, as shells expect it. */
  interrupted: 130,
} as const;

/** Prints an error on stderr and returns the exit code. Only our own bugs come with a stack trace. */
export async function reportError(error: unknown, print: (text: string) => void): Promise<number> {
  // Loaded when needed: most commands end well.
  const { formatFrames, PolicyError } = await import('../engine/index.ts');
  const { OpenPexProblem } = await import('../live/client/index.ts');
  if (error instanceof OpenPexProblem) {
    print(`openpex: ${error.message}${error.code === '' ? '' : ` [${error.code}]`}\n`);
    return error.isOutage || error.status >= 500 ? EXIT.failed : EXIT.badInput;
  }
  const { troubleOf } = await import('./troubles.ts');
  const trouble = troubleOf(error);
  if (trouble !== undefined) {
    // The first line of a policy's trace is the place with which the message begins.
    const frames = error instanceof PolicyError && error.frames.length > 1 ? formatFrames(error.frames) : '';
    print(`openpex: ${(error as Error).message} [${trouble.code}]\n${frames}`);
    return trouble.exit;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  print(`openpex: this is a bug in OpenPEX; please report it with the command line.\n${text}\n`);
  return EXIT.failed;
}
