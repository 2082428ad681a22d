// Ends a run that stalls, and says where. Vitest itself ends a test that waits too long, but only while the thread of the test still turns:
// a loop without an end, or a program that is waited for synchronously, holds it up for ever. So the workers tell what they begin, and
// this looks on from the main thread.
import { relative } from 'node:path';
import { performance } from 'node:perf_hooks';

/** Name of the channel. */
export const WATCHED = 'openpex-watchdog';

export interface Doing {
  readonly file: string;
  readonly where: string;
  /** So long Vitest lets it take. 0: for ever, as under a debugger. */
  readonly limitMs: number;
}

/** For Vitest, which is late itself on a busy machine, and for the hooks of a test. */
const GRACE_MS = Number(process.env['OPENPEX_TEST_GRACE_MS'] ?? 30_000);
const LOOK_EVERY_MS = 500;

/** @returns what ends it */
export function setup(): () => void {
  const channel = new BroadcastChannel(WATCHED);
  const begun = new Map<number, Doing & { readonly sinceMs: number }>();
  channel.onmessage = ({ data: { threadId, doing } }) => {
    if (doing === undefined) begun.delete(threadId);
    else begun.set(threadId, { ...doing, sinceMs: performance.now() });
  };
  const timer = setInterval(() => {
    const tooLong = [...begun.values()].filter(
      ({ limitMs, sinceMs }) => limitMs > 0 && performance.now() - sinceMs > limitMs + GRACE_MS,
    );
    if (tooLong.length === 0) return;
    for (const { file, where, limitMs, sinceMs } of tooLong) {
      const seconds = Math.round((performance.now() - sinceMs) / 1000);
      process.stderr.write(
        `\nSTALLED ${relative('.', file)}, ${where}: for ${seconds} s its thread has done nothing else; its limit is ${limitMs / 1000} s.\n`,
      );
    }
    process.exit(1);
  }, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    channel.close();
  };
}
