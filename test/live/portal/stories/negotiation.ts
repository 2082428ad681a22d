// Two users, one slot; counter-offers, confirmation, and how negotiations end.
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { ask, book, goTo, type Stage } from '../stage.ts';

export function negotiationStories(stage: Stage): void {
  test('two users race for the last slot: one gets it, the other a later start', async () => {
    const server = await stage.server();
    const ada = await stage.register(server, 'ada');
    const bob = await stage.register(server, 'bob');
    await ask(ada, { type: 'XLARGE', hours: 2 });
    await ada.getByRole('heading', { name: 'OpenPEX can do exactly what you asked' }).waitFor();
    // Ada has not confirmed, but what she is offered is held.
    await ask(bob, { type: 'XLARGE', hours: 1 });
    await bob.getByRole('heading', { name: 'OpenPEX offers instead' }).waitFor();
    const changed = bob.locator('.offer-terms .changed');
    expect(await changed.count()).toBe(1);
    expect(await changed.textContent()).toMatch(/^Start.*(2 h|1 h 59 min|1 h 58 min) later.*you asked: /);
    await bob.getByText(/Held for you:/).waitFor();
    await book(ada);

    await bob.getByText('The room is held for you, but not booked yet.').waitFor();
    // One step, with the price on it.
    await bob.getByRole('button', { name: /^Accept and book for \d+\.\d\d credits$/ }).waitFor();
    await book(bob);
    await bob.getByText('Your instances start by themselves on').waitFor();
    expect(
      await bob.getByRole('listitem').filter({ hasText: 'Wait' }).first().getAttribute('aria-current'),
    ).toBe('step');
    await expect
      .poll(() => bob.locator('.saying').allTextContents(), { timeout: 30_000 })
      .toEqual([
        'You asked for',
        'OpenPEX offers instead',
        'You accepted the offer',
        'OpenPEX asks you to confirm',
        'You confirmed',
        'OpenPEX has booked it',
      ]);
    await goTo(bob, 'Account');
    await bob.getByRole('cell', { name: /^−.* credits$/ }).waitFor();
  });

  test('an offer says what is in the way and what else there is, which one click asks for', async () => {
    const server = await stage.server({ nodes: 2, counterOffer: 'multi-term' });
    const ada = await stage.register(server, 'ada');
    await ask(ada, { type: 'SMALL', instances: 6, hours: 2 });
    await book(ada);
    const bob = await stage.register(server, 'bob');
    await ask(bob, { type: 'SMALL', instances: 4, hours: 1 });
    await bob.getByText(/As you asked: 2 instances have no room: CPUs are short on .* from .* to /).waitFor();
    const other = bob.locator('.alternatives li').filter({ hasText: 'later' }).first();
    await other.getByRole('button', { name: 'Ask for this' }).click();
    await bob.getByRole('heading', { name: 'OpenPEX can do exactly what you asked' }).waitFor();
    await book(bob);
  });

  test('a counter-proposal opens a new round with the form filled in', async () => {
    const server = await stage.server();
    const ada = await stage.register(server, 'ada');
    await ask(ada, { type: 'LARGE', hours: 2 });
    await book(ada);
    const bob = await stage.register(server, 'bob');
    await ask(bob, { type: 'MEDIUM', hours: 1 });
    await bob.getByRole('button', { name: 'Counter …' }).click();
    expect(await bob.getByRole('radio', { name: /^MEDIUM/ }).isChecked()).toBe(true);
    expect(await bob.getByLabel('Duration', { exact: true }).inputValue()).toBe('1');
    // What is held for him does not stand in his way: as offered it is there, and a start at once is not.
    const start = bob.getByLabel('Start day and time');
    const offered = await start.inputValue();
    await bob.getByText('OpenPEX can do that.').waitFor();
    await bob.getByText('In your window at least 2 fit at any time').waitFor();
    await bob.getByRole('radio', { name: 'As soon as possible' }).check({ force: true });
    await bob.getByRole('button', { name: /^Take this start: / }).click();
    expect(await start.inputValue()).toBe(offered);
    // Less, but at once.
    await bob.getByRole('radio', { name: /^SMALL/ }).check({ force: true });
    await bob.getByRole('radio', { name: 'As soon as possible' }).check({ force: true });
    await bob.getByRole('button', { name: 'Send counter-proposal' }).click();
    await bob.getByRole('heading', { name: 'OpenPEX can do exactly what you asked' }).waitFor();
    await bob.getByText('2 of at most').waitFor();
    await book(bob);
  });

  test('a rejected offer asks once more, keeps the focus in the dialogue, and tells what comes next', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await ask(page);
    const reject = page.getByRole('button', { name: 'Reject', exact: true });
    await reject.click();
    const dialogue = page.getByRole('dialog', { name: 'Reject this offer?' });
    await dialogue.waitFor();
    for (let press = 0; press < 5; press++) {
      await page.keyboard.press('Tab');
      expect(
        await page.evaluate<boolean>(
          "document.activeElement.closest('dialog') !== null || document.activeElement === document.body",
        ),
      ).toBe(true);
    }
    await page.keyboard.press('Escape');
    await dialogue.waitFor({ state: 'detached' });
    await expect.poll(() => page.evaluate<string>('document.activeElement.textContent')).toBe('Reject');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Reject the offer' }).click();
    await page.getByRole('heading', { name: 'You declined the offer' }).waitFor();
    await page.getByRole('link', { name: 'Ask again with these terms' }).click();
    await page.getByRole('heading', { level: 1, name: 'New reservation' }).waitFor();
    await page.getByText('OpenPEX can do that.').waitFor();
  });

  test('an offer that nobody confirms counts down in service time and expires', async () => {
    // A minute of service time in a second and a half.
    const server = await stage.server({ speed: 40, holdMs: 60_000 });
    const page = await stage.register(server, 'ada');
    await ask(page);
    await page.getByRole('heading', { name: 'The offer expired' }).waitFor();
    // At its head, and in what happened to it.
    await page.getByText('Nothing was charged.').first().waitFor();
    await page.getByRole('link', { name: 'Ask again with these terms' }).waitFor();
  });

  test('what can never fit is rejected with the reason and what to do', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await ask(page, { type: 'XLARGE', instances: 7 });
    await page.getByRole('heading', { name: 'This is more than the cluster has' }).waitFor();
    await page.getByText('Ask for fewer instances or a smaller type.').first().waitFor();
  });

  test('who would rather wait than take another start has an offer when the time comes free', async () => {
    const server = await stage.server();
    const ada = await stage.register(server, 'ada');
    const bob = await stage.register(server, 'bob');
    const askAt = async (page: Page, start?: string) => {
      await goTo(page, 'New reservation');
      await page.getByRole('radio', { name: /^XLARGE/ }).check({ force: true });
      await page.getByRole('radio', { name: 'At a chosen time' }).check({ force: true });
      const field = page.getByLabel('Start day and time');
      if (start !== undefined) await field.fill(start);
      const asked = await field.inputValue();
      await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
      await page.getByRole('heading', { level: 2, name: /negotiation|agreed/ }).waitFor();
      return asked;
    };
    const start = await askAt(ada);
    await book(ada);
    await askAt(bob, start);
    await bob.getByRole('heading', { name: 'OpenPEX offers instead' }).waitFor();
    await bob.getByRole('button', { name: 'Rather wait' }).click();
    await bob.getByRole('heading', { name: 'It is on the waitlist, in place 1' }).waitFor();
    await bob.getByText('Waitlist, place 1').waitFor();
    await ada.getByRole('button', { name: /^Delete reservation/ }).click();
    await ada.getByRole('button', { name: 'Delete reservation', exact: true }).click();
    await bob.getByRole('heading', { name: 'OpenPEX can do exactly what you asked' }).waitFor();
    await book(bob);
    // The page reads again what was said once it is booked.
    await expect
      .poll(() => bob.locator('.saying').allTextContents(), { timeout: 30_000 })
      .toEqual([
        'You asked for',
        'OpenPEX offers instead',
        'You asked instead for',
        'OpenPEX has put you on the waitlist',
        'OpenPEX can do that',
        'You confirmed',
        'OpenPEX has booked it',
      ]);
  });
}
