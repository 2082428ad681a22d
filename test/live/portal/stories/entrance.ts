// Registering, logging in and out.
import { expect, test } from 'vitest';
import { PASSWORD, type Stage } from '../stage.ts';

export function entranceStories(stage: Stage): void {
  test('a stranger registers, is told at each field what is wrong, and is logged in', async () => {
    const server = await stage.server();
    const page = await stage.visit(server);
    await page.getByRole('link', { name: 'Make one' }).click();
    await page.getByLabel('User name').fill('ada');
    await page.getByLabel('Full name').fill('Ada Lovelace');
    await page.getByLabel('E-mail').fill('ada.example.org');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password again').fill(`${PASSWORD}!`);
    await page.getByRole('button', { name: 'Make account' }).click();
    const repeated = page.getByLabel('Password again');
    expect(await repeated.getAttribute('aria-invalid')).toBe('true');
    await page.getByText('The two passwords differ.').waitFor();
    await page.getByText('Please enter an e-mail address').waitFor();
    await repeated.fill(PASSWORD);
    await page.getByLabel('E-mail').fill('ada@example.org');
    await page.getByRole('button', { name: 'Make account' }).click();
    await page.getByRole('heading', { name: 'Welcome, Ada Lovelace' }).waitFor();
    await page.getByRole('link', { name: 'Ask for machines' }).waitFor();
  });

  test('a name that is taken is refused at its field', async () => {
    const server = await stage.server();
    await stage.register(server, 'ada');
    const page = await stage.visit(server);
    await page.getByRole('link', { name: 'Make one' }).click();
    await page.getByLabel('User name').fill('ADA');
    await page.getByLabel('Full name').fill('Another Ada');
    await page.getByLabel('E-mail').fill('another@example.org');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password again').fill(PASSWORD);
    await page.getByRole('button', { name: 'Make account' }).click();
    await page.getByText('This name is taken.').waitFor();
    await expect.poll(() => page.getByLabel('User name').getAttribute('aria-invalid')).toBe('true');
  });

  test('a wrong password is refused in words, the right one lets in, and logging out ends the session', async () => {
    const server = await stage.server();
    await stage.register(server, 'ada');
    const page = await stage.visit(server);
    await stage.logIn(page, 'ada', 'not the password');
    await page.getByRole('alert').getByText('User name and password do not match.').waitFor();
    await stage.logIn(page, 'ada', PASSWORD);
    await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
  });

  test('who is shown a page without a session lands on it after logging in', async () => {
    const server = await stage.server();
    await stage.register(server, 'ada');
    const page = await stage.visit(server);
    await page.goto(`${server.url}#/account`);
    await stage.logIn(page, 'ada', PASSWORD);
    await page.getByRole('heading', { level: 1, name: 'Account' }).waitFor();
  });
}
