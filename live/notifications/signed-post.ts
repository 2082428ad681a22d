// One signed POST to somebody's URL: no redirects, no answer longer than a few lines, and never to a private address unless that is allowed.
// The addresses that a name has are checked where the connection is made, so that a name that changes its mind gains nothing.
import { createHmac } from 'node:crypto';
import { type LookupAddress, lookup } from 'node:dns';
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { isPublicAddress } from './private-addresses.ts';

export interface SignedPost {
  readonly url: string;
  readonly secret: string;
  /** Becomes JSON. */
  readonly body: object;
  /** Headers of its own, beside the signature. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Addresses that are not of the Internet are refused unless this says so. */
  readonly allowsPrivate: boolean;
  /** For all of it. */
  readonly timeoutMs: number;
  /** Of the real clock: part of what is signed. */
  readonly nowMs: number;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

export interface PostAnswer {
  readonly status: number;
  readonly text: string;
}

/** Why nothing was answered, or why nothing was sent. */
export class PostError extends Error {
  override readonly name = 'PostError';
}

const ANSWER_BYTES_MAX = 16_384;

/**
 * What the header OpenPEX-Signature says: the time in seconds since 1970, and the HMAC-SHA-256, under the secret, of that time, a full
 * stop and the body.
 */
export function signatureOf(secret: string, body: string, nowMs: number): string {
  const time = Math.floor(nowMs / 1000);
  return `t=${time},v1=${createHmac('sha256', secret).update(`${time}.${body}`).digest('hex')}`;
}

/**
 * Undefined when it may be tried. Whether a name leads to a private address shows only when it is looked up.
 */
export function urlTrouble(url: string, allowsPrivate: boolean): string | undefined {
  if (!URL.canParse(url)) return 'expected an address such as https://example.org/hook';
  const { hostname, password, protocol, username } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') return 'expected http or https';
  if (username !== '' || password !== '') return 'expected no user name and password in it';
  const literal = hostname.replace(/^\[(.*)\]$/, '$1');
  if (!allowsPrivate && isIP(literal) !== 0 && !isPublicAddress(literal))
    return `expected an address of the Internet, found ${literal}`;
  return undefined;
}

/** @throws PostError */
export async function postSigned(post: SignedPost): Promise<PostAnswer> {
  const { allowsPrivate, headers, nowMs, secret, signal, timeoutMs, url } = post;
  const trouble = urlTrouble(url, allowsPrivate);
  if (trouble !== undefined) throw new PostError(trouble);
  const body = JSON.stringify(post.body);
  const options: RequestOptions = {
    method: 'POST',
    agent: false,
    lookup: allowsPrivate ? lookup : lookupPublic,
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'OpenPEX',
      'openpex-signature': signatureOf(secret, body, nowMs),
      ...headers,
    },
  };
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(new URL(url), {
      ...options,
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
    request.end(body);
    return await answerTo(request);
  } catch (error) {
    if (deadline.aborted) throw new PostError(`no answer within ${timeoutMs / 1000} s`);
    if (error instanceof PostError) throw error;
    throw new PostError(reasonOf(error), { cause: error });
  }
}

async function answerTo(request: ClientRequest): Promise<PostAnswer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) break;
      chunks.push(chunk);
    }
  } finally {
    request.destroy();
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') };
}

const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return callback(error, '');
    const refused = addresses.find(({ address }) => !isPublicAddress(address));
    if (refused !== undefined) {
      const where = `${hostname} is ${refused.address}, which is not an address of the Internet`;
      return callback(new PostError(where), '');
    }
    if (options.all === true) return callback(null, addresses);
    const [first] = addresses;
    callback(null, first!.address, first!.family);
  });
};

function reasonOf(error: unknown): string {
  // Where a name has several addresses, Node tells of all of them together and says nothing.
  const errors = error instanceof AggregateError ? error.errors : [error];
  return errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
}
