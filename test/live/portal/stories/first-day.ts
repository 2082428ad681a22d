// A lab's first day, by the pages alone: a class is let in, and one of it has five machines next Thursday.
import { parse } from 'csv-parse/sync';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { StoppedTime } from '../../../support/daemon.ts';
import { startSmtpServer } from '../../../support/smtp-server.ts';
import { overhang, violations } from '../page-checks.ts';
import { book, goTo, type Stage } from '../stage.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A Monday, at nine in Berlin. */
const MONDAY_MS = Date.UTC(2026, 10, 30, 8);
const THURSDAY_MS = MONDAY_MS + 3 * DAY_MS;
/** Each password costs a core a good part of a second. */
const CLASS = 12;

export function firstDayStories(stage: Stage): void {
  test('a class is let in from a CSV, and one of it books by dragging, extends, is told by e-mail and reads how to log in', async () => {
    const smtp = await startSmtpServer();
    try {
      const host = new StoppedTime(MONDAY_MS);
      const server = await stage.server({ closed: true, host, nodes: 3, smtp: smtp.url });

      const operator = await stage.operator(server);
      const password = await enrol(operator);

      const ada = await stage.visit(server);
      await livesOnRealHosts(ada);
      await ada.getByText('An operator makes you one.').waitFor();
      expect(await ada.getByRole('link', { name: 'Make one' }).count()).toBe(0);
      await stage.logIn(ada, 'student-7', password);
      await ada.getByRole('heading', { name: 'Welcome, Student No. 7' }).waitFor();
      await chooseMails(ada);
      await drag(ada);
      await book(ada);
      await extend(ada);

      await server.pass(THURSDAY_MS - MONDAY_MS + HOUR_MS);
      const [started] = await smtp.mails.atLeast(1);
      expect(started).toMatchObject({ to: 'student-7@example.org' });
      expect(started!.data).toContain('Subject: [OpenPEX] The window of your reservation is open');
      await ada.goto(`${server.url}#/keys`);
      const lines = ada.getByRole('table', { name: 'Where they let you in' });
      await expect.poll(() => lines.getByText(/^ssh debian@\d+\.\d+\.\d+\.\d+$/).count()).toBe(5);
      const consoles = lines.getByRole('link', { name: /^Console of / });
      expect(await consoles.count()).toBe(5);
      expect(await consoles.first().getAttribute('href')).toMatch(
        /^https:\/\/gateway\.example\/console\/[0-9a-f-]{36}$/,
      );

      // 09:00 to 11:00 was asked for, and an hour more.
      await server.pass(HOUR_MS + 30 * 60_000);
      const [, ending] = await smtp.mails.atLeast(2);
      expect(ending!.data).toContain('Subject: [OpenPEX] Your reservation ends at 2026-12-03T11:00:00Z');
    } finally {
      await smtp.stop();
    }
  });
}

/** Simulated VMs let nobody in; what makes those of a real host says who logs in, and where its gateway shows consoles. */
async function livesOnRealHosts(page: Page): Promise<void> {
  await page.route(/\/OpenPEX\/instances(\?|$)/, async (route) => {
    const response = await route.fetch();
    const instances = (await response.json()) as { id: string }[];
    const json = instances.map((one) => ({ ...one, console: `https://gateway.example/console/${one.id}` }));
    await route.fulfill({ response, json });
  });
  await page.route('**/OpenPEX/templates', async (route) => {
    const response = await route.fetch();
    const templates = (await response.json()) as object[];
    await route.fulfill({ response, json: templates.map((one) => ({ ...one, login: 'debian' })) });
  });
}

