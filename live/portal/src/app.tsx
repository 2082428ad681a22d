// Who sees what: the log-in to strangers, the pages to those with a session.
import { useCallback, useEffect, useState } from 'preact/hooks';
import { OpenPexProblem } from '../../client/problem.ts';
import type { Account } from '../../wire/account.ts';
import type { PortalApi } from './api/client.ts';
import type { Http } from './api/http.ts';
import { StatusMessages } from './components/status-messages.tsx';
import { LoggedIn } from './logged-in.tsx';
import { EntrancePage } from './pages/entrance-page.tsx';

type Visitor =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'stranger'; readonly sessionEnded: boolean }
  | { readonly kind: 'user'; readonly account: Account };

const RETRY_MS = 3000;

export function App({ http, api }: { http: Http; api: PortalApi }) {
  const [visitor, setVisitor] = useState<Visitor>({ kind: 'unknown' });
  const [unreachable, setUnreachable] = useState(false);

  const forget = useCallback(
    (sessionEnded: boolean) => {
      api.forget();
      setVisitor({ kind: 'stranger', sessionEnded });
    },
    [api],
  );
  useEffect(() => {
    http.onUnauthorized = () => forget(true);
  }, [http, forget]);

  useEffect(() => {
    let retry: number | undefined;
    const resume = async () => {
      try {
        setVisitor({ kind: 'user', account: await api.resume() });
      } catch (error) {
        if (!(error instanceof OpenPexProblem)) throw error;
        setUnreachable(error.isOutage);
        if (error.isOutage) retry = window.setTimeout(resume, RETRY_MS);
        else forget(false);
      }
    };
    void resume();
    return () => window.clearTimeout(retry);
  }, [api, forget]);

  if (visitor.kind === 'unknown') {
    return (
      <main class="entrance" aria-busy={!unreachable}>
        <p role="status">
          {unreachable ? 'The service cannot be reached. Trying again every few seconds …' : 'Loading …'}
        </p>
      </main>
    );
  }
  return (
    <StatusMessages>
      {visitor.kind === 'stranger' ? (
        <EntrancePage
          api={api}
          sessionEnded={visitor.sessionEnded}
          onLogIn={(account) => setVisitor({ kind: 'user', account })}
        />
      ) : (
        <LoggedIn
          key={visitor.account.userid}
          api={api}
          account={visitor.account}
          onAccount={(account) => setVisitor({ kind: 'user', account })}
          onLogOut={() => forget(false)}
        />
      )}
    </StatusMessages>
  );
}
