// How the Xen API says no: an error code in capitals and its parameters, all strings.

/** Thrown by every message of the pool; both wires carry it as [code, ...params]. */
export class XapiFailure extends Error {
  readonly code: string;
  readonly params: readonly string[];

  constructor(code: string, ...params: readonly string[]) {
    super(`${code}(${params.join(', ')})`);
    this.name = 'XapiFailure';
    this.code = code;
    this.params = params;
  }
}

/** The toolstack that ran an operation is gone: nobody is left to answer. Never sent to a client. */
export class ToolstackGone extends Error {
  override readonly name = 'ToolstackGone';
}

/** The host is not heard; with the code that a socket would have. */
export class NoConnection extends Error {
  override readonly name = 'NoConnection';
  readonly code: 'ECONNREFUSED' | 'ECONNRESET';

  /** @param isSent the host may have heard the call */
  constructor(address: string, isSent: boolean) {
    super(isSent ? `${address} dropped the connection` : `nobody listens at ${address}`);
    this.code = isSent ? 'ECONNRESET' : 'ECONNREFUSED';
  }
}
