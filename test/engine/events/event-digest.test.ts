// The digest against a plain writing of its form, and what it must not depend on.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DomainEvent, EventDigest } from '../../../engine/index.ts';

const names = fc.constantFrom('type', 'seq', 'atMs', 'demand', 'ä', '\ud800', '');
const texts = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constant('x'.repeat(70_000)),
  fc.constant('é'.repeat(30_000)),
);
const numbers = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false, -0),
    numbers,
    texts,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(names, tie('value'), { maxKeys: 5 }),
  ),
}));
const events = fc.array(fc.dictionary(names, values), { maxLength: 20 });

function digestOf(stream: readonly unknown[]): string {
  const digest = new EventDigest();
  for (const event of stream) digest.add(event as DomainEvent);
  expect(digest.count).toBe(stream.length);
  return digest.value();
}

test('it is the SHA-256 of the form that its file describes', () => {
  fc.assert(
    fc.property(events, (stream) => {
      expect(digestOf(stream)).toBe(plainDigest(stream));
    }),
  );
});

test('a journal, which keeps events as JSON text, leads to the digest of the run', () => {
  fc.assert(
    fc.property(events, (stream) => {
      expect(digestOf(JSON.parse(JSON.stringify(stream)))).toBe(digestOf(stream));
    }),
  );
  const event = { type: 'x', reason: undefined, at: -0 };
  expect(digestOf([event])).toBe(digestOf([JSON.parse(JSON.stringify(event))]));
});

test('more can be added after it was asked for', () => {
  const digest = new EventDigest();
  digest.add({ seq: 1 } as DomainEvent);
  expect(digest.value()).toBe(digestOf([{ seq: 1 }]));
  digest.add({ seq: 2 } as DomainEvent);
  expect(digest.value()).toBe(digestOf([{ seq: 1 }, { seq: 2 }]));
});

function plainDigest(stream: readonly unknown[]): string {
  const known: string[] = [];
  const hash = createHash('sha256');
  for (const event of stream) hash.update(bytesOf(event, known));
  return hash.digest('hex');
}

function bytesOf(value: unknown, known: string[]): Buffer {
  if (value === null) return Buffer.from([0]);
  if (typeof value === 'boolean') return Buffer.from([value ? 2 : 1]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9, 3);
    bytes.writeDoubleBE(value + 0, 1);
    return bytes;
  }
  if (typeof value === 'string') return textBytes(value);
  if (Array.isArray(value)) {
    return Buffer.concat([Buffer.from([5]), ...value.map((item) => bytesOf(item, known)), Buffer.from([7])]);
  }
  const fields = Object.entries(value as object).flatMap(([name, field]) => {
    const number = known.indexOf(name);
    if (number < 0) known.push(name);
    const named = number < 0 ? textBytes(name) : Buffer.from([8, number >> 8, number & 255]);
    return [named, bytesOf(field, known)];
  });
  return Buffer.concat([Buffer.from([6]), ...fields, Buffer.from([7])]);
}

function textBytes(text: string): Buffer {
  const utf8 = Buffer.from(text, 'utf8');
  const head = Buffer.alloc(5, 4);
  head.writeUInt32BE(utf8.length, 1);
  return Buffer.concat([head, utf8]);
}
