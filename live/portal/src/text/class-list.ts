// A list of people, as lecturers have it: a CSV with a line for each, from which accounts are made. Pure.
import type { RegistrationBody } from '../../../wire/account.ts';
import { registrationErrors } from '../components/registration-check.ts';

export interface ClassList {
  readonly people: readonly RegistrationBody[];
  /** "Line 3: …", for what is wrong; then nobody's account is made. */
  readonly problems: readonly string[];
}

const COLUMNS = ['username', 'fullName', 'email', 'password'] as const;
const NEEDED = ['username', 'fullName', 'email'] as const;
type ColumnName = (typeof COLUMNS)[number];

/**
 * @param lines of the file, the first with the names of the columns: as ours, whatever their case, blanks and order; others are left out
 * @param newPassword for those who have none
 */
export function readClassList(lines: readonly (readonly string[])[], newPassword: () => string): ClassList {
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
