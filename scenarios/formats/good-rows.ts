// What happens to bad rows, the same for every format and every step after it: they are counted and reported together, or left out.
import { InputError } from '../../written/input-error.ts';

/** How a reader is told to treat the file it reads. */
export interface BadRowHandling {
  readonly file: string;
  readonly badRows: BadRows;
}

/** As many bad rows are shown; the others are only counted. */
const SHOWN = 10;

/** The bad rows of one workload. */
export class BadRows {
  readonly #lenient: boolean;
  readonly #onSkipped: ((problem: InputError) => void) | undefined;
  readonly #shown: InputError[] = [];
  #count = 0;

  /** @param handling with `lenient`, bad rows are left out and `onSkipped` is told of each; otherwise they are kept for {@link check} */
  constructor(handling: {
    readonly lenient: boolean;
    onSkipped?: ((problem: InputError) => void) | undefined;
  }) {
    this.#lenient = handling.lenient;
    this.#onSkipped = handling.onSkipped;
  }

  add(problem: InputError): void {
    if (this.#lenient) {
      this.#onSkipped?.(problem);
      return;
    }
    this.#count++;
    if (this.#shown.length < SHOWN) this.#shown.push(problem);
  }

  /** Nothing more is to come of this workload: its rest is read only to report what else is wrong with it. */
  get areFatal(): boolean {
    return this.#count > 0;
  }

  /** @throws InputError with the first ten, when there was one and they are not left out */
  check(): void {
    const first = this.#shown[0];
    if (first === undefined) return;
    if (this.#count === 1) throw first;
    const which = this.#count > SHOWN ? `; the first ${SHOWN}` : '';
    const list = this.#shown.map((error) => `\n  ${error.message}`).join('');
    const { file } = first.place;
    const place = file === undefined ? {} : { file };
    throw new InputError(first.code, `${this.#count} bad rows${which}:${list}`, place);
  }
}

/**
 * What `read` makes of the records, rows as a rule, in their order; what it throws is a bad row.
 * @param read throws InputError for a bad record; undefined leaves it out
 */
export async function* goodRows<Record, Row extends object>(
  records: AsyncIterable<Record>,
  read: (record: Record) => Row | undefined,
  { badRows }: BadRowHandling,
): AsyncGenerator<Row> {
  for await (const record of records) {
    let row: Row | undefined;
    try {
      row = read(record);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      badRows.add(error);
    }
    if (row !== undefined) yield row;
  }
}
