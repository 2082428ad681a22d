// The browser of the story tests: one Chromium for all of them, a context of its own for each person. What goes wrong on a page, such
// as a violation of the content security policy, is collected and fails the story.
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type PortalServer, type PortalServerOptions, startPortalServer } from './portal-server.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Without a browser the stories are skipped, but never in CI. */
export const canPlay = existsSync(CHROMIUM) || process.env['CI'] === 'true';
if (!canPlay) {
  process.stderr.write(`Skipping the stories of the portal: there is no ${CHROMIUM} (set CHROMIUM).\n`);
}

export const PASSWORD = 'correct horse battery';

export class Stage {
  #browser: Browser | undefined;
  #servers: PortalServer[] = [];
  #pages: Page[] = [];
  #problems: string[] = [];

  async open(): Promise<void> {
    this.#browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
  }

  async close(): Promise<void> {
    await this.#browser?.close();
  }

  async server(options: PortalServerOptions = {}): Promise<PortalServer> {
    const server = await startPortalServer(options);
    this.#servers.push(server);
    return server;
  }

  /** A stranger in front of the log-in. */
  async visit(server: PortalServer, options: BrowserContextOptions = {}): Promise<Page> {
    if (this.#browser === undefined) throw new Error('the stage is not open');
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 860 },
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => this.#problems.push(error.message));
    page.on('console', (message) => {
      // Refused requests are part of the stories; the browser logs each.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        this.#problems.push(message.text());
    });
    this.#pages.push(page);
    await page.goto(server.url);
    return page;
  }

  /** Somebody who has just registered by the form. */
  async register(server: PortalServer, username: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.visit(server, options);
    await page.getByRole('link', { name: 'Make one' }).click();
    await page.getByLabel('User name').fill(username);
    await page.getByLabel('Full name').fill(`${username} of the story`);
    await page.getByLabel('E-mail').fill(`${username}@example.org`);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password again').fill(PASSWORD);
    await page.getByRole('button', { name: 'Make account' }).click();
    await page.getByRole('heading', { name: `Welcome, ${username} of the story` }).waitFor();
    return page;
  }

  async logIn(page: Page, username: string, password: string): Promise<void> {
    await page.getByLabel('User name').fill(username);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Log in' }).click();
  }

  async operator(server: PortalServer, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.visit(server, options);
    await this.logIn(page, server.operator.username, server.operator.password);
    await page.getByRole('heading', { name: /^Welcome/ }).waitFor();
    return page;
  }

  /** Clears the stage after a story. @returns what went wrong on its pages */
  async clear(): Promise<readonly string[]> {
    for (const page of this.#pages.splice(0)) await page.context().close();
    for (const server of this.#servers.splice(0)) await server.close();
    return this.#problems.splice(0);
  }
}

/** Follows a link of the main navigation. */
export async function goTo(page: Page, link: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name: link, exact: true }).click();
  await page.getByRole('heading', { level: 1, name: link }).waitFor();
}

export interface Wish {
  readonly type?: string;
  readonly instances?: number;
  readonly hours?: number;
  /** It starts when its user activates it, and not by itself. */
  readonly byHand?: boolean;
}

/** Asks by the form and waits for the page of the reservation. */
export async function ask(
  page: Page,
  { byHand = false, type = 'SMALL', instances = 1, hours = 2 }: Wish = {},
): Promise<void> {
  await goTo(page, 'New reservation');
  await page.getByRole('radio', { name: new RegExp(`^${type}`) }).check({ force: true });
  await page.getByLabel('Instances', { exact: true }).fill(String(instances));
  await page.getByLabel('Duration', { exact: true }).fill(String(hours));
  if (byHand) await page.getByLabel('Start by itself').uncheck();
  await page.getByRole('button', { name: 'Ask OpenPEX' }).click();
  await page.getByRole('heading', { level: 2, name: /negotiation|agreed/ }).waitFor();
}

/** Takes the offer on the table, whoever made it. What begins at once and by itself is activated by then. */
export async function book(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Accept and book|Book) for / }).click();
  await page.getByRole('heading', { name: /^It is (booked|activated)/ }).waitFor();
}
