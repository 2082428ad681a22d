// openpex reserve, my, activate, change, cancel and service, as a user types them, and what-if, as an operator does, against a service.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { differenceText, refusalText, termsText } from '../../../cli/reservation-text.ts';
import { type Finished, Program } from '../../support/child-process.ts';
import { MAIN, temporaryFolder, write } from '../../support/command-line.ts';
import { PASSWORD, startTestDaemon, type TestDaemon } from '../../support/daemon.ts';

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon({
    yaml: 'cluster: { nodes: [{ group: node, count: 1, cpus: 4, memoryMib: 16384, diskGib: 1000 }] }\n',
  });
  for (const name of ['ada', 'bob']) await daemon.register(name);
});
afterAll(() => daemon.stop());

/** Not synchronously: the service is in this process. */
function as(
  user: string,
  args: readonly string[],
  typed = '',
  env: Record<string, string> = {},
): Promise<Finished> {
  const program = new Program(process.execPath, [MAIN, ...args, '--user', user], {
    env: { OPENPEX_URL: daemon.url, OPENPEX_PASSWORD: PASSWORD, OPENPEX_TOKEN: '', ...env },
  });
  program.writeLast(typed);
  return program.finished();
}

test('from a quote to a reservation that is negotiated, listed, activated and given back', async () => {
  const quote = await as('ada', ['reserve', 'XLARGE', '--for', '2h', '--quote']);
  expect(quote).toMatchObject({ code: 0, stderr: '' });
  expect(quote.stdout).toMatch(/^OpenPEX can do that:\n {2}1 × XLARGE, .*, for 0\.80 credits\n$/);

  const booked = await as('ada', [
    'reserve',
    'XLARGE',
    '--for',
    '2h',
    '--start',
    '1h',
    '--by-hand',
    '--name',
    'Course 7',
  ]);
  expect(booked.code).toBe(0);
  expect(booked.stdout).toMatch(/^[0-9A-F-]{36} {2}booked, to activate {2}1 × XLARGE, /);
  const id = booked.stdout.slice(0, 36);

  // Nobody to ask: what is not as asked is declined.
  const declined = await as('bob', ['reserve', 'LARGE', '--for', '1h', '--start', '90m']);
  expect(declined).toMatchObject({ code: 1, stdout: '' });
  expect(declined.stderr).toContain('OpenPEX offers instead:\n');
  expect(declined.stderr).toMatch(/\(start 1h 30m later\)/);

  // Unless it is another start that will do as well.
  const other = await as('bob', [
    'reserve',
    'LARGE',
    '--for',
    '1h',
    '--start',
    '90m',
    '--or-start',
    '2h',
    '--or-start',
    '5h',
  ]);
  expect(other.stderr).toMatch(/\(start 3h 30m later\)/);
  expect(other.stdout).toMatch(/ {2}booked {15}1 × LARGE, /);
  expect(other.code).toBe(0);

  // Somebody who is asked: a word that is none, less at the same time, and then booked.
  const countered = await as(
    'bob',
    ['reserve', 'LARGE', '--for', '1h', '--start', '90m', '--accept', 'ask'],
    ['what?', 'c', '', '30m', '1', 'b', ''].join('\n'),
  );
  expect(countered.stderr).toContain('[b]ook for 0.30 credits, [c]ounter, [d]ecline? ');
  expect(countered.stdout).toMatch(/ {2}booked {15}1 × LARGE, /);
  expect(countered.code).toBe(0);

  const activated = await as('ada', ['activate', id.slice(0, 8)]);
  expect(activated.stdout).toContain(`${id}  activated `);
  expect((await as('ada', ['my', '--name', 'course'])).stdout).toMatch(
    /^.{36} {2}activated .* "Course 7"\n$/,
  );
  expect(await as('ada', ['my', '--name', 'nothing'])).toMatchObject({
    stdout: '',
    stderr: 'Nothing is called "nothing".\n',
  });
  const mine = await as('ada', ['my', '--json']);
  expect(JSON.parse(mine.stdout)).toMatchObject({
    reservations: [{ id, status: 'ACTIVATED' }],
    instances: [],
  });
  const given = await as('ada', ['cancel', id.toLowerCase()]);
  expect(given.stdout).toMatch(/cancelled {12}1 × XLARGE/);
  expect((await as('ada', ['my'])).stderr).toContain('Nothing is under way.');
}, 60_000);

