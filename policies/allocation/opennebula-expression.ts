// The two little languages of OpenNebula's match-making scheduler: REQUIREMENTS, which a host meets or not, and RANK, which is a number. Their
// grammars are those of its template reference (1.4 to 6.x), also where these surprise: `&`, `|` and `!` bind alike, from the left.
import { suggestion } from '../../written/suggestion.ts';

/** The text is no expression. */
export class ExpressionError extends RangeError {
  /** Of the character at which it is wrong, from 1; behind the last where more was expected. */
  readonly position: number;

  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}

/** What a host says of itself, under names in capitals. Asked for only when it is needed. */
export type HostAttributes<Host> = Readonly<Record<string, (host: Host) => number | string>>;

/**
 * Makes a test of hosts of a text such as `FREE_CPU > 100 & (CLUSTER = "xen*" | !NAME = "n4")`. Texts are compared with patterns of a shell
 * (`*`, `?`, `[a-z]`), numbers with `=`, `!=`, `<` and `>`: with a whole number only the whole part of the attribute is compared. Every host meets an empty text.
 * @throws RangeError that says where the text is wrong, and what was expected
 */
export function parseRequirements<Host>(
  text: string,
  attributes: HostAttributes<Host>,
): (host: Host) => boolean {
  const tokens = new Tokens(text);
  if (tokens.isAtEnd) return () => true;
  const meets = anyOf(tokens, attributes);
  tokens.expectEnd('& or |');
  return meets;
}

/**
 * Makes a number of a text such as `2 * FREE_CPU - RUNNING_VMS / 3`, cut to a whole number. An empty text is 0, and what is no number, as after a division by 0, is
 * the least of all.
 * @throws RangeError that says where the text is wrong, and what was expected
 */
export function parseRank<Host>(text: string, attributes: HostAttributes<Host>): (host: Host) => number {
  const tokens = new Tokens(text);
  if (tokens.isAtEnd) return () => 0;
  const rank = sum(tokens, attributes);
  tokens.expectEnd('+, -, * or /');
  return (host) => {
    const value = Math.trunc(rank(host));
    return Number.isFinite(value) ? value : -Number.MAX_VALUE;
  };
}

function anyOf<Host>(tokens: Tokens, attributes: HostAttributes<Host>): (host: Host) => boolean {
  let meets = oneTest(tokens, attributes);
  for (;;) {
    const left = meets;
    if (tokens.take('&')) {
      const right = oneTest(tokens, attributes);
      meets = (host) => left(host) && right(host);
    } else if (tokens.take('|')) {
      const right = oneTest(tokens, attributes);
      meets = (host) => left(host) || right(host);
    } else return meets;
  }
}

function oneTest<Host>(tokens: Tokens, attributes: HostAttributes<Host>): (host: Host) => boolean {
  if (tokens.take('!')) {
    const inner = oneTest(tokens, attributes);
    return (host) => !inner(host);
  }
  if (tokens.take('(')) {
    const inner = anyOf(tokens, attributes);
    tokens.expect(')');
    return inner;
  }
  return comparison(tokens, attributes);
}

function comparison<Host>(tokens: Tokens, attributes: HostAttributes<Host>): (host: Host) => boolean {
  const read = attribute(tokens, attributes);
  const operator = tokens.oneOf(['=', '!=', '<', '>']);
  const number = tokens.number();
  if (number !== undefined) {
    const compare = (COMPARE as Readonly<Record<string, (a: number, b: number) => boolean>>)[operator]!;
    return (host) => {
      const value = Number(read(host));
      return !Number.isNaN(value) && compare(number.isWhole ? Math.trunc(value) : value, number.value);
    };
  }
  const { position } = tokens;
  const pattern = tokens.text();
  if (pattern === undefined) throw tokens.problem('a number or a text');
  if (operator === '<' || operator === '>') throw tokens.problem(`a number after ${operator}`);
  const matches = shellPattern(pattern, position);
  return (host) => matches.test(String(read(host))) === (operator === '=');
}

const COMPARE = {
  '=': (a: number, b: number) => a === b,
  '!=': (a: number, b: number) => a !== b,
  '<': (a: number, b: number) => a < b,
  '>': (a: number, b: number) => a > b,
};

function sum<Host>(tokens: Tokens, attributes: HostAttributes<Host>): (host: Host) => number {
  let value = product(tokens, attributes);
  for (;;) {
    const left = value;
    if (tokens.take('+')) {
      const right = product(tokens, attributes);
      value = (host) => left(host) + right(host);
    } else if (tokens.take('-')) {
      const right = product(tokens, attributes);
      value = (host) => left(host) - right(host);
    } else return value;
  }
}

function product<Host>(tokens: Tokens, attributes: HostAttributes<Host>): (host: Host) => number {
  let value = factor(tokens, attributes);
  for (;;) {
    const left = value;
    if (tokens.take('*')) {
      const right = factor(tokens, attributes);
      value = (host) => left(host) * right(host);
    } else if (tokens.take('/')) {
      const right = factor(tokens, attributes);
      value = (host) => left(host) / right(host);
    } else return value;
  }
}

