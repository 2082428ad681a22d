// A change asked of the service: one at a time, with its outcome said aloud.
import { useCallback, useRef, useState } from 'preact/hooks';
import { OpenPexProblem } from '../../../client/problem.ts';
import { refusalText } from '../text/words.ts';
import { useSay } from './context.ts';

export interface Action {
  readonly busy: boolean;
  /** @returns whether it was done; otherwise the reason was said */
  readonly run: (work: () => Promise<unknown>, done?: string) => Promise<boolean>;
}

export function useAction(): Action {
  const say = useSay();
  const [busy, setBusy] = useState(false);
  const running = useRef(false);
  const run = useCallback(
    async (work: () => Promise<unknown>, done?: string) => {
      // A second click before the buttons are drawn as busy.
      if (running.current) return false;
      running.current = true;
      setBusy(true);
      try {
        await work();
        if (done !== undefined) say(done);
        return true;
      } catch (error) {
        if (!(error instanceof OpenPexProblem)) throw error;
        say(refusalText(error.reason, error.message), 'problem');
        return false;
      } finally {
        running.current = false;
        setBusy(false);
      }
    },
    [say],
  );
  return { busy, run };
}
