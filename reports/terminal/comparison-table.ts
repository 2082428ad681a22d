// The main figures of several runs, or providers of a run, side by side, for a terminal: those that the sections of the catalogue compare
// by.
import { SECTIONS } from '../sections/catalogue.ts';
import type { Section } from '../sections/section.ts';
import type { Measures, Summary } from '../summary.ts';

interface Compared {
  readonly title: string;
  readonly summary: Measures;
}

export interface ComparedRun extends Compared {
  readonly summary: Summary;
}

/** One line for each figure, each with a newline at its end. */
export function renderComparison(
  compared: readonly Compared[],
  sections: readonly Section[] = SECTIONS,
): string {
  const columns = compared.map(({ title, summary }) => ({
    title,
    figures: sections.flatMap((section) => section.compared?.(summary) ?? []),
  }));
  const titles = ['', ...(columns[0]?.figures.map(([title]) => title) ?? [])];
  const cells = columns.map(({ title, figures }) => [title, ...figures.map(([, figure]) => figure)]);
  const titleWidth = Math.max(...titles.map(({ length }) => length));
  const widths = cells.map((column) => Math.max(...column.map(({ length }) => length)));
  return titles
    .map((title, row) => {
      const line = cells.map((column, i) => `   ${column[row]!.padStart(widths[i]!)}`);
      return `${title.padEnd(titleWidth)}${line.join('')}\n`;
    })
    .join('');
}
