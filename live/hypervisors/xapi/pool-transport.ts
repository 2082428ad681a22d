// How members of a pool are reached, as a port: over the network, by the npm package xen-api, which is loaded when the first client is made and
// spoken to nowhere else; or, where a whole service is simulated, within the process.
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Xapi, XapiOptions, XapiRecord } from 'xen-api';

/** Speaks to one member of a pool and, unless told otherwise, keeps a cache of what the pool tells of its objects. */
export interface PoolClient
  extends Pick<Xapi, 'call' | 'connect' | 'disconnect' | 'objectsFetched' | 'sessionId' | 'status'> {
  readonly objects: {
    readonly all: Readonly<Record<string, XapiRecord>>;
    /** What came or changed, by id. */
    on(event: 'add' | 'update', listener: (items: Readonly<Record<string, XapiRecord>>) => void): unknown;
    /** Of what is gone the ids alone count. */
    on(event: 'remove', listener: (items: Readonly<Record<string, unknown>>) => void): unknown;
  };
  getObjectByRef(ref: string, fallback: undefined): XapiRecord | undefined;
  /** What broke the stream of events, which is taken up again by itself. */
  on(event: 'eventFetchingError', listener: (error: unknown) => void): unknown;
}

export interface PageTerms {
  readonly allowUnauthorized: boolean;
  readonly timeoutMs: number;
}

export interface PoolTransport {
  /** Not connected yet. */
  client(options: XapiOptions): Promise<PoolClient>;
  /** What a host answers to a GET. @throws Error when it does not, or not with status 200 */
  page(url: URL, terms: PageTerms): Promise<string>;
}

export const NETWORK: PoolTransport = {
  client: async (options) => {
    const { createClient } = await import('xen-api');
    return createClient(options);
  },
  page: (url, { allowUnauthorized, timeoutMs }) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(
        url,
        { rejectUnauthorized: !allowUnauthorized, signal: AbortSignal.timeout(timeoutMs) },
        (response) => {
          const parts: string[] = [];
          response.setEncoding('utf8');
          response.on('data', (part) => parts.push(String(part)));
          response.on('error', reject);
          response.on('end', () => {
            if (response.statusCode === 200) resolve(parts.join(''));
            else reject(new Error(`${url.host} answered with status ${response.statusCode}`));
          });
        },
      );
      request.on('error', reject);
      request.end();
    });
  },
};
