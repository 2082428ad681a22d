// How a pool says no, and how it says nothing. Everything that comes out of the client library is sorted into one of two kinds here;
// dispatcherErrorOf makes of them what the manager understands.
import { DispatcherError, type DispatcherErrorCode } from '../../../engine/index.ts';

/** The pool's own refusal, with its code and parameters as the XenAPI documents them. */
export class PoolFailure extends Error {
  override readonly name = 'PoolFailure';
  readonly code: string;
  readonly params: readonly string[];

  constructor(code: string, params: readonly string[] = []) {
    super(params.length === 0 ? code : `${code} (${params.join(', ')})`);
    this.code = code;
    this.params = params;
  }
}

/** Nobody answered, or somebody who does not serve the pool at present. */
export class PoolUnreachable extends Error {
  override readonly name = 'PoolUnreachable';
  /** The question may have been heard: whether it took effect has to be looked up. */
  readonly mayHaveHappened: boolean;
  /** The address of the master, where that is what was answered. */
  readonly master: string | undefined;

  constructor(
    message: string,
    options: ErrorOptions & { readonly mayHaveHappened: boolean; readonly master?: string | undefined },
  ) {
    super(message, options);
    this.mayHaveHappened = options.mayHaveHappened;
    this.master = options.master;
  }
}

/** An operation that took longer than it may. It was asked to stop; what became of it has to be looked up. */
export class DeadlinePassed extends Error {
  override readonly name = 'DeadlinePassed';
}

/** Said by toolstacks that are not, or not yet, the ones to ask. */
const NOT_SERVING: ReadonlySet<string> = new Set([
  'HOST_IS_SLAVE',
  'HOST_STILL_BOOTING',
  'HOST_HAS_NO_MANAGEMENT_IP',
  'HOST_UNKNOWN_TO_MASTER',
  'HOST_MASTER_CANNOT_TALK_BACK',
  'SESSION_INVALID',
]);

/** Of a connection that was never made. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Of TLS, before anything was said. */
const TLS_CODE = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** Sorts what a call of the client library rejected with. */
export function understand(error: unknown): PoolFailure | PoolUnreachable {
  if (error instanceof PoolFailure || error instanceof PoolUnreachable) return error;
  const { code, message, name, params } = partsOf(error);
  if (params !== undefined && code !== undefined) {
    const texts = params.map(String);
    if (!NOT_SERVING.has(code)) return new PoolFailure(code, texts);
    const master = code === 'HOST_IS_SLAVE' ? texts[0] : undefined;
    return new PoolUnreachable(`the pool is not served here: ${message}`, {
      cause: error,
      mayHaveHappened: false,
      master,
    });
  }
  // A toolstack in emergency mode answers JSON-RPC calls with a bare array, which the client calls an invalid request.
  if (name === 'InvalidRequest')
    return new PoolUnreachable('the toolstack is still starting', { cause: error, mayHaveHappened: false });
  const isUnsent = code !== undefined && (NEVER_SENT.has(code) || TLS_CODE.test(code));
  return new PoolUnreachable(
    code === undefined || message.includes(code) ? message : `${message} (${code})`,
    {
      cause: error,
      mayHaveHappened: !isUnsent,
    },
  );
}

/** The code of the operating system or TLS that is behind a connection that failed. */
export function causeCodeOf({ cause }: PoolUnreachable): string | undefined {
  return partsOf(cause).code;
}

export function isTlsCode(code: string | undefined): boolean {
  return code !== undefined && TLS_CODE.test(code);
}

function partsOf(error: unknown): {
  readonly code: string | undefined;
  readonly message: string;
  readonly name: string;
  readonly params: readonly unknown[] | undefined;
} {
  if (!(error instanceof Error))
    return { code: undefined, message: String(error), name: '', params: undefined };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const params = 'params' in error && Array.isArray(error.params) ? error.params : undefined;
  return {
    code,
    message: error.message === '' ? (code ?? error.name) : error.message,
    name: error.name,
    params,
  };
}

const MEANINGS: Readonly<Record<string, DispatcherErrorCode>> = {
  HOST_OFFLINE: 'NODE_UNREACHABLE',
  HOST_NOT_LIVE: 'NODE_UNREACHABLE',
  HOST_DISABLED: 'NODE_UNREACHABLE',
  CANNOT_CONTACT_HOST: 'NODE_UNREACHABLE',
  HOST_NOT_ENOUGH_FREE_MEMORY: 'NODE_FULL',
  HOST_NOT_ENOUGH_PCPUS: 'NODE_FULL',
  VM_BAD_POWER_STATE: 'BAD_POWER_STATE',
  VM_IS_TEMPLATE: 'BAD_POWER_STATE',
  HANDLE_INVALID: 'UNKNOWN_VM',
  UUID_INVALID: 'UNKNOWN_VM',
};

/** What the manager is told about an operation that failed. */
export function dispatcherErrorOf(error: unknown): DispatcherError {
  if (error instanceof DispatcherError) return error;
  if (error instanceof PoolUnreachable) return new DispatcherError('NODE_UNREACHABLE', error.message);
  if (error instanceof PoolFailure)
    return new DispatcherError(MEANINGS[error.code] ?? 'OPERATION_FAILED', error.message);
  return new DispatcherError('OPERATION_FAILED', error instanceof Error ? error.message : String(error));
}
