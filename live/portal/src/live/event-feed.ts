// The one connection on which the service tells what happens. It comes back by itself, and whoever listens is told to read anew then.
import type { StreamedEvent } from '../../../wire/event.ts';
import { EVENT_TYPES } from './event-types.ts';

export type FeedListener = (entry: StreamedEvent) => void;

const RETRY_MS = 2000;

export class EventFeed {
  readonly #url: string;
  readonly #listeners = new Set<FeedListener>();
  readonly #onConnection: (connected: boolean) => void;
  #source: EventSource | null = null;
  #retry: number | undefined;

  /** @param onConnection told each time the connection is made or lost */
  constructor(url: string, onConnection: (connected: boolean) => void) {
    this.#url = url;
    this.#onConnection = onConnection;
  }

  open(): void {
    const source = new EventSource(this.#url);
    this.#source = source;
    source.onopen = () => this.#onConnection(true);
    source.onerror = () => {
      this.#onConnection(false);
      // After an answer that is no stream the browser gives up; the service may only be starting.
      if (source.readyState === EventSource.CLOSED) {
        this.#retry = window.setTimeout(() => this.open(), RETRY_MS);
      }
    };
    for (const type of EVENT_TYPES) {
      source.addEventListener(type, (message: MessageEvent<string>) => this.#tell(message.data));
    }
  }

  close(): void {
    window.clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
  }

  /** @returns what ends it */
  listen(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(data: string): void {
    const entry = JSON.parse(data) as StreamedEvent;
    for (const listener of this.#listeners) listener(entry);
  }
}
