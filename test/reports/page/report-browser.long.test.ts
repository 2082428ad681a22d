// report.html in a real browser. Chromium comes from the system; without one the tests are skipped, but never in CI.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inflateSync } from 'node:zlib';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { formatSpan } from '../../../reports/format.ts';
import { renderReport } from '../../../reports/page/report-page.ts';
import { EXAMPLE_OUTCOME, EXAMPLE_RUN, exampleRun } from '../example-run.ts';
import { measure, measureEvents } from '../measure.ts';
import { syntheticRun } from '../synthetic-run.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const hasBrowser = existsSync(CHROMIUM);
const mustRun = process.env['CI'] === 'true';
if (!hasBrowser && !mustRun) {
  process.stderr.write(
    `Skipping the browser tests of report.html: there is no ${CHROMIUM} (set CHROMIUM).\n`,
  );
}

describe.skipIf(!hasBrowser && !mustRun)('report.html in a browser', () => {
  let directory: string;
  let browser: Browser;
  const pages: Page[] = [];
  const problems: string[] = [];

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'openpex-browser-'));
    browser = await chromium.launch({
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
    const example = measure(exampleRun(), { warmUpHours: 1 }).figures;
    const run = { ...EXAMPLE_RUN, scenario: 'example' };
    writeFileSync(
      join(directory, 'example.html'),
      renderReport({ run, outcome: EXAMPLE_OUTCOME, figures: example }),
    );
    const events = syntheticRun({
      seed: 4,
      nodes: 144,
      sessions: 300,
      days: 8,
      nodeLosses: 8,
      largestRequest: 200,
    });
    const startMs = events[0]!.atMs;
    const large = measureEvents(events, {
      startMs,
      measuredFromMs: startMs,
      endMs: events.at(-1)!.atMs,
    }).figures;
    writeFileSync(
      join(directory, 'large.html'),
      renderReport({ run, outcome: EXAMPLE_OUTCOME, figures: large }),
    );
  });

  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
    expect(problems.splice(0)).toEqual([]);
  });

  afterAll(async () => {
    await browser.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function show(
    name: 'example' | 'large' | 'displaced',
    options: BrowserContextOptions = {},
  ): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, ...options });
    pages.push(page);
    page.on('console', (message) => problems.push(message.text()));
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => {
      if (!/^(file|data):/.test(request.url())) problems.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(join(directory, `${name}.html`)).href);
    return page;
  }

  /** Where the middle of a bar of the example is on the page: R2 runs on n1 from 12 to 14 o'clock, of 24. */
  async function barOfR2(page: Page): Promise<{ x: number; y: number }> {
    const canvas = page.locator('#gantt canvas');
    await canvas.scrollIntoViewIfNeeded();
    const box = (await canvas.boundingBox())!;
    const gutter = 30;
    // Two rows above an axis of 26 pixels; the bar takes the upper half of the first.
    return { x: box.x + gutter + ((box.width - gutter) * 13) / 24, y: box.y + (box.height - 26) / 8 };
  }

  /** Left edge and width of the brush on the overview, in percent. */
  async function brushed(page: Page): Promise<number[]> {
    return page.evaluate(
      `['left', 'width'].map((side) => parseFloat(document.querySelector('.overview-brush').style[side]))`,
    );
  }

  test('opens from a file without an error, and the chart appears', async () => {
    const page = await show('example');
    expect(await page.title()).toBe('example, seed 42 – OpenPEX');
    expect(await page.locator('#gantt').isVisible()).toBe(true);
    expect(await page.locator('figure svg:visible').count()).toBeGreaterThan(4);
  });

  test.each([360, 390, 768, 1400])('fits a page %i pixels wide without scrolling sideways', async (width) => {
    for (const name of ['example', 'large'] as const) {
      const page = await show(name, { viewport: { width, height: 800 } });
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
  });

  test('keeps letters at a readable size on a phone', async () => {
    const page = await show('large', { viewport: { width: 360, height: 740 } });
    const smallest = await page.evaluate(`Math.min(...[...document.querySelectorAll('svg')]
      .filter((svg) => svg.getBoundingClientRect().width > 0)
      .map((svg) => (12 * svg.getBoundingClientRect().width) / svg.viewBox.baseVal.width))`);
    expect(smallest).toBeGreaterThan(10);
  });

  test('follows the colour scheme of the reader', async () => {
    const background = 'getComputedStyle(document.body).backgroundColor';
    const light = await show('example', { colorScheme: 'light' });
    expect(await light.evaluate(background)).toBe('rgb(255, 255, 255)');
    const dark = await show('example', { colorScheme: 'dark' });
    expect(await dark.evaluate(background)).toBe('rgb(20, 24, 28)');
    const fill = `getComputedStyle(document.querySelector('#negotiation svg rect[fill="var(--as-asked)"]')).fill`;
    expect(await dark.evaluate(fill)).not.toBe(await light.evaluate(fill));
  });

  test.each(['light', 'dark'] as const)('has enough contrast in its %s colours', async (colorScheme) => {
    const page = await show('example', { colorScheme });
    const ratios = (await page.evaluate(CONTRASTS)) as Record<string, number>;
    for (const name of ['--ink', '--muted', '--accent'])
      expect([name, ratios[name]! >= 4.5]).toEqual([name, true]);
    for (const name of ['--as-asked', '--on-other-terms', '--rejected', '--no-show', '--busy', '--other']) {
      expect([name, ratios[name]! >= 3]).toEqual([name, true]);
    }
  });

  test('names the reservation under the pointer', async () => {
    const page = await show('example');
    const bar = await barOfR2(page);
    const tip = page.locator('#gantt .tip');
    expect(await tip.isVisible()).toBe(false);
    await page.mouse.move(bar.x, bar.y);
    expect(await tip.isVisible()).toBe(true);
    const text = await tip.innerText();
    for (const part of [
      'R2',
      'q-R2',
      '=cmd|"x"',
      '2 × LARGE',
      '5 Jan 12:00 – 5 Jan 14:00',
      '4 h later than asked',
      'n1, n2',
      'failed',
    ]) {
      expect(text).toContain(part);
    }
    const box = (await page.locator('#gantt canvas').boundingBox())!;
    await page.mouse.move(box.x + box.width - 5, box.y + 5);
    expect(await tip.isVisible()).toBe(false);
  });

  test('zooms with wheel, buttons and keys, and shows on the overview what is in view', async () => {
    const page = await show('example');
    const brush = page.locator('.overview-brush');
    const shares = () => brushed(page);
    expect(await brush.isHidden()).toBe(true);
    const bar = await barOfR2(page);
    await page.mouse.move(bar.x, bar.y);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await page.keyboard.up('Control');
    expect(await brush.isVisible()).toBe(true);
    const [left, width] = await shares();
    expect(width).toBeCloseTo(100 / Math.E, 0);
    // Zooming keeps the instant under the pointer where it is.
    expect((13 / 24) * 100).toBeGreaterThan(left!);
    expect((13 / 24) * 100).toBeLessThan(left! + width!);
    await page.mouse.move(bar.x, bar.y + 1);
    expect(await page.locator('#gantt .tip').innerText()).toContain('R2');

    await page.getByRole('button', { name: 'Show all nodes and times' }).click();
    expect(await brush.isHidden()).toBe(true);
    await page.getByRole('button', { name: 'Zoom in on time' }).click();
    expect((await shares())[1]).toBeCloseTo(50, 5);
    await page.locator('#gantt canvas').focus();
    await page.keyboard.press('+');
    expect((await shares())[1]).toBeCloseTo(25, 5);
    const before = (await shares())[0]!;
    await page.keyboard.press('ArrowRight');
    expect((await shares())[0]).toBeGreaterThan(before);
    await page.keyboard.press('Home');
    expect(await brush.isHidden()).toBe(true);
  });

  test('can be dragged once it is zoomed in', async () => {
    const page = await show('example');
    await page.getByRole('button', { name: 'Zoom in on time' }).click();
    const left = async () => (await brushed(page))[0]!;
    const before = await left();
    const bar = await barOfR2(page);
    await page.mouse.move(bar.x, bar.y);
    await page.mouse.down();
    await page.mouse.move(bar.x - 200, bar.y, { steps: 5 });
    await page.mouse.up();
    expect(await left()).toBeGreaterThan(before);
  });

  test('finds reservations by id and by user', async () => {
    const page = await show('large');
    const id = (await page.evaluate(
      `JSON.parse(document.getElementById('gantt-data').textContent).reservations[40][0]`,
    )) as string;
    await page.getByLabel('Find').fill(id);
    await page.getByRole('button', { name: 'Next' }).click();
    expect(await page.locator('.found').innerText()).toBe('1 of 1');
    expect(await page.locator('#gantt .tip').innerText()).toContain(id);
    await page.getByLabel('Find').fill('nobody');
    await page.getByLabel('Find').press('Enter');
    expect(await page.locator('.found').innerText()).toBe('nothing found');
  });

  test('tells displacements as the tables do', async () => {
    const { figures } = measure(exampleRun(), { warmUpHours: 1 });
    // Of two units, on the brink of the next unit, and earlier than asked.
    const shiftsMs = [139_500_000, 86_390_000, -61_000];
    const reservations = figures.timeline.reservations!.map((reservation, i) => ({
      ...reservation,
      askedStartMs: reservation.agreedStartMs - shiftsMs[i]!,
    }));
    const model = { ...figures, timeline: { ...figures.timeline, reservations } };
    writeFileSync(
      join(directory, 'displaced.html'),
      renderReport({ run: EXAMPLE_RUN, outcome: EXAMPLE_OUTCOME, figures: model }),
    );
    const page = await show('displaced');
    expect(reservations).toHaveLength(shiftsMs.length);
    for (const [i, { reservationId }] of reservations.entries()) {
      await page.getByLabel('Find').fill(reservationId);
      await page.getByLabel('Find').press('Enter');
      const text = `${formatSpan(Math.abs(shiftsMs[i]!))} ${shiftsMs[i]! > 0 ? 'later' : 'earlier'} than asked`;
      expect(await page.locator('#gantt .tip').innerText()).toContain(text);
    }
  });

  test('shows pictures of the nodes without scripts too', async () => {
    const page = await show('example', { javaScriptEnabled: false });
    expect(await page.locator('#gantt').isVisible()).toBe(false);
    expect(await page.locator('#nodes noscript svg, #nodes figure svg').first().isVisible()).toBe(true);
    expect(await page.locator('.overview-map img').isVisible()).toBe(true);
  });

  test('keeps the settings folded, and breaks their names between parts only', async () => {
    const page = await show('example', { viewport: { width: 390, height: 800 } });
    const setting = page.locator('.settings th code').first();
    expect(await setting.isVisible()).toBe(false);
    await page.getByText('All 3 settings of the run').click();
    expect(await setting.isVisible()).toBe(true);
    expect(await page.locator('.settings th code').allInnerTexts()).toContain('nodes[0].cpus');
    expect(await page.locator('.settings th code wbr').count()).toBe(2);
  });

  test('prints on a few pages', async () => {
    const page = await show('large');
    const pdf = await page.pdf({ format: 'A4', printBackground: true });
    const count = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    expect(count).toBeGreaterThanOrEqual(3);
    expect(count).toBeLessThanOrEqual(11);
    for (const content of pageContents(pdf)) {
      expect(content.match(/T[jJ]\b/g)?.length ?? 0, 'letters on a page').toBeGreaterThan(10);
    }
  });

  test('tells the values of a curve under the pointer, and looks closer where one drags', async () => {
    const page = await show('large');
    const figure = page.locator('[data-figure="utilisation-cpu"]');
    const svg = figure.locator('svg.wide');
    await svg.scrollIntoViewIfNeeded();
    const box = (await svg.boundingBox())!;
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width / 2, y);
    const tip = page.locator('.over-time', { has: figure }).locator('.tip');
    expect(await tip.innerText()).toMatch(/reserved\s+\d+\.\d % \(\d+\.\d % to \d+\.\d %\)/);
    const days = () => svg.locator('text').allTextContents();
    const whole = await days();
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 + 60, y, { steps: 3 });
    await page.mouse.up();
    // Half a day: hours stand at the axis.
    expect((await days()).filter((text) => /^\d\d:\d\d$/.test(text)).length).toBeGreaterThan(2);
    await svg.dblclick();
    expect(await days()).toEqual(whole);
  });

  test('saves each figure, its drawing in the colours of paper and its numbers', async () => {
    const page = await show('large', { colorScheme: 'dark' });
    const figures = await page.locator('figure[data-figure]').count();
    expect(figures).toBeGreaterThan(9);
    const saved = async (figure: string, button: 'SVG' | 'CSV') => {
      const waiting = page.waitForEvent('download');
      await page.locator(`[data-figure="${figure}"]`).getByRole('button', { name: button }).click();
      const download = await waiting;
      return { name: download.suggestedFilename(), text: readFileSync((await download.path())!, 'utf8') };
    };
    const drawing = await saved('utilisation-cpu', 'SVG');
    expect(drawing.name).toBe('utilisation-cpu.svg');
    expect(drawing.text).toMatch(/<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    expect(drawing.text).toContain('#0072b2');
    expect(drawing.text).not.toContain('var(');
    const numbers = await saved('utilisation-cpu', 'CSV');
    expect(numbers.text).toMatch(
      /^start,span_s,reserved_share,reserved_least,reserved_most,busy_share,allocated_share\r\n/,
    );
    const rows = (await saved('reservations', 'CSV')).text.trim().split('\r\n');
    expect(rows[0]).toBe('reservation_id,request_id,user,type,outcome,node,start,end,instances,vcpus');
    const bars = await page.evaluate(
      `JSON.parse(document.getElementById('gantt-data').textContent).reservations.reduce((sum, r) => sum + r[9].reduce((n, run) => n + (run.length - 2) / 2, 0), 0)`,
    );
    expect(rows.length - 1).toBe(bars);
    expect((await saved('reservations', 'SVG')).text).toMatch(/<rect x="/);
    const map = (await saved('occupancy', 'CSV')).text;
    expect(map).toMatch(/^first_node,nodes,start,span_s,reserved_share\r\n"[^"]+",1,/);
    expect(map).toMatch(/,0\.\d+\r\n/);
  });

  test('colours reservations by outcome, user or size', async () => {
    const page = await show('large');
    const legend = page.locator('#gantt .legend');
    expect(await legend.innerText()).toContain('as asked');
    await page.getByLabel('Colour by').selectOption('user');
    expect(await legend.innerText()).toMatch(/\d+ others/);
    await page.getByLabel('Colour by').selectOption('size');
    expect(await legend.innerText()).toContain('vCPU');
  });
});

