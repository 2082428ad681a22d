/** Keeps figures and their units on one line. */
export function unbroken(text: string): string {
  return text.replace(/(?<=\d) (?=(%|ms|s|min|h|d)(?!\w))/g, '\u00a0');
}
