// What a section of a report is: its place on the page, the metrics that it reads, and what it says about them there, at the top of the
// page, on a terminal and in comparisons. sections/catalogue.ts lists them.
import type { Markup } from '../html/markup.ts';
import type { Tile } from '../html/tiles.ts';
import type { AnyMetric, SummaryOf } from '../metrics/metric.ts';
import type { ModelOf } from '../report-model.ts';
import type { TerminalStyle } from '../terminal/style.ts';

/** Pure: the same figures give the same text. Every part but the first four is left out where there is nothing to say. */
export interface Section<Reads extends readonly AnyMetric[] = readonly AnyMetric[]> {
  /** Of the element on the page; unique in a catalogue. */
  readonly id: string;
  /** As the list of sections has it. */
  readonly title: string;
  /** The metrics whose figures it shows. */
  readonly reads: Reads;
  /**
   * What stands under the heading.
   * @param sections all of the page
   */
  html(model: ModelOf<Reads>, sections: readonly Section[]): Markup;
  /** Whether it stands on the page of this run. Absent: always. */
  appears?(model: ModelOf<Reads>): boolean;
  /** Where it is not the title. */
  readonly heading?: string;
  /** What title and heading are in the report of a live service, where that differs. */
  readonly titleOfService?: string;
  /** The figures that matter most, for the top of the page. */
  tiles?(model: ModelOf<Reads>): readonly Tile[];
  /** Words that it uses and what they mean. */
  readonly terms?: readonly Term[];
  /** Lines for a terminal, from summary.json. */
  terminal?(summary: SummaryOf<Reads>, style: TerminalStyle): readonly string[];
  /** The figures by which runs are compared, from summary.json. */
  compared?(summary: SummaryOf<Reads>): readonly ComparedFigure[];
}

export type Term = readonly [term: string, meaning: string];
export type ComparedFigure = readonly [title: string, figure: string];

/** Lets the compiler find out which figures a section may look at. */
export function section<const Reads extends readonly AnyMetric[]>(
  definition: Section<Reads>,
): Section<Reads> {
  return definition;
}
