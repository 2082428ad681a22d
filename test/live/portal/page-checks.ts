// What holds of every page whatever it shows. The scripts run in the page, where there are no types of ours.
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Pixels by which the page is wider than its window. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
}

/** Levels of the headings in their order. */
export function headingLevels(page: Page): Promise<readonly number[]> {
  return page.evaluate<number[]>(
    "[...document.querySelectorAll('h1,h2,h3,h4')].filter((h) => h.checkVisibility()).map((h) => Number(h.tagName[1]))",
  );
}

/** What the rules of WCAG 2, levels A and AA, find wrong (contrast and names among them), one line each. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return page.evaluate<string[]>(`
    axe
      .run({ runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] } })
      .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))
  `);
}
