// The Persistence box of the paper, seen from the provider: what was decided must be safe before anybody hears of it.
import type { Commit } from './commit.ts';

export interface Recorder {
  /**
   * Stores a commit, then calls `onRecorded`; calls come back in the order of the commits. Commits without events come too, so that no
   * reply overtakes those before it. A simulation does both at once; a database may do it later and several commits at a time. When it
   * cannot store, `onRecorded` is never called: the reply is not sent and no effect is started.
   */
  record(commit: Commit, onRecorded: () => void): void;
}
