// A setting that is laid over a document: `--set cluster.nodes[0].count=10` on the command line, or a level of an experiment.
import { parse, YAMLParseError } from 'yaml';
import type { WrittenDocument } from './document.ts';
import { InputError } from './input-error.ts';
import type { PathPart } from './written-value.ts';

export interface Setting {
  readonly path: readonly PathPart[];
  readonly value: unknown;
  /** As messages name it: the option as it was given, or where it is written. */
  readonly origin: string;
  /** The file that files named in the value are relative to; absent: the document that the setting is laid over. */
  readonly home?: string;
}

/** @throws InputError PEX_USAGE */
export function applySetting(document: WrittenDocument, text: string): void {
  const { path, value, origin } = parseSetting(text);
  document.set(path, value, origin);
}

/**
 * The value is YAML. Whether the path and the value make sense is found when the document that it is laid over is checked.
 * @param text as it follows `--set`
 * @throws InputError PEX_USAGE
 */
export function parseSetting(text: string): Setting {
  const origin = `--set ${text}`;
  const [name, written] = splitAssignment(text, origin, 'path=value');
  const path = parsePath(name);
  if (path === undefined) {
    throw new InputError('PEX_USAGE', `"${name}" is no path; expected one such as cluster.nodes[0].count`, {
      file: origin,
    });
  }
  try {
    return { path, value: parse(written, { prettyErrors: false }), origin };
  } catch (cause) {
    // The latter for an alias of what is not there.
    if (!(cause instanceof YAMLParseError || cause instanceof ReferenceError)) throw cause;
    throw new InputError('PEX_USAGE', `the value is no YAML: ${cause.message}`, { file: origin }, { cause });
  }
}

/**
 * What stands before and behind the first `=`.
 * @param form as a message names it: "path=value"
 * @throws InputError PEX_USAGE
 */
export function splitAssignment(text: string, origin: string, form: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new InputError('PEX_USAGE', `expected ${form}`, { file: origin });
  return [text.slice(0, at).trim(), text.slice(at + 1)];
}

/** `cluster.nodes[0].count` as the parts of a path; undefined when it is none. */
export function parsePath(text: string): PathPart[] | undefined {
  if (!/^[^.[\]]+(\.[^.[\]]+|\[\d+\])*$/.test(text)) return undefined;
  return [...text.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => key ?? Number(index));
}