function factor<Host>(tokens: Tokens, attributes: HostAttributes<Host>): (host: Host) => number {
  if (tokens.take('-')) {
    const inner = factor(tokens, attributes);
    return (host) => -inner(host);
  }
  if (tokens.take('(')) {
    const inner = sum(tokens, attributes);
    tokens.expect(')');
    return inner;
  }
  const number = tokens.number();
  if (number !== undefined) return () => number.value;
  const read = attribute(tokens, attributes);
  // A text counts as 0, as an attribute that is no number does in OpenNebula.
  return (host) => {
    const value = Number(read(host));
    return Number.isNaN(value) ? 0 : value;
  };
}

/** OpenNebula takes a name that no host has for 0 or for false; here it is most likely a slip. */
function attribute<Host>(tokens: Tokens, attributes: HostAttributes<Host>): (host: Host) => number | string {
  const { position } = tokens;
  const name = tokens.word();
  if (name === undefined) throw tokens.problem('the name of an attribute');
  if (Object.hasOwn(attributes, name)) return attributes[name]!;
  throw new ExpressionError(
    `hosts have no attribute "${name}"${suggestion(name, Object.keys(attributes))}`,
    position,
  );
}

/** As fnmatch(3) has it without flags: the pattern must match the whole text. */
function shellPattern(pattern: string, position: number): RegExp {
  const source = pattern.replaceAll(/\[(!?)([^\]]+)\]|[\s\S]/g, (part, not, inside: string | undefined) => {
    if (inside !== undefined) return `[${not === '!' ? '^' : ''}${inside.replaceAll(/[\\^[]/g, '\\$&')}]`;
    if (part === '*') return '[\\s\\S]*';
    if (part === '?') return '[\\s\\S]';
    return part.replace(/[.*+?^${}()|[\]\\/]/, '\\$&');
  });
  try {
    return new RegExp(`^${source}$`);
  } catch {
    throw new ExpressionError(
      `"${pattern}" is no pattern; expected one of a shell, such as "node[0-9]*"`,
      position,
    );
  }
}

const TOKEN = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(\d+(?:\.\d+)?)|"([^"]*)"|(!=|[-=<>&|!()+*/]))/y;

/** The words of an expression, taken from the left. */
class Tokens {
  readonly #text: string;
  /** Blanks before it. */
  readonly #indent: number;
  #at = 0;
  #next: RegExpExecArray | undefined;

  constructor(text: string) {
    this.#text = text.trim();
    this.#indent = text.length - text.trimStart().length;
    this.#advance();
  }

  get isAtEnd(): boolean {
    return this.#next === undefined;
  }

  /** Of the next word, from 1, in the text as it was given. */
  get position(): number {
    const found = this.#next;
    const at = found === undefined ? this.#text.length : found.index + found[0].search(/\S/);
    return this.#indent + at + 1;
  }

  take(sign: string): boolean {
    if (this.#next?.[4] !== sign) return false;
    this.#advance();
    return true;
  }

  expect(sign: string): void {
    if (!this.take(sign)) throw this.problem(sign);
  }

  expectEnd(orElse: string): void {
    if (!this.isAtEnd) throw this.problem(`${orElse}, or the end`);
  }

  oneOf<Sign extends string>(signs: readonly Sign[]): Sign {
    const found = signs.find((sign) => this.take(sign));
    if (found === undefined) throw this.problem(signs.join(', '));
    return found;
  }

  word(): string | undefined {
    const word = this.#next?.[1];
    if (word !== undefined) this.#advance();
    return word;
  }

  number(): { readonly value: number; readonly isWhole: boolean } | undefined {
    const digits = this.#next?.[2];
    if (digits === undefined) return undefined;
    this.#advance();
    return { value: Number(digits), isWhole: !digits.includes('.') };
  }

  /** In quotes, or a single word without. */
  text(): string | undefined {
    const quoted = this.#next?.[3];
    if (quoted === undefined) return this.word();
    this.#advance();
    return quoted;
  }

  problem(expected: string): RangeError {
    const found = this.#next === undefined ? 'its end' : `"${this.#next[0].trim()}"`;
    return new ExpressionError(`"${this.#text}" has ${found} where ${expected} was expected`, this.position);
  }

  #advance(): void {
    if (this.#at >= this.#text.length) {
      this.#next = undefined;
      return;
    }
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#text);
    if (found === null) {
      const rest = this.#text.slice(this.#at).trim();
      throw new ExpressionError(
        `"${this.#text}" has "${rest}" in it, which is no part of an expression`,
        this.#indent + this.#text.length - rest.length + 1,
      );
    }
    this.#next = found;
    this.#at = TOKEN.lastIndex;
  }
}
