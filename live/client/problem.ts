// What the service, or the way to it, answers when it does not do what was asked.

export class OpenPexProblem extends Error {
  override readonly name = 'OpenPexProblem';
  /** Of the answer; 0 when none came: nobody knows then whether it was done. */
  readonly status: number;
  /** A stable name (docs/errors.md); PEX_UNREACHABLE when no answer came, empty when it was none of the service. */
  readonly code: string;
  /** Of a refused message of the protocol: why. */
  readonly reason: string | null;

  constructor(status: number, code: string, detail: string, reason: string | null = null) {
    super(detail);
    this.status = status;
    this.code = code;
    this.reason = reason;
  }

  /** The service cannot be reached or cannot decide now: trying again later may help. */
  get isOutage(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

export async function problemOf(response: Response): Promise<OpenPexProblem> {
  const document: unknown = await response.json().catch(() => null);
  const text = (field: string) => {
    if (typeof document !== 'object' || document === null) return null;
    const value: unknown = Reflect.get(document, field);
    return typeof value === 'string' ? value : null;
  };
  const detail = text('detail') ?? text('title') ?? `The service answered ${response.status}.`;
  return new OpenPexProblem(response.status, text('code') ?? '', detail, text('reason'));
}
