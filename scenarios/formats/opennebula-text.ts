// VM templates of OpenNebula as people write them: NAME = VALUE, or NAME = [ NAME = VALUE, … ], one after the other.
import { InputError } from '../../written/input-error.ts';
import { readLines } from './input-file.ts';

/** One attribute as it is written: a text, or texts under names. Names are in capitals, as OpenNebula makes them. */
export interface Attribute {
  readonly name: string;
  readonly value: string | ReadonlyMap<string, string>;
  readonly line: number;
}

export interface WrittenTemplate {
  readonly attributes: readonly Attribute[];
  /** What OpenNebula says of a VM that was made from it. Absent: it is a template, and there is none. */
  readonly vm?: VmRecord;
}

export interface VmRecord {
  /** Unique in its cloud. */
  readonly id: string;
  readonly user: string | undefined;
  /** Since the Unix epoch, in seconds: when it was submitted, and when it was over; "0": it is not. */
  readonly stime: string;
  readonly etime: string;
}

/** The templates of a file, none without attributes: the first begins with its first attribute, every other one with its NAME. */
export async function* readTemplateText(file: string): AsyncGenerator<WrittenTemplate> {
  let attributes: Attribute[] = [];
  for await (const attribute of readAttributes(file)) {
    if (attribute.name === 'NAME' && attributes.some(({ name }) => name === 'NAME')) {
      yield { attributes };
      attributes = [];
    }
    attributes.push(attribute);
  }
  if (attributes.length > 0) yield { attributes };
}

/** A value of several parts may go over lines, up to its bracket. */
async function* readAttributes(file: string): AsyncGenerator<Attribute> {
  let line = 0;
  let open: { readonly line: number; text: string } | undefined;
  for await (const written of readLines(file)) {
    line++;
    const text = withoutComment(written).trim();
    if (text === '') continue;
    if (open === undefined) open = { line, text };
    else open.text += ` ${text}`;
    if (isWhole(open.text)) {
      yield attributeOf(open.text, { file, line: open.line });
      open = undefined;
    }
  }
  if (open !== undefined) yield attributeOf(open.text, { file, line: open.line });
}

/** What is in quotes. */
const QUOTED = /"(?:[^"\\]|\\.)*"?/;

const withoutComment = (line: string): string =>
  line.replace(new RegExp(`(${QUOTED.source})|#.*`, 'g'), (_, quoted: string | undefined) => quoted ?? '');

/** It has no bracket that is still open. */
function isWhole(text: string): boolean {
  const signs = text.replaceAll(new RegExp(QUOTED.source, 'g'), '""');
  return !/^[^=]*=\s*\[/.test(signs) || signs.includes(']');
}

function attributeOf(text: string, place: { readonly file: string; readonly line: number }): Attribute {
  const [, name = '', value = ''] = /^([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/.exec(text) ?? [];
  const problem = (expected: string) =>
    new InputError('PEX_WORKLOAD_HEADER', `"${text}" is no attribute; expected ${expected}`, place);
  if (name === '') throw problem('NAME = VALUE, or NAME = [ NAME = VALUE, … ]');
  const key = name.toUpperCase();
  if (!value.startsWith('[')) return { name: key, value: unquoted(value), line: place.line };
  if (!value.endsWith(']')) throw problem('a ] at the end of its parts');
  const parts = new Map<string, string>();
  const part = new RegExp(`\\s*([A-Za-z_][A-Za-z0-9_]*)\\s*=\\s*(${QUOTED.source}|[^",\\]]*)\\s*(,|$)`, 'y');
  const inside = value.slice(1, -1).trim();
  while (part.lastIndex < inside.length) {
    const [whole, partName = '', partValue = ''] = part.exec(inside) ?? [];
    if (whole === undefined) throw problem('NAME = VALUE in its parts, with commas between them');
    parts.set(partName.toUpperCase(), unquoted(partValue.trim()));
  }
  return { name: key, value: parts, line: place.line };
}

const unquoted = (text: string): string =>
  text.startsWith('"') && text.endsWith('"') && text.length > 1
    ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1')
    : text;
