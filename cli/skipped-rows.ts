// What is said about the rows that a lenient workload left out: how many, and the first few. However many there are, only those few
// are remembered.
import type { InputError } from '../written/input-error.ts';

const SHOWN = 10;

export class SkippedRows {
  #count = 0;
  readonly #shown: string[] = [];

  readonly add = ({ message }: InputError): void => {
    this.#count += 1;
    if (this.#shown.length < SHOWN) this.#shown.push(message);
  };

  /** For stderr; empty when none was left out. */
  describe(): string {
    if (this.#count === 0) return '';
    const shown = this.#shown.map((message) => `  ${message}\n`);
    const rest = this.#count > SHOWN ? `  and ${this.#count - SHOWN} more\n` : '';
    return `Left out ${this.#count} bad row${this.#count === 1 ? '' : 's'}:\n${shown.join('')}${rest}`;
  }
}
