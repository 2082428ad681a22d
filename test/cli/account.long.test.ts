// openpex account: the way in when there is no other, on the database of a service that runs.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openpex, temporaryFolder } from '../support/command-line.ts';
import { caller, PASSWORD } from '../support/daemon.ts';
import { startLive } from '../support/live-command.ts';

const logIn = (url: string, username: string, password: string) =>
  fetch(`${url}/OpenPEX/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });

test('a lone operator who forgot the password gets in again, and the accounts of a closed service are looked after', async () => {
  const folder = temporaryFolder();
  const live = await startLive(['--port', '0'], folder, { OPENPEX_OPERATOR_PASSWORD: PASSWORD });
  const run = (...args: string[]) => openpex(['account', ...args], folder);

  const reset = run('password', 'openpex.db', 'operator');
  expect(reset.code).toBe(0);
  const [, password = ''] = /^operator has a new password: (\S{16})\n$/.exec(reset.stdout) ?? [];
  expect((await logIn(live.url, 'operator', PASSWORD)).status).toBe(401);
  expect((await logIn(live.url, 'operator', password)).status).toBe(200);

  const created = run('create', 'openpex.db', 'ada', '--credits', '12.5', '--email', 'ada@example.org');
  const [, hers = ''] = /^ada has an account: (\S{16})\n$/.exec(created.stdout) ?? [];
  expect((await logIn(live.url, 'ada', hers)).status).toBe(200);
  expect(run('create', 'openpex.db', 'bob', '--email', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('email: expected an e-mail address, such as ada@example.org, found "x"'),
  });
  expect(run('create', 'openpex.db', 'Ada')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is taken'),
  });
  expect(run('change', 'openpex.db', 'ada', '--no-enabled').stdout).toBe('ada: user, disabled\n');
  expect((await logIn(live.url, 'ada', hers)).status).toBe(401);
  expect(run('change', 'openpex.db', 'ada', '--enabled', '--role', 'operator').stdout).toBe(
    'ada: operator, enabled\n',
  );
  expect(run('change', 'openpex.db', 'adaa', '--enabled').stderr).toContain('did you mean "ada"?');
  expect(run('list', 'openpex.db').stdout).toBe(
    'ID  NAME      ROLE      STATE    CREDITS  E-MAIL\n' +
      '1   operator  operator  enabled  1000     operator@localhost\n' +
      '2   ada       operator  enabled  12.5     ada@example.org\n',
  );

  // A class, as an operator from anywhere; ada is there already.
  writeFileSync(
    join(folder, 'class.csv'),
    'User name;Full name;E-mail;Password\nada;Ada;ada@example.org;\ngrace;Grace;grace@example.org;correct horse battery\n',
  );
  writeFileSync(
    join(folder, 'wrong.csv'),
    'username,fullName,email\nedsger,Edsger,edsger@example.org\nx,,nowhere\n',
  );
  const env = { OPENPEX_URL: live.url, OPENPEX_USER: 'operator', OPENPEX_PASSWORD: password };
  const importing = (file: string) => openpex(['account', 'import', file], folder, env);
  expect(importing('wrong.csv')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /wrong.csv: no account was made.\n {2}Line 3, username: .*\n {2}Line 3, fullName: /,
    ),
  });
  const imported = importing('class.csv');
  expect(imported).toMatchObject({ code: 1, stderr: expect.stringMatching(/^1 of 2 accounts made/) });
  expect(imported.stdout).toMatch(
    /^User name,Password,Account\r\nada,,.*taken.*\r\ngrace,correct horse battery,made\r\n$/,
  );
  expect((await logIn(live.url, 'grace', 'correct horse battery')).status).toBe(200);
  expect(
    openpex(['account', 'import', 'class.csv'], folder, {
      ...env,
      OPENPEX_USER: 'grace',
      OPENPEX_PASSWORD: 'correct horse battery',
    }).stderr,
  ).toContain('only an operator');

  // In the name of an account that is gone a running service must decide nothing.
  expect(run('delete', 'openpex.db', 'ada')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('is running on it'),
  });
  await live.stop();
  expect(run('delete', 'openpex.db', 'ada').stdout).toBe('ada is deleted\n');
  expect(JSON.parse(run('list', 'openpex.db', '--json').stdout)).toHaveLength(2);
});

test('an access key is made, listed and revoked, and ends with the password', async () => {
  const folder = temporaryFolder();
  const live = await startLive(['--port', '0'], folder, { OPENPEX_OPERATOR_PASSWORD: PASSWORD });
  const run = (...args: string[]) =>
    openpex(['account', 'access-key', 'openpex.db', 'operator', ...args], folder);
  const made = run('--expires-in-days', '30').stdout;
  const [, id = ''] =
    /^AWS_ACCESS_KEY_ID=(PEX[A-Z2-7]{17})\nAWS_SECRET_ACCESS_KEY=\S{40}\n$/.exec(made) ?? [];
  expect(run('--list').stdout).toMatch(new RegExp(`^ACCESS KEY +CREATED +EXPIRES +USED\n${id} .* -\n$`));
  expect(run('--expires-in-days', '0')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--expires-in-days: expected a whole number from 1 to 3650, found 0'),
  });
  expect(run('--revoke', id).stdout).toBe(`${id} is revoked\n`);
  expect(run('--revoke', id)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has no access key'),
  });
  run();
  openpex(['account', 'password', 'openpex.db', 'operator'], folder);
  expect(run('--list').stdout).not.toContain('PEX');
  await live.stop();
});

test('a service whose last operator became a user says how to make another, and does not start without one', async () => {
  const folder = temporaryFolder();
  const live = await startLive(['--port', '0'], folder, { OPENPEX_OPERATOR_PASSWORD: PASSWORD });
  await caller(live.url)('operator', 'GET', '/account');
  await live.stop();
  openpex(['account', 'change', 'openpex.db', 'operator', '--role', 'user'], folder);
  await expect(startLive(['--port', '0'], folder)).rejects.toThrow(
    /openpex account change .* operator --role operator/,
  );
  openpex(['account', 'change', 'openpex.db', 'operator', '--role', 'operator'], folder);
  await startLive(['--port', '0'], folder);
});