test('a reservation is changed: as asked, as is offered instead, or as is agreed on', async () => {
  const XLARGE_HOUR = ['reserve', 'XLARGE', '--for', '1h', '--json', '--start'];
  const booked = JSON.parse((await as('ada', [...XLARGE_HOUR, '600h'])).stdout).reservation;
  const id: string = booked.id;
  const next = JSON.parse((await as('bob', [...XLARGE_HOUR, '602h'])).stdout).reservation;
  const stored = async () => (await daemon.call('ada', 'GET', `/reservations/${id}`)).body;

  const longer = await as('ada', ['change', id.slice(0, 8), '--for', '90m']);
  expect(longer.stderr).toMatch(
    /^It can be changed as you asked:\n {2}1 × XLARGE, .*, for 0\.40 credits more\n/,
  );
  expect(longer.stderr).toContain('\nHeld for you until ');
  expect(longer.stdout).toMatch(new RegExp(`^${id} {2}booked .*XLARGE`));
  expect(longer.code).toBe(0);
  expect(await stored()).toMatchObject({
    duration: 5_400_000,
    startTimeMs: booked.startTimeMs,
    change: null,
  });

  // Nobody to ask: what is not as asked is declined, and it stays as it was.
  const declined = await as('ada', ['change', id, '--for', '4h']);
  expect(declined).toMatchObject({ code: 1, stdout: '' });
  expect(declined.stderr).toContain('OpenPEX offers this change instead:\n');
  expect(declined.stderr).toMatch(/h.* shorter\), for 0\.40 credits more\n/);
  expect(declined.stderr).toContain('\nDeclined. Your reservation is as it was.\n');
  expect(await stored()).toMatchObject({ duration: 5_400_000, change: null });

  // Somebody who is asked counters with less, at the same start, and books that.
  const agreed = await as(
    'ada',
    ['change', id, '--for', '4h', '--accept', 'ask'],
    ['what?', 'c', '', '45m', '', 'b', ''].join('\n'),
  );
  expect(agreed.stderr).toMatch(/\[b\]ook for 0\.40 credits more, \[c\]ounter, \[d\]ecline\? /);
  expect(agreed.stderr).toMatch(/, and 0\.\d\d credits are paid back\n/);
  expect(agreed.code).toBe(0);
  expect(await stored()).toMatchObject({ duration: 2_700_000, startTimeMs: booked.startTimeMs });

  // Whatever is offered: up to where the next one begins.
  const any = await as('ada', ['change', id, '--end', '700h', '--accept', 'any', '--json']);
  expect(JSON.parse(any.stdout)).toMatchObject({
    kind: 'changed',
    reservation: { id, duration: next.startTimeMs - booked.startTimeMs },
  });

  const later = await as('ada', ['change', id, '--start', '610h', '--for', '2h', '--max-price', '5']);
  expect(later.code).toBe(0);
  expect(await stored()).toMatchObject({ duration: 7_200_000, numInstancesFixed: 1 });
  const same = await as('ada', ['change', id, '--instances', '1']);
  expect(same).toMatchObject({ code: 1, stdout: '' });
  expect(same.stderr).toMatch(/^No: nothing-to-change\. Your reservation is as it was\.\n$/);
  for (const each of [id, next.id as string]) await as(each === id ? 'ada' : 'bob', ['cancel', each]);
}, 60_000);

test('a series is asked for as one: all of it or none, or those times that there are', async () => {
  const course = ['reserve', 'XLARGE', '--start', '2d', '--for', '1h', '--every', 'week', '--zone', 'UTC'];
  const lone = await as('ada', ['reserve', 'XLARGE', '--start', '9d', '--for', '1h', '--json']);
  expect(lone.code).toBe(0);
  const all = await as('bob', [...course, '--times', '3']);
  expect(all).toMatchObject({ code: 1, stdout: '' });
  expect(all.stderr).toMatch(
    / {2}yes .*\n {2}instead {2}.* \(start .* later\).*\n {2}yes .*\nNot all of them: none is booked/,
  );
  const quote = await as('bob', [...course, '--until', '22d', '--quote']);
  expect(quote.stdout.match(/^ {2}(yes|instead)/gm)).toEqual(['  yes', '  instead', '  yes']);
  const asked = await as(
    'bob',
    [...course, '--times', '3', '--take', 'fitting', '--accept', 'ask'],
    'what?\na\n',
  );
  expect(asked.stderr).toContain('[b]ook 3 for 1.20 credits, the 2 [a]s asked for 0.80 credits, [d]ecline? ');
  expect(asked.stdout.match(/ booked .* XLARGE/g)).toHaveLength(2);
  expect(asked.code).toBe(0);
  const none = await as('bob', [...course.slice(0, -1), 'Mars', '--times', '3']);
  expect(none).toMatchObject({ code: 2, stdout: '' });
  expect(none.stderr).toContain('Mars');
}, 60_000);

