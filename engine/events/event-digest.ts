// The digest of an event stream: SHA-256 over the events in a binary form of their JSON values. Same scenario, seed and version: same
// digest, on every machine, whether the events come from a run or from a journal.
import { createHash } from 'node:crypto';
import type { DomainEvent } from './domain-event.ts';

// The form: a byte that tells the kind of a value, then the value. A number is a double, most significant byte first. A text is its length
// in bytes of UTF-8, in four bytes, and these. A list is its items, a group its names and values in their order; both are closed by a
// byte of their own. A name is a text where it first occurs in the stream, and from then on its number, in two bytes.
const NULL = 0;
const FALSE = 1;
const TRUE = 2;
const NUMBER = 3;
const TEXT = 4;
const LIST = 5;
const GROUP = 6;
const END = 7;
const KNOWN_NAME = 8;

const NAMES_KNOWN_MAX = 1 << 16;

const BUFFER_BYTES = 1 << 16;
/** Of a UTF-16 unit in UTF-8. */
const BYTES_PER_UNIT_MAX = 3;
/** What precedes a text, or makes any other single value. */
const BYTES_PER_VALUE_MAX = 9;

const encoder = new TextEncoder();

export class EventDigest {
  readonly #hash = createHash('sha256');
  /** In the order in which they first occurred. */
  readonly #names = new Map<string, number>();
  /** By name, what came after it last: groups are alike, so it mostly comes again, and need not be looked up. The first name of all comes after none. */
  readonly #nextNames: (string | undefined)[] = [];
  readonly #nextNumbers: number[] = [];
  #lastName = 0;
  #bytes = new Uint8Array(BUFFER_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  #count = 0;

  add(event: DomainEvent): void {
    this.#put(event);
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** Lower-case hex, 64 characters, of everything added so far; more can be added afterwards. */
  value(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #put(value: unknown): void {
    if (typeof value === 'string') {
      this.#putText(value);
      return;
    }
    this.#makeRoom(BYTES_PER_VALUE_MAX);
    if (typeof value === 'number') {
      this.#bytes[this.#used] = NUMBER;
      // As JSON has it: there is one zero.
      this.#view.setFloat64(this.#used + 1, value === 0 ? 0 : value);
      this.#used += 9;
    } else if (typeof value === 'boolean') {
      this.#bytes[this.#used++] = value ? TRUE : FALSE;
    } else if (value === null) {
      this.#bytes[this.#used++] = NULL;
    } else if (Array.isArray(value)) {
      this.#bytes[this.#used++] = LIST;
      for (let i = 0; i < value.length; i++) this.#put(value[i]);
      this.#putEnd();
    } else {
      this.#putGroup(value as Readonly<Record<string, unknown>>);
    }
  }

  #putGroup(group: Readonly<Record<string, unknown>>): void {
    this.#bytes[this.#used++] = GROUP;
    for (const name in group) {
      const value = group[name];
      // As JSON has it: what is undefined is not there.
      if (value === undefined) continue;
      this.#putName(name);
      this.#put(value);
    }
    this.#putEnd();
  }

  #putName(name: string): void {
    const last = this.#lastName;
    const isExpected = this.#nextNames[last] === name;
    const number = isExpected ? this.#nextNumbers[last] : this.#names.get(name);
    if (number === undefined) {
      if (this.#names.size < NAMES_KNOWN_MAX) this.#names.set(name, this.#names.size);
      this.#putText(name);
      return;
    }
    if (!isExpected) {
      this.#nextNames[last] = name;
      this.#nextNumbers[last] = number;
    }
    this.#lastName = number;
    this.#makeRoom(BYTES_PER_VALUE_MAX);
    const bytes = this.#bytes;
    bytes[this.#used] = KNOWN_NAME;
    bytes[this.#used + 1] = number >>> 8;
    bytes[this.#used + 2] = number;
    this.#used += 3;
  }

  #putEnd(): void {
    this.#makeRoom(1);
    this.#bytes[this.#used++] = END;
  }

  #putText(text: string): void {
    const { length } = text;
    this.#makeRoom(BYTES_PER_VALUE_MAX + length * BYTES_PER_UNIT_MAX);
    const bytes = this.#bytes;
    const from = this.#used + 5;
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 0x7f) break;
      bytes[from + i] = unit;
    }
    const size = i === length ? length : encoder.encodeInto(text, bytes.subarray(from)).written;
    bytes[this.#used] = TEXT;
    this.#view.setUint32(this.#used + 1, size);
    this.#used = from + size;
  }

  #makeRoom(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return;
    this.#flush();
    if (bytes <= this.#bytes.length) return;
    this.#bytes = new Uint8Array(bytes);
    this.#view = new DataView(this.#bytes.buffer);
  }

  #flush(): void {
    this.#hash.update(this.#bytes.subarray(0, this.#used));
    this.#used = 0;
  }
}
