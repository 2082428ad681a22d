// The portal behind the log-in: keeps the service's clock, its events and the account current, and shows the page of the address.
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { OpenPexProblem } from '../../client/problem.ts';
import type { Account } from '../../wire/account.ts';
import type { WireEvent } from '../../wire/event.ts';
import type { InstanceType, LeaseKind, ServiceInfo, Template } from '../../wire/service.ts';
import type { PortalApi } from './api/client.ts';
import { Frame } from './components/frame.tsx';
import { type Portal, PortalContext } from './live/context.ts';
import { EventFeed } from './live/event-feed.ts';
import { ServiceClock } from './live/service-clock.ts';
import { Pages } from './pages/pages.tsx';

interface LoggedInProps {
  readonly api: PortalApi;
  readonly account: Account;
  readonly onAccount: (account: Account) => void;
  readonly onLogOut: () => void;
}

interface Offering {
  readonly service: ServiceInfo;
  readonly clock: ServiceClock;
  readonly types: readonly InstanceType[];
  readonly kinds: readonly LeaseKind[];
  readonly templates: readonly Template[];
}

/** How often the service is asked how it is, while all is well and while it is not. Real time. */
const WELL_MS = 20_000;
const AWAY_MS = 2000;

export function LoggedIn({ api, account, onAccount, onLogOut }: LoggedInProps) {
  const [offering, setOffering] = useState<Offering | null>(null);
  const [connected, setConnected] = useState(true);
  const [reachable, setReachable] = useState(true);
  const [connections, setConnections] = useState(0);
  const isOperator = account.role === 'operator';

  const feed = useMemo(
    () =>
      new EventFeed(`/OpenPEX/events${isOperator ? '?all=true' : ''}`, (isConnected) => {
        setConnected(isConnected);
        if (isConnected) setConnections((count) => count + 1);
      }),
    [isOperator],
  );
  useEffect(() => {
    feed.open();
    return () => feed.close();
  }, [feed]);

  const known = useRef<Offering | null>(null);
  const ask = useCallback(async () => {
    const askedMs = performance.now();
    try {
      const service = await api.service();
      if (known.current === null) {
        const [kinds, types, templates] = await Promise.all([api.kinds(), api.types(), api.templates()]);
        const clock = new ServiceClock(service, () => performance.now());
        known.current = { service, clock, kinds, types, templates };
      } else {
        known.current.clock.set(service, askedMs);
        known.current = { ...known.current, service };
      }
      setOffering(known.current);
      setReachable(true);
    } catch (error) {
      if (!(error instanceof OpenPexProblem)) throw error;
      if (error.isOutage) setReachable(false);
    }
  }, [api]);
  const isWell = connected && reachable && offering?.service.state === 'running';
  // A new connection is a reason to ask.
  useEffect(() => {
    void ask();
    const timer = window.setInterval(ask, isWell ? WELL_MS : AWAY_MS);
    return () => window.clearInterval(timer);
  }, [ask, isWell, connections]);

  const reloadAccount = useCallback(async () => onAccount(await api.account()), [api, onAccount]);
  useEffect(() => {
    let later: number | undefined;
    const stop = feed.listen(({ event, userid }) => {
      if (userid !== account.userid || !changesAccount(event)) return;
      window.clearTimeout(later);
      // What cannot be read now is read after the next event; the banner tells of an outage.
      later = window.setTimeout(() => void reloadAccount().catch(() => {}), 300);
    });
    return () => {
      stop();
      window.clearTimeout(later);
    };
  }, [feed, account.userid, reloadAccount]);

  const logOut = useCallback(async () => {
    await api.logOut();
    onLogOut();
  }, [api, onLogOut]);

  if (offering === null) {
    return (
      <main class="entrance" aria-busy="true">
        <p role="status">{reachable ? 'Loading …' : 'The service cannot be reached. Trying again …'}</p>
      </main>
    );
  }
  const portal: Portal = { api, account, feed, connections, ...offering, reloadAccount, logOut };
  return (
    <PortalContext.Provider value={portal}>
      <Frame connected={connected && reachable}>
        <Pages />
      </Frame>
    </PortalContext.Provider>
  );
}

/** Balance and what counts against the quota. */
function changesAccount({ type }: WireEvent): boolean {
  return type.startsWith('reservation-') || type.startsWith('offer-');
}
