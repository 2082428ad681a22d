// What the API is put together from: the running service, the stores it reads (committed state only), and what an operator can set
// about it. The interfaces name only what the API uses, so that a test can hand in small fakes.
import type { FastifyBaseLogger } from 'fastify';
import type { Registry } from 'prom-client';
import type { ReservationState } from '../../engine/index.ts';
import type { AccountChanges, NewAccount } from '../database/account-store.ts';
import type {
  AccountRecord,
  InstanceRecord,
  JournalEvent,
  LedgerRecord,
  OfferRecord,
  Page,
  Quota,
  ReservationRecord,
} from '../records.ts';
import type { Service } from '../service/service.ts';
import type { Authenticator } from './authentication.ts';
import type { Metrics } from './metrics.ts';
import type { ThrottleSettings } from './throttle.ts';

export interface PageQuery {
  readonly limit: number;
  /** Where the page begins, from the page before; absent: at the start. */
  readonly cursor?: string;
}

export interface Accounts {
  /** @throws ServiceError PEX_CONFLICT when the username or e-mail address is taken */
  register(account: NewAccount): Promise<AccountRecord>;
  get(userId: number): Promise<AccountRecord | undefined>;
  /** Undefined for a wrong password, an unknown user and a disabled account alike, and after the same work. */
  verify(username: string, password: string): Promise<AccountRecord | undefined>;
  changePassword(userId: number, password: string): Promise<unknown>;
  update(userId: number, changes: AccountChanges): Promise<unknown>;
  list(query: PageQuery): Promise<Page<AccountRecord>>;
}

/** Log-ins of the portal. Times are real ones (Date.now()), not of the service's clock. */
export interface Sessions {
  create(
    userId: number,
    nowMs: number,
  ): Promise<{ readonly token: string; readonly csrfToken: string; readonly expiresMs: number }>;
  find(
    token: string,
    nowMs: number,
  ): Promise<{ readonly userId: number; readonly csrfToken: string } | undefined>;
  revoke(token: string): Promise<unknown>;
  revokeAll(userId: number): Promise<unknown>;
}

export interface Reservations {
  /** Newest first. */
  list(
    query: PageQuery & { readonly userId?: number; readonly states?: readonly ReservationState[] },
  ): Promise<Page<ReservationRecord>>;
  get(reservationId: string): Promise<ReservationRecord | undefined>;
  /** The messages of its negotiation, in order. */
  offers(reservationId: string): Promise<readonly OfferRecord[]>;
}

export interface Instances {
  list(
    query: PageQuery & {
      readonly userId?: number;
      readonly reservationId?: string;
      readonly includeDeleted?: boolean;
    },
  ): Promise<Page<InstanceRecord>>;
  get(vmId: string): Promise<InstanceRecord | undefined>;
}

export interface Journal {
  /** By `seq`, ascending unless `newestFirst`. */
  page(query: {
    readonly afterSeq?: number;
    readonly limit: number;
    readonly userId?: number;
    readonly types?: readonly string[];
    readonly newestFirst?: boolean;
  }): Promise<readonly JournalEvent[]>;
  lastSeq(): Promise<number>;
}

export interface Ledger {
  /** Newest first. */
  page(query: PageQuery & { readonly userId: number }): Promise<Page<LedgerRecord>>;
}

/** The reports of the simulator, on what the journal holds. */
export interface Reports {
  /** One self-contained HTML file. */
  renderReport(): Promise<string>;
  /** What a run writes to summary.json. */
  summary(): Promise<unknown>;
}

export interface ApiConfig {
  /** Addresses and networks of the proxies whose X-Forwarded-For is believed. */
  readonly trustProxy: readonly string[];
  /** The portal is reached by TLS, here or at a proxy: cookies are sent there only. */
  readonly secureCookies: boolean;
  /** Certificate and key in PEM, when the daemon itself speaks TLS. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly registration: 'open' | 'closed';
  /** Requests of one user, or of one address that has not logged in. 0: no limit. */
  readonly rateLimit: { readonly perMinute: number };
  readonly loginThrottle: ThrottleSettings;
  readonly version: string;
  /** Folder of the built portal; null: none is served. */
  readonly portalDir: string | null;
  readonly startingBalanceMicros: number;
  /** What an account without limits of its own may have. */
  readonly quota: Quota;
  /** Who may read /metrics. */
  readonly metrics: 'operators' | 'public';
  readonly timeouts: TimeoutSettings;
  readonly eventFeed: EventFeedSettings;
}

/** Against clients that hold a connection and say little. */
export interface TimeoutSettings {
  /** Until the headers are complete. */
  readonly headersMs: number;
  /** Until the request is complete, body included. */
  readonly requestMs: number;
  /** Without a byte in either direction. More than the heartbeat of the event feed. */
  readonly idleMs: number;
}

export interface EventFeedSettings {
  readonly heartbeatMs: number;
  /** A stream is ended after this, and its client comes back with its credentials. */
  readonly maxAgeMs: number;
  readonly connectionsPerUser: number;
  /** What may wait for a slow reader before the connection is dropped. */
  readonly bufferBytes: number;
}

/** All but what depends on the installation. */
export const DEFAULT_API_CONFIG = {
  trustProxy: [],
  secureCookies: false,
  tls: null,
  registration: 'open',
  rateLimit: { perMinute: 1200 },
  loginThrottle: { freeFailures: 5, baseDelayMs: 1000, maxDelayMs: 900_000, forgetAfterMs: 3_600_000 },
  portalDir: null,
  startingBalanceMicros: 0,
  quota: { reservations: 100, vcpus: 1000 },
  metrics: 'operators',
  timeouts: { headersMs: 10_000, requestMs: 20_000, idleMs: 75_000 },
  eventFeed: { heartbeatMs: 15_000, maxAgeMs: 900_000, connectionsPerUser: 8, bufferBytes: 1_048_576 },
} as const satisfies Omit<ApiConfig, 'version'>;

export interface ApiParts {
  readonly service: Service;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly reservations: Reservations;
  readonly instances: Instances;
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly reports?: Reports;
  readonly config: ApiConfig;
  /** Secrets are kept out of what is logged, whatever the logger is set to. */
  readonly logger?: FastifyBaseLogger;
  /** To which the API adds its metrics; absent: one of its own. */
  readonly metricsRegistry?: Registry;
}

/** What the routes work with. */
export interface ApiContext extends ApiParts {
  readonly authenticator: Authenticator;
  readonly metrics: Metrics;
}
