// JSON-RPC as the toolstack speaks it: 2.0, errors as { code, message: the error code, data: its parameters } for clients of
// 2.0 and bare arrays in emergency mode; 1.0 for clients that name no version.
import type { XapiValue } from '../data-model.ts';
import type { Outcome, Request } from './request.ts';

export interface JsonCall extends Request {
  readonly version: '1.0' | '2.0';
}

/** @throws Error when the text is no call */
export function parseJsonCall(text: string): JsonCall {
  const body: unknown = JSON.parse(text);
  if (typeof body !== 'object' || body === null) throw new Error('expected an object');
  const { jsonrpc, method, params = [], id = null } = body as Record<string, unknown>;
  if (typeof method !== 'string') throw new Error('expected a method');
  if (!Array.isArray(params)) throw new Error('expected params in an array');
  if (id !== null && typeof id !== 'string' && typeof id !== 'number') throw new Error('expected an id');
  // JSON has no values beyond those of the API but null, which no type of the table takes.
  return { version: jsonrpc === '2.0' ? '2.0' : '1.0', method, params: params as XapiValue[], id };
}

export function jsonAnswer({ version, id }: JsonCall, outcome: Outcome): string {
  if (outcome.kind === 'success') {
    const { value: result } = outcome;
    return JSON.stringify(version === '2.0' ? { jsonrpc: '2.0', result, id } : { result, error: null, id });
  }
  const { code, params } = outcome.failure;
  if (version === '1.0') return JSON.stringify({ result: null, error: [code, ...params], id });
  const error = outcome.kind === 'emergency' ? [code, ...params] : { code: 1, message: code, data: params };
  return JSON.stringify({ jsonrpc: '2.0', error, id });
}
