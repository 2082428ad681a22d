// How the portal sends its requests: with the session of the browser, and the token that proves that a page of ours asks. Used by the client.

export class Http {
  /** Proves to the service that a change was asked for by this page; comes with the session. */
  csrfToken: string | null = null;
  /** Called when the service no longer knows the session. */
  onUnauthorized: () => void = () => {};
  /** How often this page has exchanged its session for another. */
  #exchanges = 0;
  /** Settles, and never rejects, when the last exchange is over. */
  #exchange: Promise<unknown> = Promise.resolve();

  /**
   * Does what ends the session and begins another. Reading that is refused meanwhile was asked for in the name of the old one, and is asked
   * again in that of the new.
   * @param begin gives the token of the new session; null: there is none
   */
  async exchangeSession(begin: () => Promise<string | null>): Promise<void> {
    this.#exchanges += 1;
    const exchange = begin().then((csrfToken) => {
      if (csrfToken !== null) this.csrfToken = csrfToken;
    });
    this.#exchange = exchange.catch(() => undefined);
    await exchange;
  }

  /** As the global `fetch`. */
  readonly fetch = async (path: string, init: RequestInit): Promise<Response> => {
    // Reading waits for the new session.
    const isRead = init.method === 'GET';
    if (isRead) await this.#exchange;
    const before = this.#exchanges;
    const response = await fetch(path, {
      ...init,
      credentials: 'same-origin',
      headers: this.#headersOf(init),
    });
    // A wrong password at the log-in is no lost session.
    if (response.status === 401 && this.csrfToken !== null) {
      if (isRead && this.#exchanges > before) return this.fetch(path, init);
      this.onUnauthorized();
    }
    return response;
  };

  #headersOf({ headers, method }: RequestInit): Record<string, string> {
    return {
      ...(headers as Record<string, string>),
      // Keeps browsers from asking for a password of their own when a session has ended.
      'X-Requested-With': 'openpex-portal',
      ...(method !== 'GET' && this.csrfToken !== null && { 'X-OpenPEX-CSRF': this.csrfToken }),
    };
  }
}
