// The service goes away and comes back.
import { expect, test } from 'vitest';
import { ask, book, goTo, type Stage } from '../stage.ts';

export function outageStories(stage: Stage): void {
  test('is told by a quiet banner, which goes when the service is back', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await ask(page);
    await goTo(page, 'Reservations');
    await page.getByText('Awaits booking').waitFor();
    await server.interrupt();
    const banner = page.getByText('The connection to the service is interrupted.');
    await banner.waitFor();
    await server.restore();
    await banner.waitFor({ state: 'detached' });
    // Events come again, too.
    const other = await page.context().newPage();
    await other.goto(`${server.url}#/reservations`);
    await other.getByRole('link', { name: '1 × SMALL' }).click();
    await book(other);
    await page.getByRole('row').getByText('Running').waitFor();
  });

  test('refuses a change in words and keeps what was typed', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await goTo(page, 'New reservation');
    await page.getByLabel('Duration', { exact: true }).fill('5');
    await server.interrupt();
    await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
    await page.getByRole('alert').getByText(/./).waitFor();
    await expect.poll(() => page.getByLabel('Duration', { exact: true }).inputValue()).toBe('5');
    await server.restore();
    await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
    await page.getByRole('heading', { name: 'OpenPEX can do exactly what you asked' }).waitFor();
  });

  test('at the first visit is waited for', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await page.route('**/OpenPEX/**', (route) => route.abort());
    await page.reload();
    await page.getByText('The service cannot be reached.').waitFor();
    await page.unroute('**/OpenPEX/**');
    await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
  });
}
