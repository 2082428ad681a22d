// Addresses within the portal live behind the "#": "#/reservations?show=ended". The server needs to know nothing of them.
import { useEffect, useState } from 'preact/hooks';

export interface Route {
  /** Parts of the path, decoded: ["reservations", "A1B2…"]; empty for the start page. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#/, '').split('?', 2);
  return { parts: path.split('/').filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

export function navigate(hash: string): void {
  window.location.hash = hash;
}

/** Changes the address without a new entry in the history: for filters. */
export function replaceRoute(hash: string): void {
  window.location.replace(hash);
}

export function useRoute(): Route {
  const [hash, setHash] = useState(window.location.hash);
  useEffect(() => {
    const follow = () => setHash(window.location.hash);
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return parseRoute(hash);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
