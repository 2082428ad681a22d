// XML-RPC as the toolstack speaks it: not a blank between tags, integers as digits in a string, the answer in an envelope of
// Status and Value or ErrorDescription.
import { SaxesParser } from 'saxes';
import { CLASS_NAMES, fieldsOf, isClassName, type XapiValue } from '../data-model.ts';
import { isMap, isSet } from '../verbs.ts';
import type { Outcome, Request } from './request.ts';

/** @throws Error when the text is no methodCall */
export function parseXmlCall(text: string): Request {
  const root = parseTree(text);
  const method = root.children.find(({ name }) => name === 'methodName');
  if (root.name !== 'methodCall' || method === undefined) throw new Error('expected a methodCall');
  const params = root.children.find(({ name }) => name === 'params')?.children ?? [];
  return {
    method: method.text.trim(),
    params: params.map((param) => readValueElement(first(param))),
    id: null,
  };
}

export function xmlAnswer({ method }: Request, outcome: Outcome): string {
  if (outcome.kind !== 'success') {
    const { code, params } = outcome.failure;
    const description = valueElement('set string', [code, ...params]);
    return methodResponse(
      struct([
        ['Status', text('Failure')],
        ['ErrorDescription', description],
      ]),
    );
  }
  const value = valueElement(outcome.type, outcome.value);
  // Introspection is XML-RPC's own and comes without the envelope.
  if (method.startsWith('system.')) return methodResponse(value);
  return methodResponse(
    struct([
      ['Status', text('Success')],
      ['Value', value],
    ]),
  );
}

/** `<value>…</value>` of a value of a type of the table. */
export function valueElement(type: string, value: XapiValue): string {
  const [kind, ...rest] = type.split(' ');
  const of = rest.join(' ');
  switch (kind) {
    case 'set': {
      const items = isSet(value) ? value.map((item) => valueElement(of, item)) : [];
      return `<value><array><data>${items.join('')}</data></array></value>`;
    }
    case 'map':
      return structOf(value, () => of);
    case 'record':
      return structOf(value, (field) => (isClassName(of) ? fieldsOf(of)[field]?.type : undefined));
    case 'events':
      return structOf(value, (name) => BATCH_TYPES[name]);
    case 'event': {
      const className = isMap(value)
        ? CLASS_NAMES.find((known) => known.toLowerCase() === value['class'])
        : '';
      return structOf(value, (name) => (name === 'snapshot' ? `record ${className}` : 'string'));
    }
    case 'float':
      return `<value><double>${String(value)}</double></value>`;
    case 'bool':
      return `<value><boolean>${value === true ? 1 : 0}</boolean></value>`;
    case 'datetime':
      return `<value><dateTime.iso8601>${String(value)}</dateTime.iso8601></value>`;
    default:
      return text(String(value));
  }
}

const BATCH_TYPES: Readonly<Record<string, string>> = {
  events: 'set event',
  valid_ref_counts: 'map int',
  token: 'string',
};

function text(value: string): string {
  return `<value>${escapeXml(value)}</value>`;
}

export function escapeXml(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function structOf(value: XapiValue, typeOf: (name: string) => string | undefined): string {
  if (!isMap(value)) return struct([]);
  return struct(
    Object.entries(value).map(([name, item]) => [name, valueElement(typeOf(name) ?? 'string', item)]),
  );
}

function struct(members: readonly (readonly [name: string, element: string])[]): string {
  const content = members.map(
    ([name, element]) => `<member><name>${escapeXml(name)}</name>${element}</member>`,
  );
  return `<value><struct>${content.join('')}</struct></value>`;
}

function methodResponse(element: string): string {
  return `<?xml version="1.0"?><methodResponse><params><param>${element}</param></params></methodResponse>`;
}

interface Element {
  readonly name: string;
  readonly children: Element[];
  text: string;
}

function parseTree(xml: string): Element {
  const document: Element = { name: '', children: [], text: '' };
  const open = [document];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => {
    const element: Element = { name, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  parser.on('closetag', () => {
    open.pop();
  });
  const append = (piece: string) => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  };
  parser.on('text', append);
  parser.on('cdata', append);
  parser.write(xml).close();
  return first(document);
}

function first({ name, children: [child] }: Element): Element {
  if (child === undefined) throw new Error(`expected something in <${name}>`);
  return child;
}

/** What is in a `<value>`: text without a type of its own is a string. */
function readValueElement(value: Element): XapiValue {
  const [typed] = value.children;
  if (typed === undefined) return value.text;
  switch (typed.name) {
    case 'int':
    case 'i4':
    case 'i8':
    case 'double':
      return Number(typed.text);
    case 'boolean':
      return typed.text.trim() === '1';
    case 'array':
      return first(typed).children.map(readValueElement);
    case 'struct':
      return Object.fromEntries(typed.children.map(readMember));
    default:
      return typed.text;
  }
}

function readMember({ children }: Element): [string, XapiValue] {
  const name = children.find((child) => child.name === 'name');
  const value = children.find((child) => child.name === 'value');
  if (name === undefined || value === undefined) throw new Error('expected a name and a value in <member>');
  return [name.text, readValueElement(value)];
}
