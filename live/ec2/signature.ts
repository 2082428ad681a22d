// Who signed a request, and when: AWS Signature Version 4 (in headers) and Version 2 (in the query), as clients of EC2 write them. Both are
// checked by making the same signature with the secret of the key.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { Ec2Error } from './errors.ts';
import { decodedPairs } from './parameters.ts';

/** A request as it came over the wire. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** What a request says of its signature. */
export interface Claim {
  readonly accessKeyId: string;
  /** When it was signed; of a request that says how long it may be used instead: undefined. */
  readonly signedMs: number | undefined;
  readonly expiresMs: number | undefined;
  /** Of version 4: as the client calls it. */
  readonly region: string | undefined;
  /** In constant time. */
  isSignedWith(secret: string): boolean;
}

/** So far a clock may be off. */
const TOLERANCE_MS = 300_000;

/** @throws Ec2Error when the request is not signed, or not in a way that is known */
export function claimOf(request: SignedRequest): Claim {
  const authorization = headerOf(request, 'authorization');
  if (authorization !== undefined) return versionFour(request, authorization);
  const pairs = [...decodedPairs(queryOf(request)), ...formOf(request)];
  const value = (name: string) => pairs.find(([each]) => each === name)?.[1];
  if (value('AWSAccessKeyId') !== undefined && value('Signature') !== undefined)
    return versionTwo(request, pairs, value);
  throw new Ec2Error(
    'MissingAuthenticationToken',
    'The request is not signed: it needs an Authorization header (Signature Version 4) or the parameters of Signature Version 2.',
  );
}

/** @throws Ec2Error RequestExpired */
export function checkTime({ expiresMs, signedMs }: Claim, nowMs: number): void {
  const isExpired = expiresMs !== undefined && nowMs >= expiresMs;
  const isOff = signedMs !== undefined && !(Math.abs(nowMs - signedMs) <= TOLERANCE_MS);
  if (!isExpired && !isOff) return;
  throw new Ec2Error(
    'RequestExpired',
    `Request has expired: it was signed more than ${TOLERANCE_MS / 60_000} minutes from ${new Date(nowMs).toISOString()}. Is the clock of your machine right?`,
  );
}

const V4 =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]{1,128})\/(\d{8})\/([^/,\s]{1,64})\/([^/,\s]{1,64})\/aws4_request,\s*SignedHeaders=([a-z0-9;._-]{1,2000}),\s*Signature=([0-9a-f]{64})$/;

function versionFour(request: SignedRequest, authorization: string): Claim {
  const read = V4.exec(authorization.trim());
  if (read === null)
    throw new Ec2Error('IncompleteSignature', 'The header Authorization is not that of AWS4-HMAC-SHA256.');
  const [, accessKeyId = '', day = '', region = '', service = '', list = '', signature = ''] = read;
  const names = list.split(';');
  const stamp = headerOf(request, 'x-amz-date') ?? '';
  const time = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp);
  if (time === null || !stamp.startsWith(day) || !names.includes('host') || !names.includes('x-amz-date'))
    throw new Ec2Error(
      'IncompleteSignature',
      'The signature must cover the headers host and x-amz-date, on the day of its scope.',
    );
  const [, year, month, date, hour, minute, second] = time;
  const bodyHash = createHash('sha256').update(request.body).digest('hex');
  const saidHash = headerOf(request, 'x-amz-content-sha256');
  return {
    accessKeyId,
    region,
    signedMs: Date.parse(`${year}-${month}-${date}T${hour}:${minute}:${second}Z`),
    expiresMs: undefined,
    isSignedWith(secret) {
      const canonical = [
        request.method,
        pathOf(request) || '/',
        canonicalQuery(decodedPairs(queryOf(request))),
        ...names.map((name) => `${name}:${collapsed(headerOf(request, name) ?? '')}`),
        '',
        list,
        bodyHash,
      ].join('\n');
      const scope = `${day}/${region}/${service}/aws4_request`;
      const hash = createHash('sha256').update(canonical).digest('hex');
      const key = [region, service, 'aws4_request'].reduce(hmac, hmac(`AWS4${secret}`, day));
      const expected = hmac(key, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${hash}`);
      return (saidHash ?? bodyHash) === bodyHash && isEqual(expected, Buffer.from(signature, 'hex'));
    },
  };
}

function versionTwo(
  request: SignedRequest,
  pairs: readonly [string, string][],
  value: (name: string) => string | undefined,
): Claim {
  const isKnown = value('SignatureVersion') === '2' && value('SignatureMethod') === 'HmacSHA256';
  if (!isKnown)
    throw new Ec2Error(
      'IncompleteSignature',
      'Of signatures in the query only version 2 with HmacSHA256 is known.',
    );
  const instantOf = (name: string) => {
    const text = value(name);
    return text === undefined ? undefined : Date.parse(/Z|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  };
  const signedMs = instantOf('Timestamp');
  const expiresMs = instantOf('Expires');
  if ((signedMs ?? expiresMs) === undefined || Number.isNaN(signedMs) || Number.isNaN(expiresMs))
    throw new Ec2Error('MissingParameter', 'The request must contain the parameter Timestamp or Expires');
  const signed = pairs.filter(([name]) => name !== 'Signature');
  return {
    accessKeyId: value('AWSAccessKeyId') ?? '',
    region: undefined,
    signedMs,
    expiresMs,
    isSignedWith(secret) {
      const host = (headerOf(request, 'host') ?? '').toLowerCase();
      const text = [request.method, host, pathOf(request) || '/', canonicalQuery(signed)].join('\n');
      return isEqual(hmac(secret, text), Buffer.from(value('Signature') ?? '', 'base64'));
    },
  };
}

/** Coded anew, whatever a client made of its spaces, and in the order of the coded names. */
function canonicalQuery(pairs: readonly (readonly [string, string])[]): string {
  return pairs
    .map(([name, value]) => [coded(name), coded(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join('='))
    .join('&');
}

function coded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function collapsed(value: string): string {
  return value.trim().replace(/ +/g, ' ');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function isEqual(expected: Buffer, sent: Buffer): boolean {
  return sent.length === expected.length && timingSafeEqual(sent, expected);
}

function headerOf({ headers }: SignedRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.join(',');
}

function pathOf({ target }: SignedRequest): string {
  return target.split('?', 1)[0] ?? '';
}

export function queryOf({ target }: Pick<SignedRequest, 'target'>): string {
  const at = target.indexOf('?');
  return at === -1 ? '' : target.slice(at + 1);
}

/** The parameters in the body of a POST. */
export function formOf({ body, method }: Pick<SignedRequest, 'body' | 'method'>): [string, string][] {
  return method === 'POST' ? decodedPairs(body.toString('utf8')) : [];
}
