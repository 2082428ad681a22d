// A list of people, as lecturers have it: a CSV with a line for each, from which accounts are made. Portal and command line judge it alike.
import type { RegistrationBody } from './account.ts';
import { registrationErrors } from './registration.ts';

export interface ClassList {
  readonly people: readonly RegistrationBody[];
  /** "Line 3: …", for what is wrong; then nobody's account is made. */
  readonly problems: readonly string[];
}

/** How csv-parse reads a list: as spreadsheets of all countries write it. */
export const CLASS_LIST_CSV = {
  bom: true,
  delimiter: [',', ';', '\t'],
  relax_column_count: true,
  skip_empty_lines: true,
};

const COLUMNS = ['username', 'fullName', 'email', 'password'] as const;
const NEEDED = ['username', 'fullName', 'email'] as const;
type ColumnName = (typeof COLUMNS)[number];

/**
 * @param lines of the file, the first with the names of the columns: as ours, whatever their case, blanks and order; others are left out
 * @param newPassword for those who have none; drawn unless it is given
 */
export function readClassList(
  lines: readonly (readonly string[])[],
  newPassword: () => string = drawnPassword,
): ClassList {
  const [header = [], ...rows] = lines;
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '');
  const at = (name: ColumnName) => header.findIndex((heading) => plain(heading) === plain(name));
  const missing = NEEDED.filter((name) => at(name) === -1);
  if (missing.length > 0) {
    const found = header.filter((heading) => heading !== '').join(', ') || 'nothing';
    return {
      people: [],
      problems: [`Line 1: expected the columns ${NEEDED.join(', ')}; found ${found}.`],
    };
  }
  const seen = new Map<string, number>();
  const problems: string[] = [];
  const people = rows.map((row, index) => {
    const line = index + 2;
    const field = (name: ColumnName) => (row[at(name)] ?? '').trim();
    const person = {
      username: field('username'),
      fullName: field('fullName'),
      email: field('email'),
      password: field('password') || newPassword(),
    };
    const errors = registrationErrors({ ...person, repeated: person.password });
    for (const [name, error] of Object.entries(errors)) problems.push(`Line ${line}, ${name}: ${error}`);
    const before = seen.get(person.username.toLowerCase());
    if (before !== undefined) problems.push(`Line ${line}: ${person.username} is in line ${before} already.`);
    seen.set(person.username.toLowerCase(), line);
    return person;
  });
  return { people, problems };
}

/** Without letters and digits that look alike. 20 of 32 signs: 100 bits. */
const SIGNS = 'abcdefghijkmnpqrstuvwxyz23456789';

function drawnPassword(): string {
  const drawn = crypto.getRandomValues(new Uint8Array(20));
  return Array.from(drawn, (byte) => SIGNS[byte % SIGNS.length])
    .join('')
    .replace(/.{5}(?=.)/g, '$&-');
}
