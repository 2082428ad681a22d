// What is said about the rows of workloads when they have been read: which bad ones were left out, what was made of odd ones, and what
// was hardly meant. However many rows there are, only a few messages are remembered.

import { counted } from '../../written/counted.ts';
import type { InputError } from '../../written/input-error.ts';
import type { WorkloadListener } from './read-workload.ts';

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

  /** Whole lines, for stderr; empty when there is nothing to say. */
  describe(): string {
    const odd = [...this.#odd].map(([note, count]) => {
      const [file, what] = JSON.parse(note) as [string, string];
      return `${file}: ${counted(count, 'row')} ${what}\n`;
    });
    return this.#describeSkipped() + odd.join('') + this.#hints.map((hint) => `${hint}\n`).join('');
  }

  #describeSkipped(): string {
    if (this.#skipped === 0) return '';
    const shown = this.#shown.map((message) => `  ${message}\n`);
    const rest = this.#skipped > SHOWN ? `  and ${this.#skipped - SHOWN} more\n` : '';
    return `Left out ${counted(this.#skipped, 'bad row')}:\n${shown.join('')}${rest}`;
  }
}
