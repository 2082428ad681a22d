// What is to go wrong with the next calls: errors to give, and how late to answer.
import { XapiFailure } from './errors.ts';

export interface InjectedFailure {
  /** `VM.start_on`; `*` is any but the session's and the events'. */
  readonly method: string;
  /** The code and its parameters. */
  readonly error: readonly [code: string, ...params: string[]];
  readonly times: number;
  /** Whether the operation takes effect all the same. */
  readonly afterEffect: boolean;
}

export class Injections {
  /** Before each answer. */
  latencyMs = 0;
  #failures: InjectedFailure[] = [];

  fail(failure: InjectedFailure): void {
    this.#failures.push(failure);
  }

  clear(): void {
    this.#failures = [];
    this.latencyMs = 0;
  }

  /** Uses up one failure of the method at this side of its effect. @throws XapiFailure the injected one */
  strike(method: string, side: 'before' | 'after'): void {
    const index = this.#failures.findIndex(
      (failure) => failure.afterEffect === (side === 'after') && applies(failure.method, method),
    );
    const failure = this.#failures[index];
    if (failure === undefined) return;
    const left = failure.times - 1;
    this.#failures.splice(index, 1, ...(left > 0 ? [{ ...failure, times: left }] : []));
    throw new XapiFailure(...failure.error);
  }
}

function applies(wanted: string, method: string): boolean {
  return wanted === method || (wanted === '*' && !/^(session|event|task)\./.test(method));
}
