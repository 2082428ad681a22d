import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { OUTCOMES } from '../../reports/facts/session-records.ts';
import {
  AUCTIONS,
  MIGRATIONS,
  NEGOTIATIONS,
  OFFERS,
  RESERVATIONS,
  UTILISATION,
  UTILISATION_NODES,
} from '../../reports/files/tables.ts';
import { summarise, summaryFields } from '../../reports/summary.ts';
import { EXAMPLE_OUTCOME, EXAMPLE_RUN, exampleRun } from './example-run.ts';
import { measure } from './measure.ts';

const TEXT = readFileSync(new URL('../../docs/reports.md', import.meta.url), 'utf8');

/** What stands in backquotes in the first column of the tables between two headings or sentences. */
function listed(from: string, to: string): string[] {
  const part = TEXT.slice(TEXT.indexOf(from), TEXT.indexOf(to, TEXT.indexOf(from) + from.length));
  return part
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...line.split(' | ')[0]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

describe('docs/reports.md', () => {
  test('defines every field of summary.json, in order, as the code does', () => {
    const fields = summaryFields();
    const figures = measure(exampleRun()).figures;
    expect(fields.map(([key]) => key)).toEqual(
      Object.keys(summarise({ run: EXAMPLE_RUN, outcome: EXAMPLE_OUTCOME, figures })),
    );
    const part = TEXT.slice(TEXT.indexOf('## summary.json'), TEXT.indexOf('**Utilisation**'));
    expect(part.split('\n').filter((line) => line.startsWith('| `'))).toEqual(
      fields.map(
        ([key, { means, over, unit = '' }]) =>
          `| \`${key}\` |${` ${unit} `.replace('  ', ' ')}| ${over} | ${means} |`,
      ),
    );
  });

  test('lists every column of every table, in order', () => {
    const tables = [NEGOTIATIONS, OFFERS, RESERVATIONS, MIGRATIONS, AUCTIONS, UTILISATION, UTILISATION_NODES];
    for (const [i, { name, header }] of tables.entries()) {
      const next = tables[i + 1];
      const until = next === undefined ? '## report.html' : `\n\`${next.name}\``;
      expect([name, ...listed(`\n\`${name}\``, until)]).toEqual([name, ...header]);
    }
  });

  test('names every column of ids and names, and every truth value, where tables are read elsewhere', () => {
    const part = TEXT.slice(
      TEXT.indexOf('## Reading the CSV tables elsewhere'),
      TEXT.indexOf('## summary.json'),
    );
    const named = (list: RegExp) => [...list.exec(part)![1]!.matchAll(/"([^"]+)"/g)].map(([, name]) => name);
    const columns = [
      NEGOTIATIONS,
      OFFERS,
      RESERVATIONS,
      MIGRATIONS,
      AUCTIONS,
      UTILISATION,
      UTILISATION_NODES,
    ].flatMap(({ header }) => header);
    const texts = named(/TEXTS = \[(.*?)\]/s);
    expect(named(/texts <- c\((.*?)\)/s)).toEqual(texts);
    const ids = columns.filter((column) => /^(user|buyer|group)$|(^|_)(id|type|node|nodes)$/.test(column));
    expect(new Set(texts)).toEqual(new Set(ids));
    expect(named(/flags <- c\((.*?)\)/s)).toEqual(['measured', 'countered', 'no_show']);
    expect(columns).toEqual(expect.arrayContaining(['measured', 'countered', 'no_show']));
  });

  test('names every outcome', () => {
    for (const outcome of OUTCOMES) expect(TEXT).toContain(`\`${outcome}\``);
  });
});
