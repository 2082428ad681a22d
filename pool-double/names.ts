// What the pool calls its objects, and the addresses of its cards: made up by chance, which whoever starts a pool may hand in.
import { randomBytes } from 'node:crypto';

/** So many bytes, drawn by chance. */
export type Chance = (count: number) => Uint8Array;

export class Names {
  readonly #chance: Chance;

  constructor(chance: Chance = randomBytes) {
    this.#chance = chance;
  }

  uuid(): string {
    const bytes = Buffer.from(this.#chance(16));
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const text = bytes.toString('hex');
    return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join(
      '-',
    );
  }

  reference(): string {
    return `OpaqueRef:${this.uuid()}`;
  }

  /** Of the locally administered, which no maker gives out. */
  mac(): string {
    const [first = 0, ...rest] = this.#chance(6);
    return [(first & 0xfc) | 2, ...rest].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  }
}
