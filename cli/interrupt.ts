// Ctrl-C: the first asks for an end in good order, the second ends at once.
import { EXIT } from './exit.ts';

/** Runs `work` with a signal that SIGINT and SIGTERM abort; `onSecond` is called before the process is ended by a second one. */
export async function withInterrupts<R>(
  work: (signal: AbortSignal) => Promise<R>,
  onSecond: () => void,
): Promise<R> {
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) {
      onSecond();
      process.exit(EXIT.interrupted);
    }
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
