// The requests of a run, one at a time: hides whether they are there already or must be waited for, such as rows of a file.
import type { UserRequest } from '../domain/user-request.ts';
import { invariant } from '../invariant.ts';

const BATCH = 512;

/** Reads ahead by a bounded number of requests, never by time: what is read early has no influence on a run. */
export class Arrivals {
  readonly #source: Iterator<UserRequest> | AsyncIterator<UserRequest>;
  readonly #isAsync: boolean;
  #buffer: UserRequest[] = [];
  #next = 0;
  #exhausted = false;
  #lastSubmitMs = Number.NEGATIVE_INFINITY;

  constructor(requests: Iterable<UserRequest> | AsyncIterable<UserRequest>) {
    this.#isAsync = Symbol.asyncIterator in requests;
    this.#source =
      Symbol.asyncIterator in requests ? requests[Symbol.asyncIterator]() : requests[Symbol.iterator]();
  }

  /** No request is left, and none can come. */
  get isOver(): boolean {
    return this.#exhausted && this.#next === this.#buffer.length;
  }

  /** True when {@link refill} must be awaited before {@link take} can answer. */
  get isStarved(): boolean {
    return this.#isAsync && !this.#exhausted && this.#next === this.#buffer.length;
  }

  /** The next request; undefined when there are no more. Not to be called while starved. */
  take(): UserRequest | undefined {
    if (!this.#isAsync && !this.#exhausted) {
      const result = (this.#source as Iterator<UserRequest>).next();
      if (result.done !== true) return this.#inOrder(result.value);
      this.#exhausted = true;
    }
    const request = this.#buffer[this.#next];
    if (request === undefined) return undefined;
    this.#next += 1;
    return this.#inOrder(request);
  }

  /** Reads the next few requests. */
  async refill(): Promise<void> {
    this.#buffer = [];
    this.#next = 0;
    while (this.#buffer.length < BATCH && !this.#exhausted) {
      const result = await this.#source.next();
      if (result.done === true) this.#exhausted = true;
      else this.#buffer.push(result.value);
    }
  }

  /** Lets go of the source: closes files. */
  async close(): Promise<void> {
    this.#exhausted = true;
    this.#buffer = [];
    this.#next = 0;
    await this.#source.return?.();
  }

  #inOrder(request: UserRequest): UserRequest {
    invariant(request.submitMs >= this.#lastSubmitMs, 'requests come in order of submission', {
      requestId: request.requestId,
    });
    this.#lastSubmitMs = request.submitMs;
    return request;
  }
}
