import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { wordsOfForm } from '../../../live/wire/field.ts';
import { ask, testbed } from './testbed.ts';

const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly security?: readonly object[];
  readonly responses: Readonly<Record<string, unknown>>;
}

async function openApi() {
  const bed = await testbed({ version });
  const response = await bed.as('', { url: '/OpenPEX/openapi.json' });
  const document = response.json();
  const operations: Operation[] = Object.values<Record<string, Operation>>(document.paths).flatMap((path) =>
    Object.values(path),
  );
  return { document, operations };
}

test('docs/openapi.json is what the service serves', async () => {
  const { document } = await openApi();
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('../../../docs/openapi.json');
});

test('every operation has a name, a sentence, its access, and problems for answers', async () => {
  const { document, operations } = await openApi();
  expect(document.openapi).toBe('3.1.0');
  expect(operations.length).toBeGreaterThan(40);
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  for (const { operationId, summary, security, responses } of operations) {
    expect(operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(summary).toMatch(/^[A-Z]/);
    expect(security).toBeDefined();
    expect(Object.keys(responses)).toContain('4XX');
  }
});

test('every form of text has words in which people are told what it is', async () => {
  const { document } = await openApi();
  const forms = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(([, form]) =>
    JSON.parse(form!),
  );
  expect(forms.length).toBeGreaterThan(10);
  expect(forms.filter((form) => wordsOfForm(form) === undefined)).toEqual([]);
});

test('every reference leads to a component', async () => {
  const { document } = await openApi();
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, target]) => target!,
  );
  expect(references.length).toBeGreaterThan(40);
  const known = ['schemas', 'headers'].flatMap((kind) =>
    Object.keys(document.components[kind]).map((name) => `#/components/${kind}/${name}`),
  );
  expect(references.filter((target) => !known.includes(target))).toEqual([]);
});

test('headers are as the document says', async () => {
  const { document } = await openApi();
  const headersOf = (path: string, method: string, status: number) => {
    const { responses } = document.paths[path][method];
    const named: string[] = Object.keys((responses[status] ?? responses['4XX']).headers);
    return new Set(named.map((name) => name.toLowerCase()));
  };
  const bed = await testbed();
  for (const amount of [1, 2]) {
    const created = await ask(bed, 'alice', { numInstancesFixed: amount });
    const named = headersOf('/OpenPEX/reservations', 'post', created.statusCode);
    expect(named).toEqual(new Set(['x-request-id', 'location']));
    for (const name of named) expect(created.headers[name]).toBeDefined();
  }
  const page = await bed.as('alice', { url: '/OpenPEX/reservations?limit=1' });
  const named = headersOf('/OpenPEX/reservations', 'get', 200);
  expect(named).toEqual(new Set(['x-request-id', 'x-total-count', 'link']));
  for (const name of named) expect(page.headers[name]).toBeDefined();
  const nobody = await bed.as('', { url: '/OpenPEX/reservations' });
  expect(headersOf('/OpenPEX/reservations', 'get', nobody.statusCode)).toContain('x-request-id');
  expect(nobody.headers['x-request-id']).toBeDefined();
});