/** @returns the password of the seventh */
async function enrol(page: Page): Promise<string> {
  await goTo(page, 'Users');
  await page.getByRole('button', { name: 'Accounts for a class' }).click();
  const dialog = page.getByRole('dialog');
  const lines = Array.from(
    { length: CLASS },
    (_, i) => `student-${i},Student No. ${i},student-${i}@example.org`,
  );
  await dialog.getByLabel('Or its text').fill(`User name;Full name\nada;Ada`);
  await dialog.getByRole('button', { name: 'Make accounts' }).click();
  await dialog.getByText('Line 1: expected the columns username, fullName, email; found').waitFor();
  await dialog.getByLabel('File').setInputFiles({
    name: 'class.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(['Username,Full name,E-mail', ...lines].join('\r\n')),
  });
  await dialog.getByRole('button', { name: 'Make accounts' }).click();
  await dialog.getByRole('heading', { name: `${CLASS} accounts made` }).waitFor({ timeout: 60_000 });
  expect(await violations(page)).toEqual([]);
  const saved = page.waitForEvent('download');
  await dialog.getByRole('button', { name: 'Save as CSV' }).click();
  const rows: string[][] = parse(await textOf(await (await saved).createReadStream()));
  expect(rows).toHaveLength(CLASS + 1);
  await dialog.getByRole('button', { name: 'Close' }).click();

  await page.getByText(`${CLASS + 1} users`, { exact: true }).waitFor();
  await page.getByLabel('Search').fill('student-1');
  await page.getByText(`3 of ${CLASS + 1} users found`).waitFor();
  await page.getByRole('button', { name: 'Balance', exact: true }).click();
  await page.getByText('Columns', { exact: true }).click();
  await page.getByLabel('Since', { exact: true }).check();
  await page.getByText('Columns', { exact: true }).click();
  await page.getByRole('columnheader', { name: 'Since' }).waitFor();
  await page.getByLabel('Select all').check();
  await page.getByText('3 users selected').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Deposit …' }).click();
  await dialog.getByLabel('Amount').fill('5');
  await dialog.getByRole('button', { name: 'Deposit', exact: true }).click();
  await page.getByRole('row').filter({ hasText: 'student-11' }).getByText('105.00 credits').waitFor();
  for (const width of [360, 1024]) {
    await page.setViewportSize({ width, height: 860 });
    await expect.poll(() => overhang(page), { message: `at ${width} px` }).toBeLessThanOrEqual(0);
  }
  return rows.find(([username]) => username === 'student-7')![1]!;
}

async function chooseMails(page: Page): Promise<void> {
  await goTo(page, 'Account');
  for (const kind of ['A window opens', 'A window ends soon'])
    await page.getByLabel(`${kind}: E-mail`).check();
  const choices = page.getByRole('region', { name: 'Notifications' });
  await choices.getByRole('button', { name: /^Save/ }).click();
  await page.getByRole('status').getByText('Saved.').waitFor();
}

/** Five machines on Thursday from nine to eleven, by the hour. */
async function drag(page: Page): Promise<void> {
  await goTo(page, 'Plan');
  await page.getByLabel('Type').selectOption('SMALL');
  await page.getByLabel('Instances', { exact: true }).fill('5');
  const box = (await page.getByRole('img', { name: /^Instances that fit/ }).boundingBox())!;
  const at = (ms: number) => box.x + (box.width * (ms - MONDAY_MS)) / (7 * DAY_MS);
  const y = box.y + box.height / 2;
  await page.mouse.move(at(THURSDAY_MS), y);
  await page.mouse.down();
  await page.mouse.move(at(THURSDAY_MS + HOUR_MS), y);
  await page.mouse.move(at(THURSDAY_MS + 2 * HOUR_MS), y);
  await page.mouse.up();
  await page.getByText(/at least 12 fit, you want 5/).waitFor();
  await page.getByRole('link', { name: 'Ask for this window' }).click();
  await page.getByLabel('Start day and time').fill('2026-12-03T09:00');
  await page.getByLabel('End day and time').fill('2026-12-03T11:00');
  await page.getByText('OpenPEX can do that.').waitFor();
  await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
  await page.getByRole('heading', { level: 1, name: '5 × SMALL' }).waitFor();
}

async function extend(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Change…' }).click();
  await page.getByRole('dialog').getByLabel('End').fill('2026-12-03T12:00');
  await page.getByRole('button', { name: 'Ask for it' }).click();
  await page.getByRole('button', { name: 'Confirm the change' }).click();
  await page.getByText('The reservation is changed.').waitFor();
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}
