// What an operator can set about the API, and what it is where nobody did.

import type { ApprovalSettings } from '../approval-settings.ts';
import type { OidcSettings } from '../oidc-settings.ts';
import type { PartnerSettings } from '../partner-settings.ts';
import type { Quota } from '../records.ts';
import type { ThrottleSettings } from './throttle.ts';

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
  /** Where users can log in beside here; absent: nowhere. */
  readonly oidc?: OidcSettings | undefined;
  /** What has to approve of reservations; absent: nothing. */
  readonly approval?: ApprovalSettings | undefined;
  /** Services that may have what this one has not; absent: none. */
  readonly partners?: readonly PartnerSettings[];
  /** By which ways users can be told of something. */
  readonly notifications: { readonly email: boolean; readonly webhooks: 'off' | 'public' | 'any' };
  /** For how long the audit log is kept; infinite: for ever. */
  readonly auditKeepMs: number;
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
  quota: { reservations: 100, vcpus: 1000, heldCpuHours: 10_000, rolling: [] },
  notifications: { email: false, webhooks: 'off' },
  auditKeepMs: 366 * 86_400_000,
  metrics: 'operators',
  timeouts: { headersMs: 10_000, requestMs: 20_000, idleMs: 75_000 },
  eventFeed: { heartbeatMs: 15_000, maxAgeMs: 900_000, connectionsPerUser: 8, bufferBytes: 1_048_576 },
} as const satisfies Omit<ApiConfig, 'version'>;