/** What is drawn on each page of a PDF. */
function pageContents(pdf: Buffer): string[] {
  const text = pdf.toString('latin1');
  const objects = new Map(
    [...text.matchAll(/(\d+) 0 obj(.*?)endobj/gs)].map(([, number, body]) => [number!, body!] as const),
  );
  return [...objects.values()]
    .filter((body) => /\/Type\s*\/Page\b/.test(body))
    .map((body) => {
      const stream = objects.get(/\/Contents (\d+) 0 R/.exec(body)![1]!)!;
      const from = stream.indexOf('stream') + 'stream'.length;
      return inflateSync(Buffer.from(stream.slice(from).replace(/^\r?\n/, ''), 'latin1')).toString('latin1');
    });
}

/** Contrast of the custom properties with the page (WCAG 2.2). */
const CONTRASTS = `(() => {
  const style = getComputedStyle(document.documentElement);
  const luminance = (hex) => {
    const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = luminance(style.getPropertyValue('--paper').trim());
  const names = ['--ink', '--muted', '--accent', '--as-asked', '--on-other-terms', '--rejected', '--no-show', '--busy', '--other'];
  return Object.fromEntries(names.map((name) => {
    const own = luminance(style.getPropertyValue(name).trim());
    return [name, (Math.max(own, paper) + 0.05) / (Math.min(own, paper) + 0.05)];
  }));
})()`;
