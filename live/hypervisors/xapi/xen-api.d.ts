// The part of the npm package `xen-api` 4.7 that this project uses; the package ships no types of its own.
declare module 'xen-api' {
  import type { EventEmitter } from 'node:events';

  export interface XapiOptions {
    /** `[https:]//[user:password@]host[:port]`; https when no protocol is named. */
    readonly url: string;
    readonly auth?: { readonly user: string; readonly password: string };
    /** Takes a certificate that nobody vouches for. */
    readonly allowUnauthorized?: boolean;
    /** Refuses every method but getters. */
    readonly readOnly?: boolean;
    /** The classes to keep in the cache; true for all, false for no cache and no `callAsync`. Default true. */
    readonly watchEvents?: boolean | readonly string[];
    readonly transport?: 'auto' | 'json-rpc' | 'xml-rpc';
    /** Of one call, in milliseconds. Default an hour. Does not bound the wait for a task. */
    readonly callTimeout?: number;
    /** After an error of the event stream, in milliseconds. Default 60 000. */
    readonly eventPollDelay?: number;
    /** Before each event.from, in milliseconds. Default 200. */
    readonly debounce?: number;
    readonly httpInactivityTimeout?: number;
    readonly httpProxy?: string;
  }

  /** A record of the cache: the fields of its class, frozen, and where it is from. */
  export interface XapiRecord {
    readonly $id: string;
    readonly $ref: string;
    readonly $type: string;
    readonly uuid: string;
    readonly [field: string]: unknown;
  }

  /** The objects of the cache by uuid, or by reference where there is none. */
  export interface XapiObjects extends EventEmitter {
    readonly all: Readonly<Record<string, XapiRecord>>;
  }

  export class Xapi extends EventEmitter {
    constructor(options: XapiOptions);
    /** Resolves at the next connection. */
    readonly connected: Promise<void>;
    readonly disconnected: Promise<void>;
    /** Resolves when the cache has been filled for the first time. */
    readonly objectsFetched: Promise<void>;
    readonly objects: XapiObjects;
    /** As of the last connection. */
    readonly pool: XapiRecord;
    /** Only while connected. */
    readonly sessionId: string;
    readonly status: 'connected' | 'connecting' | 'disconnected';
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    /** Rejects with an XapiError, or with whatever the transport does. */
    call(method: string, ...args: readonly unknown[]): Promise<unknown>;
    /** As a task, whose end the events tell: never settles when the task is lost. */
    callAsync(method: string, ...args: readonly unknown[]): Promise<unknown>;
    /** Resolves when the cache has all that happened before. */
    barrier(ref?: string): Promise<XapiRecord | undefined>;
    getObject<D>(idOrRef: string, fallback: D): XapiRecord | D;
    getObjectByRef<D>(ref: string, fallback: D): XapiRecord | D;
  }

  /** What the pool says no with. */
  export interface XapiError extends Error {
    readonly code: string;
    readonly params: readonly unknown[];
    readonly call?: { readonly method: string; readonly params: readonly unknown[] };
    readonly url?: string;
    readonly task?: XapiRecord;
  }

  export function createClient(options: XapiOptions): Xapi;

  export const Ref: {
    readonly EMPTY: string;
    is(value: unknown): boolean;
    isNotEmpty(value: unknown): boolean;
  };
}
