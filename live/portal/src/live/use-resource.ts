// Something read from the service and kept current: read again when events tell that it changed, and after a lost connection.
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { OpenPexProblem } from '../../../client/problem.ts';
import type { WireEvent } from '../../../wire/event.ts';
import { usePortal } from './context.ts';

export interface Resource<T> {
  /** What was read last; undefined until then. Stays while it is read again. */
  readonly value: T | undefined;
  /** Why the last reading failed. */
  readonly problem: OpenPexProblem | null;
  readonly reload: () => Promise<void>;
}

export interface ResourceOptions {
  /** Which events make it worth reading again. */
  readonly changedBy?: (event: WireEvent) => boolean;
  /** For what changes without events, such as loads. Real time. */
  readonly everyMs?: number;
  /** Another value reads again, but keeps what is shown meanwhile. */
  readonly again?: number | string;
}

/** A burst of events is answered by one reading at its start and one at its end. */
const CALM_MS = 400;
/** What takes long to read and to draw is read again so much later: the page has the time that is left. */
const CALM_OF_READING = 12;

/** @param key of what is read: another key reads anew and forgets the old value */
export function useResource<T>(
  load: (signal: AbortSignal) => Promise<T>,
  key: string,
  { changedBy, everyMs, again: round }: ResourceOptions = {},
): Resource<T> {
  const { feed, connections } = usePortal();
  const [read, setRead] = useState<{ key: string; value?: T; problem: OpenPexProblem | null }>({
    key,
    problem: null,
  });
  // The newest functions of the component, for subscriptions that outlive one drawing.
  const latest = useRef({ load, changedBy });
  latest.current = { load, changedBy };
  const running = useRef<AbortController | null>(null);
  const tookMs = useRef(0);

  const reload = useCallback(async () => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    const beganMs = performance.now();
    try {
      const value = await latest.current.load(controller.signal);
      if (controller.signal.aborted) return;
      tookMs.current = performance.now() - beganMs;
      setRead({ key, value, problem: null });
    } catch (error) {
      if (controller.signal.aborted) return;
      if (!(error instanceof OpenPexProblem)) throw error;
      setRead((before) => ({ ...(before.key === key ? before : { key }), problem: error }));
    }
  }, [key]);

  // A new connection or round is a reason to read again.
  useEffect(() => {
    void reload();
    return () => running.current?.abort();
  }, [reload, connections, round]);

  useEffect(() => {
    let calm: number | undefined;
    let again = false;
    const settle = () => {
      calm = undefined;
      if (again) refresh();
    };
    const refresh = () => {
      again = false;
      void reload();
      calm = window.setTimeout(settle, Math.max(CALM_MS, CALM_OF_READING * tookMs.current));
    };
    const stop = feed.listen(({ event }) => {
      if (!latest.current.changedBy?.(event)) return;
      if (calm === undefined) refresh();
      else again = true;
    });
    return () => {
      stop();
      window.clearTimeout(calm);
    };
  }, [feed, reload]);

  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = window.setInterval(() => {
      if (document.visibilityState === 'visible') void reload();
    }, everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs, reload]);

  return { value: read.key === key ? read.value : undefined, problem: read.problem, reload };
}
