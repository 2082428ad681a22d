// Sessions: who is logged in, in which role, until when. They live in the memory of the master's toolstack.
import type { RecordOf } from './data-model.ts';
import { XapiFailure } from './errors.ts';
import type { Pace } from './pace.ts';
import type { ObjectStore } from './store.ts';
import { ROLES, type Role } from './verbs.ts';

export interface User {
  readonly name: string;
  readonly password: string;
  readonly role: Role;
}

interface Open {
  readonly role: Role;
  readonly end: AbortController;
}

/** XenServer's limit for one originator. */
const LIMIT = 500;

export class Sessions {
  readonly #store: ObjectStore;
  readonly #pace: Pace;
  readonly #users: readonly User[];
  readonly #open = new Map<string, Open>();

  constructor(store: ObjectStore, pace: Pace, users: readonly User[]) {
    this.#store = store;
    this.#pace = pace;
    this.#users = users;
  }

  /** @throws XapiFailure SESSION_AUTHENTICATION_FAILED, after a while */
  async login(
    login: { name: string; password: string; originator: string; host: string },
    signal: AbortSignal,
  ): Promise<string> {
    const user = this.#users.find(({ name, password }) => name === login.name && password === login.password);
    if (user === undefined) {
      await this.#pace.sleep(this.#pace.ms('failedLogin'), signal);
      throw new XapiFailure('SESSION_AUTHENTICATION_FAILED', login.name, 'Authentication failure');
    }
    this.#makeRoom(login.originator);
    const now = this.#pace.stamp();
    const ref = this.#store.insert('session', {
      this_host: login.host,
      last_active: now,
      validation_time: now,
      is_local_superuser: user.role === 'pool-admin',
      auth_user_name: user.name,
      originator: login.originator,
    });
    this.#open.set(ref, { role: user.role, end: new AbortController() });
    return ref;
  }

  logout(ref: string): void {
    this.#open.get(ref)?.end.abort(new XapiFailure('SESSION_INVALID', ref));
    this.#open.delete(ref);
    if (this.#store.find('session', ref) !== undefined) this.#store.remove('session', ref);
  }

  /**
   * Lets a session that is open and may do it through; the signal is aborted when the session ends.
   * @throws XapiFailure SESSION_INVALID, RBAC_PERMISSION_DENIED
   */
  admit(ref: string, method: string, needed: Role): AbortSignal {
    const session = this.#open.get(ref);
    if (session === undefined) throw new XapiFailure('SESSION_INVALID', ref);
    if (ROLES.indexOf(session.role) < ROLES.indexOf(needed)) {
      throw new XapiFailure(
        'RBAC_PERMISSION_DENIED',
        method.toLowerCase(),
        `No permission in user session. (Roles with this permission: ${ROLES.slice(ROLES.indexOf(needed)).join(', ')})`,
      );
    }
    return session.end.signal;
  }

  /** Ends every session, as a restart does. */
  endAll(): void {
    for (const ref of [...this.#open.keys()]) this.logout(ref);
  }

  #makeRoom(originator: string): void {
    const own = this.#store.all('session').filter(([, session]) => session.originator === originator);
    const [oldest] = own;
    if (own.length >= LIMIT && oldest !== undefined) this.logout(oldest[0]);
  }

  /** The roles that the pool knows, as records. */
  static roles(): Partial<RecordOf<'role'>>[] {
    return ROLES.map((role) => ({ name_label: role, name_description: `May do what a ${role} may` }));
  }
}
