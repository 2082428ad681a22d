// Addresses within the portal live behind the "#": "#/reservations?show=ended". The server needs to know nothing of them.
import { useEffect, useState } from 'preact/hooks';
import { parseRoute, type Route } from './route.ts';

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
