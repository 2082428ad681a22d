// Where stories are told, one after the other: the REST API, which is built once and serves the process that lives at present, and an empty
// database to begin with.
import type { FastifyInstance } from 'fastify';
import { NEVER } from 'rxjs';
import { buildApi } from '../api/build-api.ts';
import { DEFAULT_API_CONFIG } from '../api/config.ts';
import { AccessKeyStore } from '../database/access-key-store.ts';
import { AccountStore } from '../database/account-store.ts';
import { ArchiveStore } from '../database/archive-store.ts';
import { AuditStore } from '../database/audit-store.ts';
import { GuestStore } from '../database/guest-store.ts';
import { IdentityStore } from '../database/identity-store.ts';
import { InstanceStore } from '../database/instance-store.ts';
import { Journal } from '../database/journal.ts';
import { Ledger } from '../database/ledger.ts';
import { NoticeStore } from '../database/notice-store.ts';
import type { Database } from '../database/open-database.ts';
import { PassageStore } from '../database/passage-store.ts';
import { ProjectStore } from '../database/project-store.ts';
import { ReservationStore } from '../database/reservation-store.ts';
import { SessionStore } from '../database/session-store.ts';
import { TokenStore } from '../database/token-store.ts';
import type { LiveService } from '../service/live-service.ts';
import type { Service } from '../service/service.ts';
import type { Answer, Call } from './clients.ts';
import { diskTemplate } from './simulated-disk.ts';

/** What the API needs of a process. */
export interface Served {
  readonly service: LiveService;
  readonly database: Database;
}

/** Who is served at present, and who may call. */
interface Present {
  served: Served | undefined;
  /** By the name that their programs send. */
  userIds: ReadonlyMap<string, number>;
}

export class Stage {
  /** A database with the present schema and nothing in it. */
  readonly template: string;
  readonly #removeTemplate: () => void;
  readonly #api: FastifyInstance;
  readonly #present: Present;

  private constructor(
    { file, remove }: Awaited<ReturnType<typeof diskTemplate>>,
    api: FastifyInstance,
    present: Present,
  ) {
    this.template = file;
    this.#removeTemplate = remove;
    this.#api = api;
    this.#present = present;
  }

  static async open(): Promise<Stage> {
    const present: Present = { served: undefined, userIds: new Map() };
    return new Stage(await diskTemplate(), await apiOf(present), present);
  }

  /** @param userIds who may call, by name */
  serve(served: Served | undefined, userIds: ReadonlyMap<string, number>): void {
    this.#present.served = served;
    this.#present.userIds = userIds;
  }

  /** As a request over the network, without one. */
  async call({ body, key, method, path, who }: Call): Promise<Answer> {
    const response = await this.#api.inject({
      method,
      url: `/OpenPEX${path}`,
      headers: {
        authorization: `Bearer ${who}`,
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    const answer = response.json();
    // The number of the request is drawn by chance.
    delete answer.instance;
    return { status: response.statusCode, body: answer };
  }

  async close(): Promise<void> {
    await this.#api.close();
    this.#removeTemplate();
  }
}

/** Log-ins are none of its business: who calls says who it is. */
function apiOf(at: Present): Promise<FastifyInstance> {
  const present = () => {
    if (at.served === undefined) throw new TypeError('no process lives');
    return at.served;
  };
  const database: Database = {
    get knex() {
      return present().database.knex;
    },
    get reads() {
      return present().database.reads;
    },
    kind: 'sqlite',
    name: 'the simulated disk',
    file: null,
    url: '',
    close: async () => {},
  };
  const tokens = new TokenStore(database);
  tokens.find = async (secret) => {
    const userId = at.userIds.get(secret);
    if (userId === undefined) return undefined;
    return {
      tokenId: secret,
      userId,
      name: secret,
      scope: 'operate',
      createdMs: 0,
      expiresMs: null,
      usedMs: null,
    };
  };
  // It is written beside the requests: what a process that dies was writing would be waited for to the end.
  const audit = new AuditStore(database);
  audit.add = async () => {};
  return buildApi({
    service: presentService(present),
    accounts: new AccountStore(database),
    sessions: new SessionStore(database),
    tokens,
    accessKeys: new AccessKeyStore(database),
    guests: new GuestStore(database),
    reservations: new ReservationStore(database),
    instances: new InstanceStore(database),
    journal: new Journal(database),
    ledger: new Ledger(database),
    passages: new PassageStore(database),
    notices: new NoticeStore(database),
    projects: new ProjectStore(database),
    audit,
    identities: new IdentityStore(database),
    archives: new ArchiveStore(database),
    config: { ...DEFAULT_API_CONFIG, version: 'fuzz', rateLimit: { perMinute: 0 } },
  });
}

function presentService(present: () => Served): Service {
  return new Proxy({} as Service, {
    get: (_, name) => {
      // Nobody listens to what goes on from one process to the next.
      if (name === 'events$' || name === 'stored$') return NEVER;
      const { service } = present();
      const value = Reflect.get(service, name, service);
      return typeof value === 'function' ? value.bind(service) : value;
    },
  });
}
