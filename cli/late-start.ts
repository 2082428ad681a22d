// A workload with calendar dates and a scenario that begins years before the first of them: simulated as asked, but hardly meant.
import { type DomainEvent, formatInstant } from '../engine/index.ts';
import { formatDuration } from '../written/time-text.ts';

const LONG_MS = 90 * 86_400_000;

export class LateStart {
  readonly #startMs: number;
  #firstRequestMs: number | undefined;

  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  record({ atMs, type }: DomainEvent): void {
    if (this.#firstRequestMs === undefined && type === 'proposal-received') this.#firstRequestMs = atMs;
  }

  /** For stderr; empty when the first request came within three months. */
  describe(): string {
    const firstMs = this.#firstRequestMs ?? this.#startMs;
    const idleMs = firstMs - this.#startMs;
    if (idleMs < LONG_MS) return '';
    const days = formatDuration(Math.floor(idleMs / 86_400_000) * 86_400_000);
    const date = formatInstant(firstMs).slice(0, 10);
    return `The first request comes ${days} after the start of the scenario; if its dates are meant as they are, set start: ${date}\n`;
  }
}
