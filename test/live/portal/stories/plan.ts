// The plan: when is there room, and a window to ask for by dragging.
import { expect, test } from 'vitest';
import { OpenPexClient } from '../../../../live/client/index.ts';
import { violations } from '../page-checks.ts';
import { ask, book, goTo, type Stage } from '../stage.ts';

export function planStories(stage: Stage): void {
  test('a window that is dragged over the plan is asked for, beside what one has', async () => {
    const server = await stage.server({ nodes: 2 });
    const page = await stage.register(server, 'ada');
    await ask(page, { type: 'LARGE', hours: 30 });
    await book(page);
    await goTo(page, 'Plan');
    await page.getByRole('link', { name: /^1 × LARGE, / }).waitFor();
    await page.getByLabel('Type').selectOption('XLARGE');
    await page.getByLabel('Instances', { exact: true }).fill('2');
    const strip = page.getByRole('img', { name: /^Instances that fit/ });
    const box = (await strip.boundingBox())!;
    const y = box.y + box.height / 2;
    const drag = async (from: number, to: number) => {
      await page.mouse.move(box.x + box.width * from, y);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * ((from + to) / 2), y);
      await page.mouse.move(box.x + box.width * to, y);
      await page.mouse.up();
    };
    // Leftwards is as good as rightwards. A LARGE one leaves no room for a second XLARGE one.
    await drag(0.1, 0.02);
    await page.getByText(/only 1 fits at times, you want 2/).waitFor();
    await drag(0.5, 0.6);
    await page.getByText(/at least 2 fit, you want 2/).waitFor();
    await page.getByRole('link', { name: 'Ask for this window' }).click();
    await page.getByRole('heading', { level: 1, name: 'New reservation' }).waitFor();
    expect(await page.getByLabel('Instances', { exact: true }).inputValue()).toBe('2');
    const ahead = await page.evaluate<number>(
      `(new Date(${JSON.stringify(await page.getByLabel('Start day and time').inputValue())}) - Date.now()) / 3_600_000`,
    );
    // Half of a week.
    expect(ahead).toBeGreaterThan(80);
    expect(ahead).toBeLessThan(88);
    await page.getByText('OpenPEX can do that.').waitFor();
    await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
    await page.getByRole('heading', { level: 1, name: '2 × XLARGE' }).waitFor();
  });

  test('a window is chosen by fields as well', async () => {
    const server = await stage.server();
    const page = await stage.register(server, 'ada');
    await goTo(page, 'Plan');
    await page.getByLabel('Start').fill('2036-01-02T10:00');
    await page.getByLabel('End').fill('2036-01-02T13:30');
    await page.getByText(/^Wed 2 Jan, 10:00 – 13:30 \(3 h 30 min\)/).waitFor();
  });

  test('on the strip of the request form, dragging chooses start and end', async () => {
    const server = await stage.server({ hoursADay: 8 });
    const page = await stage.register(server, 'ada');
    await goTo(page, 'New reservation');
    const strip = page.getByRole('img', { name: /^Instances that fit/ });
    const box = (await strip.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 40);
    await page.mouse.move(box.x + box.width * 0.75, box.y + 40);
    await page.mouse.up();
    const hours = await page.evaluate<number>(
      `(new Date(${JSON.stringify(await page.getByLabel('End day and time').inputValue())}) - new Date(${JSON.stringify(await page.getByLabel('Start day and time').inputValue())})) / 3_600_000`,
    );
    // A quarter of 12 h.
    expect(hours).toBeGreaterThan(2.8);
    expect(hours).toBeLessThan(3.2);
    // There is room for a whole node, but not within what an operator allows from now on.
    const { username, password } = server.operator;
    const client = new OpenPexClient({ url: server.url, user: { name: username, password } });
    const allow = async (vcpus: number) => {
      for await (const { userid, username: name } of client.all('listAccounts', {}))
        if (name === 'ada')
          await client.call('administerAccount', { path: { userid }, body: { quota: { vcpus } } });
    };
    await allow(2);
    await page.getByRole('radio', { name: /^XLARGE/ }).check({ force: true });
    await page
      .getByText('There is room, but your limits leave none of it in your window; you ask for 1.')
      .waitFor();
    await page.getByText(/^There is room, but not within the limits: 0 of 2 vcpus are in use/).waitFor();
    // Limits of a period go by how long one wants it, from when on.
    await allow(100);
    await page.getByRole('radio', { name: /^LARGE/ }).check({ force: true });
    await page
      .getByText(
        'There is room, but your limits of a period leave none to a window of that length that begins then; you ask for 1.',
      )
      .waitFor();
    await page.getByText('begun here, beyond your limits of a period').waitFor();
    await page.getByText(/Within them: 1 for 2 h 40 min\.$/).waitFor();
    expect(await violations(page)).toEqual([]);
  });
}
