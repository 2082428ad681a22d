// What the service says to the newest of terms that change as one types; the old answer stays until then.
import { useEffect, useRef, useState } from 'preact/hooks';
import { OpenPexProblem } from '../../../client/problem.ts';

const PAUSE_MS = 250;
const AGAIN_MS = 10_000;

interface Newest<A> {
  readonly value: A | null;
  readonly problem: OpenPexProblem | null;
}

/**
 * Asks once typing pauses, and again from time to time.
 * @param terms plain data; null: they are not complete
 * @param about what else the answer depends on
 */
export function useNewest<T, A>(
  terms: T | null,
  ask: (terms: T, signal: AbortSignal) => Promise<A>,
  about = '',
  againMs = AGAIN_MS,
): Newest<A> {
  const [state, setState] = useState<Newest<A>>({ value: null, problem: null });
  const latest = useRef(ask);
  latest.current = ask;
  const asked = JSON.stringify(terms);
  useEffect(() => {
    if (asked === 'null') return;
    const controller = new AbortController();
    const askOnce = async () => {
      try {
        const value = await latest.current(JSON.parse(asked) as T, controller.signal);
        setState({ value, problem: null });
      } catch (error) {
        if (controller.signal.aborted) return;
        if (!(error instanceof OpenPexProblem)) throw error;
        setState({ value: null, problem: error });
      }
    };
    const first = window.setTimeout(askOnce, PAUSE_MS);
    const again = window.setInterval(askOnce, againMs);
    return () => {
      controller.abort();
      window.clearTimeout(first);
      window.clearInterval(again);
    };
  }, [about, asked, againMs]);
  return state;
}
