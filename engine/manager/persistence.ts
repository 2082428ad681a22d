// The Persistence box of the paper, seen from the manager: what a command decided must be safe before anybody hears of it.
import type { DomainEvent } from '../events/domain-event.ts';

export interface Persistence {
  /**
   * Stores the events of one command, then calls `onCommitted`; calls come back in the order of the commits. A simulation does both
   * at once; a database may do it later and several commits at a time. When it cannot store, `onCommitted` is never called: the
   * reply is not sent and no effect is started.
   */
  commit(events: readonly DomainEvent[], onCommitted: () => void): void;
}
