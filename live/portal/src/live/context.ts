// What every page can reach: the API, the session, the service and its clock, the event feed, and a voice for status messages.
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Account } from '../../../wire/account.ts';
import type { InstanceType, LeaseKind, ServiceInfo, Template } from '../../../wire/service.ts';
import type { PortalApi } from '../api/client.ts';
import type { EventFeed } from './event-feed.ts';
import type { ServiceClock } from './service-clock.ts';

export interface Portal {
  readonly api: PortalApi;
  readonly account: Account;
  readonly service: ServiceInfo;
  readonly clock: ServiceClock;
  readonly feed: EventFeed;
  /** Counts up each time the feed is connected again: what was missed meanwhile has to be read. */
  readonly connections: number;
  readonly types: readonly InstanceType[];
  readonly kinds: readonly LeaseKind[];
  readonly templates: readonly Template[];
  reloadAccount(): Promise<void>;
  logOut(): Promise<void>;
}

export const PortalContext = createContext<Portal | null>(null);

/** For pages behind the log-in only. */
export function usePortal(): Portal {
  const portal = useContext(PortalContext);
  if (portal === null) throw new Error('no page of the portal is shown without a session');
  return portal;
}

export type StatusTone = 'done' | 'problem';
export type Say = (text: string, tone?: StatusTone) => void;

export const SayContext = createContext<Say>(() => {});

/** Shows a status message, which screen readers read out. */
export function useSay(): Say {
  return useContext(SayContext);
}
