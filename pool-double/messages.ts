// What the pool tells its administrators of: a message for each deed of a client on a VM, when it is done, and for each crash. A guest that
// shuts down or reboots by itself leaves none. They stay when what they are about is gone.
import type { RecordOf } from './data-model.ts';
import type { Pace } from './pace.ts';
import type { ObjectStore } from './store.ts';

/** With their priorities, 1 the highest. */
const PRIORITIES = {
  VM_STARTED: 5,
  VM_SHUTDOWN: 5,
  VM_REBOOTED: 5,
  VM_SUSPENDED: 5,
  VM_RESUMED: 5,
  VM_PAUSED: 5,
  VM_UNPAUSED: 5,
  VM_MIGRATED: 5,
  VM_CLONED: 5,
  VM_SNAPSHOTTED: 5,
  VM_CRASHED: 3,
} as const;

export type VmMessage = keyof typeof PRIORITIES;

/** XenServer sweeps the oldest beyond about as many. */
const KEPT = 10_000;

type Message = RecordOf<'message'>;

export class Messages {
  readonly #store: ObjectStore;
  readonly #pace: Pace;

  constructor(store: ObjectStore, pace: Pace) {
    this.#store = store;
    this.#pace = pace;
  }

  /** About a VM that exists. `deed` goes on after its name. */
  tell(name: VmMessage, vm: string, deed: string): void {
    const { name_label, uuid } = this.#store.get('VM', vm);
    this.create({
      name,
      priority: PRIORITIES[name],
      cls: 'VM',
      obj_uuid: uuid,
      body: `VM '${name_label}' ${deed}`,
    });
  }

  create(message: Omit<Message, 'uuid' | 'timestamp'>): string {
    const ref = this.#store.insert('message', { ...message, timestamp: this.#pace.stamp() });
    if (this.#store.count('message') > KEPT) {
      const [[oldest] = ['']] = this.#store.all('message');
      this.#store.remove('message', oldest);
    }
    return ref;
  }

  /** By reference; those from `since` on, `20240101T12:00:00Z`. */
  about({ cls, obj_uuid, since }: Pick<Message, 'cls' | 'obj_uuid'> & { readonly since: string }) {
    return this.#select(
      (message) => message.cls === cls && message.obj_uuid === obj_uuid && message.timestamp >= since,
    );
  }

  since(since: string): Readonly<Record<string, Message>> {
    return this.#select(({ timestamp }) => timestamp >= since);
  }

  #select(isWanted: (message: Message) => boolean): Readonly<Record<string, Message>> {
    return Object.fromEntries(this.#store.all('message').filter(([, message]) => isWanted(message)));
  }
}
