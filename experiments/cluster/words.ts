// Words of a script.

/** A word for bash, whatever it contains. */
export function bashWord(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
