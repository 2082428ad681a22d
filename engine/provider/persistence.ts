// The Persistence box of the paper, seen from the manager: what a command decided must be safe before anybody hears of it.
import type { DomainEvent } from '../events/domain-event.ts';

export interface Persistence {
  /**
   * Stores the events of one command, then calls `onCommitted`; calls come back in the order of the commits. Commands without events
   * are committed too, with an empty list, so that no reply overtakes those to the commands before it. A simulation does both at
   * once; a database may do it later and several commits at a time. When it cannot store, `onCommitted` is never called: the
   * reply is not sent and no effect is started.
   */
  commit(events: readonly DomainEvent[], onCommitted: () => void): void;
}
