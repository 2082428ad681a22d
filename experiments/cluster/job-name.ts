// What jobs of a sweep are called: a name that both schedulers take.

/** Lower-case letters, digits and hyphens, up to 40 (RFC 1123 has 63, and what it is for is added). */
export function jobName(name: string): string {
  const plain = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 32)
    .replace(/^-+|-+$/g, '');
  return plain === '' ? 'openpex' : `openpex-${plain}`;
}
