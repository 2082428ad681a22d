// Charts as SVG text: Observable Plot on a document without a browser. Each is drawn twice, for a wide and for a narrow page, so that its
// letters keep their size on a phone; the style sheet shows one of the two.
import * as Plot from '@observablehq/plot';
// The same as 'linkedom', in one file: the run need not load a hundred and more.
import { parseHTML } from 'linkedom/worker';
import { escapeHtml, type Markup, raw } from './markup.ts';

export interface ChartOptions {
  /** What the chart shows, for those who cannot see it. */
  readonly alt: string;
  readonly wideWidth: number;
  readonly draw: (size: { readonly width: number; readonly isNarrow: boolean }) => Plot.PlotOptions;
}

/** Of the drawing for a narrow page. */
export const NARROW_WIDTH = 340;

export function chart({ alt, wideWidth, draw }: ChartOptions): Markup {
  if (wideWidth === NARROW_WIDTH)
    return raw(svg(draw({ width: wideWidth, isNarrow: true }), wideWidth, 'any', alt));
  const wide = svg(draw({ width: wideWidth, isNarrow: false }), wideWidth, 'wide', alt);
  const narrow = svg(draw({ width: NARROW_WIDTH, isNarrow: true }), NARROW_WIDTH, 'narrow', alt);
  return raw(wide + narrow);
}

function svg(options: Plot.PlotOptions, width: number, className: string, alt: string): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const drawn: string = Plot.plot({ ...options, width, document, style: { fontSize: '12px' } }).outerHTML;
  // Plot brings a style sheet and a class of its own; the page has one already.
  const content = drawn.replace(/<style>.*?<\/style>/s, '').replace(/ font-family="[^"]*"/, '');
  return content.replace(/^<svg [^>]*?viewBox="([^"]*)"[^>]*>/, (_, viewBox: string) => {
    return `<svg class="${className}" role="img" aria-label="${escapeHtml(alt)}" viewBox="${viewBox}" fill="currentColor" font-size="12" text-anchor="middle">`;
  });
}
