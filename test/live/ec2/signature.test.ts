// Signatures as real clients made them: each verifies as it came, and no longer once anything of it is otherwise.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodedPairs, Parameters } from '../../../live/ec2/parameters.ts';
import { checkTime, claimOf, formOf, queryOf, type SignedRequest } from '../../../live/ec2/signature.ts';

interface Captured {
  readonly client: string;
  readonly action: string;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const [about, ...lines] = readFileSync('test/fixtures/ec2/captured-requests.jsonl', 'utf8')
  .trim()
  .split('\n');
const { accessKeyId, secret } = JSON.parse(about!) as { accessKeyId: string; secret: string };
const captured = lines.map((line) => JSON.parse(line) as Captured);
const CAPTURED_MS = Date.UTC(2026, 10, 27, 23, 14);

const asRequest = ({ body, headers, method, target }: Captured): SignedRequest => ({
  method,
  target,
  headers,
  body: Buffer.from(body),
});

const titled = captured.map((request, i) => [`${i} ${request.client} ${request.action}`, request] as const);

test('there are requests of every client, in both versions, by both methods', () => {
  const seen = new Set(
    captured.map(
      ({ client, headers, method }) => `${client} ${method} ${'authorization' in headers ? 4 : 2}`,
    ),
  );
  expect([...seen].sort()).toEqual([
    'boto POST 4',
    'cli POST 4',
    'js POST 4',
    'lc-ec2 GET 2',
    'lc-ec2 GET 4',
    'lc-euca GET 2',
    'lc-nimbus GET 2',
  ]);
});

describe.each(titled)('%s', (_title, request) => {
  test('is signed with its secret, at its time, and with no other', () => {
    const claim = claimOf(asRequest(request));
    expect(claim.accessKeyId).toBe(accessKeyId);
    expect(claim.isSignedWith(secret)).toBe(true);
    expect(claim.isSignedWith(`${secret}x`)).toBe(false);
    checkTime(claim, CAPTURED_MS);
    for (const offMs of [-3_600_000, 3_600_000])
      expect(() => checkTime(claim, CAPTURED_MS + offMs)).toThrow('Request has expired');
  });

  test('is not when anything that is signed was changed on the way', () => {
    const same = asRequest(request);
    const changed: SignedRequest[] = [
      { ...same, headers: { ...same.headers, host: '127.0.0.1:9' } },
      { ...same, target: same.target.replace(/^\/[^?]*/, '/other') },
      { ...same, method: same.method === 'GET' ? 'POST' : 'GET' },
      same.body.length > 0
        ? { ...same, body: Buffer.from(`${request.body}&Extra=1`) }
        : { ...same, target: `${same.target}&Extra=1` },
    ];
    for (const other of changed) expect(claimOf(other).isSignedWith(secret)).toBe(false);
  });

  test('is read as parameters, each once', () => {
    const signed = asRequest(request);
    const parameters = Parameters.of([...decodedPairs(queryOf(signed)), ...formOf(signed)]);
    expect(parameters.required('Action')).toBe(request.action);
    expect(parameters.required('Version')).toBe('2016-11-15');
  });
});

test.each([
  ['without a signature', { headers: {} }, 'MissingAuthenticationToken'],
  ['with a header of another kind', { headers: { authorization: 'Basic YTpi' } }, 'IncompleteSignature'],
  [
    'that covers no host',
    {
      headers: {
        'x-amz-date': '20261127T231221Z',
        authorization: `AWS4-HMAC-SHA256 Credential=K/20261127/r/ec2/aws4_request, SignedHeaders=x-amz-date, Signature=${'0'.repeat(64)}`,
      },
    },
    'IncompleteSignature',
  ],
  [
    'in the query by SHA-1',
    {
      target:
        '/?AWSAccessKeyId=K&Signature=x&SignatureVersion=2&SignatureMethod=HmacSHA1&Timestamp=2026-11-27T23:12:21Z',
    },
    'IncompleteSignature',
  ],
  [
    'in the query without a time',
    { target: '/?AWSAccessKeyId=K&Signature=x&SignatureVersion=2&SignatureMethod=HmacSHA256' },
    'MissingParameter',
  ],
])('a request %s is told so', (_title, part, code) => {
  const request = { method: 'GET', target: '/', headers: {}, body: Buffer.alloc(0), ...part };
  expect(() => claimOf(request)).toThrow(expect.objectContaining({ code }));
});

test('a body that is not the one whose hash is signed is refused, whatever the hash says', () => {
  const js = captured.find(({ client }) => client === 'js')!;
  const claim = claimOf({ ...asRequest(js), body: Buffer.from(js.body.replace('Action=', 'Action=x')) });
  expect(claim.isSignedWith(secret)).toBe(false);
});
