// A call as either wire brings it, and what becomes of it.
import type { XapiValue } from '../data-model.ts';
import type { XapiFailure } from '../errors.ts';

export interface Request {
  /** `VM.start`, `Async.VM.start`, `system.listMethods`. */
  readonly method: string;
  /** The session first, of the methods that need one. */
  readonly params: readonly XapiValue[];
  /** JSON-RPC's, given back with the answer. */
  readonly id: string | number | null;
}

export type Outcome =
  | { readonly kind: 'success'; readonly type: string; readonly value: XapiValue }
  /** A toolstack in emergency mode answers every call alike, and in a form of its own. */
  | { readonly kind: 'failure' | 'emergency'; readonly failure: XapiFailure };
