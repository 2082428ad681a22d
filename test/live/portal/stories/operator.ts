// The pages of operators.
import { expect, test } from 'vitest';
import { StoppedTime } from '../../../support/daemon.ts';
import { MINUTE } from '../../../support/setup.ts';
import { violations } from '../page-checks.ts';
import { ask, book, goTo, PASSWORD, type Stage } from '../stage.ts';

export function operatorStories(stage: Stage): void {
  test('nodes are drained, enabled, and on a simulated cluster failed and returned', async () => {
    const server = await stage.server({ nodes: 2 });
    const page = await stage.operator(server);
    await goTo(page, 'Nodes');
    await page.getByText('2 nodes, all in service.').waitFor();
    const node = page
      .getByRole('listitem')
      .filter({ has: page.getByRole('button', { name: /^(Drain|Enable)/ }) })
      .first();
    await node.getByRole('button', { name: /^Drain/ }).click();
    await page.getByRole('button', { name: 'Drain it' }).click();
    await node.getByText('Drained', { exact: true }).waitFor();
    // Nothing was said: the assumed repair time.
    await node.getByText(/^Drained since .* expected back/).waitFor();
    await node.getByRole('button', { name: /^Back when/ }).click();
    await page.getByLabel('Not known: keep it out of every reservation').check();
    await page.getByRole('button', { name: 'Save' }).click();
    await node.getByText(/back at no known time/).waitFor();
    await page.getByText('2 nodes, 1 in service.').waitFor();
    await node.getByRole('button', { name: /^Enable/ }).click();
    await node.getByText('In service').waitFor();
    await node.getByRole('button', { name: /^Fail/ }).click();
    await page.getByRole('button', { name: 'Let it fail' }).click();
    await node.getByText('Down').waitFor();
    await node.getByText(/taken to be back/).waitFor();
    await node.getByRole('button', { name: /^Return/ }).click();
    await node.getByText('In service').waitFor();

    // As rows, several at once.
    await page.getByText('Table', { exact: true }).click();
    const table = page.getByRole('table', { name: 'Nodes' });
    await table.getByLabel('Select all').check();
    await page.getByRole('button', { name: 'Drain', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Drain them' }).click();
    await page.getByText('2 nodes, 0 in service.').waitFor();
    await table
      .getByText(/^Drained since /)
      .first()
      .waitFor();
    expect(await violations(page)).toEqual([]);
    await table.getByLabel('Select all').check();
    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await page.getByText('2 nodes, all in service.').waitFor();
    await table.getByLabel('Select all').check();
    await page.getByRole('button', { name: 'What if they are drained?' }).click();
    await page.getByRole('heading', { level: 1, name: 'What if' }).waitFor();
    const drained = page.getByLabel('Nodes to drain');
    expect(await drained.inputValue()).toMatch(/^\S+, \S+$/);
    await page.getByLabel('Nodes to add').fill('3');
    await page.reload();
    expect(await page.getByLabel('Nodes to add').inputValue()).toBe('3');
  });

  test('a drain says before what it would do, and its user reads after what happened', async () => {
    const server = await stage.server();
    const page = await stage.operator(server);
    await ask(page, { instances: 2 });
    await book(page);
    await page
      .getByText(/^Instance .* runs on node/)
      .nth(1)
      .waitFor();
    await goTo(page, 'Nodes');
    await page.getByRole('button', { name: /^Drain/ }).click();
    await page.getByText('2 instances suspended until a node has room.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Drain it' }).click();
    await goTo(page, 'Reservations');
    await page.getByRole('link', { name: /SMALL/ }).first().click();
    await page
      .getByText(/is suspended: node .* is taken out of service/)
      .nth(1)
      .waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('it is said when a drained node is back, and maintenance is planned, shown and called off', async () => {
    const server = await stage.server({ nodes: 2 });
    const page = await stage.operator(server);
    await goTo(page, 'Nodes');
    const node = page
      .getByRole('listitem')
      .filter({ has: page.getByRole('button', { name: /^(Drain|Enable)/ }) })
      .first();
    await node.getByRole('button', { name: /^Drain/ }).click();
    const field = (inHours: number) => {
      const berlin = new Date(Date.now() + inHours * 3_600_000).toLocaleString('sv', {
        timeZone: 'Europe/Berlin',
      });
      return berlin.slice(0, 16).replace(' ', 'T');
    };
    await page.getByLabel('Expected back').fill(field(-1));
    await page.getByRole('button', { name: 'Drain it' }).click();
    await page.getByText('A time that lies ahead, or nothing.').waitFor();
    await page.getByLabel('Expected back').fill(field(3));
    await page.getByRole('button', { name: 'Drain it' }).click();
    await node.getByText(/^Drained since .* expected back/).waitFor();
    await node.getByRole('button', { name: /^Enable/ }).click();
    await node.getByRole('button', { name: /^Plan maintenance/ }).click();
    await page.getByLabel('From').fill(field(5));
    await page.getByRole('button', { name: 'Plan it' }).click();
    await page.getByText('A time after the beginning.').waitFor();
    await page.getByLabel('Until').fill(field(8));
    await page.getByRole('button', { name: 'Plan it' }).click();
    await node.getByText(/^Maintenance planned: /).waitFor();
    await goTo(page, 'Calendar');
    await page.getByText('node out, or to be maintained').waitFor();
    await goTo(page, 'Nodes');
    await node.getByRole('button', { name: /^End the maintenance/ }).click();
    await page.getByRole('button', { name: 'Call it off' }).click();
    await expect.poll(() => node.getByText(/^Maintenance planned: /).count()).toBe(0);
  });

  test('a VM that a drain suspended says what it waits for, and is not offered to be resumed', async () => {
    const server = await stage.server({ speed: 60 });
    const ada = await stage.register(server, 'ada');
    await ask(ada);
    await book(ada);
    await ada.getByRole('table', { name: 'Instances' }).getByText('Running').waitFor();
    await goTo(ada, 'Instances');
    const row = ada.getByRole('row').nth(1);
    const operator = await stage.operator(server);
    await goTo(operator, 'Nodes');
    await operator.getByRole('button', { name: /^Drain/ }).click();
    await operator.getByRole('button', { name: 'Drain it' }).click();
    await row.getByText('Suspended').waitFor();
    await row.getByText('Its node is out of service. It goes on by itself').waitFor();
    const resume = row.getByRole('button', { name: /^Resume/ });
    expect(await resume.isDisabled()).toBe(true);
    expect(await resume.getAttribute('title')).toContain('It goes on by itself');
    expect(await row.getByRole('button', { name: /^Start/ }).count()).toBe(0);
    expect(await row.getByRole('button', { name: /^Stop/ }).isEnabled()).toBe(true);
    await operator.getByRole('button', { name: /^Enable/ }).click();
    await row.getByText('Running').waitFor();
    expect(await resume.count()).toBe(0);
  });

  test('a user gets a deposit, another limit, and is shut out', async () => {
    const server = await stage.server();
    const ada = await stage.register(server, 'ada');
    const page = await stage.operator(server);
    await goTo(page, 'Users');
    const row = page.getByRole('row').filter({ hasText: 'ada@example.org' });
    await row.getByRole('button', { name: 'Deposit for ada' }).click();
    await page.getByLabel('Amount').fill('25.5');
    await page.getByRole('dialog').getByRole('button', { name: 'Deposit' }).click();
    await row.getByText('125.50 credits').waitFor();
    await row.getByRole('button', { name: 'Edit ada' }).click();
    await page.getByLabel('CPUs at a time').fill('8');
    await page.getByLabel(/^Disabled/).check();
    await page.getByRole('button', { name: 'Save' }).click();
    await row.getByText('Disabled').waitFor();
    await row.getByText('8 CPUs').waitFor();
    // Without a word of hers: her event stream was closed.
    await ada.getByText('Your session has ended.').waitFor();
    await stage.logIn(ada, 'ada', PASSWORD);
    await ada.getByRole('alert').getByText('do not match').waitFor();
    await page.getByLabel('Select ada').check();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete accounts' }).click();
    await page.getByText('1 account deleted.').waitFor();
    await expect.poll(() => row.count()).toBe(0);
  });

  test('an operator makes an account, gives it another password, and deletes it', async () => {
    const server = await stage.server();
    const page = await stage.operator(server);
    await goTo(page, 'Users');
    await page.getByRole('button', { name: 'New user' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('User name').fill('grace');
    await dialog.getByLabel('Full name').fill('Grace H.');
    await dialog.getByLabel('E-mail').fill('grace@example.org');
    await dialog.getByLabel('First password').fill('grace-1906');
    await dialog.getByRole('button', { name: 'Make account' }).click();
    await dialog.getByText('made of the name or address').waitFor();
    await dialog.getByLabel('First password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Make account' }).click();
    const row = page.getByRole('row').filter({ hasText: 'grace@example.org' });
    await row.getByRole('button', { name: 'New password for grace' }).click();
    await dialog.getByLabel('New password').fill(`${PASSWORD} twice`);
    await dialog.getByRole('button', { name: 'Set password' }).click();
    await page.getByText('grace has a new password.').waitFor();
    await row.getByRole('button', { name: 'Delete grace' }).click();
    await dialog.getByRole('button', { name: 'Delete account' }).click();
    await expect.poll(() => row.count()).toBe(0);
    // Nobody shuts themselves out.
    expect(await page.getByRole('button', { name: 'Delete operator' }).count()).toBe(0);
  });

  test('events appear as they happen and are filtered', async () => {
    const server = await stage.server();
    const page = await stage.operator(server);
    await goTo(page, 'Events');
    const ada = await stage.register(server, 'ada');
    await ask(ada);
    await page.getByRole('row').filter({ hasText: 'offer-accepted' }).waitFor();
    await page.getByLabel('Search').fill('nothing like that');
    await page.getByText(/^0 of \d+ events found$/).waitFor();
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Type').selectOption('reservation-initiated');
    await expect.poll(() => page.getByRole('row').filter({ hasText: 'offer-accepted' }).count()).toBe(0);
    await expect
      .poll(() => page.getByRole('row').filter({ hasText: 'reservation-initiated' }).count())
      .toBe(1);
  });

  test('the audit log tells who did what for whom, and is filtered by user, action and refusals', async () => {
    const server = await stage.server();
    const ada = await stage.register(server, 'ada');
    const page = await stage.operator(server);
    await goTo(page, 'Users');
    await page.getByRole('button', { name: 'Deposit for ada' }).click();
    await page.getByLabel('Amount').fill('25.5');
    await page.getByRole('dialog').getByRole('button', { name: 'Deposit' }).click();
    await page.getByText('125.50 credits').waitFor();
    await stage.logIn(await stage.visit(server), 'mallory', 'a guess of hers');
    await goTo(page, 'Audit log');
    const rows = page.getByRole('table', { name: 'Audit log' }).getByRole('row');
    const deposit = rows.filter({ hasText: 'Deposit' });
    await deposit.filter({ hasText: 'operator' }).filter({ hasText: 'ada' }).getByText('Done').waitFor();
    await page.getByLabel('User').fill('Ada');
    await page.keyboard.press('Enter');
    await expect.poll(() => rows.filter({ hasText: 'mallory' }).count()).toBe(0);
    await expect.poll(() => deposit.count()).toBe(1);
    await page.getByLabel('Action').selectOption('Register');
    await expect.poll(() => rows.count()).toBe(2);
    await page.goto(`${server.url}#/audit?refused=true`);
    await rows.filter({ hasText: 'mallory' }).getByText('PEX_UNAUTHORIZED').waitFor();
    expect(await rows.filter({ hasText: 'Done' }).count()).toBe(0);
    await page.getByLabel('User').fill('nobody');
    await page.getByRole('button', { name: 'Show' }).click();
    await page.getByText('Nothing of that kind is on record.').waitFor();
    expect(await ada.getByRole('link', { name: 'Audit log' }).count()).toBe(0);
  });

  test('a project is made, and who is in it chooses that it pays', async () => {
    const server = await stage.server();
    const ada = await stage.register(server, 'ada');
    await goTo(ada, 'New reservation');
    // Who is in no project has nothing to choose.
    await ada.getByRole('button', { name: 'Ask OpenPEX' }).waitFor();
    expect(await ada.getByLabel('For', { exact: true }).count()).toBe(0);
    const page = await stage.operator(server);
    await goTo(page, 'Projects');
    const make = page.getByRole('region', { name: 'New project' });
    await make.getByLabel('Name').fill('astro');
    await make.getByLabel('Title').fill('Astronomy');
    await make.getByLabel('Manager').fill('ada');
    await make.getByRole('button', { name: 'Make' }).click();
    await page.getByRole('button', { name: 'Deposit…' }).click();
    await page.getByLabel('Amount').fill('50');
    await page.getByRole('dialog').getByRole('button', { name: 'Deposit' }).click();
    await page.getByText('50.00 credits').first().waitFor();
    await goTo(ada, 'Projects');
    await ada.getByRole('link', { name: 'Reserve for astro' }).click();
    const payer = ada.getByLabel('For', { exact: true });
    await expect.poll(() => payer.inputValue()).toBe('astro');
    await payer.getByText('Astronomy, with 50.00 credits').waitFor({ state: 'attached' });
    await ada.getByRole('button', { name: 'Ask OpenPEX' }).click();
    await book(ada);
    await goTo(ada, 'Projects');
    await ada.getByRole('link', { name: '1 × SMALL' }).waitFor();
    await expect.poll(() => ada.getByText('50.00 credits').count()).toBe(0);
    await goTo(ada, 'New reservation');
    // The own balance is what it was.
    await payer.getByText('Myself, with 100.00 credits').waitFor({ state: 'attached' });
    expect(await payer.inputValue()).toBe('');
  });

  test('utilisation shows what is booked and what was used, and leads to the report', async () => {
    const server = await stage.server();
    const page = await stage.operator(server);
    await ask(page, { type: 'MEDIUM' });
    await book(page);
    await goTo(page, 'Utilisation');
    await page.getByRole('img', { name: /^CPUs booked over time: at most 2 of 4/ }).waitFor();
    await page.getByRole('row').filter({ hasText: '50 %' }).waitFor();
    await page.getByRole('img', { name: /^CPUs reserved over time: at most [\d.]+ of 4/ }).waitFor();
    await page.getByText('From … to', { exact: true }).click();
    await page.getByLabel('From day').fill('2009-08-17');
    await page.getByLabel('To day').fill('2009-08-18');
    await page.getByText(/^Nothing is known of that time\. It is known from /).waitFor();
    expect(page.url()).toContain(
      'load=days&from=2009-08-16T22%3A00%3A00.000Z&to=2009-08-18T22%3A00%3A00.000Z',
    );
    expect(await violations(page)).toEqual([]);
    expect(await page.getByRole('link', { name: /^Full report/ }).getAttribute('href')).toBe(
      '/OpenPEX/report',
    );
  });

  test('images are shown on their way to nodes, to whom they are for and to operators, and then on them', async () => {
    const host = new StoppedTime(Date.parse('2026-03-02T08:00:00Z'));
    const server = await stage.server({ host, imageMs: 10 * MINUTE });
    const page = await stage.register(server, 'ada');
    await ask(page, { type: 'SMALL' });
    await book(page);
    await page.getByText(/^on its way to node, there by .*09:10/).waitFor();
    const operator = await stage.operator(server);
    await goTo(operator, 'Nodes');
    const row = operator.getByRole('table', { name: 'Images on their way' }).getByRole('row').nth(1);
    await row.getByText('being sent').waitFor();
    await row.getByText('node', { exact: true }).waitFor();
    expect(await violations(operator)).toEqual([]);
    await server.pass(10 * MINUTE);
    await operator.getByText('None is on its way, and none has to be.').waitFor();
    await operator.getByRole('table', { name: 'Images that nodes keep' }).getByText('600 MiB').waitFor();
    await page.getByRole('heading', { name: 'It is activated' }).waitFor();
  });

  test('to others there are no such pages', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    expect(await page.getByRole('link', { name: 'Nodes' }).count()).toBe(0);
    await page.goto(`${server.url}#/nodes`);
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  });
}
