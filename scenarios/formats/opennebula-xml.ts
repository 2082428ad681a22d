// What `onevm show -x`, `onevm list -x` and `onetemplate show -x` print: VMs or templates in XML, read as they stream by. Attributes are the elements of TEMPLATE and
// USER_TEMPLATE; what OpenNebula adds to a VM by itself is told apart from them.
import { SaxesParser } from 'saxes';
import { InputError } from '../../written/input-error.ts';
import { readLines } from './input-file.ts';
import type { Attribute, WrittenTemplate } from './opennebula-text.ts';

const POOL_OF: Readonly<Record<string, string>> = {
  VM: 'VM',
  VM_POOL: 'VM',
  VMTEMPLATE: 'VMTEMPLATE',
  VMTEMPLATE_POOL: 'VMTEMPLATE',
};

/** Does a document begin so that may be one of these? */
export function beginsTemplateXml(firstLine: string): boolean {
  return /^\s*<(?:VM|VMTEMPLATE)(?:_POOL)?\b/.test(firstLine);
}

/** @throws InputError PEX_WORKLOAD_VALUE where it is no XML, PEX_WORKLOAD_HEADER where it is something else */
export async function* readTemplateXml(file: string): AsyncGenerator<WrittenTemplate> {
  const parser = new SaxesParser();
  const finished: WrittenTemplate[] = [];
  const path: string[] = [];
  let one: OneElement | undefined;
  let item: string | undefined;
  parser.on('error', (error) => {
    const problem = `not well-formed XML: ${error.message.replace(/^\d+:\d+: /, '')}`;
    throw new InputError('PEX_WORKLOAD_VALUE', problem, { file, line: parser.line, column: parser.column });
  });
  parser.on('opentag', ({ name }) => {
    if (path.length === 0) {
      item = POOL_OF[name];
      if (item === undefined) {
        const problem = `the document is a <${name}>; expected a <VM>, <VM_POOL>, <VMTEMPLATE> or <VMTEMPLATE_POOL>`;
        throw new InputError('PEX_WORKLOAD_HEADER', problem, { file, line: parser.line });
      }
    }
    path.push(name);
    if (one === undefined && name === item) one = new OneElement(path.length, parser.line);
    else one?.open(path, parser.line);
  });
  const hear = (text: string) => one?.hear(text);
  parser.on('text', hear);
  parser.on('cdata', hear);
  parser.on('closetag', () => {
    one?.close(path);
    if (one !== undefined && path.length === one.depth) {
      finished.push(one.template());
      one = undefined;
    }
    path.pop();
  });
  for await (const line of readLines(file)) {
    parser.write(`${line}\n`);
    yield* finished.splice(0);
  }
  parser.close();
}

/** What was read so far of one VM, or of one template. */
class OneElement {
  /** Of its element in the document. */
  readonly depth: number;
  readonly #line: number;
  /** Elements beside the templates: ID, NAME, UNAME, STIME, ETIME and others. */
  readonly #own = new Map<string, string>();
  readonly #attributes: Attribute[] = [];
  #parts = new Map<string, string>();
  #attributeLine = 0;
  #text = '';

  constructor(depth: number, line: number) {
    this.depth = depth;
    this.#line = line;
  }

  open(path: readonly string[], line: number): void {
    this.#text = '';
    if (path.length !== this.depth + 2) return;
    this.#parts = new Map();
    this.#attributeLine = line;
  }

  hear(text: string): void {
    this.#text += text;
  }

  close(path: readonly string[]): void {
    const [group, name, part] = path.slice(this.depth);
    const text = this.#text.trim();
    if (group === undefined) return;
    if (name === undefined) this.#own.set(group, text);
    if (name === undefined || (group !== 'TEMPLATE' && group !== 'USER_TEMPLATE')) return;
    if (part !== undefined) {
      if (path.length === this.depth + 3) this.#parts.set(part.toUpperCase(), text);
      return;
    }
    const value = this.#parts.size > 0 ? this.#parts : text;
    this.#attributes.push({ name: name.toUpperCase(), value, line: this.#attributeLine });
  }

  template(): WrittenTemplate {
    const [id, name, stime] = ['ID', 'NAME', 'STIME'].map((key) => this.#own.get(key));
    const attributes = [
      { name: 'NAME', value: name ?? `one-${id ?? this.#line}`, line: this.#line },
      ...this.#attributes.filter((attribute) => attribute.name !== 'NAME'),
    ];
    if (id === undefined || stime === undefined) return { attributes };
    const vm = { id, stime, etime: this.#own.get('ETIME') ?? '0', user: this.#own.get('UNAME') };
    return { attributes, vm };
  }
}
