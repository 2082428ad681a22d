// Arithmetic and conditions over named figures, as people write them in a scenario: FREE_CPU - 10 * RUNNING_VMS, or FREE_CPU >= 200 & CLUSTER = "rack". No
// library: those that there are evaluate much more than this. What OpenNebula reads is in allocation/opennebula-expression.ts: it has no
// precedence among conditions, and cuts ranks.

/** A figure is a number; the name of a thing is a text. */
export type Value = number | string;

/** What an expression is about. */
export interface Figures<S> {
  /** How a figure is read off a subject; undefined: there is none of that name. */
  of(name: string): ((subject: S) => Value) | undefined;
  /** For the message about one that there is not. */
  readonly names: string;
}

type Reading<S> = (subject: S) => Value;

/** Loosest first. All of a row bind alike, from left to right. */
const OPERATORS: readonly (readonly string[])[] = [
  ['|', '||'],
  ['&', '&&'],
  ['=', '==', '!=', '>', '<', '>=', '<='],
  ['+', '-'],
  ['*', '/'],
];

const TOKEN = /\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_][\w.]*)|"([^"]*)"|(\|\||&&|==|!=|>=|<=|[|&=><+\-*/!()]))/y;

interface Token {
  readonly kind: 'number' | 'name' | 'text' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

/**
 * What an expression comes to: a number, of a condition 1 or 0.
 * @throws RangeError that says where the text is none
 */
export function expressionOf<S>(text: string, figures: Figures<S>): (subject: S) => number {
  const reading = new Parser(text, figures).whole();
  return (subject) => numberOf(reading(subject), text);
}

class Parser<S> {
  readonly #text: string;
  readonly #figures: Figures<S>;
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string, figures: Figures<S>) {
    this.#text = text;
    this.#figures = figures;
    this.#tokens = this.#cut();
  }

  whole(): Reading<S> {
    const reading = this.#binary(0);
    if (this.#token.kind !== 'end') throw this.#wrong('an operator');
    return reading;
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #binary(level: number): Reading<S> {
    const signs = OPERATORS[level];
    if (signs === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    while (this.#token.kind === 'sign' && signs.includes(this.#token.text)) {
      const apply = this.#applying(this.#take().text);
      const [a, b] = [left, this.#binary(level + 1)];
      left = (subject) => apply(a(subject), b(subject));
    }
    return left;
  }

  #unary(): Reading<S> {
    const { kind, text } = this.#token;
    if (kind !== 'sign' || (text !== '-' && text !== '!')) return this.#operand();
    this.#take();
    const operand = this.#unary();
    const value = (subject: S) => numberOf(operand(subject), this.#text);
    return text === '-' ? (subject) => -value(subject) : (subject) => (value(subject) === 0 ? 1 : 0);
  }

  #operand(): Reading<S> {
    const token = this.#token;
    const { kind, text } = token;
    if (kind === 'number' || kind === 'text') {
      this.#take();
      const value = kind === 'number' ? Number(text) : text;
      return () => value;
    }
    if (kind === 'name') {
      this.#take();
      const figure = this.#figures.of(text);
      if (figure !== undefined) return figure;
      throw new RangeError(`"${this.#text}" names ${text}, which is none of ${this.#figures.names}`);
    }
    if (text !== '(' || kind !== 'sign') throw this.#wrong('a number, a name or "("');
    this.#take();
    const inner = this.#binary(0);
    if (this.#token.text !== ')' || this.#token.kind !== 'sign') throw this.#wrong('")"');
    this.#take();
    return inner;
  }

  #take(): Token {
    const token = this.#token;
    this.#next += 1;
    return token;
  }

  #applying(sign: string): (a: Value, b: Value) => number {
    const counting = (of: (a: number, b: number) => number) => (a: Value, b: Value) =>
      of(numberOf(a, this.#text), numberOf(b, this.#text));
    switch (sign) {
      case '|':
      case '||':
        return counting((a, b) => (a !== 0 || b !== 0 ? 1 : 0));
      case '&':
      case '&&':
        return counting((a, b) => (a !== 0 && b !== 0 ? 1 : 0));
      case '=':
      case '==':
        return (a, b) => (isLike(a, b) ? 1 : 0);
      case '!=':
        return (a, b) => (isLike(a, b) ? 0 : 1);
      case '>':
        return counting((a, b) => (a > b ? 1 : 0));
      case '<':
        return counting((a, b) => (a < b ? 1 : 0));
      case '>=':
        return counting((a, b) => (a >= b ? 1 : 0));
      case '<=':
        return counting((a, b) => (a <= b ? 1 : 0));
      case '+':
        return counting((a, b) => a + b);
      case '-':
        return counting((a, b) => a - b);
      case '*':
        return counting((a, b) => a * b);
      default:
        // What nothing can be shared out to comes last in any order, and is no number that breaks one.
        return counting((a, b) => (b === 0 ? 0 : a / b));
    }
  }

  #cut(): Token[] {
    const text = this.#text;
    const tokens: Token[] = [];
    TOKEN.lastIndex = 0;
    while (text.slice(TOKEN.lastIndex).trim() !== '') {
      const at = TOKEN.lastIndex;
      const found = TOKEN.exec(text);
      if (found === null)
        throw new RangeError(`"${text}" has "${text.slice(at).trim()[0]}", which is no operator`);
      const [, number, name, quoted, sign] = found;
      if (number !== undefined) tokens.push({ kind: 'number', text: number, at });
      else if (name !== undefined) tokens.push({ kind: 'name', text: name, at });
      else if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted, at });
      else tokens.push({ kind: 'sign', text: sign!, at });
    }
    return [...tokens, { kind: 'end', text: '', at: text.length }];
  }

  #wrong(expected: string): RangeError {
    const { kind, text } = this.#token;
    const found = kind === 'end' ? 'ends' : `has "${text}"`;
    return new RangeError(`"${this.#text}" ${found} where ${expected} is expected`);
  }
}

/** Texts are compared as patterns: * stands for anything. */
function isLike(a: Value, b: Value): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  const [text, pattern] = b.includes('*') ? [a, b] : [b, a];
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}

function numberOf(value: Value, text: string): number {
  if (typeof value === 'number') return value;
  throw new RangeError(`"${text}" counts with the text "${value}"; texts can only be compared by = and !=`);
}