test('a member reserves for a project, whose reservations are listed apart', async () => {
  const project = { name: 'astro', title: 'Astronomy', manager: 'ada' };
  const { body } = await daemon.call('operator', 'POST', '/projects', project);
  await daemon.call('operator', 'POST', `/accounts/${body.userid}/deposits`, { amountMicros: 5_000_000 });
  const terms = ['reserve', 'SMALL', '--for', '1h', '--start', '30h', '--project', 'astro'];
  const booked = await as('ada', terms);
  expect(booked.code).toBe(0);
  expect((await as('ada', ['my', '--project', 'astro'])).stdout).toBe(booked.stdout);
  expect((await as('ada', ['my'])).stdout).not.toContain(booked.stdout);
  const kept = await daemon.call('ada', 'GET', `/projects/${body.userid}`);
  expect(kept.body.balanceMicros).toBe(4_900_000);
  expect(await as('bob', terms)).toMatchObject({ code: 2, stdout: '' });
}, 60_000);

test('an operator asks what if, and nothing changes', async () => {
  const booked = await as('ada', ['reserve', 'MEDIUM', '--for', '3h', '--start', '50h']);
  const id = booked.stdout.slice(0, 36);
  const stored = async () => (await daemon.call('ada', 'GET', `/reservations/${id}`)).body;
  const before = await stored();
  const told = await as('operator', ['what-if', '--drain', 'node', '--no-repeat', '--days', '3']);
  expect(told).toMatchObject({ code: 0, stderr: '' });
  expect(told.stdout).toMatch(/^3 days from .*; 0 requests come once more\. Nothing was changed\.\n/);
  expect(told.stdout).toMatch(/^reservations that fail +0 +[1-9]\d*$/m);
  expect(told.stdout).toMatch(new RegExp(`^${id.slice(0, 8)}  ada  .*  kept -> failed$`, 'm'));
  expect(await stored()).toEqual(before);

  const more = await as('operator', [
    'what-if',
    '--add',
    '2',
    '--policy',
    'allocation=best-fit',
    '--no-repeat',
  ]);
  expect(more.stdout).toContain('Every reservation that there is fares as it would.\n');
  expect(await as('ada', ['what-if', '--add', '2'])).toMatchObject({ code: 2, stdout: '' });
}, 60_000);

test.each([
  ['nothing that would change', [], /what if what\?/],
  ['a policy without a kind', ['--policy', 'best-fit'], /expected kind=name .*found "best-fit"/],
  ['a node that is none', ['--drain', 'lion'], /lion/],
])('what if with %s is told in words', async (_, args, said) => {
  const ended = await as('operator', ['what-if', ...args]);
  expect(ended.stderr).toMatch(said);
  expect(ended.stderr).not.toContain('bug');
  expect(ended).toMatchObject({ code: 2, stdout: '' });
});

test.each([
  ['a start that is none', ['reserve', 'SMALL', '--start', 'soon'], 2, /--start: expected .*found "soon"/],
  ['a type that is none', ['reserve', 'TINY'], 2, /type: "TINY" is not .*PEX_BAD_REQUEST/],
  ['too few letters of an id', ['cancel', '5D'], 2, /expected at least 4 letters of an id/],
  ['an id of nobody', ['cancel', '5D0FA0EB'], 2, /no reservation of yours begins like that/],
  ['a change of nothing', ['change', '5D0FA0EB'], 2, /what is to be otherwise\? .*--for/],
  [
    'a change of nobody',
    ['change', '5D0FA0EB', '--for', '2h'],
    2,
    /no reservation of yours begins like that/,
  ],
  ['both a length and an end', ['change', '5D0FA0EB', '--for', '2h', '--end', '3h'], 2, /for.*end/],
  ['questions that nobody answers', ['reserve', 'SMALL', '--accept', 'ask'], 2, /the input has ended/],
])('%s is told in words', async (_, args, code, said) => {
  const ended = await as('bob', args);
  expect(ended.stderr).toMatch(said);
  expect(ended.stderr).not.toContain('bug');
  expect(ended.code).toBe(code);
});

test('a service that is not there fails, and a wrong password is bad input', async () => {
  const away = await as('ada', ['my', '--url', 'http://127.0.0.1:1']);
  expect(away.code).toBe(1);
  expect(away.stderr).toContain('cannot be reached');
  const wrong = await as('ada', ['my'], '', { OPENPEX_PASSWORD: 'wrong password' });
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('[PEX_UNAUTHORIZED]');
});

