// Words for the shell of another machine. Whatever is sent there is made here: nothing that anybody wrote is read by a shell as anything
// but text.

/** One word of a POSIX shell that means exactly `text`. @throws RangeError when a shell could not hold it */
export function shellWord(text: string): string {
  if (text.includes('\0')) throw new RangeError('a word of a shell has no NUL');
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command line that runs `words[0]` with the rest as its arguments. */
export function commandLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
