// The door: log in or register.
import { useEffect, useRef, useState } from 'preact/hooks';
import { OpenPexProblem } from '../../../client/problem.ts';
import type { Account, LogInWays } from '../../../wire/account.ts';
import type { PortalApi } from '../api/client.ts';
import { LogInForm } from '../components/log-in-form.tsx';
import { OtherLogIn } from '../components/other-log-in.tsx';
import { RegisterForm } from '../components/register-form.tsx';
import { replaceRoute, useRoute } from '../router.ts';

interface EntrancePageProps {
  readonly api: PortalApi;
  readonly sessionEnded: boolean;
  readonly onLogIn: (account: Account) => void;
}

export function EntrancePage({ api, sessionEnded, onLogIn }: EntrancePageProps) {
  const isRegistering = useRoute().parts[0] === 'register';
  const [ways, setWays] = useState<LogInWays | null>(null);
  useEffect(() => {
    api.logInWays().then(setWays, (error: unknown) => {
      // Who has a password can log in all the same.
      if (!(error instanceof OpenPexProblem)) throw error;
    });
  }, [api]);
  const heading = useRef<HTMLHeadingElement>(null);
  const title = isRegistering ? 'Make an account' : 'Log in';
  useEffect(() => {
    document.title = `${title} · OpenPEX`;
    heading.current?.focus();
  }, [title]);
  return (
    <main class="entrance">
      <p class="brand">
        <img src="/favicon.svg" width="40" height="40" alt="" />
        OpenPEX
      </p>
      <p class="lede">Reserve virtual machines ahead of time. When your wish cannot be met, negotiate.</p>
      <div class="card">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {sessionEnded && !isRegistering && (
          <p class="notice" role="status">
            Your session has ended. Log in again to go on where you were.
          </p>
        )}
        {isRegistering ? (
          <>
            <RegisterForm
              api={api}
              onLogIn={(account) => {
                replaceRoute('#/');
                onLogIn(account);
              }}
            />
            <p class="aside">
              You have an account? <a href="#/login">Log in</a>
            </p>
          </>
        ) : (
          <>
            <LogInForm api={api} onLogIn={onLogIn} />
            <OtherLogIn ways={ways} />
            {ways !== null && (
              <p class="aside">
                No account yet?{' '}
                {ways.registration === 'open' ? (
                  <a href="#/register">Make one</a>
                ) : (
                  'An operator makes you one.'
                )}
              </p>
            )}
          </>
        )}
      </div>
    </main>
  );
}