test('terms and what differs, in words', () => {
  const asked = {
    type: 'SMALL',
    numInstancesFixed: 2,
    numInstancesOption: 0,
    startTimeMs: Date.UTC(2026, 11, 3, 9),
    duration: 5_400_000,
  };
  expect(termsText({ ...asked, numInstancesOption: 1 }, 'UTC')).toBe(
    '2 × SMALL (and 1 optional), Thu 3 Dec 2026, 09:00 to Thu 3 Dec 2026, 10:30',
  );
  expect(differenceText(asked, { ...asked, startTimeMs: asked.startTimeMs + 20_000 })).toBe('');
  const other = {
    ...asked,
    type: 'LARGE',
    numInstancesFixed: 1,
    duration: 3_600_000,
    startTimeMs: asked.startTimeMs - 3_600_000,
  };
  expect(differenceText(asked, other)).toBe(
    'start 1h earlier, 30m shorter, LARGE instead of SMALL, 1 instance fewer',
  );
});

test('what a quote would be refused for, and what of it would not be, in words', () => {
  const asked = {
    type: 'SMALL',
    numInstancesFixed: 5,
    numInstancesOption: 0,
    startTimeMs: 0,
    duration: 7_200_000,
  };
  const refusal = { code: 'PEX_QUOTA_EXCEEDED', detail: 'with this there would be 10 cpu hours' };
  const within = { numInstancesFixed: 2, duration: 3_600_000 };
  expect(refusalText({}, asked)).toBe('');
  expect(refusalText({ refusal }, asked)).toBe(
    'It would be refused all the same: with this there would be 10 cpu hours.\n',
  );
  expect(refusalText({ refusal: { ...refusal, within } }, asked)).toContain(
    '\n  Within the limits: 2 for that long, or 5 for 1h.\n',
  );
});

test('where there is no room it says what partners of the service would answer', async () => {
  const { body } = await daemon.call('ada', 'POST', '/account/tokens', { name: 'partner', scope: 'read' });
  const partners = [{ name: 'the other campus', url: daemon.url, token: body.token }];
  const campus = await startTestDaemon({
    yaml: `cluster: { nodes: [{ group: node, count: 1, cpus: 1, memoryMib: 1024, diskGib: 100 }] }\npartners: ${JSON.stringify(partners)}\n`,
  });
  try {
    await campus.register('ada');
    const env = { OPENPEX_URL: campus.url };
    const asked = ['reserve', 'XLARGE', '--for', '2h', '--start', '400h'];
    const elsewhere =
      /^Elsewhere, in credits of each service; nothing is held there:\n {2}yes {6}the other campus: 1 × XLARGE, .*, for 0\.80 credits, at http:/m;
    const quote = await as('ada', [...asked, '--quote'], '', env);
    expect(quote).toMatchObject({ code: 1, stderr: '' });
    expect(quote.stdout).toMatch(/^No: /);
    expect(quote.stdout).toMatch(elsewhere);
    const refused = await as('ada', asked, '', env);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(elsewhere);
  } finally {
    await campus.stop();
  }
});

test('a service is submitted, confirmed, told what is measured, shown and ended', async () => {
  const folder = temporaryFolder();
  const manifest = (size: string) =>
    `service: shop\ncomponents: { web: { size: ${size}, max: 2 } }\nrules: ["Replicas(web) = Rate / 500"]\nmetrics: { Rate: 100 }\n`;
  write(folder, 'wrong.yaml', manifest('SMAL'));
  const wrong = await as('ada', ['service', 'submit', `${folder}/wrong.yaml`]);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain('manifest:2:28: components.web.size: no instance type "SMAL"');
  write(folder, 'shop.yaml', manifest('SMALL'));
  const offered = await as('ada', ['service', 'submit', `${folder}/shop.yaml`]);
  expect(offered.stdout).toMatch(
    / {2}shop: on offer until .*, for 0\.\d\d credits\n {2}shop-web-1-1 {2}0\.\d\d credits\n/,
  );
  expect((await as('ada', ['service', 'confirm', 'shop'])).stdout).toMatch(/ {2}shop {2}running {2}/);
  expect((await as('ada', ['service', 'measured', 'shop', 'Rate=700'])).code).toBe(0);
  expect((await as('ada', ['service', 'show', 'shop'])).stdout).toContain('  Rate = 100, then 700\n');
  const unknown = await as('ada', ['service', 'show', 'shp']);
  expect(unknown.stderr).toContain('no service of yours is called "shp" (did you mean "shop"?)');
  expect((await as('ada', ['service', 'end', 'shop'])).stdout).toContain('  shop  ended (ended-by-user)');
  expect((await as('ada', ['service', 'list'])).stderr).toBe('No service follows a manifest.\n');
}, 60_000);
