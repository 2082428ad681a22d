// The parameters of a query request: flat names with dots and numbers, read as lists and records. Whatever is not read by an action is not
// known to it, and is refused rather than overlooked.
import { Ec2Error, invalidValue } from './errors.ts';

/** What every request may bring. */
const OF_EVERY_REQUEST = [
  'Action',
  'Version',
  'AWSAccessKeyId',
  'Signature',
  'SignatureMethod',
  'SignatureVersion',
  'Timestamp',
  'Expires',
  'SecurityToken',
];
/** No action takes as much; what is longer is somebody's mistake, or worse. */
const MOST_NAMES = 5_000;

/** Pairs as they were sent. Names and values in form coding: a plus is a space. */
export function decodedPairs(text: string): [name: string, value: string][] {
  if (text === '') return [];
  return [...new URLSearchParams(text)];
}

export class Parameters {
  readonly #values: ReadonlyMap<string, string>;
  readonly #prefix: string;
  readonly #read: Set<string>;

  private constructor(values: ReadonlyMap<string, string>, prefix: string, read: Set<string>) {
    this.#values = values;
    this.#prefix = prefix;
    this.#read = read;
  }

  /** @throws Ec2Error InvalidParameterValue for a name that comes twice: which one is meant cannot be known */
  static of(pairs: readonly (readonly [string, string])[]): Parameters {
    if (pairs.length > MOST_NAMES)
      throw new Ec2Error('InvalidParameterValue', `More than ${MOST_NAMES} parameters.`);
    const values = new Map<string, string>();
    for (const [name, value] of pairs) {
      if (values.has(name))
        throw new Ec2Error('InvalidParameterValue', `The parameter ${name} is there more than once.`);
      values.set(name, value);
    }
    return new Parameters(values, '', new Set(OF_EVERY_REQUEST));
  }

  /** All, for what is made of them as a whole. */
  entries(): [name: string, value: string][] {
    return [...this.#values];
  }

  text(name: string): string | undefined {
    const full = this.#prefix + name;
    this.#read.add(full);
    return this.#values.get(full);
  }

  required(name: string): string {
    const value = this.text(name);
    if (value !== undefined && value !== '') return value;
    throw new Ec2Error('MissingParameter', `The request must contain the parameter ${this.#prefix}${name}`);
  }

  whole(name: string, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw invalidValue(this.#prefix + name, value, `a whole number from ${min} to ${max}`);
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const spelled = value.toLowerCase();
    if (spelled === 'true' || spelled === 'false') return spelled === 'true';
    throw invalidValue(this.#prefix + name, value, 'true or false');
  }

  /** Milliseconds since 1970, of an ISO 8601 date in UTC or with an offset. */
  instant(name: string): number | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : readInstant(value, this.#prefix + name);
  }

  /** One of a few; anything else is refused. */
  choice<const T extends string>(name: string, known: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const chosen = known.find((each) => each === value);
    if (chosen !== undefined) return chosen;
    throw invalidValue(this.#prefix + name, value, `one of ${known.join(', ')}`);
  }

  /** By number, wherever that begins; one without a number is a list as well. */
  list(name: string): string[] {
    const bare = this.text(name);
    const numbered = this.#numbers(name, '').map((number) => this.text(`${name}.${number}`)!);
    return bare === undefined ? numbered : [bare, ...numbered];
  }

  /** `name.1.…`, `name.2.…`, each as parameters of its own. */
  records(name: string): Parameters[] {
    return this.#numbers(name, '.').map((number) => this.#below(`${name}.${number}.`));
  }

  record(name: string): Parameters {
    return this.#below(`${name}.`);
  }

  /** Known, and without effect here. */
  overlook(...names: string[]): void {
    for (const full of this.#values.keys())
      if (names.some((name) => full === this.#prefix + name || full.startsWith(`${this.#prefix + name}.`)))
        this.#read.add(full);
  }

  /** @throws Ec2Error UnknownParameter for what nobody has read */
  checkAllRead(): void {
    for (const name of this.#values.keys()) {
      if (this.#read.has(name)) continue;
      throw new Ec2Error('UnknownParameter', `The parameter ${name} is not recognized here.`);
    }
  }

  #below(prefix: string): Parameters {
    return new Parameters(this.#values, this.#prefix + prefix, this.#read);
  }

  /** In order; the set of those that are there. */
  #numbers(name: string, after: '' | '.'): number[] {
    const start = `${this.#prefix}${name}.`;
    const numbers = new Set<number>();
    for (const full of this.#values.keys()) {
      if (!full.startsWith(start)) continue;
      const [digits = ''] = full.slice(start.length).split('.', 1);
      const rest = full.slice(start.length + digits.length);
      if (
        /^\d{1,6}$/.test(digits) &&
        String(Number(digits)) === digits &&
        (after === '' ? rest === '' : rest !== '')
      )
        numbers.add(Number(digits));
    }
    return [...numbers].sort((a, b) => a - b);
  }
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;

export function readInstant(value: string, name: string): number {
  const ms = INSTANT.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isSafeInteger(ms)) return ms;
  throw invalidValue(name, value, 'a date like 2030-01-01T00:00:00Z');
}
