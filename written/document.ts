// A YAML or JSON document that knows where each of its values was written: in which file and line, or on the command line. Overrides
// (`--set`) and included files are laid over it, and complaints still find the right place.
import { readFile } from 'node:fs/promises';
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { type ErrorCode, type ErrorPlace, InputError } from './input-error.ts';
import { formatPath, type PathPart, type Problem } from './written-value.ts';

const MOST_PROBLEMS_SHOWN = 10;

type Path = readonly PathPart[];

export class WrittenDocument {
  /** As messages name it. */
  readonly file: string;
  /** Plain data: what the file says, with everything that was laid over it. */
  value: unknown;
  private readonly document: Document.Parsed;
  private readonly lines: LineCounter;
  /** What does not come from the file itself, the newest first. */
  private readonly layers: {
    readonly path: Path;
    placeOf(rest: Path, atKey: boolean): ErrorPlace;
    homeOf(rest: Path): string;
  }[] = [];

  private constructor(file: string, document: Document.Parsed, lines: LineCounter) {
    this.file = file;
    this.document = document;
    this.lines = lines;
    this.value = plainData(document, file);
  }

  /**
   * @throws InputError PEX_FILE_UNREADABLE, or PEX_YAML_SYNTAX with line and column
   */
  static async read(file: string): Promise<WrittenDocument> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (cause) {
      throw new InputError('PEX_FILE_UNREADABLE', unreadable(cause), { file }, { cause });
    }
    return WrittenDocument.parse(text, file);
  }

  /**
   * @param file as messages name it
   * @throws InputError PEX_YAML_SYNTAX with line and column
   */
  static parse(text: string, file: string): WrittenDocument {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw new InputError('PEX_YAML_SYNTAX', error.message, { file, line, column: col }, { cause: error });
    }
    return new WrittenDocument(file, document, lines);
  }

  /** The value at a path; undefined where there is none. */
  get(path: Path): unknown {
    let value = this.value;
    for (const part of path) {
      if (typeof value !== 'object' || value === null) return undefined;
      value = (value as Record<PathPart, unknown>)[part];
    }
    return value;
  }

  /**
   * Lays a value over the document; missing groups on the way are made.
   * @param origin where it comes from, as messages show it: `--set seed=7`
   * @param home the file that files named in the value are relative to; absent: this document's
   * @throws InputError PEX_USAGE when the path leads through something that is no group, or to a list entry that is not there
   */
  set(path: Path, value: unknown, origin: string, home = this.file): void {
    // One value may be laid over many documents, and each of them changed further within it.
    this.put(path, structuredClone(value), origin);
    this.layers.unshift({
      path,
      placeOf: (rest) => ({ file: origin, path: formatPath([...path, ...rest]) }),
      homeOf: () => home,
    });
  }

  /** Puts another document in the place of a value; its problems are reported in its own file. */
  include(path: Path, included: WrittenDocument): void {
    this.put(path, included.value, included.file);
    this.layers.unshift({
      path,
      placeOf: (rest, atKey) => included.placeOf(rest, atKey),
      homeOf: (rest) => included.homeOf(rest),
    });
  }

  /** Where the value at the path, or its key, is written; the nearest group around it when it is not there. */
  placeOf(path: Path, atKey = false): ErrorPlace {
    const layer = this.layerOf(path);
    if (layer !== undefined) return layer.placeOf(path.slice(layer.path.length), atKey);
    // A group that only something laid over the document made.
    const maker = this.document.hasIn(path)
      ? undefined
      : this.layers.findLast((each) => isWithin(each.path, path));
    if (maker !== undefined) return maker.placeOf([], atKey);
    const offset = this.offsetOf(path, atKey);
    if (offset === undefined) return { file: this.file, path: formatPath(path) };
    const { line, col } = this.lines.linePos(offset);
    return { file: this.file, line, column: col, path: formatPath(path) };
  }

  /** The file to which a file that is named at the path is relative: the one that it is written in. The command line speaks for this one. */
  homeOf(path: Path): string {
    const layer = this.layerOf(path);
    return layer === undefined ? this.file : layer.homeOf(path.slice(layer.path.length));
  }

  /** One error for all problems, each on its own line with its own place; of very many, the first ten. */
  error(code: ErrorCode, problems: readonly Problem[]): InputError {
    const [first, ...others] = problems.slice(0, MOST_PROBLEMS_SHOWN);
    if (first === undefined) throw new RangeError('there is no error without a problem');
    const rest = others.map(
      ({ path, message, atKey }) => new InputError(code, message, this.placeOf(path, atKey)).message,
    );
    const hidden = problems.length - MOST_PROBLEMS_SHOWN;
    if (hidden > 0) rest.push(`... and ${hidden} more`);
    return new InputError(code, [first.message, ...rest].join('\n'), this.placeOf(first.path, first.atKey));
  }

  private layerOf(path: Path) {
    return this.layers.find((layer) => isWithin(path, layer.path));
  }

  private put(path: Path, value: unknown, origin: string): void {
    const last = path.at(-1);
    if (last === undefined) throw new InputError('PEX_USAGE', 'expected PATH=VALUE', { file: origin });
    let group: unknown = this.value;
    for (const [index, part] of path.entries()) {
      const here = formatPath(path.slice(0, index)) || 'the scenario';
      if (typeof group !== 'object' || group === null) {
        throw new InputError('PEX_USAGE', `${here} is not a group of settings`, { file: origin });
      }
      if (Array.isArray(group) && !(typeof part === 'number' && part < group.length)) {
        const wanted = typeof part === 'number' ? `[${part}]` : `"${part}"`;
        throw new InputError(
          'PEX_USAGE',
          `there is no ${wanted} in ${here}: it is a list of ${group.length}, counted from [0]`,
          { file: origin },
        );
      }
      const entries = group as Record<PathPart, unknown>;
      if (index === path.length - 1) entries[last] = value;
      else entries[part] ??= {};
      group = entries[part];
    }
  }

  private offsetOf(path: Path, atKey: boolean): number | undefined {
    let node: unknown = this.document.contents;
    let offset = isNode(node) ? node.range?.[0] : undefined;
    for (const [index, part] of path.entries()) {
      if (isAlias(node)) node = node.resolve(this.document);
      if (isMap(node)) {
        const pair = node.items.find(({ key }) => (isScalar(key) ? key.value : key) === part);
        if (pair === undefined) return offset;
        // A scalar is pointed at itself, a group by its key: its own text begins on the next line.
        const wantsKey =
          (atKey && index === path.length - 1) || !isScalar(pair.value) || pair.value.source === '';
        const target = wantsKey ? pair.key : pair.value;
        offset = (isNode(target) ? target.range?.[0] : undefined) ?? offset;
        node = pair.value;
      } else if (isSeq(node) && typeof part === 'number') {
        node = node.items[part];
        offset = (isNode(node) ? node.range?.[0] : undefined) ?? offset;
      } else {
        return offset;
      }
    }
    return offset;
  }
}

function isWithin(path: Path, group: Path): boolean {
  return group.every((part, index) => path[index] === part);
}

/** Plain data. Aliases of what is not there, and very many of them, are found only now. */
function plainData(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS();
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause;
    throw new InputError('PEX_YAML_SYNTAX', cause.message, { file }, { cause });
  }
}

function unreadable(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file';
  if (code === 'EISDIR') return 'is a directory; expected a YAML or JSON file';
  return `cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
}
