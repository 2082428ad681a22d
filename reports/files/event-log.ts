// events.jsonl.gz: every event of a run, a line of JSON each, where a run is recorded. Written as the run goes and read as a stream, so that neither
// holds more than a part of it in memory.
import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { constants, createGunzip, gzipSync } from 'node:zlib';
import { type DomainEvent, EventDigest } from '../../engine/index.ts';
import { InputError } from '../../written/input-error.ts';
import { writing } from './run-directory.ts';

export const EVENT_LOG = 'events.jsonl.gz';

const BUFFER_CHARACTERS = 1 << 20;

export class EventLogWriter {
  readonly #path: string;
  readonly #file: number;
  #buffer = '';
  #closed = false;

  /** @throws InputError PEX_FILE_UNWRITABLE, as do all methods but {@link abandon} */
  constructor(path: string) {
    this.#path = path;
    this.#file = writing(path, () => openSync(path, 'w'));
  }

  write(event: DomainEvent): void {
    this.#buffer += `${JSON.stringify(event)}\n`;
    if (this.#buffer.length >= BUFFER_CHARACTERS) this.#flush();
  }

  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    writing(this.#path, () => closeSync(this.#file));
  }

  abandon(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      closeSync(this.#file);
    } catch {
      // The file is about to be removed.
    }
  }

  /** Members of a gzip file stand one after the other (RFC 1952, 2.2). */
  #flush(): void {
    if (this.#buffer === '') return;
    const bytes = gzipSync(this.#buffer, { level: constants.Z_BEST_SPEED });
    this.#buffer = '';
    writing(this.#path, () => {
      for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
    });
  }
}

/**
 * The events of a log in their order. A log that is read to its end is checked.
 * @param digest of the run that it belongs to
 * @throws InputError PEX_FILE_UNREADABLE when it is damaged, or not the log of that run
 */
export async function* readEventLog(file: string, digest: string): AsyncGenerator<DomainEvent> {
  const check = new EventDigest();
  const bytes = createReadStream(file);
  const text = bytes.pipe(createGunzip());
  // Errors of a source do not travel along a pipe.
  bytes.on('error', (error) => text.destroy(error));
  try {
    for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
      const event = JSON.parse(line) as DomainEvent;
      check.add(event);
      yield event;
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InputError('PEX_FILE_UNREADABLE', `is not a log of events: ${why}`, { file }, { cause });
  } finally {
    bytes.destroy();
  }
  if (check.value() === digest) return;
  throw new InputError('PEX_FILE_UNREADABLE', 'is not the log of the run beside it: their digests differ', {
    file,
  });
}
