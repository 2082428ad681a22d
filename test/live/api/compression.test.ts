// Long answers are sent compressed to clients that take it, and say the same.
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { takesGzip } from '../../../live/api/compression.ts';
import { ask, testbed } from './testbed.ts';

test('a long list is sent compressed to who takes it, and short or unasked answers are not', async () => {
  const bed = await testbed();
  for (let i = 0; i < 4; i++) await ask(bed, 'alice');
  const get = (url: string, encoding?: string) =>
    bed.as('alice', { url, headers: encoding === undefined ? {} : { 'accept-encoding': encoding } });
  const plain = await get('/OpenPEX/reservations');
  expect(plain.body.length).toBeGreaterThan(2_000);
  expect(plain.headers).not.toHaveProperty('content-encoding');
  const packed = await get('/OpenPEX/reservations', 'br, gzip');
  expect(packed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'accept-encoding' });
  expect(Number(packed.headers['content-length'])).toBe(packed.rawPayload.length);
  expect(packed.rawPayload.length).toBeLessThan(plain.body.length / 2);
  expect(JSON.parse(gunzipSync(packed.rawPayload).toString())).toEqual(plain.json());
  expect((await get('/OpenPEX/account', 'gzip')).headers).not.toHaveProperty('content-encoding');
});

test.each([
  ['gzip', true],
  ['br;q=1.0, GZIP;q=0.5', true],
  ['*', true],
  ['gzip;q=0, *', false],
  ['identity', false],
  ['x-gzip', false],
  ['', false],
  [undefined, false],
])('%j takes it: %j', (accepted, takes) => {
  expect(takesGzip(accepted)).toBe(takes);
});
