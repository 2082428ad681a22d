import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { OPERATIONS } from '../../../live/client/operations.ts';
import { typescriptOf } from './typescript-of.ts';

const document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8'));

test('live/client/operations.ts is what docs/openapi.json says', async () => {
  await expect(typescriptOf(document)).toMatchFileSnapshot('../../../live/client/operations.ts');
});

test('every operation of the document can be called', () => {
  const methods = Object.values<Record<string, { operationId: string }>>(document.paths).flatMap((path) =>
    Object.values(path),
  );
  expect(Object.keys(OPERATIONS).toSorted()).toEqual(
    methods.map(({ operationId }) => operationId).toSorted(),
  );
});
