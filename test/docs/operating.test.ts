// The operator's documents say what the code says: settings, metrics.
import { readFile } from 'node:fs/promises';
import { EMPTY } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Metrics } from '../../live/api/metrics.ts';
import { LiveFile } from '../../live/config/live-file.ts';
import { settingsReference } from '../../scenarios/schema/reference.ts';
import { complete, findProblems } from '../../written/written-value.ts';

const operatingDoc = await readFile('docs/operating.md', 'utf8');

describe('docs/operating.md', () => {
  test('has the reference of the configuration and of the metrics (update it with vitest -u)', async () => {
    const reference = settingsReference(LiveFile.properties, 'The service itself');
    const withTables = withPart(
      withPart(operatingDoc, 'reference', reference),
      'metrics',
      await metricsTable(),
    );
    await expect(withTables).toMatchFileSnapshot('../../docs/operating.md');
  });

  test('shows settings that the schema takes', () => {
    const examples = Array.from(operatingDoc.matchAll(/```yaml\n(.*?)```/gs), ([, text]) => text ?? '');
    expect(examples.length).toBeGreaterThan(1);
    for (const example of examples) {
      const written = { cluster: { preset: 'openpex-2009' }, ...parse(example) };
      expect(findProblems(LiveFile, complete(LiveFile, written))).toEqual([]);
    }
  });

  test('names every group of settings', () => {
    for (const key of Object.keys(LiveFile.properties)) {
      expect(operatingDoc).toMatch(new RegExp(`^(### ${key}$|\\| \`${key}\` )`, 'm'));
    }
  });
});

function withPart(document: string, name: string, text: string): string {
  const part = new RegExp(`(<!-- ${name} -->).*(<!-- /${name} -->)`, 's');
  expect(document).toMatch(part);
  return document.replace(part, (_text, begin: string, end: string) => `${begin}\n\n${text}\n\n${end}`);
}

async function metricsTable(): Promise<string> {
  const { registry } = new Metrics({
    service: {
      nodes: () => [],
      status: { state: 'starting', reason: null },
      stored$: EMPTY,
      unanswered: 0,
    },
    reservations: { list: async () => ({ items: [], total: 0, nextCursor: null }) },
    journal: { lastSeq: async () => 0 },
    notices: { undelivered: async () => 0 },
  });
  const rows = registry
    .getMetricsAsArray()
    .filter(({ name }) => name.startsWith('openpex_'))
    .map((metric) => `| \`${metric.name}\` | ${'help' in metric ? metric.help : ''} |`);
  return [
    '| metric | what it measures |',
    '|---|---|',
    ...rows,
    '| `process_…`, `nodejs_…` | memory, CPU, event loop and the rest of what prom-client knows of a process |',
  ].join('\n');
}
