// Log-in at another server, where the service has one; and why it came to nothing.
import type { LogInWays } from '../../../wire/account.ts';
import { useRoute } from '../router.ts';

const REFUSALS: Readonly<Record<string, string>> = {
  away: 'The server where you log in cannot be reached.',
  refused: 'The log-in did not succeed. Try again.',
  'no-account': 'You have no account here. An operator can make you one.',
  disabled: 'Your account is disabled.',
  taken: 'Your e-mail address belongs to an account here. Log in with its password.',
};

/** @param ways null: not known yet */
export function OtherLogIn({ ways }: { ways: LogInWays | null }) {
  const refused = useRoute().query.get('refused');
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
