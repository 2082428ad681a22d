// Looks now and then whether a database server is there: a service that nobody uses at the moment must notice, too, that it cannot work.
import type { Database } from '../database/open-database.ts';

/** In real time. */
const LOOK_EVERY_MS = 2_000;

/**
 * A file needs no watching: it is there, or the next commit says why it is not.
 * @param onLost is called at most once
 * @returns what ends the watch
 */
export function watchDatabase(database: Database, onLost: (error: unknown) => void): () => void {
  if (database.kind === 'sqlite') return () => undefined;
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    database.knex.raw('SELECT 1').then(
      () => {
        isLooking = false;
      },
      (error: unknown) => {
        clearInterval(timer);
        onLost(error);
      },
    );
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
