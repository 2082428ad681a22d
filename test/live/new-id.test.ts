import { expect, test } from 'vitest';
import { newId } from '../../live/new-id.ts';

test('ids are UUIDs by chance but for three digits, which are the same within a second and rise with it', () => {
  const startMs = 1_799_999_999_000;
  const ids = Array.from({ length: 5_000 }, (_, i) => newId(startMs + i));
  for (const id of ids)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids.map((id) => id.slice(3))).size).toBe(5_000);
  const seconds = [0, 1000, 2000, 3000, 4000].map(
    (from) => new Set(ids.slice(from, from + 1000).map((id) => id.slice(0, 3))),
  );
  expect(seconds.map(({ size }) => size)).toEqual([1, 1, 1, 1, 1]);
  const [first = 0, ...later] = seconds.map(([digits = '']) => Number.parseInt(digits, 16));
  expect(later.map((second) => (second - first + 0x1000) % 0x1000)).toEqual([1, 2, 3, 4]);
});
