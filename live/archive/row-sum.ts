// A sum over rows that does not depend on their order, nor on which kind of database they come from.
import { createHash } from 'node:crypto';
import type { Row } from '../database/field.ts';

const BITS = 256;

export class RowSum {
  #count = 0;
  #sum = 0n;

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      this.#count += 1;
      this.#sum = BigInt.asUintN(BITS, this.#sum + hashOf(row));
    }
  }

  get count(): number {
    return this.#count;
  }

  equals(other: RowSum): boolean {
    return this.#count === other.#count && this.#sum === other.#sum;
  }
}

function hashOf(row: Row): bigint {
  const columns = Object.keys(row).sort();
  // PostgreSQL has booleans, SQLite 0 and 1.
  const values = columns.map((name) => (typeof row[name] === 'boolean' ? Number(row[name]) : row[name]));
  return BigInt(`0x${createHash('sha256').update(JSON.stringify(values)).digest('hex')}`);
}
