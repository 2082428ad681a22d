import { expect, test } from 'vitest';
import { readClassList } from '../../../../live/wire/class-list.ts';

const NEW = () => 'h7k2m-9dsfa-22xyz-pqrst';

test('columns are found by their names, and who has no password is given one', () => {
  const { people, problems } = readClassList(
    [
      ['E-Mail', 'Matriculation', 'User name', 'Full Name', 'password'],
      ['ada@example.org', '17', ' ada ', 'Ada King', 'correct horse battery'],
      ['grace@example.org', '18', 'grace', 'Grace H.', ''],
    ],
    NEW,
  );
  expect(problems).toEqual([]);
  expect(people).toEqual([
    { username: 'ada', fullName: 'Ada King', email: 'ada@example.org', password: 'correct horse battery' },
    { username: 'grace', fullName: 'Grace H.', email: 'grace@example.org', password: NEW() },
  ]);
});

test('what is wrong is told with its line and column', () => {
  const header = ['username', 'fullName', 'email', 'password'];
  expect(readClassList([], NEW).problems).toEqual([
    'Line 1: expected the columns username, fullName, email; found nothing.',
  ]);
  expect(
    readClassList(
      [
        header,
        ['ada', 'Ada', 'ada@example.org'],
        ['a', '', 'nowhere', '12345'],
        ['ADA', 'Ada', 'ada@example.org'],
      ],
      NEW,
    ).problems,
  ).toEqual([
    'Line 3, username: 3 to 32 letters, digits, dots, hyphens or underscores.',
    'Line 3, fullName: Please enter your name.',
    'Line 3, email: Please enter an e-mail address, such as ada@example.org.',
    'Line 3, password: This is shorter than 10 characters. A few words are easy to remember.',
    'Line 4: ADA is in line 2 already.',
  ]);
});
