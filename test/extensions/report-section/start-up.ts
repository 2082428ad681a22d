// How long users wait for their machines: from the opening of a window to the first machine that runs in it.
import type { EventOf } from '../../../engine/index.ts';
import { formatNumber, formatSpan } from '../../../reports/format.ts';
import { html } from '../../../reports/html/markup.ts';
import { type Meter, metric, type StreamStart } from '../../../reports/metrics/metric.ts';
import { section } from '../../../reports/sections/section.ts';
import { type Distribution, Spread } from '../../../reports/statistics/spread.ts';
import { durations } from '../../../reports/summary-values.ts';
import { figureTable } from '../../../reports/terminal/style.ts';

interface StartUpFigures {
  readonly waitMs: Distribution;
}

class StartUp implements Meter<StartUpFigures> {
  readonly #measuredFromMs: number;
  /** When the windows opened in which nothing runs yet. */
  readonly #waiting = new Map<string, number>();
  readonly #waitMs = new Spread();

  constructor({ measuredFromMs }: StreamStart) {
    this.#measuredFromMs = measuredFromMs;
  }

  readonly hears = {
    'window-opened': ({ reservationId, atMs }: EventOf<'window-opened'>) => {
      if (atMs >= this.#measuredFromMs) this.#waiting.set(reservationId, atMs);
    },
    'vm-state-changed': ({ reservationId, atMs, to }: EventOf<'vm-state-changed'>) => {
      const openedMs = this.#waiting.get(reservationId);
      if (openedMs === undefined || to !== 'RUNNING') return;
      this.#waitMs.add(atMs - openedMs);
      this.#waiting.delete(reservationId);
    },
    'window-closed': ({ reservationId }: EventOf<'window-closed'>) => {
      this.#waiting.delete(reservationId);
    },
  };

  finish(): StartUpFigures {
    return { waitMs: this.#waitMs.distribution };
  }
}

export const startUp = metric({
  name: 'startUp',
  over: 'by instant',
  start: (stream: StreamStart) => new StartUp(stream),
  summary: {
    firstMachineMs: {
      unit: 'ms',
      means: 'from the opening of a window to its first running machine: `mean`, `p50`, `p95`',
      of: ({ waitMs }) => durations(waitMs),
    },
  },
});

export const startUpSection = section({
  id: 'start-up',
  title: 'Start-up',
  reads: [startUp],
  html: ({ figures }) => {
    const { count, mean, p95 } = figures.startUp.waitMs;
    return html`<p>In ${formatNumber(count)} windows a machine ran, after ${formatSpan(mean)} on average and ${formatSpan(p95)} in 95 % of them.</p>`;
  },
  tiles: ({ figures }) => {
    const { p50, p95 } = figures.startUp.waitMs;
    return [
      {
        title: 'Start-up',
        figure: formatSpan(p50),
        lines: [`in the median; 95 % within ${formatSpan(p95)}`],
      },
    ];
  },
  terms: [['Start-up', 'from the opening of a window to the first machine that runs in it.']],
  terminal: ({ firstMachineMs }, style) =>
    figureTable('Start-up', [['First machine', formatSpan(firstMachineMs.mean), 'on average']], style),
  compared: ({ firstMachineMs }) => [['Start-up, mean', formatSpan(firstMachineMs.mean)]],
});
