// Counts in messages, with the noun in the right number.

/** "1 row", "12,000 rows" */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
