// The digest of an event stream: SHA-256 over each event as one line of JSON. Same scenario, seed and version: same digest, on
// every machine.
import { createHash } from 'node:crypto';
import type { DomainEvent } from './domain-event.ts';

const FLUSH_CHARACTERS = 1 << 16;

export class EventDigest {
  readonly #hash = createHash('sha256');
  #pending = '';
  #count = 0;

  add(event: DomainEvent): void {
    this.#pending += `${JSON.stringify(event)}\n`;
    this.#count += 1;
    if (this.#pending.length >= FLUSH_CHARACTERS) this.#flush();
  }

  get count(): number {
    return this.#count;
  }

  /** Lower-case hex, 64 characters, of everything added so far; more can be added afterwards. */
  value(): string {
    this.#flush();
    return this.#hash.copy().digest('hex');
  }

  #flush(): void {
    if (this.#pending !== '') this.#hash.update(this.#pending);
    this.#pending = '';
  }
}
