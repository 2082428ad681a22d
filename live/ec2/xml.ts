// Answers as XML: objects become elements, arrays lists of <item>, dates ISO 8601. What is undefined or null is left out, since clients
// take an empty date or number badly.

export type XmlValue =
  | string
  | number
  | boolean
  | Date
  | null
  | undefined
  | readonly XmlValue[]
  | { readonly [name: string]: XmlValue };

/** Namespace of an element: a key of its object that is written as its attribute. */
export const XMLNS = '@xmlns';
/** The key of a list whose items stand in the element itself, beside the rest of it. */
export const ITEMS = '*items';

export function element(name: string, value: XmlValue): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return wrapped(name, value.map((item) => element('item', item)).join(''));
  if (value instanceof Date) return wrapped(name, value.toISOString());
  if (typeof value !== 'object') return wrapped(name, escaped(String(value)));
  const { [XMLNS]: xmlns, ...children } = value as Readonly<Record<string, XmlValue>>;
  const attribute = typeof xmlns === 'string' ? ` xmlns="${escaped(xmlns)}"` : '';
  const content = Object.entries(children).map(([child, of]) =>
    child === ITEMS && Array.isArray(of)
      ? of.map((item) => element('item', item)).join('')
      : element(child, of),
  );
  return wrapped(name, content.join(''), attribute);
}

function wrapped(name: string, content: string, attribute = ''): string {
  return content === '' ? `<${name}${attribute}/>` : `<${name}${attribute}>${content}</${name}>`;
}

/** What XML 1.0 cannot say at all is left out: most control characters, and halves of pairs. */
const UNSPEAKABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

function escaped(text: string): string {
  return text
    .replace(UNSPEAKABLE, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;');
}
