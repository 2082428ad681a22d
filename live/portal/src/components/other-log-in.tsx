// Log-in at another server, where the service has one; and why it came to nothing.
import { useEffect, useState } from 'preact/hooks';
import { OpenPexProblem } from '../../../client/problem.ts';
import type { LogInWays } from '../../../wire/account.ts';
import type { PortalApi } from '../api/client.ts';
import { useRoute } from '../router.ts';

const REFUSALS: Readonly<Record<string, string>> = {
  away: 'The server where you log in cannot be reached.',
  refused: 'The log-in did not succeed. Try again.',
  'no-account': 'You have no account here. An operator can make you one.',
  disabled: 'Your account is disabled.',
  taken: 'Your e-mail address belongs to an account here. Log in with its password.',
};

export function OtherLogIn({ api }: { api: PortalApi }) {
  const [ways, setWays] = useState<LogInWays | null>(null);
  const refused = useRoute().query.get('refused');
  useEffect(() => {
    api.logInWays().then(setWays, (error: unknown) => {
      // Who has a password can log in all the same.
      if (!(error instanceof OpenPexProblem)) throw error;
    });
  }, [api]);
  return (
    <>
      <div role="alert" class="aside">
        {refused !== null && <p class="error">{REFUSALS[refused] ?? REFUSALS['refused']}</p>}
      </div>
      {ways?.oidc != null && (
        <p class="aside">
          <a href={ways.oidc.path}>Log in with {ways.oidc.name}</a>
        </p>
      )}
    </>
  );
}
