// Plain data as YAML that every reader takes for the same: tools of YAML 1.1 (PyYAML, Ruby, R) read a plain no as false, 1:30 as 90, 010 as 8 and
// 2009-08-17 as a date, those of YAML 1.2 do not. What any of them would not read as a text is quoted where it is one.
import { Document, type ScalarTag, visit } from 'yaml';

interface YamlStyle {
  readonly flowCollectionPadding?: boolean;
}

/** One document in block style, without folded lines and without anchors. */
export function yamlText(value: unknown, style: YamlStyle = {}): string {
  const document = new Document(value, {
    aliasDuplicateObjects: false,
    customTags: (tags) => [EXPONENT, ...tags],
  });
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string' && isAmbiguous(node.value)) node.type = 'QUOTE_DOUBLE';
    },
  });
  return document.toString({ lineWidth: 0, ...style });
}

/** Whether some YAML reader takes the text, written plainly, for something else than a text. */
function isAmbiguous(text: string): boolean {
  return NO_TEXTS.some((pattern) => pattern.test(text));
}

const NO_TEXTS: readonly RegExp[] = [
  /^(y|n|yes|no|on|off|true|false|null|~|=|<<|)$/i,
  // Numbers: with thousands kept apart, octal, hexadecimal, binary, without end, and to the base of 60.
  /^[-+]?[\d_.,]+(e[-+]?\d+)?$/i,
  /^[-+]?0[xob][\da-f_]+$/i,
  /^[-+]?\.(inf|nan)$/i,
  /^[-+]?[\d_]+(:[0-5]?\d)+(\.[\d_]*)?$/,
  // Instants.
  /^\d{4}-\d\d?-\d\d?([Tt\s].*)?$/,
];

/** YAML 1.1 takes a number with an exponent for a text unless it has a point. */
const EXPONENT: ScalarTag = {
  tag: 'tag:yaml.org,2002:float',
  identify: (value) => typeof value === 'number' && String(value).includes('e'),
  default: true,
  // Only for writing.
  test: /^(?!)/,
  resolve: Number,
  stringify: ({ value }) => String(value).replace(/^(-?\d+)e/, '$1.0e'),
};
