// What sections of a terminal summary look alike in: tables of figures, bold titles, dim remarks.

/** ANSI escape codes, or nothing where there is no colour. */
export interface TerminalStyle {
  bold(text: string): string;
  dim(text: string): string;
}

export const PLAIN: TerminalStyle = { bold: (text) => text, dim: (text) => text };

export const COLOURED: TerminalStyle = {
  bold: (text) => `\u001b[1m${text}\u001b[22m`,
  dim: (text) => `\u001b[2m${text}\u001b[22m`,
};

/** Title, figure, and what to add; the second is aligned to the right. */
export type FigureLine = readonly [title: string, figure: string, more?: string];

export function figureTable(
  title: string,
  lines: readonly FigureLine[],
  { bold, dim }: TerminalStyle,
): string[] {
  const titles = Math.max(...lines.map(([name]) => name.length));
  const figures = Math.max(...lines.map(([, figure]) => figure.length));
  return [
    bold(title),
    ...lines.map(([name, figure, more = '']) =>
      `  ${name.padEnd(titles)}  ${figure.padStart(figures)}  ${more === '' ? '' : dim(more)}`.trimEnd(),
    ),
  ];
}
