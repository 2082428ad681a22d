// What is said on stderr about the rows of workloads when a command is done: which bad ones were left out, what was made of odd ones, and what
// was hardly meant. However many rows there are, only a few messages are remembered.
import type { WorkloadListener } from '../scenarios/formats/read-workload.ts';
import type { InputError } from '../written/input-error.ts';

const SHOWN = 10;

export class WorkloadNotes implements WorkloadListener {
  #skipped = 0;
  readonly #shown: string[] = [];
  readonly #odd = new Map<string, number>();
  readonly #hints: string[] = [];

  readonly onSkipped = ({ message }: InputError): void => {
    this.#skipped += 1;
    if (this.#shown.length < SHOWN) this.#shown.push(message);
  };

  readonly onOdd = (file: string, what: string): void => {
    const note = JSON.stringify([file, what]);
    this.#odd.set(note, (this.#odd.get(note) ?? 0) + 1);
  };

  readonly onHint = (hint: string): void => {
    this.#hints.push(hint);
  };

  /** Lines for stderr; empty when there is nothing to say. */
  describe(): string {
    const odd = [...this.#odd].map(([note, count]) => {
      const [file, what] = JSON.parse(note) as [string, string];
      return `${file}: ${countRows(count)} ${what}\n`;
    });
    return this.#describeSkipped() + odd.join('') + this.#hints.map((hint) => `${hint}\n`).join('');
  }

  #describeSkipped(): string {
    if (this.#skipped === 0) return '';
    const shown = this.#shown.map((message) => `  ${message}\n`);
    const rest = this.#skipped > SHOWN ? `  and ${this.#skipped - SHOWN} more\n` : '';
    return `Left out ${this.#skipped} bad row${this.#skipped === 1 ? '' : 's'}:\n${shown.join('')}${rest}`;
  }
}

const countRows = (count: number): string => `${count.toLocaleString('en')} row${count === 1 ? '' : 's'}`;
