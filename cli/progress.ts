// Progress of a run on stderr: one line that is written over on a terminal, a line for every tenth otherwise.
import type { RunProgress } from '../engine/index.ts';
import { formatDuration } from '../written/time-text.ts';

const REDRAW_MS = 100;
/** Without a known end there are no tenths; then a line comes this often. */
const LINE_MS = 10_000;

export interface ProgressOptions {
  readonly startMs: number;
  /** Infinity when the end is not known. */
  readonly endMs: number;
  readonly stream: { readonly isTTY?: boolean; write(text: string): unknown };
  /** Milliseconds of real time, from any origin. */
  readonly nowMs: () => number;
}

export class ProgressLine {
  readonly #options: ProgressOptions;
  readonly #beganMs: number;
  #shownMs: number;
  #tenths = 0;
  #isDrawn = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#beganMs = options.nowMs();
    this.#shownMs = this.#beganMs;
  }

  show(progress: RunProgress): void {
    const { stream, nowMs } = this.#options;
    const realMs = nowMs();
    if (stream.isTTY === true) {
      if (realMs - this.#shownMs < REDRAW_MS) return;
      this.#shownMs = realMs;
      this.#isDrawn = true;
      stream.write(`\r\x1b[K${this.#describe(progress, realMs)}`);
      return;
    }
    const share = this.#share(progress);
    const isDue =
      share === undefined ? realMs - this.#shownMs >= LINE_MS : Math.floor(share * 10) > this.#tenths;
    if (!isDue) return;
    this.#shownMs = realMs;
    this.#tenths = Math.floor((share ?? 0) * 10);
    stream.write(`${this.#describe(progress, realMs)}\n`);
  }

  /** Takes the line off the terminal. */
  clear(): void {
    if (this.#isDrawn) this.#options.stream.write('\r\x1b[K');
    this.#isDrawn = false;
  }

  #share({ nowMs }: RunProgress): number | undefined {
    const { startMs, endMs } = this.#options;
    return Number.isFinite(endMs) ? Math.min(1, (nowMs - startMs) / (endMs - startMs)) : undefined;
  }

  #describe(progress: RunProgress, realMs: number): string {
    const seconds = (realMs - this.#beganMs) / 1000;
    const share = this.#share(progress);
    const elapsed = formatDuration(Math.floor((progress.nowMs - this.#options.startMs) / 60_000) * 60_000);
    const rate = seconds > 0 ? Math.round(progress.events / seconds) : 0;
    const parts = [
      ...(share === undefined ? [] : [`${Math.floor(share * 100)} %`]),
      `virtual time ${elapsed}`,
      `${progress.requests} requests`,
      `${rate.toLocaleString('en')} events/s`,
    ];
    if (share !== undefined && share > 0 && share < 1) {
      parts.push(`about ${formatDuration(Math.ceil((seconds * (1 - share)) / share) * 1000)} left`);
    }
    return parts.join(' · ');
  }
}
