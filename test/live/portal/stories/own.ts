// One's reservations, instances and account.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { overhang, violations } from '../page-checks.ts';
import { ask, book, goTo, PASSWORD, type Stage } from '../stage.ts';

export function ownStories(stage: Stage): void {
  test('from nothing to a started VM, stopped, started again and deleted', async () => {
    const server = await stage.server({ speed: 60 });
    const page = await stage.register(server, 'ada');
    await ask(page);
    await book(page);
    await page.getByRole('table', { name: 'Instances' }).getByText('Running').waitFor();
    await goTo(page, 'Instances');
    const row = page.getByRole('row').nth(1);
    await row.getByText(/^\d+\.\d+\.\d+\.\d+$/).waitFor();
    await row.getByRole('button', { name: /^Stop/ }).click();
    await row.getByText('Stopped').waitFor();
    await row.getByRole('button', { name: /^Start/ }).click();
    await row.getByText('Running').waitFor();
    await row.getByRole('button', { name: /^Suspend/ }).click();
    await row.getByText('Suspended').waitFor();
    await row.getByRole('button', { name: /^Resume/ }).click();
    await row.getByText('Running').waitFor();
    await row.getByRole('button', { name: /^Reboot/ }).click();
    await page.getByRole('status').getByText('is being rebooted').waitFor();
    await row.getByRole('button', { name: /^Delete/ }).click();
    await page.getByRole('button', { name: 'Delete instance' }).click();
    await page.getByText('No instance exists now.').waitFor();
  });

  test('a reservation is listed, activated in another window without a reload in this one, and filtered once it has ended', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await ask(page, { byHand: true });
    await book(page);
    await page.getByRole('link', { name: 'Start', exact: true }).click();
    await page.getByText('Nothing starts until you activate it.').waitFor();
    await goTo(page, 'Reservations');
    const row = page.getByRole('row').filter({ hasText: 'SMALL' });
    await row.getByText('Booked, to activate').waitFor();
    const other = await page.context().newPage();
    await other.goto(`${server.url}#/reservations`);
    await other.getByRole('button', { name: /^Activate/ }).click();
    await row.getByText('Running').waitFor();
    expect(await row.getByRole('button').count()).toBe(0);

    await ask(page);
    await goTo(page, 'Reservations');
    await page.getByRole('button', { name: /^Delete/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete reservation' }).click();
    await expect.poll(() => page.getByRole('row').count()).toBe(2);
    await page.getByText('Ended', { exact: true }).click();
    await page.getByRole('row').filter({ hasText: 'Withdrawn' }).waitFor();
    expect(page.url()).toContain('show=ended');
  });

  test('a reservation is made shorter and then longer again, as far as there is room', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await ask(page, { type: 'LARGE', hours: 2 });
    await book(page);
    const first = page.url();
    // A whole node, which is free when the first is over.
    await ask(page, { type: 'XLARGE', hours: 1 });
    await book(page);
    await page.goto(first);
    const askFor = async (hours: number) => {
      await page.getByRole('button', { name: 'Change…' }).click();
      const end = page.getByRole('dialog').getByLabel('End');
      const endMs = Date.parse(`${await end.inputValue()}Z`) + hours * 3_600_000;
      await end.fill(new Date(endMs).toISOString().slice(0, 16));
      await page.getByRole('button', { name: 'Ask for it' }).click();
    };
    const offer = page.getByRole('region', { name: 'Offer of a change' });

    await askFor(20);
    await page.getByRole('alert').getByText('There is no room for this.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

    await askFor(-1);
    await offer.getByRole('heading', { name: 'It can be changed as you asked' }).waitFor();
    expect(await offer.textContent()).toContain('You get back');
    await offer.getByRole('button', { name: 'Confirm the change' }).click();
    await page.getByText('The reservation is changed.').waitFor();

    await askFor(4);
    await offer.getByRole('heading', { name: 'OpenPEX offers this change instead' }).waitFor();
    expect(await offer.textContent()).toContain('2 h, until');
    expect(await offer.textContent()).toContain('You pay more');
    await offer.getByRole('button', { name: 'Confirm the change' }).click();
    await page.getByText('OpenPEX has changed it').last().waitFor();
    await offer.waitFor({ state: 'detached' });
  });

  test('the start page tells what awaits an answer and what is coming up', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await ask(page, { hours: 3 });
    await book(page);
    await ask(page, { type: 'MEDIUM' });
    await page.getByRole('link', { name: 'Start' }).click();
    const upcoming = page.getByRole('region', { name: 'What is coming up' }).getByRole('listitem');
    await upcoming.first().getByText('Awaits booking').waitFor();
    expect(await upcoming.nth(1).textContent()).toContain('for 3 h');
  });

  test('a token is made, copied once, lets a program in, and is revoked', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await goTo(page, 'Account');
    await page.getByRole('button', { name: 'New token…' }).click();
    await page.getByRole('button', { name: 'Make token' }).click();
    await page.getByText('Say what it is for.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('nightly runs');
    await page.getByLabel('May').selectOption('read only');
    await page.getByRole('button', { name: 'Make token' }).click();
    const token = await page.getByRole('dialog').locator('code.secret').textContent();
    await page.getByRole('button', { name: 'I have it' }).click();
    const account = () =>
      fetch(`${server.url}OpenPEX/account`, { headers: { authorization: `Bearer ${token}` } });
    expect(await (await account()).json()).toMatchObject({ username: 'ada' });

    const row = page.getByRole('row').filter({ hasText: 'nightly runs' });
    await row.getByText('read only').waitFor();
    await row.getByRole('button', { name: 'Revoke nightly runs' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await expect.poll(() => row.count()).toBe(0);
    expect((await account()).status).toBe(401);
  });

  test('keys are given to the account, and a VM says how one logs in', async () => {
    const server = await stage.server({ speed: 60 });
    const page = await stage.register(server, 'ada');
    // Simulated VMs let nobody in; what makes those of a real host says who logs in.
    await page.route('**/OpenPEX/templates', async (route) => {
      const response = await route.fetch();
      const templates = (await response.json()) as object[];
      await route.fulfill({
        response,
        json: templates.map((template) => ({ ...template, login: 'debian' })),
      });
    });
    await page.reload();
    await goTo(page, 'Account');
    await page.getByRole('link', { name: 'SSH and access keys' }).click();
    const keys = page.getByLabel('New public key');
    await keys.fill('-----BEGIN OPENSSH PRIVATE KEY-----');
    await page.getByRole('button', { name: 'Add key' }).click();
    await page.getByText('This is a private key.').waitFor();
    const key = `ssh-ed25519 ${'AAAAC3Nz'.repeat(8)} ada@example.org`;
    await keys.fill(`# mine\n${key}\n`);
    await page.getByRole('button', { name: 'Add key' }).click();
    await page.getByRole('status').getByText('New instances let you in by it.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await page.getByRole('table', { name: 'SSH keys' }).getByText('ada@example.org').waitFor();
    const accessKey = await makeAccessKey(page);

    await ask(page, { byHand: true });
    await book(page);
    await page.getByText('Set-up of the instances (user-data)').click();
    await page.getByLabel('User-data').fill('#!/bin/sh\necho hello\n');
    await page.getByRole('button', { name: 'Save user-data' }).click();
    await page.getByRole('status').getByText('Saved.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Activate' }).click();
    await page.getByText(/^ssh debian@\d+\.\d+\.\d+\.\d+$/).waitFor();
    expect(await page.getByText('Set-up of the instances').count()).toBe(0);
    await page.goto(`${server.url}#/keys`);
    const vm = page.getByRole('table', { name: 'Where they let you in' }).getByRole('row').nth(1);
    await vm.getByText(/^ssh debian@\d+\.\d+\.\d+\.\d+$/).waitFor();
    await page.getByRole('button', { name: `Revoke ${accessKey}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('button', { name: `Revoke ${accessKey}` }).waitFor({ state: 'detached' });
    for (const width of [360, 768, 1440]) {
      await page.setViewportSize({ width, height: 860 });
      await expect.poll(() => overhang(page), { message: `at ${width} px` }).toBeLessThanOrEqual(0);
    }
  });

  test('name, address and password are changed', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await goTo(page, 'Account');
    await page.getByLabel('Full name').fill('Augusta Ada King');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('status').getByText('Saved.').waitFor();
    await page.getByLabel('Present password').fill(PASSWORD);
    await page.getByLabel('New password', { exact: true }).fill('another long password');
    await page.getByLabel('New password again').fill('another long password');
    await page.getByRole('button', { name: 'Change password' }).click();
    await page.getByText('Your password is changed.').waitFor();
    await page.getByRole('cell', { name: '+100.00 credits' }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await stage.logIn(page, 'ada', 'another long password');
    await page.getByRole('heading', { level: 1, name: 'Account' }).waitFor();
    await expect.poll(() => page.getByLabel('Full name').inputValue()).toBe('Augusta Ada King');
  });
}

/** @returns its id */
async function makeAccessKey(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'New access key…' }).click();
  await page.getByRole('button', { name: 'Make access key' }).click();
  const shown = await page.getByRole('dialog').locator('pre').textContent();
  await page.getByRole('button', { name: 'I have it' }).click();
  const [, id = ''] = shown?.match(/AWS_ACCESS_KEY_ID=(PEX\w+)/) ?? [];
  expect(id).not.toBe('');
  await page.getByRole('table', { name: 'Access keys' }).getByText(id).waitFor();
  return id;
}
