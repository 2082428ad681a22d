// The parts of a running pool, put together once; messages take what they need of them.
import { Domains } from './domains.ts';
import { Guests } from './guests.ts';
import { Messages } from './messages.ts';
import type { Names } from './names.ts';
import { Nodes } from './nodes.ts';
import { Operations } from './operations.ts';
import type { Pace } from './pace.ts';
import { Placement } from './placement.ts';
import { Sessions, type User } from './sessions.ts';
import { Storage } from './storage.ts';
import { ObjectStore } from './store.ts';
import { Tasks } from './tasks.ts';

export interface Toolstack {
  readonly store: ObjectStore;
  readonly pace: Pace;
  readonly names: Names;
  readonly tasks: Tasks;
  readonly sessions: Sessions;
  readonly operations: Operations;
  readonly placement: Placement;
  readonly storage: Storage;
  readonly guests: Guests;
  readonly domains: Domains;
  readonly nodes: Nodes;
  readonly messages: Messages;
}

export function buildToolstack(pace: Pace, names: Names, users: readonly User[]): Toolstack {
  const store = new ObjectStore(names);
  const tasks = new Tasks(store, pace, names);
  const placement = new Placement(store);
  const operations = new Operations(store, tasks, pace, placement);
  const guests = new Guests(store, pace, operations);
  const storage = new Storage(store, pace);
  return {
    store,
    pace,
    names,
    tasks,
    sessions: new Sessions(store, pace, users),
    operations,
    placement,
    storage,
    guests,
    domains: new Domains({ store, storage, guests, operations, pace }),
    nodes: new Nodes(store, pace),
    messages: new Messages(store, pace),
  };
}
