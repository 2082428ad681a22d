// The form of a new reservation: price and availability while one chooses.
import { expect, test } from 'vitest';
import { violations } from '../page-checks.ts';
import { ask, book, goTo, PASSWORD, type Stage } from '../stage.ts';

export function requestStories(stage: Stage): void {
  test('quotes the price of the terms as they change', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await goTo(page, 'New reservation');
    const price = page.locator('.price');
    await price.waitFor();
    const first = await price.textContent();
    await page.getByLabel('Instances', { exact: true }).fill('2');
    await expect.poll(() => price.textContent()).not.toBe(first);
    await page.getByText('OpenPEX can do that.').waitFor();
    await page.getByLabel('Instances', { exact: true }).fill('99');
    await page.getByText('This is more than the cluster has.').waitFor();
  });

  test('shows where there is no room, and takes the next start that has', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await ask(page, { type: 'XLARGE', hours: 3 });
    await book(page);
    await goTo(page, 'New reservation');
    await page.getByText('In your window none fits at times; you ask for 1.').waitFor();
    await page.getByText('start 3 h later').waitFor();
    await page.getByRole('button', { name: /^Take this start/ }).click();
    await page.getByText('In your window at least 4 fit at any time').waitFor();
    await page.getByText('OpenPEX can do that.').waitFor();
    await expect
      .poll(() => page.getByLabel('Start day and time').inputValue())
      .toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/);
  });

  test('asks for a start now or not at all', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await ask(page, { type: 'XLARGE', hours: 3 });
    await book(page);
    await goTo(page, 'New reservation');
    await page.getByText('start 3 h later').waitFor();
    await page.getByRole('radio', { name: 'Now or not at all' }).check({ force: true });
    await page.getByText('There is no room for this').waitFor();
  });

  test('asks for a lease with a deadline, and for as much as there is within limits', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await ask(page, { type: 'XLARGE', hours: 3 });
    await book(page);
    await goTo(page, 'New reservation');
    const inHours = (hours: number) =>
      page.evaluate<string>(
        `((at) => new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16))(new Date(Date.now() + ${hours} * 3600000))`,
      );
    await page.getByRole('radio', { name: 'XLARGE' }).check({ force: true });
    await page.getByRole('radio', { name: 'Done by a deadline' }).check({ force: true });
    await page.getByLabel('Done by', { exact: true }).fill(await inHours(9));
    await page.getByText('start 3 h later').first().waitFor();
    await page.getByRole('radio', { name: 'Within limits' }).check({ force: true });
    await page.getByLabel('Instances', { exact: true }).fill('2');
    await page.getByLabel('Fewest instances').fill('1');
    await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
    await page.getByRole('heading', { name: 'OpenPEX offers instead' }).waitFor();
    await page.getByText('Fewest instances').waitFor();
  });

  test('is offered another start that will do as well, where the first has no room', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await ask(page, { type: 'XLARGE', hours: 3 });
    await book(page);
    await goTo(page, 'New reservation');
    await page.getByRole('radio', { name: 'XLARGE' }).check({ force: true });
    await page.getByRole('radio', { name: 'At a chosen time' }).check({ force: true });
    await page.getByRole('button', { name: 'Another start will do as well' }).click();
    // The same time tomorrow, until another is chosen.
    const tomorrow = await page.getByLabel('Or day and time, second choice').inputValue();
    await page.getByRole('button', { name: 'And another' }).click();
    await page.getByLabel('Or day and time, third choice').fill('2001-01-01T00:00');
    await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
    await page.getByText('This has passed. Choose a later start.').waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole('button', { name: 'Leave out the third choice' }).click();
    await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
    await page.getByRole('heading', { name: 'OpenPEX offers instead' }).waitFor();
    await page.getByText('1 d later').first().waitFor();
    expect(tomorrow).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/);
  });

  test('books what one picks of a series, counter-offers included', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await goTo(page, 'New reservation');
    await page.getByRole('radio', { name: 'XLARGE' }).check({ force: true });
    await page.getByRole('radio', { name: 'At a chosen time' }).check({ force: true });
    await page.getByRole('button', { name: 'Tomorrow, 9:00' }).click();
    await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
    await page.getByRole('heading', { level: 2, name: /negotiation|agreed/ }).waitFor();
    await book(page);

    await goTo(page, 'New reservation');
    await page.getByRole('radio', { name: 'XLARGE' }).check({ force: true });
    await page.getByRole('radio', { name: 'At a chosen time' }).check({ force: true });
    await page.getByRole('button', { name: 'Tomorrow, 9:00' }).click();
    await page.getByLabel('Repeat').selectOption('Every week');
    await page.getByLabel('Times', { exact: true }).fill('3');
    await page.getByText(/^3 times, the last on /).waitFor();
    await page.getByText('2 of 3 times as asked, 1 otherwise.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Grid course');
    await page.getByRole('button', { name: 'Ask OpenPEX for 3 times' }).click();
    await page.getByRole('heading', { name: 'Grid course: 2 of 3 times as asked, 1 otherwise.' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await page.getByText('(start 2 h later)').waitFor();
    await page.getByRole('button', { name: 'All that is offered' }).click();
    await page.getByRole('checkbox').nth(2).uncheck();
    await page.getByRole('button', { name: /^Book 2 of 3 for / }).click();
    await page.getByText('2 reservations booked.').waitFor();
    await expect.poll(() => page.getByRole('link', { name: 'Grid course' }).count()).toBe(2);
  });

  test('takes a start that is pointed at on the strip', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await goTo(page, 'New reservation');
    const strip = page.getByRole('img', { name: /^Instances that fit/ });
    const box = await strip.boundingBox();
    await strip.click({ position: { x: (box?.width ?? 0) * 0.5, y: 40 } });
    // Half of the 12 h that the strip shows.
    const start = await page.getByLabel('Start day and time').inputValue();
    const aheadMs = await page.evaluate<number>(`new Date(${JSON.stringify(start)}) - Date.now()`);
    expect(aheadMs / 3_600_000).toBeGreaterThan(5.5);
    expect(aheadMs / 3_600_000).toBeLessThan(6.5);
  });

  test('one that is to be activated says so until it is', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await ask(page, { byHand: true });
    await book(page);
    await page.getByRole('heading', { name: 'It is booked, to activate' }).waitFor();
    await page.getByText('after that its time is given to others').waitFor();
    await page.getByRole('button', { name: 'Activate' }).click();
    await page.getByRole('heading', { name: 'It is activated' }).waitFor();
  });

  test('is as one left it after a reload and a new log-in, and has a name in lists', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await goTo(page, 'New reservation');
    await page.getByLabel('Instances', { exact: true }).fill('2');
    await page.getByRole('radio', { name: 'At a chosen time' }).check({ force: true });
    await page.getByLabel('Start day and time').fill('2035-03-25T02:30');
    await page.getByText('The clocks are put forward that night and skip 02:30: 03:30 is meant.').waitFor();
    await page.getByRole('button', { name: 'Tomorrow, 9:00' }).click();
    await page.getByText(/times in Europe\/Berlin \(CES?T\)\.$/).waitFor();
    await page.getByText(/, 09:00 – 11:00$/).waitFor();
    await page.getByLabel('Name', { exact: true }).fill('Grid course');
    await page.getByLabel('Note', { exact: true }).fill('Bring laptops.');
    await page.reload();
    await page.getByText('This is as you left it.').waitFor();
    await page.context().clearCookies();
    await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
    await stage.logIn(page, 'ada', PASSWORD);
    await page.getByText('This is as you left it.').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.getByLabel('Instances', { exact: true }).inputValue()).toBe('2');
    await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
    await page.getByRole('heading', { level: 1, name: 'Grid course' }).waitFor();
    await book(page);
    await page.getByText('Bring laptops.').first().waitFor();
    await page.getByText('Name and note', { exact: true }).click();
    await page.getByLabel('Name', { exact: true }).fill('Cloud course');
    await page.getByRole('button', { name: 'Save name and note' }).click();
    await page.getByRole('heading', { level: 1, name: 'Cloud course' }).waitFor();
    expect(await violations(page)).toEqual([]);
    await goTo(page, 'Reservations');
    await page.getByRole('link', { name: 'Cloud course' }).waitFor();
    await goTo(page, 'New reservation');
    await page.getByLabel('Name', { exact: true }).waitFor();
    expect(await page.getByText('This is as you left it.').count()).toBe(0);
  });

  test('leads to the first field that is wrong', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await goTo(page, 'New reservation');
    await page.getByLabel('Duration', { exact: true }).fill('0');
    await page.getByLabel('Instances', { exact: true }).fill('');
    await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
    await page.getByText('More than 0.').waitFor();
    await expect
      .poll(() => page.evaluate<string>('document.activeElement.labels?.[0]?.textContent'))
      .toBe('Duration');
  });
}
