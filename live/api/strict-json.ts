// Reads a JSON body more strictly than JSON.parse: names given twice, names that reach into JavaScript's prototypes and deep nesting
// are refused, because readers of such documents disagree about what they mean.
import { ServiceError } from '../problems.ts';

const MAX_DEPTH = 16;
const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** @throws ServiceError PEX_BAD_REQUEST */
export function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    // A byte order mark is no JSON, but some clients send it.
    value = JSON.parse(text.startsWith('\u{feff}') ? text.slice(1) : text);
  } catch (error) {
    const place = error instanceof SyntaxError ? /at position \d+/.exec(error.message)?.[0] : undefined;
    throw refuse(`The body is not well-formed JSON${place === undefined ? '' : ` (${place})`}.`);
  }
  checkStructure(text);
  return value;
}

/** Walks over a text that is known to be well-formed. */
function checkStructure(text: string): void {
  /** The names seen so far in each object that is open; null stands for an array. */
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        open.push(text[at] === '{' ? new Set() : null);
        if (open.length > MAX_DEPTH) throw refuse(`The body is nested more than ${MAX_DEPTH} levels deep.`);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case '"': {
        const end = endOfString(text, at);
        const names = open.at(-1);
        if (names && isName(text, end)) checkName(JSON.parse(text.slice(at, end)), names);
        at = end - 1;
        break;
      }
    }
  }
}

/** @returns the position after the closing quote */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isName(text: string, afterString: number): boolean {
  let at = afterString;
  while (text[at] === ' ' || text[at] === '\t' || text[at] === '\n' || text[at] === '\r') at++;
  return text[at] === ':';
}

function checkName(name: string, names: Set<string>): void {
  const shown = JSON.stringify(name.slice(0, 64));
  if (FORBIDDEN_NAMES.has(name)) throw refuse(`The body has a field ${shown}, which no request has.`);
  if (names.has(name)) throw refuse(`The body has the field ${shown} twice in one object.`);
  names.add(name);
}

function refuse(detail: string): ServiceError {
  return new ServiceError('PEX_BAD_REQUEST', detail);
}
