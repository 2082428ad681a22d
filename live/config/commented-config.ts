// The configuration that `openpex live init` writes: every setting with its default and what it means, made from the schema, so that
// it cannot be out of date.
import { IsObject, type TSchema } from 'typebox';
import { yamlText } from '../../written/yaml-text.ts';
import { HYPERVISORS, type HypervisorCatalogue } from '../hypervisors/catalogue.ts';
import { liveFile } from './live-file.ts';

const HEADER = `# OpenPEX live service. Start it with: openpex live THIS-FILE
# Every setting is here with its default; what you do not change you can leave out. Secrets belong in the environment: \${VARIABLES}
# are filled in where the text says so.
`;

/** What a default cannot say: a service needs nodes. */
const EXAMPLES: Readonly<Record<string, string>> = {
  cluster: `cluster:
  # The five nodes of the OpenPEX papers. Or your own:
  #   nodes:
  #     - { group: blade, count: 8, cpus: 16, memoryMib: 65536, dom0MemoryMib: 2048, diskGib: 500 }
  preset: openpex-2009
`,
};

interface Annotations {
  readonly default?: unknown;
  readonly description?: string;
}

export function commentedConfig(hypervisors: HypervisorCatalogue = HYPERVISORS): string {
  const parts = Object.entries<TSchema>(liveFile(hypervisors).properties).map(
    ([key, field]) => `${comment(field, '')}${EXAMPLES[key] ?? settingText(key, field, '')}`,
  );
  return [HEADER, ...parts].join('\n');
}

function settingText(key: string, field: TSchema, indent: string): string {
  const { default: byDefault } = field as Annotations;
  if (IsObject(field)) {
    const isLeftOut = byDefault === undefined;
    const inner = Object.entries<TSchema>(field.properties)
      .map(([name, entry]) => comment(entry, `${indent}  `) + settingText(name, entry, `${indent}  `))
      .join('');
    const text = `${indent}${key}:\n${inner}`;
    return isLeftOut ? text.replaceAll(/^( *)(?=[^ #\n])/gm, '$1# ') : text;
  }
  if (byDefault === undefined) return `${indent}# ${key}:\n`;
  return yamlText({ [key]: byDefault }, { flowCollectionPadding: true })
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${line}\n`)
    .join('');
}

function comment(field: TSchema, indent: string): string {
  const { description = '' } = field as Annotations;
  const width = 110 - indent.length;
  const lines: string[] = [];
  for (const word of description.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 1 <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => `${indent}# ${line}\n`).join('');
}
