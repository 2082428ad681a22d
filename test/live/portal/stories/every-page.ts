// What every page keeps: width, headings, names, contrast, the keyboard.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { headingLevels, overhang, violations } from '../page-checks.ts';
import { ask, book, goTo, type Stage } from '../stage.ts';

const PAGES = [
  '#/',
  '#/new',
  '#/plan',
  '#/reservations',
  '#/reservations?show=ended',
  '#/instances',
  '#/services',
  '#/projects',
  '#/account',
  '#/keys',
  '#/nodes',
  '#/nodes?view=table',
  '#/calendar',
  '#/users',
  '#/events',
  '#/audit',
  '#/utilisation',
  '#/what-if',
];

/** Something to see on each page: a service, a booking that runs, an offer on the table, a rejection. */
async function furnish(page: Page): Promise<void> {
  await goTo(page, 'Services');
  await page
    .getByLabel('Manifest', { exact: true })
    .fill('service: shop\ncomponents: { web: { size: SMALL } }\nmetrics: { Load: 1 }\n');
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('button', { name: 'Confirm shop' }).click();
  await page.getByRole('button', { name: 'End shop' }).waitFor();
  await ask(page, { type: 'MEDIUM' });
  await book(page);
  await page.getByRole('table', { name: 'Instances' }).waitFor();
  await ask(page, { type: 'XLARGE', instances: 9 });
  await ask(page, { type: 'LARGE' });
  await page.getByRole('button', { name: 'Counter …' }).click();
  await page.getByRole('heading', { name: 'What would you like instead?' }).waitFor();
}

async function eachPage(page: Page, url: string, look: (name: string) => Promise<void>): Promise<void> {
  await look('the negotiation');
  for (const path of PAGES) {
    await page.goto(url + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expect.poll(() => page.getByText('Loading …').count()).toBe(0);
    await look(path);
  }
}

export function everyPageStories(stage: Stage): void {
  test.each(['light', 'dark'] as const)(
    'is readable in %s colours, its headings in order and everything named',
    async (colorScheme) => {
      const server = await stage.server();
      const page = await stage.operator(server, { colorScheme });
      await furnish(page);
      await eachPage(page, server.url, async (name) => {
        expect(await violations(page), name).toEqual([]);
        const levels = await headingLevels(page);
        expect(levels[0], name).toBe(1);
        for (const [index, level] of levels.entries())
          expect(level, `${name}: ${levels.join(' ')}`).toBeLessThanOrEqual((levels[index - 1] ?? 0) + 1);
      });
    },
  );

  test('is printed in dark ink, as tables and without what is there to be clicked', async () => {
    const server = await stage.server();
    const page = await stage.operator(server, { colorScheme: 'dark' });
    await ask(page, { type: 'MEDIUM' });
    await book(page);
    await page.goto(`${server.url}#/reservations`);
    const row = page.getByRole('link', { name: '1 × MEDIUM' });
    await row.waitFor();
    const cell = () =>
      page.evaluate<string>(
        "getComputedStyle(document.querySelector('.data-table td:not(.select)')).display",
      );
    await page.setViewportSize({ width: 720, height: 1000 });
    expect(await cell()).toBe('grid');
    await page.emulateMedia({ media: 'print' });
    expect(await cell()).toBe('table-cell');
    expect(await page.locator('button:not(.sort):visible, .select:visible').count()).toBe(0);
    expect(await page.evaluate<string>('getComputedStyle(document.body).color')).toBe('rgb(27, 33, 39)');
    expect(await row.isVisible()).toBe(true);
    expect(await overhang(page)).toBeLessThanOrEqual(0);
  });

  test('tells what is chosen in the colours that people force', async () => {
    const server = await stage.server();
    const page = await stage.operator(server, { forcedColors: 'active' });
    await page.goto(`${server.url}#/new`);
    const styleOf = (choice: string) =>
      page.evaluate<string>(
        `getComputedStyle([...document.querySelectorAll('.choice-options span')].find((span) => span.textContent === '${choice}')).backgroundColor`,
      );
    await page.getByRole('radio', { name: 'As soon as possible' }).waitFor();
    const canvas = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(await styleOf('As soon as possible')).not.toBe(canvas);
    expect(await violations(page)).toEqual([]);
  });

  test('fits a window of 360 pixels', async () => {
    const server = await stage.server();
    const page = await stage.operator(server);
    await furnish(page);
    await page.setViewportSize({ width: 360, height: 740 });
    await eachPage(page, server.url, async (name) => {
      // What is drawn to measure follows a new width a frame later.
      await expect.poll(() => overhang(page), { message: name }).toBeLessThanOrEqual(0);
    });
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Reservations', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Reservations' }).waitFor();
    await expect
      .poll(() => page.getByRole('button', { name: 'Menu' }).getAttribute('aria-expanded'))
      .toBe('false');
  });

  test('is walked by keyboard alone: skip link, form, confirmation', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await page.goto(`${server.url}#/new`);
    await page.getByRole('heading', { level: 1, name: 'New reservation' }).waitFor();
    const focus = () =>
      page.evaluate<string>(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent",
      );
    // A new page begins at its heading.
    expect(await focus()).toBe('New reservation');
    await page.getByRole('button', { name: 'Skip to the content' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate<string>('document.activeElement.id')).toBe('main');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.getByRole('radio', { name: /^MEDIUM/ }).isChecked()).toBe(true);
    await page.getByText('OpenPEX can do that.').waitFor();
    for (let press = 0; press < 30 && (await focus()) !== 'Ask OpenPEX'; press++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: '1 × MEDIUM' }).waitFor();
    await page.getByRole('button', { name: /^Book for/ }).waitFor();
    for (let press = 0; press < 30 && !(await focus()).startsWith('Book for'); press++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /^It is (booked|activated)/ }).waitFor();
  });
}
