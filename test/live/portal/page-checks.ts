// What holds of every page whatever it shows. The scripts run in the page, where there are no types of ours.
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

/** Buttons, links and fields that no assistive technology could name. */
export function nameless(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(`
    [...document.querySelectorAll('button, a[href], input, select')]
      .filter((e) => e.checkVisibility())
      .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))
      .map((e) => e.outerHTML.slice(0, 120))
  `);
}

/** Texts with too little contrast: below 4.5:1, or 3:1 for large ones (WCAG 2.2, 1.4.3). */
export function faintTexts(page: Page): Promise<readonly string[]> {
  return page.evaluate<string[]>(`(() => {
    const rgba = (text) => {
      const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
      return { r, g, b, a };
    };
    const over = (top, under) => ({
      r: top.r * top.a + under.r * (1 - top.a),
      g: top.g * top.a + under.g * (1 - top.a),
      b: top.b * top.a + under.b * (1 - top.a),
      a: 1,
    });
    const luminance = ({ r, g, b }) => {
      const [x, y, z] = [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const paperOf = (element) => {
      const layers = [];
      for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
      return layers.reverse().reduce((under, top) => over(top, under), { r: 255, g: 255, b: 255, a: 1 });
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || !element.checkVisibility() || element.closest('svg, .visually-hidden, :disabled, .skip-link')) continue;
      const style = getComputedStyle(element);
      const paper = paperOf(element);
      const [a, b] = [luminance(over(rgba(style.color), paper)), luminance(paper)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      const size = parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (ratio < (isLarge ? 3 : 4.5)) faint.push(node.data.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
    }
    return faint;
  })()`);
}
