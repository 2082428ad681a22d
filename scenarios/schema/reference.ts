// The settings of a scenario as tables in Markdown: the reference part of docs/scenarios.md, which a test keeps the same as the text of this
// function.
import { IsArray, IsObject, IsOptional, IsRecord, IsUnion, type TSchema } from 'typebox';
import { expectation } from '../../written/written-value.ts';
import { ScenarioFile, WorldFile } from './scenario.ts';

export function scenarioReference(): string {
  const { providers } = WorldFile.properties;
  return settingsReference({ ...ScenarioFile.properties, providers }, 'The scenario itself');
}

/** One section for each group of settings, after one for the settings that stand alone. */
export function settingsReference(properties: Readonly<Record<string, TSchema>>, aloneTitle: string): string {
  const fields = Object.entries(properties);
  const alone = fields.filter(([, field]) => rowsWithin(field, '').length === 0);
  const groups = fields.filter((entry) => !alone.includes(entry));
  return [
    [`### ${aloneTitle}`, table(alone.map(([key, field]) => rowOf(field, key)))],
    ...groups.map(([key, field]) => [`### ${key}`, describe(field), table(rowsWithin(field, key))]),
  ]
    .flat()
    .join('\n\n');
}

interface Annotations {
  readonly default?: unknown;
  readonly description?: string;
  readonly expected?: string;
}

interface Row {
  readonly setting: string;
  readonly byDefault: string;
  readonly expects: string;
  readonly meaning: string;
}

function table(rows: readonly Row[]): string {
  const cells = rows.map(({ setting, byDefault, expects, meaning }) =>
    [`\`${setting}\``, byDefault, expects, meaning].map((cell) => cell.replaceAll('|', '\\|')).join(' | '),
  );
  return [
    '| setting | default | expects | meaning |',
    '|---|---|---|---|',
    ...cells.map((row) => `| ${row} |`),
  ].join('\n');
}

/** The settings inside a group, a list or a group of named entries. */
function rowsWithin(schema: TSchema, path: string): Row[] {
  if (IsUnion(schema)) return rowsOfForms(schema.anyOf, path);
  if (IsArray(schema)) return rowsWithin(schema.items, `${path}[]`);
  if (IsRecord(schema)) {
    const [entry] = Object.values(schema.patternProperties);
    return entry === undefined ? [] : rowsOf(entry, `${path}.NAME`);
  }
  if (!IsObject(schema)) return [];
  return Object.entries<TSchema>(schema.properties).flatMap(([key, field]) =>
    rowsOf(field, `${path}.${key}`),
  );
}

/** A setting and those inside it, unless it explains itself in words. A group of named entries speaks through its entries. */
function rowsOf(field: TSchema, setting: string): Row[] {
  if ((field as Annotations).expected !== undefined) return [rowOf(field, setting)];
  const isEntry = setting.endsWith('.NAME');
  return [...(isEntry ? [] : [rowOf(field, setting)]), ...rowsWithin(field, setting)];
}

/** Each setting once; what one form needs and another does not have is needed in its form only. */
function rowsOfForms(forms: readonly TSchema[], path: string): Row[] {
  const byForm = forms.map((form) => rowsWithin(form, path));
  const rows = new Map<string, Row>();
  for (const row of byForm.flat()) {
    const isCommon = byForm.every((form) => form.some(({ setting }) => setting === row.setting));
    const byDefault = row.byDefault === NEEDED && !isCommon ? `${NEEDED} in this form` : row.byDefault;
    if (!rows.has(row.setting)) rows.set(row.setting, { ...row, byDefault });
  }
  return [...rows.values()];
}

const NEEDED = '**needed**';

function rowOf(field: TSchema, setting: string): Row {
  const { default: byDefault } = field as Annotations;
  return {
    setting,
    byDefault: byDefault !== undefined ? `\`${JSON.stringify(byDefault)}\`` : IsOptional(field) ? '' : NEEDED,
    expects: expectation(field),
    meaning: describe(field),
  };
}

function describe(field: TSchema): string {
  return (field as Annotations).description ?? '';
}
